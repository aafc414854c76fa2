"""Orders: placed, open, closed with less than was ordered."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from schemas.common import Line, Quantity, RegionCode, Text
from schemas.delivery import DeliveryView
from schemas.invoice import InvoiceView
from schemas.payment import InstalmentView, PayTo
from schemas.terms import TermsView


class PlaceLineIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So much of one version of a firm offer, at the price of its tiers."""

    offer_id: UUID
    offer_version: Annotated[int, Meta(ge=1)]
    quantity: Quantity


class PlaceOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order from firm offers of one seller: binds at once under the pinned standard terms."""

    lines: Annotated[tuple[PlaceLineIn, ...], Meta(min_length=1, max_length=100)]
    deliver_to: Annotated[Line, Meta(min_length=3, max_length=400)]
    region: RegionCode
    buyer_reference: Annotated[Line, Meta(max_length=80)] | None = None
    cost_centre: Annotated[Line, Meta(max_length=80)] | None = None


class OrderLineView(Struct, frozen=True, kw_only=True):
    id: UUID
    position: int
    offer_id: UUID | None
    offer_version: int | None
    title: str
    mpn: str | None
    unit: str
    quantity: str
    price: str
    vat_code: str
    vat_percent: str
    net: str
    vat: str
    gross: str
    despatched: str
    received: str
    accepted: str
    rejected: str
    closed: str


class ClosingLine(Struct, frozen=True):
    """How much of an order line would neither be delivered nor paid."""

    order_line_id: UUID
    quantity: str


class ClosingView(Struct, frozen=True, kw_only=True):
    id: UUID
    version: int
    status: Literal["proposed", "agreed", "declined", "escalated"]
    proposed_by_company: UUID
    reason: str
    created_at: datetime
    answer_by: datetime
    lines: tuple[ClosingLine, ...]
    actions: tuple[str, ...] = ()


class Progress(Struct, frozen=True, kw_only=True):
    """Beside the state, never a state: per cent of the gross value, computed from what was accepted, invoiced and paid."""

    delivered_percent: int
    invoiced_percent: int
    paid_percent: int
    accepted_gross: str
    invoiced_gross: str
    paid_gross: str


class OrderView(Struct, frozen=True, kw_only=True):
    id: UUID
    version: int
    number: str
    status: str
    contract_id: UUID | None
    contract_number: str | None
    buyer_id: UUID
    buyer: str
    seller_id: UUID
    seller: str
    currency: str
    net: str
    vat: str
    gross: str
    terms: TermsView
    deliver_to: str
    region: str
    buyer_reference: str | None
    cost_centre: str | None
    placed_at: datetime | None
    confirmed_at: datetime | None
    completed_at: datetime | None
    lines: tuple[OrderLineView, ...]
    deliveries: tuple[DeliveryView, ...]
    invoices: tuple[InvoiceView, ...]
    instalments: tuple[InstalmentView, ...]
    closing: ClosingView | None
    progress: Progress
    pay_to: PayTo | None = None
    # The seller's alone.
    fee: str | None = None
    fee_vat: str | None = None
    net_to_you: str | None = None
    actions: tuple[str, ...] = ()


class OrderRow(Struct, frozen=True, kw_only=True):
    id: UUID
    version: int
    number: str
    status: str
    side: Literal["buy", "sell"]
    counterparty: str
    currency: str
    gross: str
    line_count: int
    first_line: str
    buyer_reference: str | None
    created_at: datetime
    updated_at: datetime


class ClosingIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Proposes to close what is still undelivered; the other side agrees or declines."""

    reason: Annotated[Text, Meta(min_length=1, max_length=1000)]


class ClosingAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    answer: Literal["agree", "decline"]
