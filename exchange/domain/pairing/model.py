"""Who was told of an RFQ and why: invitations, opportunities, and what the matcher found."""

from datetime import datetime
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange.domain.transition import Lifecycle, Transition
from schemas.matching import MatchResult, Reason
from schemas.offer import OfferStatus
from schemas.quote import QuoteStatus
from schemas.rfq import InvitationStatus, RfqLine, RfqStatus

LIFECYCLE: Final = Lifecycle(
    noun="invitation",
    table="invitation",
    initial=("sent",),
    transitions=(
        Transition("seen", ("sent",), "seen", "rfq.read", "invitation.seen"),
        Transition("will_quote", ("sent", "seen", "declined"), "will_quote", "quote.write", "invitation.answered"),
        Transition("declined", ("sent", "seen", "will_quote"), "declined", "quote.write", "invitation.answered"),
    ),
)
# An RFQ is told to at most so many suppliers, best first; those that the buyer named come before all.
SUPPLIERS_MOST: Final = 100
# Parts of a supplier's list: still to be answered, answered with a promise or a quote, declined.
Part = Literal["open", "answered", "declined"]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the pairing job reads of an RFQ, with the group of its buyer."""

    id: UUID
    version: int
    status: str
    mode: str
    buyer_id: UUID
    currency: str
    lines: tuple[RfqLine, ...]
    audience: tuple[UUID, ...]
    own_group: tuple[UUID, ...]
    now: datetime


class LineResult(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `rfq_match`: what the matcher found for one line."""

    line_id: UUID
    result: MatchResult


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One offer that fits one line, as it will be told to its supplier."""

    line_id: UUID
    offer_id: UUID
    offer_version: int
    seller_id: UUID
    score: int
    reasons: list[Reason]


class Told(msgspec.Struct, frozen=True):
    """A new invitation."""

    id: UUID
    seller_id: UUID


class MatchedOffer(msgspec.Struct, frozen=True, kw_only=True):
    """An offer of a match, as the reader may see it now."""

    id: UUID
    company_id: UUID
    company: str
    status: OfferStatus
    version: int
    title: str
    category_code: str
    mpn: str | None
    unit: str
    currency: str
    price_micro: int
    firm: bool
    moq: Decimal
    available: Decimal | None
    lead_time_days: int
    ship_from: str
    updated_at: datetime


class Opportunity(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation of the acting supplier with its RFQ and its own best match."""

    id: UUID
    version: int
    status: InvitationStatus
    rfq_id: UUID
    rfq_number: str
    rfq_title: str
    rfq_status: RfqStatus
    buyer: str
    due_at: datetime
    created_at: datetime
    lines: tuple[RfqLine, ...]
    line_id: UUID | None
    offer_id: UUID | None
    offer_title: str | None
    score: int | None
    reasons: tuple[Reason, ...] | None
    offers: int
    quote_id: UUID | None
    quote_status: QuoteStatus | None


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """An own offer that fits a line of an RFQ, as the matcher found it and as it is now."""

    line_id: UUID
    offer_id: UUID
    title: str
    offer_status: OfferStatus
    currency: str
    unit: str
    lead_time_days: int
    score: int
    reasons: tuple[Reason, ...]


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `invitation` with its supplier's name."""

    id: UUID
    version: int
    rfq_id: UUID
    buyer_id: UUID
    seller_id: UUID
    seller: str
    status: InvitationStatus
    reason: str | None
    created_at: datetime
