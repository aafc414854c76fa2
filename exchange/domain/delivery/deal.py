"""An order under lock: what delivery, invoice and payment need to know of it. Whoever moves one of them locks it first."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from exchange.country import profile, working_days_after
from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.order.model import LIFECYCLE as ORDER
from exchange.domain.order.model import OrderLine
from exchange.domain.permission import show
from exchange.errors import Forbidden, NotFound, WrongState
from exchange.money import line_net_minor, vat_minor
from schemas.terms import TermsView

# While goods and money may move.
RUNNING: Final = ORDER.step("complete").from_


class Parties(msgspec.Struct, frozen=True):
    """An order's id and whose it is."""

    id: UUID
    buyer_id: UUID
    seller_id: UUID


class Deal(msgspec.Struct, frozen=True, kw_only=True):
    """An order whose row this transaction has locked; `at` is the market time after the wait."""

    id: UUID
    version: int
    number: str
    status: str
    contract_id: UUID | None
    buyer_id: UUID
    seller_id: UUID
    buyer_profile: str
    seller_profile: str
    buyer_tax_id: str
    seller_tax_id: str
    currency: str
    net_minor: int
    gross_minor: int
    fee_percent: Decimal
    fee_vat_percent: Decimal
    terms: TermsView
    at: datetime

    @property
    def parties(self) -> tuple[UUID, UUID]:
        return self.buyer_id, self.seller_id

    def need_buyer(self, ctx: Ctx) -> None:
        if ctx.company != self.buyer_id:
            raise Forbidden(needed="the buyer's side")

    def need_seller(self, ctx: Ctx) -> None:
        if ctx.company != self.seller_id:
            raise Forbidden(needed="the seller's side")

    def need_running(self) -> None:
        if self.status not in RUNNING:
            raise WrongState(noun="order", current=self.status)


# The clock is read after the wait for the row.
LOCK: Final = """
WITH l AS MATERIALIZED (
    SELECT o.id, o.version, o.number, o.status, o.contract_id, o.buyer_id, o.seller_id, o.currency, o.net_minor, o.gross_minor,
        o.fee_percent, o.fee_vat_percent, o.terms
    FROM purchase_order AS o WHERE o.id = $1 FOR NO KEY UPDATE
)
SELECT l.id, l.version, l.number, l.status, l.contract_id, l.buyer_id, l.seller_id, b.profile AS buyer_profile,
    s.profile AS seller_profile, b.tax_id AS buyer_tax_id, s.tax_id AS seller_tax_id, l.currency, l.net_minor, l.gross_minor,
    l.fee_percent, l.fee_vat_percent, l.terms, market_now() AS at
FROM l JOIN company AS b ON b.id = l.buyer_id JOIN company AS s ON s.id = l.seller_id
"""


async def lock(tx: Tx, order: UUID) -> Deal:
    """The order, which nobody else changes until this transaction ends."""
    found = await tx.maybe(Deal, LOCK, order)
    if found is None:
        raise NotFound(noun="order")
    show(tx.ctx, "order", *found.parties)
    return found


LOCK_LINES: Final = """
SELECT l.id, l.position, l.offer_id, l.offer_version, l.category_code, l.title, l.mpn, l.unit, l.quantity, l.price, l.vat_code,
    l.vat_percent, l.net_minor, l.vat_minor, l.despatched, l.received, l.accepted, l.rejected, l.closed
FROM order_line AS l WHERE l.order_id = $1 ORDER BY l.position FOR NO KEY UPDATE
"""


async def lock_lines(tx: Tx, order: UUID) -> list[OrderLine]:
    """The lines in order of their positions."""
    return await tx.many(OrderLine, LOCK_LINES, order)


# A new version of the order, in another state or the same; nothing when it is in none of those it must come from.
MOVE: Final = """
UPDATE purchase_order SET status = $3, version = version + 1, updated_at = market_now(),
    completed_at = CASE WHEN $3 = 'completed' THEN market_now() ELSE completed_at END
WHERE id = $1 AND status = ANY ($2) RETURNING version
"""


async def move(tx: Tx, deal: Deal, to: str, from_: Sequence[str] = RUNNING) -> int:
    """The order's new version; refuses with its present state."""
    version: int | None = await tx.value(MOVE, deal.id, list(from_), to)
    if version is None:
        raise WrongState(noun="order", current=deal.status)
    return version


async def touch(tx: Tx, deal: Deal) -> int:
    """The order's next version in the state that it has."""
    return await move(tx, deal, deal.status)


def deadline(profile_code: str, at: datetime, working_days: int) -> datetime:
    """The end of the day on which so many working days of that country have passed since `at`."""
    country = profile(profile_code)
    zone = ZoneInfo(country.timezone)
    day = working_days_after(country, at.astimezone(zone).date(), working_days)
    return datetime.combine(day + timedelta(days=1), time.min, zone).astimezone(UTC)


def value(line: OrderLine, quantity: Decimal, currency: str) -> tuple[int, int]:
    """Net and VAT of a part of a line in minor units, each rounded once."""
    net = line_net_minor(line.price, quantity, currency)
    return net, vat_minor(net, line.vat_percent)


def accepted_value(lines: Sequence[OrderLine], currency: str) -> tuple[int, int]:
    """Net and VAT of everything accepted so far."""
    values = [value(line, line.accepted, currency) for line in lines]
    return sum(net for net, _ in values), sum(vat for _, vat in values)


def fulfilled(lines: Sequence[OrderLine], terms: TermsView) -> bool:
    """Every line is accepted or closed within the agreed tolerance, and nothing is on its way or uninspected."""
    least = 1 - Decimal(terms.quantity_tolerance_percent) / 100
    return all(
        line.despatched == line.accepted + line.rejected and line.accepted + line.closed >= line.quantity * least
        for line in lines
    )
