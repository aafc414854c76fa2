"""An invoice: its states, its row and what is compared."""

from datetime import datetime
from typing import Final
from uuid import UUID

from exchange.domain.delivery.deal import Parties
from exchange.domain.order import model as order
from exchange.domain.transition import Lifecycle, Transition
from exchange.errors import DomainError

LIFECYCLE: Final = Lifecycle(
    noun="invoice",
    table="invoice",
    # The one that replaces another begins as received.
    initial=("expected", "received"),
    transitions=(
        Transition("record", ("expected",), "received", "invoice.write", "invoice.received"),
        Transition("match", ("received",), "matched", "job", "invoice.matched"),
        Transition("differ", ("received",), "difference", "job", "invoice.difference"),
        Transition("replace", ("difference",), "replaced", "invoice.write", "invoice.replaced"),
    ),
    reserved=("adjusted",),
)


class Invoice(order.Invoice, frozen=True, kw_only=True):
    """A row of `invoice`, with its order and parties."""

    order_id: UUID
    buyer_id: UUID
    seller_id: UUID
    seller_tax_id: str | None
    buyer_tax_id: str | None
    replaces_id: UUID | None
    created_at: datetime
    received_at: datetime | None

    @property
    def order(self) -> Parties:
        """Whose it is."""
        return Parties(self.order_id, self.buyer_id, self.seller_id)


class InvoiceNumberUsed(DomainError):
    """The seller has recorded another invoice under this number."""

    status = 409
    code = "invoice-number-used"
    title = "This invoice is recorded already"
    detail = "Your invoice %(number)s is recorded for another delivery."


def compact(tax_id: str) -> str:
    """A tax number without the spaces and dashes that people write into it."""
    return "".join(character for character in tax_id if character.isalnum()).upper()
