"""SQL of the inbox, as its reader."""

from datetime import datetime
from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.notification.model import Notification

# Nobody needs to know whether 100 or 1,000 are unread.
COUNTED: Final = 100

# A person's inbox for one company, newest first; a cursor is (created_at, id) of the last one shown.
LIST: Final = """
SELECT n.id, n.company_id, n.person_id, n.event_id, n.kind, n.aggregate, n.aggregate_id, n.data, n.created_at, n.read_at
FROM notification AS n
WHERE n.person_id = $4 AND n.company_id = $5 AND (n.created_at, n.id)
    < (least($1::timestamptz, 'infinity'), least($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY n.created_at DESC, n.id DESC LIMIT $3
"""


async def list_all(
    tx: Tx, after: datetime | None, after_id: UUID | None, limit: int, person: UUID, company: UUID
) -> list[Notification]:
    return await tx.many(Notification, LIST, after, after_id, limit, person, company)


# The same, unread ones only.
LIST_UNREAD: Final = """
SELECT n.id, n.company_id, n.person_id, n.event_id, n.kind, n.aggregate, n.aggregate_id, n.data, n.created_at, n.read_at
FROM notification AS n
WHERE n.person_id = $4 AND n.company_id = $5 AND n.read_at IS NULL
    AND (n.created_at, n.id)
        < (least($1::timestamptz, 'infinity'), least($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY n.created_at DESC, n.id DESC LIMIT $3
"""


async def list_unread(
    tx: Tx, after: datetime | None, after_id: UUID | None, limit: int, person: UUID, company: UUID
) -> list[Notification]:
    return await tx.many(Notification, LIST_UNREAD, after, after_id, limit, person, company)


# What an operator was told as an operator; with $5, unread ones only.
LIST_OPERATOR: Final = """
SELECT n.id, n.company_id, n.person_id, n.event_id, n.kind, n.aggregate, n.aggregate_id, n.data, n.created_at, n.read_at
FROM notification AS n
WHERE n.person_id = $4 AND n.company_id IS NULL AND (NOT $5::boolean OR n.read_at IS NULL)
    AND (n.created_at, n.id)
        < (least($1::timestamptz, 'infinity'), least($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY n.created_at DESC, n.id DESC LIMIT $3
"""


async def list_operator(
    tx: Tx, after: datetime | None, after_id: UUID | None, limit: int, person: UUID, unread_only: bool
) -> list[Notification]:
    return await tx.many(Notification, LIST_OPERATOR, after, after_id, limit, person, unread_only)


UNREAD: Final = """
SELECT count(*) FROM (
    SELECT FROM notification AS n WHERE n.person_id = $1 AND n.company_id = $2 AND n.read_at IS NULL LIMIT $3
) AS counted
"""


async def unread(tx: Tx, person: UUID, company: UUID) -> int:
    return await tx.value(UNREAD, person, company, COUNTED)


UNREAD_OPERATOR: Final = """
SELECT count(*) FROM (
    SELECT FROM notification AS n WHERE n.person_id = $1 AND n.company_id IS NULL AND n.read_at IS NULL LIMIT $2
) AS counted
"""


async def unread_operator(tx: Tx, person: UUID) -> int:
    return await tx.value(UNREAD_OPERATOR, person, COUNTED)


GET: Final = """
SELECT n.id, n.company_id, n.person_id, n.event_id, n.kind, n.aggregate, n.aggregate_id, n.data, n.created_at, n.read_at
FROM notification AS n WHERE n.id = $1
"""


async def get(tx: Tx, notification_id: UUID) -> Notification | None:
    return await tx.maybe(Notification, GET, notification_id)


# Read stays read: a second time changes nothing. The real clock, for nothing in the market follows from it.
MARK: Final = """
UPDATE notification AS n SET read_at = clock_timestamp()
WHERE n.id = ANY ($1::uuid[]) AND n.person_id = $2 AND n.read_at IS NULL
"""


async def mark(tx: Tx, ids: list[UUID]) -> int:
    return int((await tx.execute(MARK, ids, tx.ctx.person)).rpartition(" ")[2])


# All that the reader has seen: what comes while they press the button stays unread.
MARK_ALL: Final = """
UPDATE notification AS n SET read_at = clock_timestamp()
WHERE n.person_id = $1 AND n.company_id IS NOT DISTINCT FROM $2::uuid AND n.read_at IS NULL
    AND n.created_at <= (SELECT s.created_at FROM notification AS s WHERE s.id = $3)
"""


async def mark_all(tx: Tx, newest: UUID) -> int:
    return int((await tx.execute(MARK_ALL, tx.ctx.person, tx.ctx.company_id, newest)).rpartition(" ")[2])


# What stands on one event's account with this object: opening a page reads what was told about it.
MARK_ABOUT: Final = """
UPDATE notification AS n SET read_at = clock_timestamp()
WHERE n.person_id = $1 AND n.company_id IS NOT DISTINCT FROM $2::uuid AND n.aggregate_id = $3 AND n.read_at IS NULL
"""


async def mark_about(tx: Tx, aggregate_id: UUID) -> int:
    return int((await tx.execute(MARK_ABOUT, tx.ctx.person, tx.ctx.company_id, aggregate_id)).rpartition(" ")[2])
