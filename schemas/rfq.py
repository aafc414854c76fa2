"""What a buyer asks for: lines with requirements, terms and a deadline; sealed or visible."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from schemas.common import Currency, Line, OptionalLine, Quantity, RegionCode, Text
from schemas.offer import AttributeValue, CategoryCode, UnitCode
from schemas.pairing import ReasonView
from schemas.terms import TermsIn, TermsView

RfqStatus = Literal[
    "draft", "pending_approval", "open", "deadline_passed", "evaluating", "award_pending", "awarded", "no_award", "cancelled"
]

Operator = Literal[">=", "<=", "=", "in", "between"]
RequirementValue = AttributeValue | tuple[AttributeValue, ...]


class Requirement(Struct, frozen=True, forbid_unknown_fields=True):
    """One attribute that must hold: `in` takes a list, `between` [low, high], both ends included."""

    attribute: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,62}$")]
    op: Operator
    value: RequirementValue


class RfqLineIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that is asked for. `text` describes it; `words` must appear in a matching offer (brand, part number)."""

    category: CategoryCode
    text: Annotated[Line, Meta(min_length=2, max_length=500)]
    quantity: Quantity
    unit: UnitCode
    region: RegionCode
    words: Annotated[OptionalLine, Meta(max_length=200)] = ""
    requirements: Annotated[tuple[Requirement, ...], Meta(max_length=30)] = ()
    deliver_within_days: Annotated[int, Meta(ge=1, le=730)] | None = None


class RfqIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An RFQ as the buyer writes it. It is a draft until it is published."""

    title: Annotated[Line, Meta(min_length=3, max_length=200)]
    currency: Currency
    lines: Annotated[tuple[RfqLineIn, ...], Meta(min_length=1, max_length=100)]
    terms: TermsIn
    due_at: datetime
    sealed: bool = False
    mode: Literal["open", "invited"] = "open"
    invite: Annotated[tuple[UUID, ...], Meta(max_length=200)] = ()
    description: Annotated[Text, Meta(max_length=10000)] = ""
    own_reference: Annotated[Line, Meta(max_length=80)] | None = None
    publish: bool = False


class RfqLine(Struct, frozen=True, kw_only=True):
    """A stored line: as written, with its id."""

    id: UUID
    category: str
    text: str
    quantity: str
    unit: str
    region: str
    words: str = ""
    requirements: tuple[Requirement, ...] = ()
    deliver_within_days: int | None = None


class RfqView(Struct, frozen=True, kw_only=True):
    """An RFQ. `invited`, `declined` and `quotes` are counts for its buyer; quotes of a sealed one count from opening on."""

    id: UUID
    version: int
    number: str
    status: RfqStatus
    buyer_id: UUID
    buyer: str
    title: str
    description: str
    sealed: bool
    mode: str
    currency: str
    lines: tuple[RfqLine, ...]
    terms: TermsView
    due_at: datetime
    published_at: datetime | None
    opened_at: datetime | None
    outcome_reason: str | None
    own_reference: str | None = None
    invited: int | None = None
    declined: int | None = None
    quotes: int | None = None
    # Whom the buyer named; null for everybody else.
    invite: tuple[UUID, ...] | None = None
    actions: tuple[str, ...] = ()


class RfqRow(Struct, frozen=True, kw_only=True):
    """An RFQ in a list."""

    id: UUID
    version: int
    number: str
    status: RfqStatus
    buyer_id: UUID
    buyer: str
    title: str
    sealed: bool
    currency: str
    line_count: int
    due_at: datetime
    published_at: datetime | None
    created_at: datetime


class ReasonCommand(Struct, frozen=True, forbid_unknown_fields=True):
    """An action that says why."""

    reason: Annotated[Text, Meta(min_length=1, max_length=1000)]


InvitationStatus = Literal["sent", "seen", "will_quote", "declined"]


class OpportunityView(Struct, frozen=True, kw_only=True):
    """An RFQ that a supplier was told of, and how it answered. The offer is its best match; without one it was named.

    `id` is the invitation's, `offers` counts the own offers that fit, `reasons` are those of the best one.
    """

    id: UUID
    version: int
    status: InvitationStatus
    rfq_id: UUID
    rfq_number: str
    rfq_title: str
    rfq_status: RfqStatus
    buyer: str
    due_at: datetime
    line_id: UUID | None
    line_text: str | None
    offer_id: UUID | None
    offer_title: str | None
    score: int | None
    offers: int
    reasons: tuple[ReasonView, ...]
    created_at: datetime


class InvitationAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """What a supplier lets the buyer know; `declined` may say why."""

    answer: Literal["seen", "will_quote", "declined"]
    reason: Annotated[Text, Meta(max_length=500)] | None = None


class InvitationView(Struct, frozen=True, kw_only=True):
    id: UUID
    version: int
    rfq_id: UUID
    seller_id: UUID
    seller: str
    status: InvitationStatus
    reason: str | None
