"""An order: its states, its rows, what can be refused, and the rules that need nothing else."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange.domain.approval.rules import Rule
from exchange.domain.transition import Lifecycle, Transition
from exchange.money import line_net_minor, vat_minor
from schemas.invoice import Difference
from schemas.offer import Tier
from schemas.terms import TermsView

LIFECYCLE: Final = Lifecycle(
    noun="order",
    table="purchase_order",
    # From firm offers or a signed contract it is confirmed at once; above the buyer's limit it waits.
    initial=("pending_approval", "confirmed"),
    transitions=(
        Transition("approve", ("pending_approval",), "confirmed", "approval.decide", "order.confirmed"),
        Transition("return", ("pending_approval",), "draft", "approval.decide", "order.returned"),
        Transition("start", ("confirmed",), "in_progress", "delivery.despatch", "order.started"),
        Transition("complete", ("confirmed", "in_progress"), "completed", "job", "order.completed"),
        Transition("lapse", ("confirmed",), "lapsed", "job", "order.lapsed"),
    ),
    reserved=("placed", "refused", "cancelled"),
)
# The least time in which a buyer can be asked to pay before anything moves.
PAYMENT_WORKING_DAYS: Final = 3


class FirmOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A row of take_firm_offers(): the offer as it is now, and whether the asked quantity was taken from it."""

    id: UUID
    company_id: UUID
    status: str
    version: int
    title: str
    mpn: str | None
    category_code: str
    unit: str
    currency: str
    tiers: tuple[Tier, ...]
    vat_code: str
    firm: bool
    moq: Decimal
    increment: Decimal
    available: Decimal | None
    lead_time_days: int
    regions: tuple[str, ...]
    terms: TermsView
    expired: bool
    taken: bool
    # The seller's country profile, and market time after the locks.
    profile: str
    at: datetime


class DealParty(msgspec.Struct, frozen=True, kw_only=True):
    """A row of deal_parties() with the fee rate of the day."""

    id: UUID
    status: str
    legal_name: str
    country: str
    profile: str
    registration_id: str
    tax_id: str
    address: str
    representative: str
    representative_title: str
    above_signing_limit: bool
    shared_person: bool
    fee_percent: Decimal
    fee_vat_percent: Decimal
    # The acting company's own policy for orders; nobody reads another's.
    approval_rule: Rule | None


class PlaceOfLine(msgspec.Struct, frozen=True):
    """Where and how soon one line is delivered, in days from confirmation."""

    region: str
    deliver_within_days: int


class DeliveryPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in purchase_order.delivery; `lines` in order of their positions."""

    deliver_to: str
    region: str
    lines: tuple[PlaceOfLine, ...]


class OrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `order_line`."""

    id: UUID
    position: int
    offer_id: UUID | None
    offer_version: int | None
    category_code: str
    title: str
    mpn: str | None
    unit: str
    quantity: Decimal
    price: Decimal
    vat_code: str
    vat_percent: Decimal
    net_minor: int
    vat_minor: int
    despatched: Decimal
    received: Decimal
    accepted: Decimal
    rejected: Decimal
    closed: Decimal

    @property
    def open(self) -> Decimal:
        """What may still be despatched."""
        return self.quantity - self.despatched + self.rejected - self.closed

    def gross_of(self, quantity: Decimal, currency: str) -> int:
        """The value of a part of this line in minor units, net and VAT each rounded once."""
        net = line_net_minor(self.price, quantity, currency)
        return net + vat_minor(net, self.vat_percent)


class DeliveredLine(msgspec.Struct, frozen=True, kw_only=True):
    order_line_id: UUID
    quantity: Decimal
    accepted: Decimal | None = None
    rejected: Decimal | None = None
    reason: str | None = None
    photo_file_id: UUID | None = None


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `delivery` as the order shows it."""

    id: UUID
    version: int
    number: str
    status: Literal["planned", "despatched", "arrived", "inspected"]
    lines: tuple[DeliveredLine, ...]
    carrier: str
    tracking: str
    despatched_at: datetime | None
    arrived_at: datetime | None
    inspect_by: datetime | None
    inspected_at: datetime | None


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `invoice` as the order shows it."""

    id: UUID
    version: int
    delivery_id: UUID
    status: Literal["expected", "received", "matched", "difference", "adjusted", "replaced"]
    number: str | None
    issued_on: date | None
    currency: str
    expected_net_minor: int
    expected_vat_minor: int
    net_minor: int | None
    vat_minor: int | None
    gross_minor: int | None
    file_id: UUID | None
    differences: tuple[Difference, ...]


class Instalment(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `instalment` as the order shows it."""

    id: UUID
    version: int
    position: int
    method: Literal["protected", "direct"]
    trigger: str
    days_after: int
    status: str
    currency: str
    amount_minor: int
    reference: str
    due_at: datetime | None
    to_seller_minor: int = 0
    returned_minor: int = 0
    fee_minor: int = 0
    fee_vat_minor: int = 0
    announced_at: datetime | None = None
    settled_at: datetime | None = None

    @property
    def paid_minor(self) -> int:
        """What of it has reached the seller, the fee included."""
        if self.status != "settled":
            return 0
        return self.amount_minor - self.returned_minor


class ClosedLine(msgspec.Struct, frozen=True):
    """How much of a line would neither be delivered nor paid."""

    order_line_id: UUID
    quantity: Decimal


class Closing(msgspec.Struct, frozen=True, kw_only=True):
    """The latest proposal to close what is undelivered; `lines` as they stood when it was made."""

    id: UUID
    version: int
    status: Literal["proposed", "agreed", "declined", "escalated"]
    proposed_by_company: UUID
    reason: str
    created_at: datetime
    answer_by: datetime
    lines: tuple[ClosedLine, ...]


class BankAccount(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    holder: str
    bank_name: str
    number: str
    verified: bool
    # No direct payment is announced before: the account is new.
    paused_until: datetime | None = None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `purchase_order` with all that belongs to it, read in one statement."""

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
    net_minor: int
    vat_minor: int
    gross_minor: int
    fee_percent: Decimal
    fee_vat_percent: Decimal
    terms: TermsView
    delivery: DeliveryPlan
    buyer_reference: str | None
    cost_centre: str | None
    placed_by: UUID | None
    placed_at: datetime | None
    confirmed_at: datetime | None
    completed_at: datetime | None
    lines: tuple[OrderLine, ...]
    deliveries: tuple[Delivery, ...]
    invoices: tuple[Invoice, ...]
    instalments: tuple[Instalment, ...]
    closing: Closing | None
    pay_to: BankAccount | None


class OrderSummary(msgspec.Struct, frozen=True, kw_only=True):
    """An order in a list."""

    id: UUID
    version: int
    number: str
    status: str
    counterparty: str
    currency: str
    gross_minor: int
    line_count: int
    first_line: str
    buyer_reference: str | None
    created_at: datetime
    updated_at: datetime


class Sides(msgspec.Struct, frozen=True):
    """What a new order shows of its two sides."""

    buyer: str
    seller: str
    pay_to: BankAccount | None


class Held(msgspec.Struct, frozen=True):
    """An order under lock."""

    status: str
    buyer_id: UUID


def serves(regions: tuple[str, ...], wanted: str) -> bool:
    """Whether an offer for `regions` delivers to `wanted`: there, in its whole country, or everywhere."""
    return bool({wanted, wanted.partition("-")[0], "*"} & set(regions))
