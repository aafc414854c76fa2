"""Reads the sample market: units, category tree, companies, offers, RFQ drafts and order scripts, all as typed data."""

from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Literal, TypeVar

import msgspec

from exchange.country import CountryProfile, profile, vat_code_on
from schemas.common import Currency, Price, Quantity
from schemas.company import MemberRole, TradeRole
from schemas.offer import OfferIn
from schemas.rfq import RfqIn, RfqLineIn
from schemas.terms import TermsIn

Value = int | float | bool | str
Kind = Literal["number", "text", "boolean", "choice"]
Locale = Literal["vi", "en"]
CompanyStatus = Literal["applied", "in_review", "active", "rejected"]
# The states that these scripts end in; a draft order is one that its buyer's approver sent back.
RfqState = Literal["draft", "open", "evaluating", "award_pending", "awarded", "no_award", "cancelled"]
OrderState = Literal["draft", "pending_approval", "confirmed", "in_progress", "completed", "lapsed"]
# How far an order goes that is confirmed or in progress: paid into protection, on its way, arrived, inspected, invoiced
# with a difference, announced as paid, or asked to be closed with the rest undelivered.
Reached = Literal["held", "despatched", "arrived", "inspected", "difference", "announced", "closing"]
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
    roles: tuple[MemberRole, ...]


class BankAccount(Record, frozen=True):
    holder: str
    bank_name: str
    number: str
    currency: Currency


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
    base_currency: Currency
    approval_limit_minor: int | None
    signing_limit_minor: int | None
    trade_roles: tuple[TradeRole, ...]
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


class Offer(Record, frozen=True):
    """One offer of one company; `valid_days` from the day it is published."""

    company: str
    valid_days: int
    offer: OfferIn


class QuoteLine(Record, frozen=True):
    """The answer to line number `line`, counted from 0; `offer` is the external id of the seller's own offer."""

    line: int
    quantity: Quantity
    price: Price
    vat_code: str
    lead_time_days: int
    offer: str | None = None
    note: str = ""


class Quote(Record, frozen=True):
    """`terms` None accepts those of the RFQ; `left` is what its supplier leaves it as."""

    company: str
    own_number: str
    valid_days: int
    lines: tuple[QuoteLine, ...]
    terms: TermsIn | None = None
    note: str = ""
    left: Literal["submitted", "draft", "withdrawn"] = "submitted"


class Rejection(Record, frozen=True):
    """What the buyer refuses of line number `line` at the inspection."""

    line: int
    quantity: Quantity
    reason: str


class Review(Record, frozen=True):
    score: int
    text: str


class Aftermath(Record, frozen=True):
    """How far an awarded RFQ goes: who has signed, and the state its order is played to (None: not yet ordered)."""

    signed_by: tuple[Literal["buyer", "seller"], ...] = ()
    order: OrderState | None = None
    reached: Reached | None = None
    invoice_number: str | None = None
    rejected: tuple[Rejection, ...] = ()
    buyer_review: Review | None = None
    seller_review: Review | None = None


class Rfq(Record, frozen=True):
    """An RFQ with its quotes. `play_to` is the state it is left in, `award_to` the company that wins, `reason` why it ended."""

    key: str
    buyer: str
    title: str
    description: str
    currency: Currency
    sealed: bool
    due_in_days: int
    own_reference: str
    play_to: RfqState
    terms: TermsIn
    lines: tuple[RfqLineIn, ...]
    quotes: tuple[Quote, ...] = ()
    award_to: str | None = None
    award_reason: str = ""
    reason_for_others: str = ""
    reason: str = ""
    after: Aftermath = Aftermath()

    def draft(self, due_at: datetime) -> RfqIn:
        """The RFQ as its buyer writes it, with its deadline on the clock of the market."""
        return RfqIn(
            title=self.title,
            currency=self.currency,
            lines=self.lines,
            terms=self.terms,
            due_at=due_at,
            sealed=self.sealed,
            description=self.description,
            own_reference=self.own_reference,
        )


class DealLine(Record, frozen=True):
    """So much of the offer with this external id; `first` of it goes with the first delivery (None: all)."""

    offer: str
    quantity: Quantity
    first: Quantity | None = None


class Deal(Record, frozen=True):
    """An order placed straight from offers of one seller (the short way), and the state it is played to.

    Its terms are those of the offers; `reason` is why the approver sent it back, or why one side asks to close the rest;
    `wrong_invoice` is the number of a first invoice that did not agree with the goods and was replaced.
    """

    key: str
    buyer: str
    seller: str
    lines: tuple[DealLine, ...]
    deliver_to: str
    region: str
    buyer_reference: str
    play_to: OrderState
    cost_centre: str | None = None
    reached: Reached | None = None
    reason: str = ""
    invoice_number: str | None = None
    wrong_invoice: str | None = None
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
def sample_rfqs(on: date) -> tuple[Rfq, ...]:
    """The RFQs as they stand on a day; VAT codes in their quotes are those that are valid then."""
    found = _read("sample/rfqs.json", dict[str, tuple[Rfq, ...]])["rfqs"]
    return tuple(msgspec.structs.replace(rfq, quotes=tuple(_dated_quote(quote, on) for quote in rfq.quotes)) for rfq in found)


@cache
def sample_deals() -> tuple[Deal, ...]:
    return _read("sample/deals.json", dict[str, tuple[Deal, ...]])["deals"]


@cache
def sample_offers(on: date) -> tuple[Offer, ...]:
    """The offers as they stand on a day: a VAT code that has ended by then is replaced by the one it had reduced."""
    found = _read("sample/offers.json", dict[str, tuple[Offer, ...]])["offers"]
    return tuple(msgspec.structs.replace(row, offer=_dated_offer(row.company, row.offer, on)) for row in found)


@cache
def _profile_of(company: str) -> CountryProfile:
    return next(profile(found.profile) for found in sample_companies().companies if found.key == company)


def _dated_offer(company: str, offer: OfferIn, on: date) -> OfferIn:
    return msgspec.structs.replace(offer, vat_code=vat_code_on(_profile_of(company), offer.vat_code, on))


def _dated_quote(quote: Quote, on: date) -> Quote:
    seller = _profile_of(quote.company)
    lines = tuple(msgspec.structs.replace(line, vat_code=vat_code_on(seller, line.vat_code, on)) for line in quote.lines)
    return msgspec.structs.replace(quote, lines=lines)
