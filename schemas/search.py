"""Searching the catalogue: words, category, attributes, price at a quantity."""

from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from schemas.common import Currency, OptionalLine, Price, Quantity, RegionCode
from schemas.offer import CategoryCode, OfferRow
from schemas.rfq import Requirement


class SearchIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to look for. Everything given must hold; `words` are looked for in titles and part numbers.

    Prices are those at `quantity`, or at each offer's own MOQ when it is not given.
    """

    words: Annotated[OptionalLine, Meta(max_length=200)] = ""
    category: CategoryCode | None = None
    requirements: Annotated[tuple[Requirement, ...], Meta(max_length=30)] = ()
    quantity: Quantity | None = None
    price_from: Price | None = None
    price_to: Price | None = None
    currency: Currency | None = None
    deliver_within_days: Annotated[int, Meta(ge=0, le=730)] | None = None
    region: RegionCode | None = None
    firm: bool | None = None
    sort: Literal["relevance", "price", "lead_time", "newest"] = "relevance"
    offset: Annotated[int, Meta(ge=0, le=980)] = 0
    limit: Annotated[int, Meta(ge=1, le=100)] = 20


class SearchHitView(Struct, frozen=True, kw_only=True):
    """A found offer; `price_at_quantity` is null where the offer states none at that quantity."""

    offer: OfferRow
    price_at_quantity: str | None


class SearchView(Struct, frozen=True, kw_only=True):
    """One page. `total` counts to 1,000; `all_words` is false when no offer has them all and some of them were enough."""

    items: tuple[SearchHitView, ...]
    total: int
    total_exact: bool
    all_words: bool


class FoundDocument(Struct, frozen=True, kw_only=True):
    """A document of yours; `reference` is what was found where it is not the number."""

    kind: Literal["rfq", "quote", "contract", "order", "fee_invoice"]
    id: UUID
    number: str
    reference: str | None
    status: str | None


class FoundCompany(Struct, frozen=True, kw_only=True):
    id: UUID
    display_name: str
    legal_name: str
    region: str


class FindView(Struct, frozen=True, kw_only=True):
    """What a number, a reference of your own or a name finds beside the listings."""

    documents: tuple[FoundDocument, ...]
    companies: tuple[FoundCompany, ...]
