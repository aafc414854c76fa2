"""An instalment: its states, its row, the fee invoice, and what can be refused."""

from datetime import datetime
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange.domain.delivery.deal import Parties
from exchange.domain.ledger.model import InsufficientFunds
from exchange.domain.order import model as order
from exchange.domain.transition import Lifecycle, Transition
from exchange.errors import DomainError

LIFECYCLE: Final = Lifecycle(
    noun="instalment",
    table="instalment",
    # What the confirmation itself triggers is due at once.
    initial=("planned", "due"),
    transitions=(
        Transition("fall_due", ("planned",), "due", "job", "instalment.due"),
        Transition("pay", ("due",), "held", "payment.write", "instalment.held"),
        Transition("release", ("held",), "released", "job", "instalment.released"),
        Transition("settle", ("released",), "settled", "job", "instalment.settled"),
        Transition("refund", ("held",), "refunded", "job", "instalment.refunded"),
        Transition("announce", ("due",), "announced", "payment.write", "instalment.announced"),
        Transition("confirm", ("announced",), "settled", "payment.write", "instalment.settled"),
        Transition("deny", ("announced",), "due", "payment.write", "instalment.not_received"),
        Transition("lapse", ("planned", "due"), "lapsed", "job", "instalment.lapsed", deadline="due_at"),
    ),
)
CONFIRM_WORKING_DAYS: Final = 3
# Nothing more will happen to it.
ENDED: Final = frozenset({"settled", "refunded", "lapsed"})

Status = Literal["planned", "due", "held", "released", "settled", "refunded", "announced", "lapsed"]


class Instalment(order.Instalment, frozen=True, kw_only=True):
    """A row of `instalment`, with its order and parties."""

    order_id: UUID
    buyer_id: UUID
    seller_id: UUID
    days_after: int
    hold_id: UUID | None
    confirm_by: datetime | None
    created_at: datetime

    @property
    def order(self) -> Parties:
        """Whose it is."""
        return Parties(self.order_id, self.buyer_id, self.seller_id)


class InstalmentSummary(msgspec.Struct, frozen=True, kw_only=True):
    """An instalment in a list, with its order."""

    id: UUID
    version: int
    order_id: UUID
    order_number: str
    side: Literal["buy", "sell"]
    counterparty: str
    position: int
    method: Literal["protected", "direct"]
    status: Status
    currency: str
    amount_minor: int
    reference: str
    due_at: datetime | None
    created_at: datetime


class FeeInvoice(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `fee_invoice`."""

    id: UUID
    number: str
    instalment_id: UUID
    currency: str
    net_minor: int
    vat_percent: Decimal
    vat_minor: int
    gross_minor: int
    at: datetime


class NotEnoughBalance(InsufficientFunds):
    """The buyer's available balance is smaller than the instalment."""

    code = "insufficient-funds"
    detail = "You have %(available)s %(currency)s available and need %(needed)s %(currency)s. Pay in the rest first."


class PaymentsPaused(DomainError):
    """The seller's account was changed a short while ago."""

    status = 409
    code = "payments-paused"
    title = "Payments to this account pause"
    detail = "The seller's bank account is new. Check it with them by another way; announce the payment after %(until)s."


class NotOfThisKind(DomainError):
    """A protected instalment is paid into protection; a direct one is announced and confirmed."""

    status = 409
    code = "other-payment-method"
    title = "This payment goes another way"
    detail = "This instalment is %(method)s; that is not how it is paid."
