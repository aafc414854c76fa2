"""Reads the sample market: units, category tree, companies, offers, RFQ drafts and order scripts, all as typed data."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Literal, TypeVar

import msgspec

from exchange.country import profile, vat_code_on

Value = int | float | bool | str
Kind = Literal["number", "text", "boolean", "choice"]
Locale = Literal["vi", "en"]
TermsPreset = Literal["advance", "deposit_30_70", "on_delivery", "net_30", "retain_5"]
CompanyStatus = Literal["applied", "in_review", "active", "rejected"]
RfqState = Literal["draft", "pending_approval", "open", "evaluating", "award_pending", "awarded", "no_award", "cancelled"]
OrderState = Literal["placed", "confirmed", "in_progress", "completed", "cancelled"]
T = TypeVar("T")


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of a data file: an unknown field is a typing mistake and is refused."""


class Unit(Record, frozen=True):
    code: str
    symbol: str
    name_en: str
    name_vi: str


class Link(Record, frozen=True):
    scheme: Literal["HS", "CPV", "UNSPSC"]
    code: str


class Attribute(Record, frozen=True):
    key: str
    kind: Kind
    unit: str | None
    name_en: str
    name_vi: str
    required: bool
    filterable: bool
    choices: tuple[str, ...]


class Category(Record, frozen=True):
    code: str
    parent: str | None
    name_en: str
    name_vi: str
    links: tuple[Link, ...]
    attributes: tuple[Attribute, ...]


class Person(Record, frozen=True):
    email: str
    name: str
    locale: Locale
    roles: tuple[str, ...]
    title: str = ""


class BankAccount(Record, frozen=True):
    holder: str
    bank_name: str
    number: str
    currency: str


class Company(Record, frozen=True):
    """`key` names the company inside these files. Limits: minor units of `base_currency`, gross; None: no limit."""

    key: str
    status: CompanyStatus
    legal_name: str
    display_name: str
    country: str
    profile: str
    region: str
    registration_id: str
    tax_id: str
    address: str
    representative: str
    representative_title: str
    phone: str
    contact_email: str
    website: str
    base_currency: str
    approval_limit_minor: int | None
    signing_limit_minor: int | None
    trade_roles: tuple[str, ...]
    categories: tuple[str, ...]
    about_en: str
    about_vi: str
    bank_account: BankAccount
    people: tuple[Person, ...]
    decision_reason: str = ""


class Operator(Record, frozen=True):
    email: str
    name: str
    locale: Locale
    operator_roles: tuple[str, ...]


class Companies(Record, frozen=True):
    companies: tuple[Company, ...]
    operators: tuple[Operator, ...]


class Tier(Record, frozen=True):
    min_quantity: Decimal
    price: Decimal


class Delivery(Record, frozen=True):
    """`term`: collect or delivered inside one country, else an Incoterms 2020 rule; `place` is its named place."""

    term: Literal["collect", "delivered", "EXW", "FCA", "FOB", "CIF", "DAP"]
    place: str


class Offer(Record, frozen=True):
    """`available_quantity` is stock, `capacity_per_month` what can be made or done; a service has only the second."""

    company: str
    external_id: str
    part_number: str
    category: str
    title: str
    description: str
    locale: Locale
    firm: bool
    unit: str
    currency: str
    tiers: tuple[Tier, ...]
    vat_code: str
    moq: Decimal
    increment: Decimal
    pack: str
    available_quantity: Decimal | None
    capacity_per_month: Decimal | None
    lead_time_days: int
    ship_from: str
    regions: tuple[str, ...]
    terms: TermsPreset
    delivery: Delivery
    certificates: tuple[str, ...]
    valid_days: int
    attributes: Mapping[str, Value]

    def price_at(self, quantity: Decimal) -> Decimal:
        """The net unit price at a quantity: that of the last tier reached."""
        return [tier.price for tier in self.tiers if tier.min_quantity <= quantity][-1]


class Requirement(Record, frozen=True):
    attribute: str
    op: Literal[">=", "<=", "=", "in", "between"]
    value: Value | list[Value]


class RfqLine(Record, frozen=True):
    category: str
    text: str
    quantity: Decimal
    unit: str
    region: str
    deliver_within_days: int
    requirements: tuple[Requirement, ...] = ()
    certificates: tuple[str, ...] = ()
    target_price: Decimal | None = None


