"""A delivery and a proposal to close the remainder: their states, their rows and what can be refused."""

from datetime import datetime
from typing import Final
from uuid import UUID

from exchange.domain.delivery.deal import Parties
from exchange.domain.order import model as order
from exchange.domain.transition import Lifecycle, Transition
from exchange.errors import DomainError

LIFECYCLE: Final = Lifecycle(
    noun="delivery",
    table="delivery",
    initial=("despatched",),
    transitions=(
        Transition("arrive", ("despatched",), "arrived", "delivery.receive", "delivery.arrived"),
        Transition("inspect", ("arrived",), "inspected", "delivery.receive", "delivery.inspected"),
        Transition("accept", ("arrived",), "inspected", "job", "delivery.inspected", deadline="inspect_by"),
    ),
    reserved=("planned",),
)
# Silence is no agreement: what is not answered in time is escalated and still waits for an answer.
CLOSING: Final = Lifecycle(
    noun="closing proposal",
    table="closing_proposal",
    initial=("proposed",),
    transitions=(
        Transition("agree", ("proposed", "escalated"), "agreed", "order.write", "order.remainder_closed"),
        Transition("decline", ("proposed", "escalated"), "declined", "order.write", "order.closing_declined"),
        Transition("escalate", ("proposed",), "escalated", "job", "order.closing_escalated", deadline="answer_by"),
    ),
)
INSPECT_WORKING_DAYS: Final = 7
ANSWER_WORKING_DAYS: Final = 2


class Delivery(order.Delivery, frozen=True, kw_only=True):
    """A row of `delivery`, with its order and parties."""

    order_id: UUID
    buyer_id: UUID
    seller_id: UUID
    created_at: datetime

    @property
    def order(self) -> Parties:
        """Whose it is."""
        return Parties(self.order_id, self.buyer_id, self.seller_id)


class Closing(order.Closing, frozen=True, kw_only=True):
    """A row of `closing_proposal`, with its order and parties."""

    order_id: UUID
    buyer_id: UUID
    seller_id: UUID
    proposed_by: UUID
    answered_at: datetime | None

    @property
    def other(self) -> UUID:
        """The side that answers."""
        return self.seller_id if self.proposed_by_company == self.buyer_id else self.buyer_id


class PaymentNotHeld(DomainError):
    """A protected instalment of the order is not in protection yet."""

    status = 409
    code = "payment-not-held"
    title = "The protected payment is not there yet"
    detail = "Nothing is despatched before the buyer has paid into protection; instalment %(position)s is %(current)s."


class NothingOpen(DomainError):
    """Every line of the order is delivered or closed."""

    status = 409
    code = "nothing-open"
    title = "Nothing is left to close"
    detail = "Everything that was ordered is despatched or closed."


class AlreadyProposed(DomainError):
    status = 409
    code = "closing-proposed"
    title = "A proposal waits for an answer"
    detail = "One proposal to close the remainder of this order is open already; answer that one."


class OtherSideAnswers(DomainError):
    status = 403
    code = "other-side-answers"
    title = "The other side answers"
    detail = "Your company made this proposal, so the other side agrees or declines."
