"""What a supplier answers to an RFQ, and how the buyer decides."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from schemas.common import Line, Price, Quantity, Text
from schemas.offer import AttributeValue
from schemas.terms import TermsIn, TermsView

QuoteStatus = Literal[
    "draft", "submitted", "needs_confirmation", "opened", "shortlisted", "awarded", "part_awarded", "lost", "expired", "withdrawn"
]


class QuoteLineIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer to one line. A quantity below the asked one is a part quote; a line may be left out."""

    line_id: UUID
    quantity: Quantity
    price: Price
    vat_code: Annotated[str, Meta(min_length=1, max_length=12)]
    lead_time_days: Annotated[int, Meta(ge=0, le=730)]
    offer_id: UUID | None = None
    attributes: dict[str, AttributeValue] = {}
    note: Annotated[Text, Meta(max_length=1000)] = ""


class QuoteIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A quote as the supplier writes it; `terms` null accepts those of the RFQ."""

    lines: Annotated[tuple[QuoteLineIn, ...], Meta(min_length=1, max_length=100)]
    valid_until: datetime
    terms: TermsIn | None = None
    all_or_nothing: bool = False
    own_number: Annotated[Line, Meta(max_length=80)] | None = None
    note: Annotated[Text, Meta(max_length=4000)] = ""
    # false keeps a draft; true submits (or submits a new version before the deadline).
    submit: bool = True


class QuoteLine(Struct, frozen=True, kw_only=True):
    """A stored line with its VAT per cent pinned and its amounts in minor units of the quote's currency."""

    line_id: UUID
    quantity: str
    price: str
    vat_code: str
    vat_percent: str
    lead_time_days: int
    net_minor: int
    vat_minor: int
    offer_id: UUID | None = None
    offer_version: int | None = None
    attributes: dict[str, AttributeValue] = {}
    note: str = ""


class QuoteBody(Struct, frozen=True, kw_only=True):
    """What stands in quote_body.body: everything that is sealed. Amounts are minor units; the fee is pinned."""

    currency: str
    lines: tuple[QuoteLine, ...]
    terms: TermsView
    valid_until: datetime
    all_or_nothing: bool
    net_minor: int
    vat_minor: int
    gross_minor: int
    fee_percent: str
    fee_vat_percent: str
    fee_minor: int
    fee_vat_minor: int
    own_number: str | None = None
    note: str = ""


class QuoteLineView(Struct, frozen=True, kw_only=True):
    line_id: UUID
    quantity: str
    price: str
    vat_code: str
    vat_percent: str
    lead_time_days: int
    net: str
    vat: str
    gross: str
    offer_id: UUID | None
    attributes: dict[str, AttributeValue]
    note: str


class QuoteView(Struct, frozen=True, kw_only=True):
    """A quote. The commercial part is null for a reader to whom it is sealed; fee and net_to_you are the supplier's alone."""

    id: UUID
    version: int
    number: str
    status: QuoteStatus
    rfq_id: UUID
    rfq_number: str
    rfq_title: str
    buyer_id: UUID
    buyer: str
    seller_id: UUID
    seller: str
    submitted_at: datetime | None
    opened_at: datetime | None
    lost_reason: str | None
    currency: str | None = None
    lines: tuple[QuoteLineView, ...] = ()
    terms: TermsView | None = None
    valid_until: datetime | None = None
    all_or_nothing: bool | None = None
    net: str | None = None
    vat: str | None = None
    gross: str | None = None
    own_number: str | None = None
    note: str | None = None
    fee: str | None = None
    fee_vat: str | None = None
    net_to_you: str | None = None
    actions: tuple[str, ...] = ()


class QuoteRow(Struct, frozen=True, kw_only=True):
    id: UUID
    version: int
    number: str
    status: QuoteStatus
    rfq_id: UUID
    rfq_number: str
    rfq_title: str
    counterparty: str
    due_at: datetime
    updated_at: datetime


class ComparedQuote(Struct, frozen=True, kw_only=True):
    """One column of the comparison. Marks say where it is best; `covers` is the share of asked quantities, per cent."""

    quote: QuoteView
    covers: str
    complete: bool
    valid: bool
    longest_lead_time_days: int
    best_net: bool
    best_gross: bool
    best_lead_time: bool
    terms_differ: tuple[str, ...]


class Comparison(Struct, frozen=True, kw_only=True):
    """`one_group`: pairs of suppliers among these quotes that belong to one group."""

    rfq_id: UUID
    currency: str
    quotes: tuple[ComparedQuote, ...]
    one_group: tuple[tuple[UUID, UUID], ...] = ()


class AwardIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole RFQ to one supplier, as quoted. `reason` is kept for the file; losers are told `reason_for_others`.

    A quote that covers less than everything is taken only with `accept_part`.
    """

    quote_id: UUID
    accept_part: bool = False
    reason: Annotated[Text, Meta(max_length=2000)] = ""
    reason_for_others: Annotated[Text, Meta(max_length=500)] = ""


class AwardView(Struct, frozen=True, kw_only=True):
    id: UUID
    version: int
    status: Literal["proposed", "binding", "rejected", "recalled"]
    rfq_id: UUID
    quote_id: UUID
    seller_id: UUID
    seller: str
    currency: str
    net: str
    vat: str
    gross: str
    reason: str
    proposed_at: datetime
    bound_at: datetime | None
    approval_id: UUID | None = None
    contract_id: UUID | None = None
