"""Orders of one side in a list, with how far each is: delivered, invoiced and paid as shares of its value."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.order.service import Side
from exchange.domain.permission import need

COUNTED: Final = 1000


class ListedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the list; the shares are whole per cent, rounded down, so that 100 means all of it."""

    id: UUID
    number: str
    status: str
    counterparty: str
    currency: str
    net_minor: int
    gross_minor: int
    line_count: int
    first_line: str
    repeatable: bool
    buyer_reference: str | None
    created_at: datetime
    confirmed_at: datetime | None
    delivered_percent: int
    invoiced_percent: int
    paid_percent: int


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which orders: in one of `statuses` (any when None), with `find` in a number, name, reference or line."""

    statuses: tuple[str, ...] | None = None
    find: str = ""

    @property
    def pattern(self) -> str | None:
        """What LIKE takes: the text as it was typed, anywhere."""
        if not self.find:
            return None
        escaped = self.find.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return f"%{escaped}%"


# Newest first; a cursor is (created_at, id) of the last one shown. $2 is the side; of what was sold, not what still waits for
# the buyer's own approval.
PAGE: Final = """
WITH mine AS MATERIALIZED (
    (SELECT o.id, o.number, o.status, c.display_name AS counterparty, o.currency, o.net_minor, o.gross_minor, o.buyer_reference,
        o.created_at, o.confirmed_at
     FROM purchase_order AS o JOIN company AS c ON c.id = o.seller_id
     WHERE $2 = 'buy' AND o.buyer_id = $1 AND ($3::text[] IS NULL OR o.status = ANY ($3))
        AND ($4::text IS NULL OR o.number ILIKE $4 OR c.display_name ILIKE $4 OR o.buyer_reference ILIKE $4
            OR EXISTS (SELECT FROM order_line AS x WHERE x.order_id = o.id AND (x.title ILIKE $4 OR x.mpn ILIKE $4)))
        AND (o.created_at, o.id)
            < (least($5::timestamptz, 'infinity'), least($6::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
     ORDER BY o.created_at DESC, o.id DESC LIMIT $7)
    UNION ALL
    (SELECT o.id, o.number, o.status, c.display_name AS counterparty, o.currency, o.net_minor, o.gross_minor, o.buyer_reference,
        o.created_at, o.confirmed_at
     FROM purchase_order AS o JOIN company AS c ON c.id = o.buyer_id
     WHERE $2 = 'sell' AND o.seller_id = $1 AND o.placed_at IS NOT NULL AND ($3::text[] IS NULL OR o.status = ANY ($3))
        AND ($4::text IS NULL OR o.number ILIKE $4 OR c.display_name ILIKE $4 OR o.buyer_reference ILIKE $4
            OR EXISTS (SELECT FROM order_line AS x WHERE x.order_id = o.id AND (x.title ILIKE $4 OR x.mpn ILIKE $4)))
        AND (o.created_at, o.id)
            < (least($5::timestamptz, 'infinity'), least($6::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
     ORDER BY o.created_at DESC, o.id DESC LIMIT $7)
)
SELECT m.id, m.number, m.status, m.counterparty, m.currency, m.net_minor, m.gross_minor, m.buyer_reference, m.created_at,
    m.confirmed_at, l.line_count, l.first_line, l.repeatable, l.delivered_percent,
    coalesce(i.minor * 100 / m.gross_minor, 0)::int AS invoiced_percent,
    coalesce(p.minor * 100 / m.gross_minor, 0)::int AS paid_percent
FROM mine AS m
CROSS JOIN LATERAL (
    SELECT count(*) AS line_count, coalesce(min(x.title) FILTER (WHERE x.position = 1), '') AS first_line,
        coalesce(bool_or(x.offer_id IS NOT NULL), false) AS repeatable,
        coalesce(floor(sum(x.accepted * x.price * (100 + x.vat_percent)) * 100
            / nullif(sum(x.quantity * x.price * (100 + x.vat_percent)), 0)), 0)::int AS delivered_percent
    FROM order_line AS x WHERE x.order_id = m.id
) AS l
CROSS JOIN LATERAL (
    SELECT sum(v.gross_minor)::bigint AS minor FROM invoice AS v
    WHERE v.order_id = m.id AND v.status IN ('received', 'matched', 'difference')
) AS i
CROSS JOIN LATERAL (
    SELECT sum(y.amount_minor - y.returned_minor)::bigint AS minor FROM instalment AS y
    WHERE y.order_id = m.id AND y.status = 'settled'
) AS p
ORDER BY m.created_at DESC, m.id DESC
"""
COUNT: Final = """
SELECT count(*) FROM (
    (SELECT FROM purchase_order AS o JOIN company AS c ON c.id = o.seller_id
     WHERE $2 = 'buy' AND o.buyer_id = $1 AND ($3::text[] IS NULL OR o.status = ANY ($3))
        AND ($4::text IS NULL OR o.number ILIKE $4 OR c.display_name ILIKE $4 OR o.buyer_reference ILIKE $4
            OR EXISTS (SELECT FROM order_line AS x WHERE x.order_id = o.id AND (x.title ILIKE $4 OR x.mpn ILIKE $4)))
     LIMIT 1001)
    UNION ALL
    (SELECT FROM purchase_order AS o JOIN company AS c ON c.id = o.buyer_id
     WHERE $2 = 'sell' AND o.seller_id = $1 AND o.placed_at IS NOT NULL AND ($3::text[] IS NULL OR o.status = ANY ($3))
        AND ($4::text IS NULL OR o.number ILIKE $4 OR c.display_name ILIKE $4 OR o.buyer_reference ILIKE $4
            OR EXISTS (SELECT FROM order_line AS x WHERE x.order_id = o.id AND (x.title ILIKE $4 OR x.mpn ILIKE $4)))
     LIMIT 1001)
) AS counted
"""


async def page(
    tx: Tx, side: Side, wanted: Filter, after: datetime | None, after_id: UUID | None, limit: int
) -> list[ListedOrder]:
    """What the acting company bought or sold, newest first."""
    need(tx.ctx, "order.read")
    return await tx.many(ListedOrder, PAGE, tx.ctx.company, side, wanted.statuses, wanted.pattern, after, after_id, limit)


async def count(tx: Tx, side: Side, wanted: Filter) -> int:
    """How many there are; COUNTED + 1 stands for more."""
    found: int = await tx.value(COUNT, tx.ctx.company, side, wanted.statuses, wanted.pattern)
    return found
