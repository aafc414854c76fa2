"""A quote: its states, its rows and the refusals that need a name."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec

from exchange.domain.transition import Lifecycle, Transition
from exchange.errors import DomainError
from schemas.quote import QuoteBody, QuoteStatus
from schemas.rfq import RfqLine, RfqStatus
from schemas.terms import TermsView

BEFORE_DEADLINE: Final = ("draft", "submitted", "opened", "withdrawn")
LIFECYCLE: Final = Lifecycle(
    noun="quote",
    table="quote",
    initial=("draft", "submitted", "opened"),
    transitions=(
        Transition("save", ("draft",), "draft", "quote.write", "quote.saved"),
        # A sealed quote waits for the deadline; a visible one is open as it arrives. Both may be replaced before it.
        Transition("submit", BEFORE_DEADLINE, "submitted", "quote.write", "quote.submitted"),
        Transition("submit_visible", BEFORE_DEADLINE, "opened", "quote.write", "quote.submitted"),
        Transition("withdraw", ("draft", "submitted", "opened"), "withdrawn", "quote.write", "quote.withdrawn"),
        Transition("open", ("submitted",), "opened", "job", "quote.opened"),
        Transition("award", ("opened",), "awarded", "award.write", "quote.awarded"),
        Transition("lose", ("submitted", "opened"), "lost", "award.write", "quote.lost"),
        Transition("expire", ("draft",), "expired", "job", "quote.expired"),
    ),
    reserved=("needs_confirmation", "shortlisted", "part_awarded"),
)
# How long after the deadline a quote may bind its supplier.
VALID_AT_MOST: Final = timedelta(days=365)


class OwnRfq(DomainError):
    status = 409
    code = "own-rfq"
    title = "This is your own RFQ"
    detail = "A company cannot quote on its own RFQ."


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a bid needs of its RFQ, which is held still while the bid is written. `in_time` by the clock after the lock."""

    buyer_id: UUID
    number: str
    version: int
    status: str
    sealed: bool
    currency: str
    lines: tuple[RfqLine, ...]
    terms: TermsView
    due_at: datetime
    in_time: bool


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What else decides: the countries of both, the day, the fee in force."""

    now: datetime
    seller_profile: str
    buyer_profile: str
    fee_percent: Decimal
    fee_vat_percent: Decimal


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A quote under lock."""

    id: UUID
    version: int
    status: QuoteStatus
    body_version: int
    opened: bool


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `quote` with what it answers. `body` is null for a reader to whom it is sealed."""

    id: UUID
    version: int
    number: str
    status: QuoteStatus
    rfq_id: UUID
    rfq_number: str
    rfq_title: str
    rfq_status: RfqStatus
    due_at: datetime
    buyer_id: UUID
    buyer: str
    seller_id: UUID
    seller: str
    body_version: int
    submitted_at: datetime | None
    opened_at: datetime | None
    lost_reason: str | None
    body: QuoteBody | None


class QuoteSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A quote in its supplier's list."""

    id: UUID
    version: int
    number: str
    status: QuoteStatus
    rfq_id: UUID
    rfq_number: str
    rfq_title: str
    counterparty: str
    sealed: bool
    due_at: datetime
    currency: str
    gross_minor: int
    updated_at: datetime


class Moved(msgspec.Struct, frozen=True):
    """A quote that a decision or the deadline moved."""

    id: UUID
    version: int
    seller_id: UUID
    was: str


class OfferVersion(msgspec.Struct, frozen=True):
    """An own offer that a line points at, as it is now."""

    id: UUID
    version: int