class QuoteLine(Record, frozen=True):
    """`line` counts from 0; `quantity` below the asked one is a part quote."""

    line: int
    price: Decimal
    quantity: Decimal
    vat_code: str
    lead_time_days: int


class Quote(Record, frozen=True):
    company: str
    own_number: str
    terms: TermsPreset
    valid_days: int
    note: str
    lines: tuple[QuoteLine, ...]
    offer: str | None = None


class Rejection(Record, frozen=True):
    line: int
    quantity: Decimal
    reason: str


class Review(Record, frozen=True):
    score: int
    text: str


class Aftermath(Record, frozen=True):
    """How far an awarded RFQ goes: who has signed, and the state its order is played to."""

    signed_by: tuple[Literal["buyer", "seller"], ...] = ()
    order: OrderState | None = None
    rejected: tuple[Rejection, ...] = ()
    buyer_review: Review | None = None
    seller_review: Review | None = None


class Rfq(Record, frozen=True):
    """`play_to` is the state the filler leaves it in; `award_to` the company that wins, where one does."""

    key: str
    buyer: str
    title: str
    description: str
    locale: Locale
    currency: str
    terms: TermsPreset
    sealed: bool
    due_in_days: int
    play_to: RfqState
    lines: tuple[RfqLine, ...]
    quotes: tuple[Quote, ...] = ()
    award_to: str | None = None
    award_reason: str = ""
    reason: str = ""
    after: Aftermath = Aftermath()


class DealLine(Record, frozen=True):
    offer: str
    quantity: Decimal


class SellerInvoice(Record, frozen=True):
    number: str
    days_after_delivery: int


class Deal(Record, frozen=True):
    """An order placed straight from offers of one seller (the short way), and the state it is played to."""

    key: str
    buyer: str
    seller: str
    lines: tuple[DealLine, ...]
    payment: Literal["direct", "protected"]
    terms: TermsPreset
    deliver_to: str
    po_number: str
    play_to: OrderState
    note: str = ""
    reason: str = ""
    invoice: SellerInvoice | None = None
    rejected: tuple[Rejection, ...] = ()
    buyer_review: Review | None = None
    seller_review: Review | None = None


def _read(name: str, kind: type[T]) -> T:
    return msgspec.json.decode(files("exchange.market").joinpath(name).read_bytes(), type=kind)


@cache
def units() -> tuple[Unit, ...]:
    return _read("units.json", dict[str, tuple[Unit, ...]])["units"]


@cache
def categories() -> tuple[Category, ...]:
    """The tree, parents before children."""
    return _read("categories.json", dict[str, tuple[Category, ...]])["categories"]


@cache
def _by_code() -> dict[str, Category]:
    return {category.code: category for category in categories()}


@cache
def ancestors(code: str) -> tuple[str, ...]:
    """The codes from the root to the category itself; joined by "/" they are its path."""
    category = _by_code()[code]
    return (*(ancestors(category.parent) if category.parent else ()), code)


@cache
def declared_attributes(code: str) -> dict[str, Attribute]:
    """What a category declares, inherited attributes first; a nearer declaration of the same key wins."""
    return {a.key: a for ancestor in ancestors(code) for a in _by_code()[ancestor].attributes}


@cache
def sample_companies() -> Companies:
    return _read("sample/companies.json", Companies)


@cache
def sample_rfqs() -> tuple[Rfq, ...]:
    return _read("sample/rfqs.json", dict[str, tuple[Rfq, ...]])["rfqs"]


@cache
def sample_deals() -> tuple[Deal, ...]:
    return _read("sample/deals.json", dict[str, tuple[Deal, ...]])["deals"]


@cache
def sample_offers(on: date) -> tuple[Offer, ...]:
    """The offers as they stand on a day: a VAT code that has ended by then is replaced by the one it had reduced."""
    profiles = {company.key: profile(company.profile) for company in sample_companies().companies}
    found = _read("sample/offers.json", dict[str, tuple[Offer, ...]])["offers"]
    return tuple(
        msgspec.structs.replace(offer, vat_code=vat_code_on(profiles[offer.company], offer.vat_code, on)) for offer in found
    )
