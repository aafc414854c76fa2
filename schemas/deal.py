"""What two companies owe each other: contract, order, delivery, invoice, instalment, review."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from schemas.common import Amount, Line, OptionalLine, Quantity, RegionCode, Text
from schemas.terms import TermsView

# What was counted at an inspection; zero is allowed.
Counted = Annotated[str, Meta(pattern=r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?$(?!\n)", max_length=19, examples=["95"])]


class SignatureView(Struct, frozen=True, kw_only=True):
    company_id: UUID
    company: str
    person_name: str
    basis: str
    # Number and date of the authorisation, where it was one.
    authorisation: str | None
    method: str
    digest: str
    at: datetime


class ContractView(Struct, frozen=True, kw_only=True):
    """A contract. `body` is the canonical JSON that `digest` (SHA-256, hex) is taken over; both parties sign that digest."""

    id: UUID
    version: int
    number: str
    kind: Literal["signed", "standard"]
    status: str
    buyer_id: UUID
    buyer: str
    seller_id: UUID
    seller: str
    rfq_id: UUID | None
    order_id: UUID | None
    currency: str
    gross: str
    digest: str
    body: str
    pdf_file_id: UUID | None
    pdf_digest: str | None
    created_at: datetime
    active_at: datetime | None
    sign_by: datetime | None
    # The party that declined to sign, and why; null where nobody did.
    refused_by: UUID | None
    refused_reason: str | None
    signatures: tuple[SignatureView, ...] = ()
    actions: tuple[str, ...] = ()


class ContractRow(Struct, frozen=True, kw_only=True):
    id: UUID
    version: int
    number: str
    kind: str
    status: str
    counterparty: str
    currency: str
    gross: str
    created_at: datetime
    active_at: datetime | None


class SignCommand(Struct, frozen=True, forbid_unknown_fields=True):
    """Signs exactly this digest. An API key cannot sign."""

    digest: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class DeclineCommand(Struct, frozen=True, forbid_unknown_fields=True):
    """Does not sign; the other side reads the reason."""

    reason: Annotated[Text, Meta(min_length=3, max_length=1000)]


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


class DeliveryLineView(Struct, frozen=True, kw_only=True):
    order_line_id: UUID
    quantity: str
    accepted: str | None = None
    rejected: str | None = None
    reason: str = ""
    photo_file_id: UUID | None = None


class DeliveryView(Struct, frozen=True, kw_only=True):
    id: UUID
    version: int
    number: str
    order_id: UUID
    status: Literal["planned", "despatched", "arrived", "inspected"]
    lines: tuple[DeliveryLineView, ...]
    carrier: str
    tracking: str
    despatched_at: datetime | None
    arrived_at: datetime | None
    inspect_by: datetime | None
    inspected_at: datetime | None
    actions: tuple[str, ...] = ()


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


class InstalmentView(Struct, frozen=True, kw_only=True):
    """One payment. A protected one: amount = to_seller + returned + fee + fee_vat once it is released."""

    id: UUID
    version: int
    order_id: UUID
    position: int
    method: Literal["protected", "direct"]
    trigger: str
    status: str
    currency: str
    amount: str
    to_seller: str
    returned: str
    fee: str
    fee_vat: str
    reference: str
    due_at: datetime | None
    announced_at: datetime | None
    settled_at: datetime | None
    actions: tuple[str, ...] = ()


class InstalmentRow(Struct, frozen=True, kw_only=True):
    """A payment in a list; `side` says whether the acting company pays it or is paid."""

    id: UUID
    version: int
    order_id: UUID
    order_number: str
    side: Literal["buy", "sell"]
    counterparty: str
    position: int
    method: Literal["protected", "direct"]
    status: str
    currency: str
    amount: str
    reference: str
    due_at: datetime | None
    created_at: datetime


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


class PayTo(Struct, frozen=True, kw_only=True):
    """The seller's verified bank account, for a direct payment."""

    holder: str
    bank_name: str
    number: str
    verified: bool
    # The account is new: no payment to it is announced before.
    paused_until: datetime | None = None


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


class DespatchLine(Struct, frozen=True, forbid_unknown_fields=True):
    order_line_id: UUID
    quantity: Quantity


class DespatchCommand(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    lines: Annotated[tuple[DespatchLine, ...], Meta(min_length=1, max_length=100)]
    carrier: Annotated[OptionalLine, Meta(max_length=120)] = ""
    tracking: Annotated[OptionalLine, Meta(max_length=120)] = ""


class InspectLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """accepted + rejected = what was delivered; a rejection names its reason and carries a photo."""

    order_line_id: UUID
    accepted: Counted
    rejected: Counted = "0"
    reason: Annotated[Text, Meta(max_length=1000)] = ""
    photo_file_id: UUID | None = None


class InspectCommand(Struct, frozen=True, forbid_unknown_fields=True):
    lines: Annotated[tuple[InspectLine, ...], Meta(min_length=1, max_length=100)]


class ClosingIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Proposes to close what is still undelivered; the other side agrees or declines."""

    reason: Annotated[Text, Meta(min_length=1, max_length=1000)]


class ClosingAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    answer: Literal["agree", "decline"]


class InvoiceIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The seller's own invoice for one inspected delivery."""

    number: Annotated[Line, Meta(min_length=1, max_length=60)]
    issued_on: date
    net: Amount
    vat: Amount
    seller_tax_id: Annotated[Line, Meta(min_length=1, max_length=40)]
    buyer_tax_id: Annotated[Line, Meta(min_length=1, max_length=40)]
    file_id: UUID | None = None


class PaymentAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """The seller's answer to an announced direct payment."""

    received: bool


class ReviewIn(Struct, frozen=True, forbid_unknown_fields=True):
    score: Annotated[int, Meta(ge=1, le=5)]
    text: Annotated[Text, Meta(max_length=4000)] = ""


class ReviewView(Struct, frozen=True, kw_only=True):
    """Blind until both sides wrote or 7 days passed."""

    id: UUID
    version: int
    order_id: UUID
    author_company_id: UUID
    author: str
    subject_company_id: UUID
    status: Literal["written", "published"]
    score: int
    text: str
    created_at: datetime
    published_at: datetime | None


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
