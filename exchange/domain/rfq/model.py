"""An RFQ: its states, its rows and the refusals that need a name."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from exchange.domain.transition import Lifecycle, Transition
from exchange.errors import DomainError
from schemas.rfq import RfqLine, RfqStatus
from schemas.terms import TermsView

BEFORE_AWARD: Final = ("draft", "pending_approval", "open", "deadline_passed", "evaluating", "award_pending")
LIFECYCLE: Final = Lifecycle(
    noun="rfq",
    table="rfq",
    initial=("draft", "pending_approval", "open"),
    transitions=(
        Transition("publish", ("draft",), "open", "rfq.write", "rfq.published"),
        # Where the company's policy asks its people first.
        Transition("ask", ("draft",), "pending_approval", "rfq.write", "rfq.approval_asked"),
        Transition("release", ("pending_approval",), "open", "approval.decide", "rfq.published"),
        Transition("take_back", ("pending_approval",), "draft", "approval.decide", "rfq.returned"),
        Transition("close_early", ("open",), "deadline_passed", "rfq.write", "rfq.deadline_passed"),
        Transition("close", ("open",), "deadline_passed", "job", "rfq.deadline_passed", deadline="due_at"),
        Transition("open_quotes", ("deadline_passed",), "evaluating", "job", "rfq.opened"),
        Transition("find_none", ("deadline_passed",), "no_award", "job", "rfq.no_award"),
        Transition("propose", ("evaluating",), "award_pending", "award.write", "rfq.award_proposed"),
        Transition("bind", ("evaluating", "award_pending"), "awarded", "award.write", "rfq.awarded"),
        Transition("return", ("award_pending",), "evaluating", "approval.decide", "rfq.award_returned"),
        Transition("no_award", ("evaluating",), "no_award", "rfq.write", "rfq.no_award"),
        Transition("cancel", BEFORE_AWARD, "cancelled", "rfq.write", "rfq.cancelled"),
    ),
)
# Suppliers who were not chosen by name need time to find it.
OPEN_AT_LEAST: Final = timedelta(days=1)
OPEN_AT_MOST: Final = timedelta(days=365)


class CurrencyNotAllowed(DomainError):
    status = 422
    code = "currency-not-allowed"
    title = "This currency is not allowed here"
    detail = "Both parties are residents of one country and may deal in %(required)s only, not in %(currency)s."


class SealedUntilDeadline(DomainError):
    status = 409
    code = "sealed-until-deadline"
    title = "Sealed until the deadline"
    detail = "A sealed RFQ cannot be closed early: its quotes open when the deadline passes."


class Rfq(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `rfq` with its buyer's name. Counts and `invite` are null for everybody but the buyer."""

    id: UUID
    number: str
    buyer_id: UUID
    buyer: str
    status: RfqStatus
    version: int
    title: str
    description: str
    sealed: bool
    mode: str
    currency: str
    lines: tuple[RfqLine, ...]
    terms: TermsView
    own_reference: str | None
    due_at: datetime
    published_at: datetime | None
    opened_at: datetime | None
    outcome_reason: str | None
    created_at: datetime
    invited: int | None
    declined: int | None
    quotes: int | None
    invite: tuple[UUID, ...] | None


class RfqSummary(msgspec.Struct, frozen=True, kw_only=True):
    """An RFQ in a list."""

    id: UUID
    number: str
    buyer_id: UUID
    buyer: str
    status: RfqStatus
    version: int
    title: str
    sealed: bool
    currency: str
    line_count: int
    due_at: datetime
    published_at: datetime | None
    created_at: datetime


class Moved(msgspec.Struct, frozen=True):
    """What a transition made of an RFQ, and the state it was in."""

    version: int
    buyer_id: UUID
    was: str


class Invitee(msgspec.Struct, frozen=True):
    """A company that may be invited, as far as the buyer can see it."""

    id: UUID
    active: bool
    own_group: bool


class Told(msgspec.Struct, frozen=True):
    """A supplier who was told of an RFQ."""

    seller_id: UUID
