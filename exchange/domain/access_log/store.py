"""SQL of the access log."""

from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.access_log.model import Access

INSERT: Final = """
INSERT INTO access_log (id, what, object_id, company_id, actor_id, actor_company_id, operator, request_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


async def insert(tx: Tx, access_id: UUID, *columns: object) -> None:
    await tx.execute(INSERT, access_id, *columns)


# What was read of one company, newest first; a cursor is the id of the last one shown.
OF_COMPANY: Final = """
SELECT a.id, a.at, a.what, a.object_id, a.company_id,
    CASE WHEN a.actor_company_id = app_company() THEN a.actor_id END AS actor_id, a.actor_company_id, a.operator, a.request_id
FROM access_log AS a
WHERE a.company_id = $1 AND a.id < least($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
ORDER BY a.id DESC LIMIT $3
"""


async def of_company(tx: Tx, company: UUID, before: UUID | None, limit: int) -> list[Access]:
    return await tx.many(Access, OF_COMPANY, company, before, limit)


# Everything, for operators, the same way.
ALL: Final = """
SELECT a.id, a.at, a.what, a.object_id, a.company_id, a.actor_id, a.actor_company_id, a.operator, a.request_id
FROM access_log AS a WHERE a.id < least($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
ORDER BY a.id DESC LIMIT $2
"""


async def every(tx: Tx, before: UUID | None, limit: int) -> list[Access]:
    return await tx.many(Access, ALL, before, limit)


# By the person who read, the company or the object that was read: each along its own index.
ABOUT: Final = """
WITH found AS (
    (SELECT a.id FROM access_log AS a WHERE a.company_id = $3
        AND a.id < least($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff') ORDER BY a.id DESC LIMIT $2)
    UNION
    (SELECT a.id FROM access_log AS a WHERE a.actor_id = $3
        AND a.id < least($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff') ORDER BY a.id DESC LIMIT $2)
    UNION
    (SELECT a.id FROM access_log AS a WHERE a.object_id = $3
        AND a.id < least($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff') ORDER BY a.id DESC LIMIT $2)
)
SELECT a.id, a.at, a.what, a.object_id, a.company_id, a.actor_id, a.actor_company_id, a.operator, a.request_id
FROM found AS f JOIN access_log AS a ON a.id = f.id ORDER BY a.id DESC LIMIT $2
"""


async def about(tx: Tx, anything: UUID, before: UUID | None, limit: int) -> list[Access]:
    return await tx.many(Access, ABOUT, before, limit, anything)
