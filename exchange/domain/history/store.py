"""SQL of the record."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.history.model import RecordedEvent

# The newest events about some objects, older than event $2 when it is given. Row security keeps what is not the reader's.
TIMELINE: Final = """
SELECT e.id, e.position, e.type, e.aggregate, e.aggregate_id, e.version,
    CASE WHEN e.company_id IS NOT DISTINCT FROM app_company() THEN e.actor_id END AS actor_id,
    e.company_id, e.from_state, e.to_state, e.at, e.payload
FROM event AS e
WHERE e.aggregate_id = ANY ($1)
    AND (app_company() IS NULL OR e.company_id = app_company() OR event_shown(e.id))
    AND ($2::uuid IS NULL OR e.seq < (SELECT b.seq FROM event AS b WHERE b.id = $2))
ORDER BY e.seq DESC LIMIT $3
"""


async def timeline(tx: Tx, objects: Sequence[UUID], before: UUID | None, most: int) -> list[RecordedEvent]:
    return await tx.many(RecordedEvent, TIMELINE, list(objects), before, most)


# What a company may know, by position: complete and in the same order for ever.
FEED: Final = """
SELECT e.id, e.position, e.type, e.aggregate, e.aggregate_id, e.version,
    CASE WHEN e.company_id IS NOT DISTINCT FROM app_company() THEN e.actor_id END AS actor_id,
    e.company_id, e.from_state, e.to_state, e.at, e.payload
FROM event_recipient AS r JOIN event AS e ON e.id = r.event_id
WHERE r.company_id = $1 AND r.position > $2
ORDER BY r.position LIMIT $3
"""


async def feed(tx: Tx, company: UUID, after: int, most: int) -> list[RecordedEvent]:
    return await tx.many(RecordedEvent, FEED, company, after, most)
