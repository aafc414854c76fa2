"""An offer: its states, its row and the rules that need nothing else."""

from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec

from exchange.domain.transition import Lifecycle, Transition
from exchange.errors import DomainError
from exchange.money import decimal_text, decode_price, decode_quantity
from schemas.offer import AttributeValue, OfferStatus, Tier
from schemas.terms import TermsView

LIFECYCLE: Final = Lifecycle(
    noun="offer",
    table="offer",
    initial=("draft", "in_review", "live"),
    transitions=(
        Transition("publish", ("draft", "paused"), "live", "offer.write", "offer.published"),
        # The screening found something: an operator looks first.
        Transition("hold", ("draft", "paused", "live"), "in_review", "offer.write", "offer.held"),
        Transition("revise", ("live", "paused", "in_review"), "live", "offer.write", "offer.revised"),
        Transition("redraft", ("rejected",), "draft", "offer.write", "offer.redrafted"),
        Transition("pause", ("live",), "paused", "offer.write", "offer.paused"),
        Transition(
            "withdraw", ("draft", "live", "paused", "in_review", "rejected"), "withdrawn", "offer.write", "offer.withdrawn"
        ),
        Transition("expire", ("live", "paused"), "expired", "job", "offer.expired", deadline="valid_until"),
        Transition("approve", ("in_review", "rejected"), "live", "operator.case", "offer.approved"),
        Transition("reject", ("in_review", "live", "paused"), "rejected", "operator.case", "offer.rejected"),
    ),
)
MICRO: Final = Decimal(1_000_000)


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `offer` with its company's name."""

    id: UUID
    company_id: UUID
    company: str
    status: OfferStatus
    version: int
    external_id: str | None
    title: str
    description: str
    category_code: str
    mpn: str | None
    gtins: tuple[str, ...]
    unit: str
    currency: str
    tiers: tuple[Tier, ...]
    price_micro: int
    vat_code: str
    vat_percent: Decimal
    firm: bool
    moq: Decimal
    increment: Decimal
    available: Decimal | None
    lead_time_days: int
    ship_from: str
    regions: tuple[str, ...]
    terms: TermsView
    attributes: dict[str, AttributeValue]
    extra: dict[str, AttributeValue]
    visibility: str
    valid_until: datetime
    created_at: datetime
    updated_at: datetime


class OfferSummary(msgspec.Struct, frozen=True, kw_only=True):
    """An offer in a list."""

    id: UUID
    company_id: UUID
    company: str
    status: OfferStatus
    version: int
    title: str
    category_code: str
    mpn: str | None
    unit: str
    currency: str
    price_micro: int
    firm: bool
    moq: Decimal
    available: Decimal | None
    lead_time_days: int
    ship_from: str
    updated_at: datetime


class OfferVersion(msgspec.Struct, frozen=True, kw_only=True):
    """An offer as it stood on sale at one time."""

    version: int
    at: datetime
    title: str
    unit: str
    currency: str
    tiers: tuple[Tier, ...]
    vat_code: str
    firm: bool
    moq: Decimal
    available: Decimal | None
    lead_time_days: int
    regions: tuple[str, ...]
    terms: TermsView
    attributes: dict[str, AttributeValue]
    description: str


class Stock(msgspec.Struct, frozen=True):
    """What can be sold now, None without a limit, and what orders took since the seller last said how much there is."""

    available: Decimal | None
    taken: Decimal = Decimal(0)


class StockMoved(DomainError):
    """What a seller writes about its stock was thought out before orders took of it."""

    status = 409
    code = "stock-moved"
    title = "Orders took of the stock meanwhile"
    detail = (
        "%(available)s are left after orders took %(taken)s. Look at the offer again, and say with available_seen what it showed."
    )


def restated(now: Stock, said: Decimal | None, seen: Decimal | None, *, counted: bool = False) -> Stock:
    """The stock after its seller says `said`, having seen `seen` (None: the seller did not say).

    What orders took is never written back: the same figure as before says nothing new, and a change of what was seen is
    applied to what is left. Another figure is a new count when it is `counted`, as in a file; else, when orders took of
    the stock, nobody can tell what it means: StockMoved.
    """
    if said is None or now.available is None:
        return Stock(said)
    if seen is not None:
        left = now.available + said - seen
        if left < 0:
            raise StockMoved(available=decimal_text(now.available), taken=decimal_text(now.taken))
        return Stock(left, now.taken if said == seen else max(seen - now.available, Decimal(0)))
    if said in (now.available, now.available + now.taken):
        return now
    if now.taken > 0 and not counted:
        raise StockMoved(available=decimal_text(now.available), taken=decimal_text(now.taken))
    return Stock(said)


def tier_price(tiers: tuple[Tier, ...], quantity: Decimal) -> Decimal:
    """The net unit price at `quantity`: that of the last tier whose minimum it reaches, or the first one."""
    price = decode_price(tiers[0].price)
    for tier in tiers[1:]:
        if decode_quantity(tier.min_quantity) <= quantity:
            price = decode_price(tier.price)
    return price


def tier_problem(tiers: tuple[Tier, ...]) -> int | None:
    """The index of the first tier whose quantity does not rise above the one before, or None."""
    before = Decimal(0)
    for index, tier in enumerate(tiers):
        quantity = decode_quantity(tier.min_quantity)
        if quantity <= before:
            return index
        before = quantity
    return None


def in_increments(quantity: Decimal, moq: Decimal, increment: Decimal) -> bool:
    """Whether `quantity` reaches the MOQ and is whole increments; the matcher applies the same rule."""
    return quantity >= moq and quantity % increment == 0
