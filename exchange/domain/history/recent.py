"""The newest events that a company may know, for people; partner systems read the feed instead."""

from typing import Final
from uuid import UUID

from exchange.cursor import page_of, read_cursor
from exchange.db import Tx
from exchange.domain.history.model import RecordedEvent
from exchange.domain.permission import need
from schemas.common import Page

# By position, newest first; a cursor is the position of the last one shown. A listener's own company only.
RECENT: Final = """
SELECT e.id, e.position, e.type, e.aggregate, e.aggregate_id, e.version,
    CASE WHEN e.company_id IS NOT DISTINCT FROM app_company() THEN e.actor_id END AS actor_id,
    e.company_id, e.from_state, e.to_state, e.at, e.payload
FROM event_recipient AS r JOIN event AS e ON e.id = r.event_id
WHERE r.company_id = $1 AND ($2::bigint IS NULL OR r.position < $2)
ORDER BY r.position DESC LIMIT $3
"""


async def _recent(tx: Tx, company: UUID, before: int | None, most: int) -> list[RecordedEvent]:
    return await tx.many(RecordedEvent, RECENT, company, before, most)


async def recent(tx: Tx, cursor: str | None, limit: int) -> Page[RecordedEvent]:
    """What happened at the acting company, newest first."""
    need(tx.ctx, "event.read")
    before = None if cursor is None else read_cursor(cursor, int)
    rows = await _recent(tx, tx.ctx.company, before, limit + 1)
    return page_of(rows, limit, lambda row: row.position)
