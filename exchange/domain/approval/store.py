"""SQL of approval requests."""

from datetime import datetime
from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.approval.model import DUE_IN_DAYS, Approval, Limit, Pending, Settled

LIMIT: Final = """
SELECT f.approval_limit_minor AS limit_minor, c.base_currency AS currency
FROM company AS c JOIN company_file AS f ON f.company_id = c.id WHERE c.id = $1
"""


async def limit(tx: Tx, company: UUID) -> Limit | None:
    return await tx.maybe(Limit, LIMIT, company)


INSERT: Final = """
INSERT INTO approval_request (id, company_id, kind, object_id, object_version, status, currency, gross_minor, requested_by,
    requested_at, due_at)
VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7, $8, market_now(), market_now() + make_interval(days => $9))
"""


async def insert(
    tx: Tx, request: UUID, company: UUID, kind: str, of: UUID, version: int, currency: str, gross_minor: int, person: UUID
) -> None:
    await tx.execute(INSERT, request, company, kind, of, version, currency, gross_minor, person, DUE_IN_DAYS)


GET: Final = """
SELECT a.id, a.version, a.company_id, a.kind, a.object_id, a.object_version, a.status, a.currency, a.gross_minor,
    a.requested_by, coalesce(p.name, '') AS requested_by_name, a.requested_at, a.due_at, a.decided_by, a.decided_at, a.comment,
    coalesce(r.number || ' ' || r.title, o.number, '') AS title
FROM approval_request AS a
LEFT JOIN company_people() AS p ON p.person_id = a.requested_by
LEFT JOIN award AS w ON a.kind = 'award' AND w.id = a.object_id
LEFT JOIN rfq AS r ON r.id = CASE a.kind WHEN 'award' THEN w.rfq_id ELSE a.object_id END
LEFT JOIN purchase_order AS o ON a.kind = 'order' AND o.id = a.object_id
WHERE a.id = $1
"""


async def get(tx: Tx, approval: UUID) -> Approval | None:
    return await tx.maybe(Approval, GET, approval)


# The acting company's requests in one of these states, newest first.
LIST: Final = """
SELECT a.id, a.version, a.company_id, a.kind, a.object_id, a.object_version, a.status, a.currency, a.gross_minor,
    a.requested_by, coalesce(p.name, '') AS requested_by_name, a.requested_at, a.due_at, a.decided_by, a.decided_at, a.comment,
    coalesce(r.number || ' ' || r.title, o.number, '') AS title
FROM approval_request AS a
LEFT JOIN company_people() AS p ON p.person_id = a.requested_by
LEFT JOIN award AS w ON a.kind = 'award' AND w.id = a.object_id
LEFT JOIN rfq AS r ON r.id = CASE a.kind WHEN 'award' THEN w.rfq_id ELSE a.object_id END
LEFT JOIN purchase_order AS o ON a.kind = 'order' AND o.id = a.object_id
WHERE a.company_id = $4 AND a.status = ANY ($5) AND (a.requested_at, a.id)
    < (least($1::timestamptz, 'infinity'), least($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY a.requested_at DESC, a.id DESC LIMIT $3
"""


async def page(
    tx: Tx, company: UUID, states: list[str], after: datetime | None, after_id: UUID | None, limit: int
) -> list[Approval]:
    return await tx.many(Approval, LIST, after, after_id, limit, company, states)


# What a job or a recall needs; without names.
PENDING: Final = """
SELECT a.id, a.kind, a.object_id, a.company_id, a.status FROM approval_request AS a WHERE a.id = $1
"""


async def pending(tx: Tx, approval: UUID) -> Pending | None:
    return await tx.maybe(Pending, PENDING, approval)


OF_OBJECT: Final = "SELECT a.id FROM approval_request AS a WHERE a.object_id = $1 AND a.status = 'pending'"


async def of_object(tx: Tx, of: UUID) -> UUID | None:
    return await tx.value(OF_OBJECT, of)


# By a person, while there is time left by the clock after the lock.
DECIDE: Final = """
WITH l AS MATERIALIZED (SELECT a.id, a.status, a.due_at FROM approval_request AS a WHERE a.id = $1 FOR UPDATE)
UPDATE approval_request AS a SET status = $3, version = a.version + 1, decided_by = $4, decided_at = market_now(), comment = $5
FROM l WHERE a.id = l.id AND l.status = ANY ($2) AND ($3 = 'recalled' OR market_now() < l.due_at)
RETURNING a.id, a.version, a.company_id
"""


async def decide(tx: Tx, approval: UUID, from_: tuple[str, ...], to: str, person: UUID | None, comment: str) -> Settled | None:
    return await tx.maybe(Settled, DECIDE, approval, list(from_), to, person, comment)


# By the clock.
EXPIRE: Final = """
WITH l AS MATERIALIZED (SELECT a.id, a.status, a.due_at FROM approval_request AS a WHERE a.id = $1 FOR UPDATE)
UPDATE approval_request AS a SET status = $3, version = a.version + 1, decided_at = market_now()
FROM l WHERE a.id = l.id AND l.status = ANY ($2) AND market_now() >= l.due_at
RETURNING a.id, a.version, a.company_id
"""


async def expire(tx: Tx, approval: UUID, from_: tuple[str, ...], to: str) -> Settled | None:
    return await tx.maybe(Settled, EXPIRE, approval, list(from_), to)
