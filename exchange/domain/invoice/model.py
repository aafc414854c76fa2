"""An invoice: its states, its row and what is compared."""

from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange.domain.transition import Lifecycle, Transition
from exchange.errors import DomainError
from schemas.deal import Difference

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


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `invoice`."""

    id: UUID
    version: int
    order_id: UUID
    delivery_id: UUID
    buyer_id: UUID
    seller_id: UUID
    status: Literal["expected", "received", "matched", "difference", "adjusted", "replaced"]
    number: str | None
    issued_on: date | None
    currency: str
    expected_net_minor: int
    expected_vat_minor: int
    net_minor: int | None
    vat_minor: int | None
    gross_minor: int | None
    seller_tax_id: str | None
    buyer_tax_id: str | None
    file_id: UUID | None
    differences: tuple[Difference, ...]
    replaces_id: UUID | None
    created_at: datetime
    received_at: datetime | None


class InvoiceNumberUsed(DomainError):
    """The seller has recorded another invoice under this number."""

    status = 409
    code = "invoice-number-used"
    title = "This invoice is recorded already"
    detail = "Your invoice %(number)s is recorded for another delivery."


def compact(tax_id: str) -> str:
    """A tax number without the spaces and dashes that people write into it."""
    return "".join(character for character in tax_id if character.isalnum()).upper()
