"""An award: the whole RFQ to one supplier, as quoted."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange.domain.transition import Lifecycle, Transition
from exchange.errors import DomainError

LIFECYCLE: Final = Lifecycle(
    noun="award",
    table="award",
    initial=("proposed", "binding"),
    transitions=(
        Transition("bind", ("proposed",), "binding", "approval.decide", "award.bound"),
        Transition("reject", ("proposed",), "rejected", "approval.decide", "award.rejected"),
        Transition("recall", ("proposed",), "recalled", "award.write", "award.recalled"),
    ),
)


class QuoteExpired(DomainError):
    status = 409
    code = "quote-expired"
    title = "The quote is no longer valid"
    detail = "It was valid until %(valid_until)s."


class QuoteChanged(DomainError):
    status = 409
    code = "quote-changed"
    title = "The quote has changed"
    detail = "It is no longer what was proposed. Recall the award and compare again."


class QuoteIncomplete(DomainError):
    status = 422
    code = "quote-incomplete"
    title = "The quote does not cover everything"
    detail = "It covers %(covers)s per cent of what is asked for. Set accept_part to take it as it is; the rest is not awarded."


class Award(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `award` with its supplier's name and what followed."""

    id: UUID
    version: int
    status: Literal["proposed", "binding", "rejected", "recalled"]
    rfq_id: UUID
    quote_id: UUID
    quote_version: int
    buyer_id: UUID
    seller_id: UUID
    seller: str
    currency: str
    net_minor: int
    vat_minor: int
    gross_minor: int
    reason: str
    reason_for_others: str
    proposed_by: UUID
    proposed_at: datetime
    bound_at: datetime | None
    approval_id: UUID | None
    contract_id: UUID | None


class Standing(msgspec.Struct, frozen=True):
    """A seller's state, and whether the acting person belongs to it too."""

    status: str
    shared_person: bool


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision about an award needs, readable by the exchange itself too."""

    id: UUID
    version: int
    status: str
    rfq_id: UUID
    quote_id: UUID
    quote_version: int
    buyer_id: UUID
    seller_id: UUID
    reason_for_others: str
