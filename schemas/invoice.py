"""Invoices of the seller and of the exchange, and how they differ from the order."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from schemas.common import Amount, Line


class Difference(Struct, frozen=True):
    """One thing in which an invoice differs from what the inspection says."""

    field: str
    expected: str
    found: str


class InvoiceView(Struct, frozen=True, kw_only=True):
    id: UUID
    version: int
    order_id: UUID
    delivery_id: UUID
    status: Literal["expected", "received", "matched", "difference", "adjusted", "replaced"]
    number: str | None
    issued_on: date | None
    currency: str
    expected_net: str
    expected_vat: str
    expected_gross: str
    net: str | None
    vat: str | None
    gross: str | None
    file_id: UUID | None
    differences: tuple[Difference, ...]
    actions: tuple[str, ...] = ()


class InvoiceIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The seller's own invoice for one inspected delivery."""

    number: Annotated[Line, Meta(min_length=1, max_length=60)]
    issued_on: date
    net: Amount
    vat: Amount
    seller_tax_id: Annotated[Line, Meta(min_length=1, max_length=40)]
    buyer_tax_id: Annotated[Line, Meta(min_length=1, max_length=40)]
    file_id: UUID | None = None


class FeeInvoiceView(Struct, frozen=True, kw_only=True):
    id: UUID
    number: str
    instalment_id: UUID
    currency: str
    net: str
    vat_percent: str
    vat: str
    gross: str
    at: datetime
