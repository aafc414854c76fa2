"""SQL of files. The audience of a file is written, never read: row security alone looks at it."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.file.model import FileRow, Received

INSERT: Final = """
INSERT INTO file (id, company_id, audience, name, media_type, size, sha256, purpose, created_by, created_at, attached_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, market_now(), CASE WHEN $10 THEN market_now() END)
RETURNING id, company_id, name, media_type, size, sha256, purpose, created_by, created_at
"""


async def insert(
    tx: Tx, received: Received, company: UUID, audience: Sequence[UUID], person: UUID | None, *, used: bool = False
) -> FileRow:
    return await tx.one(
        FileRow,
        INSERT,
        received.id,
        company,
        list(audience),
        received.name,
        received.media_type,
        received.size,
        received.sha256,
        received.purpose,
        person,
        used,
    )


# Uploads of one company are counted one after the other.
QUEUE: Final = "SELECT pg_advisory_xact_lock(hashtextextended('files:' || $1::uuid, 0))"
UNUSED: Final = """
SELECT coalesce(sum(f.size), 0)::bigint FROM file AS f
WHERE f.company_id = $1 AND f.attached_at IS NULL
    AND f.created_at > (SELECT market_now()) - make_interval(days => $2)
"""


async def unused(tx: Tx, company: UUID, days: int) -> int:
    """The bytes of files that no document uses, stored in the last days; nobody of the company adds to them meanwhile."""
    await tx.execute(QUEUE, company)
    found: int = await tx.value(UNUSED, company, days)
    return found


# The file as the reader may see it (row security): its owner's, shared with the reader's company, or any to an operator.
GET: Final = """
SELECT f.id, f.company_id, f.name, f.media_type, f.size, f.sha256, f.purpose, f.created_by, f.created_at
FROM file AS f WHERE f.id = $1
"""


async def get(tx: Tx, file_id: UUID) -> FileRow | None:
    return await tx.maybe(FileRow, GET, file_id)


SHARE: Final = "SELECT share_file($1, $2)"


async def share(tx: Tx, file_id: UUID, readers: Sequence[UUID]) -> bool:
    return bool(await tx.value(SHARE, file_id, list(readers)))


# Whether the acting company owns a file or was shown it.
SHOWN: Final = "SELECT file_shown($1)"


async def shown(tx: Tx, file_id: UUID) -> bool:
    return bool(await tx.value(SHOWN, file_id))
