"""What a company offers: goods or services with price tiers, MOQ, lead time and regions."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from schemas.common import Currency, Line, Price, Quantity, RegionCode, ServedRegion, Stock, Text
from schemas.terms import TermsIn, TermsView

OfferStatus = Literal["draft", "in_review", "live", "paused", "expired", "withdrawn", "rejected"]
AttributeValue = float | int | str | bool
Attributes = dict[Annotated[str, Meta(pattern="^[A-Za-z][A-Za-z0-9_]{0,80}$")], AttributeValue]
UnitCode = Annotated[str, Meta(pattern="^[A-Z0-9]{2,3}$", description="UN/ECE Rec 20")]
CategoryCode = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,62}$")]
Gtin = Annotated[str, Meta(pattern="^[0-9]{8,14}$")]


class Tier(Struct, frozen=True, forbid_unknown_fields=True):
    """From `min_quantity` on, one unit costs `price` net."""

    min_quantity: Quantity
    price: Price


class OfferIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An offer as its seller writes it. Key of an import: (company, external_id).

    `available` is what can be sold from now on, without what orders have taken. Saying again what was said last changes
    nothing. Whoever read the offer before says with `available_seen` what it showed, so that what orders took meanwhile
    stays taken.
    """

    title: Annotated[Line, Meta(min_length=3, max_length=500)]
    category: CategoryCode
    unit: UnitCode
    currency: Currency
    tiers: Annotated[tuple[Tier, ...], Meta(min_length=1, max_length=20)]
    vat_code: Annotated[str, Meta(min_length=1, max_length=12)]
    lead_time_days: Annotated[int, Meta(ge=0, le=730)]
    ship_from: RegionCode
    regions: Annotated[tuple[ServedRegion, ...], Meta(min_length=1, max_length=100)]
    terms: TermsIn
    firm: bool = False
    moq: Quantity | None = None
    increment: Quantity | None = None
    available: Stock | None = None
    available_seen: Stock | None = None
    description: Annotated[Text, Meta(max_length=10000)] = ""
    external_id: Annotated[Line, Meta(min_length=1, max_length=250)] | None = None
    mpn: Annotated[Line, Meta(min_length=1, max_length=250)] | None = None
    gtins: Annotated[tuple[Gtin, ...], Meta(max_length=500)] = ()
    attributes: Annotated[Attributes, Meta(max_length=500)] = {}
    visibility: Literal["all", "own"] = "all"
    valid_until: datetime | None = None


class OfferView(Struct, frozen=True, kw_only=True):
    """One version of an offer. `attributes` are declared by its category and filterable, `extra` only shown."""

    id: UUID
    version: int
    status: OfferStatus
    company_id: UUID
    company: str
    title: str
    description: str
    category: str
    external_id: str | None
    mpn: str | None
    gtins: tuple[str, ...]
    unit: str
    currency: str
    tiers: tuple[Tier, ...]
    vat_code: str
    vat_percent: str
    firm: bool
    moq: str
    increment: str
    available: str | None
    lead_time_days: int
    ship_from: str
    regions: tuple[str, ...]
    terms: TermsView
    attributes: Attributes
    extra: Attributes
    visibility: str
    valid_until: datetime
    created_at: datetime
    updated_at: datetime


class OfferRow(Struct, frozen=True, kw_only=True):
    """An offer in a list."""

    id: UUID
    version: int
    status: OfferStatus
    company_id: UUID
    company: str
    title: str
    category: str
    mpn: str | None
    unit: str
    currency: str
    price: str
    firm: bool
    moq: str
    available: str | None
    lead_time_days: int
    ship_from: str
    updated_at: datetime


class RowError(Struct, frozen=True):
    """One wrong field of one row of a file; rows count from 1."""

    row: int
    field: str
    detail: str


class ImportReport(Struct, frozen=True, kw_only=True):
    """What an import did; `errors` names every row that was refused, `in_review` counts those that an operator looks at first."""

    rows: int
    created: int
    updated: int
    unchanged: int
    in_review: int = 0
    errors: tuple[RowError, ...] = ()
