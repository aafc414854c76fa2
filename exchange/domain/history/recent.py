"""The newest events that a company may know, for people; partner systems read the feed instead."""

from typing import Final
from uuid import UUID

from exchange.cursor import page_of, read_cursor
from exchange.db import Tx
from exchange.domain.history.model import RecordedEvent
from exchange.domain.permission import need
from schemas.common import Page


class RecentEvent(RecordedEvent, frozen=True, kw_only=True):
    """An event with the human number of what it is about, and the object whose page shows it."""

    number: str | None
    page: str
    page_id: UUID


# By position, newest first; a cursor is the position of the last one shown. What belongs to an order is shown on the
# order's page. Row security leaves the number out where the reader may not see the object.
RECENT: Final = """
SELECT e.id, e.position, e.type, e.aggregate, e.aggregate_id, e.version,
    CASE WHEN e.company_id IS NOT DISTINCT FROM app_company() THEN e.actor_id END AS actor_id,
    e.company_id, e.from_state, e.to_state, e.at, e.payload, s.number,
    CASE WHEN s.order_id IS NOT NULL THEN 'order' WHEN s.rfq_id IS NOT NULL THEN 'rfq' ELSE e.aggregate END AS page,
    coalesce(s.order_id, s.rfq_id, e.aggregate_id) AS page_id
FROM event_recipient AS r JOIN event AS e ON e.id = r.event_id
LEFT JOIN LATERAL (
    SELECT x.number, NULL::uuid AS order_id, NULL::uuid AS rfq_id FROM rfq AS x
    WHERE e.aggregate = 'rfq' AND x.id = e.aggregate_id
    UNION ALL
    SELECT x.number, NULL, NULL FROM quote AS x WHERE e.aggregate = 'quote' AND x.id = e.aggregate_id
    UNION ALL
    SELECT x.number, NULL, NULL FROM contract AS x WHERE e.aggregate = 'contract' AND x.id = e.aggregate_id
    UNION ALL
    SELECT x.number, NULL, NULL FROM purchase_order AS x WHERE e.aggregate = 'order' AND x.id = e.aggregate_id
    UNION ALL
    SELECT y.number, NULL, y.id FROM award AS x JOIN rfq AS y ON y.id = x.rfq_id
    WHERE e.aggregate = 'award' AND x.id = e.aggregate_id
    UNION ALL
    SELECT y.number, NULL, y.id FROM invitation AS x JOIN rfq AS y ON y.id = x.rfq_id
    WHERE e.aggregate IN ('invitation', 'opportunity') AND x.id = e.aggregate_id
    UNION ALL
    SELECT x.number, x.order_id, NULL FROM delivery AS x WHERE e.aggregate = 'delivery' AND x.id = e.aggregate_id
    UNION ALL
    SELECT coalesce(x.number, y.number), x.order_id, NULL FROM invoice AS x JOIN purchase_order AS y ON y.id = x.order_id
    WHERE e.aggregate = 'invoice' AND x.id = e.aggregate_id
    UNION ALL
    SELECT y.number, x.order_id, NULL FROM instalment AS x JOIN purchase_order AS y ON y.id = x.order_id
    WHERE e.aggregate = 'instalment' AND x.id = e.aggregate_id
    UNION ALL
    SELECT y.number, x.order_id, NULL FROM review AS x JOIN purchase_order AS y ON y.id = x.order_id
    WHERE e.aggregate = 'review' AND x.id = e.aggregate_id
    UNION ALL
    SELECT y.number, x.order_id, NULL FROM closing_proposal AS x JOIN purchase_order AS y ON y.id = x.order_id
    WHERE e.aggregate = 'order' AND x.id = e.aggregate_id
    LIMIT 1
) AS s ON true
WHERE r.company_id = $1 AND r.position < least($2::bigint, 9223372036854775807)
ORDER BY r.position DESC LIMIT $3
"""


async def _recent(tx: Tx, company: UUID, before: int | None, most: int) -> list[RecentEvent]:
    return await tx.many(RecentEvent, RECENT, company, before, most)


async def recent(tx: Tx, cursor: str | None, limit: int) -> Page[RecentEvent]:
    """What happened at the acting company, newest first."""
    need(tx.ctx, "event.read")
    before = None if cursor is None else read_cursor(cursor, int)
    rows = await _recent(tx, tx.ctx.company, before, limit + 1)
    return page_of(rows, limit, lambda row: row.position)
