"""SQL of cases."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.moderation.model import Case, Kind, QueueRow, Template, Waiting


class Opened(msgspec.Struct, frozen=True):
    """A case that is open now; `fresh`: it was not before."""

    object_id: UUID
    case_id: UUID
    fresh: bool


OPEN: Final = "SELECT o.object_id, o.case_id, o.fresh FROM case_open($1, $2) AS o"


async def open_all(tx: Tx, cases: Sequence[dict[str, Any]]) -> list[Opened]:
    return await tx.many(Opened, OPEN, cases, tx.ctx.request_id or None)


DROP: Final = "SELECT case_drop($1, $2, $3, $4)"


async def drop(tx: Tx, kind: Kind, object_id: UUID, event: UUID) -> bool:
    return bool(await tx.value(DROP, kind, object_id, event, tx.ctx.request_id or None))


GET: Final = """
SELECT m.id, m.kind, m.object_id, m.company_id, c.display_name AS company, m.status, m.version, m.hits, m.owner_id,
    p.name AS owner, m.outcome, m.template, m.reason, m.appeal_of, m.appeal_text, m.not_by, m.opened_at, m.due_at, m.decided_by,
    m.decided_at
FROM moderation_case AS m JOIN company AS c ON c.id = m.company_id LEFT JOIN person AS p ON p.id = m.owner_id
WHERE m.id = $1
"""


async def get(tx: Tx, case: UUID) -> Case | None:
    return await tx.maybe(Case, GET, case)


# The last case about an object, as the reader may see it.
LAST: Final = """
SELECT m.id, m.kind, m.object_id, m.company_id, c.display_name AS company, m.status, m.version, m.hits, m.owner_id,
    p.name AS owner, m.outcome, m.template, m.reason, m.appeal_of, m.appeal_text, m.not_by, m.opened_at, m.due_at, m.decided_by,
    m.decided_at
FROM moderation_case AS m JOIN company AS c ON c.id = m.company_id LEFT JOIN person AS p ON p.id = m.owner_id
WHERE m.object_id = $1 AND m.kind <> 'flag' ORDER BY m.opened_at DESC, m.id DESC LIMIT 1
"""


async def last(tx: Tx, object_id: UUID) -> Case | None:
    return await tx.maybe(Case, LAST, object_id)


TEMPLATES: Final = "SELECT t.code, t.kinds, t.text_en, t.text_vi FROM reason_template AS t ORDER BY t.place, t.code"


async def templates(tx: Tx) -> list[Template]:
    return await tx.many(Template, TEMPLATES)


# Undecided cases, the longest waiting first; of kinds $3 when given, of one owner when $4 says whose. The condition on opened_at
# alone leads along the index: the planner expects next to nothing of the others, and would sort all that waits.
QUEUE: Final = """
SELECT m.id, m.kind, c.display_name AS company, coalesce(o.title, c.display_name) AS title, m.status, m.version, m.owner_id,
    p.name AS owner, jsonb_array_length(m.hits) AS findings, m.opened_at, m.due_at
FROM (
    SELECT q.id, q.kind, q.object_id, q.company_id, q.status, q.version, q.owner_id, q.hits, q.opened_at, q.due_at
    FROM moderation_case AS q
    WHERE q.status <> 'decided' AND CASE WHEN $3::text[] IS NULL THEN true ELSE q.kind = ANY ($3) END
        AND CASE WHEN $4::uuid IS NULL THEN true ELSE q.owner_id = $4 END
        AND q.opened_at >= greatest($1::timestamptz, '-infinity') AND (q.opened_at, q.id)
            > (greatest($1::timestamptz, '-infinity'), greatest($2::uuid, '00000000-0000-0000-0000-000000000000'))
    ORDER BY q.opened_at, q.id LIMIT $5
) AS m JOIN company AS c ON c.id = m.company_id
LEFT JOIN offer AS o ON m.kind IN ('offer', 'appeal') AND o.id = m.object_id
LEFT JOIN person AS p ON p.id = m.owner_id
ORDER BY m.opened_at, m.id
"""


async def queue(
    tx: Tx, after: tuple[datetime, UUID] | None, kinds: Sequence[str] | None, owner: UUID | None, limit: int
) -> list[QueueRow]:
    return await tx.many(QueueRow, QUEUE, *(after or (None, None)), None if kinds is None else list(kinds), owner, limit)


WAITING: Final = """
SELECT m.kind, count(*)::integer AS cases, min(m.opened_at) AS oldest_at FROM moderation_case AS m
WHERE m.status <> 'decided' GROUP BY m.kind ORDER BY min(m.opened_at)
"""


async def waiting(tx: Tx) -> list[Waiting]:
    return await tx.many(Waiting, WAITING)


class Moved(msgspec.Struct, frozen=True):
    """The version that a change made."""

    version: int


TAKE: Final = """
UPDATE moderation_case SET status = 'taken', owner_id = $2, version = version + 1
WHERE id = $1 AND status = ANY ($3) AND owner_id IS DISTINCT FROM $2 RETURNING version
"""


async def take(tx: Tx, case: UUID, owner: UUID, from_: tuple[str, ...]) -> Moved | None:
    return await tx.maybe(Moved, TAKE, case, owner, list(from_))


# Only as the operator saw it: a case whose object changed meanwhile is another question.
DECIDE: Final = """
UPDATE moderation_case SET status = 'decided', outcome = $3, template = $4, reason = $5, owner_id = $6, decided_by = $6,
    decided_at = market_now(), version = version + 1
WHERE id = $1 AND version = $2 AND status <> 'decided' RETURNING version
"""


async def decide(tx: Tx, case: UUID, version: int, outcome: str, template: str | None, reason: str, by: UUID) -> Moved | None:
    return await tx.maybe(Moved, DECIDE, case, version, outcome, template, reason, by)


APPEAL: Final = "SELECT case_appeal($1, $2, $3, $4)"


async def appeal(tx: Tx, case: UUID, appeal_id: UUID, words: str, due_hours: int) -> str:
    return str(await tx.value(APPEAL, case, appeal_id, words, due_hours))


BELONGS: Final = "SELECT EXISTS (SELECT FROM membership AS m WHERE m.company_id = $1 AND m.person_id = $2)"


async def belongs(tx: Tx, company: UUID, person: UUID) -> bool:
    return bool(await tx.value(BELONGS, company, person))
