"""Ends views as member whose half hour is over, and records it."""

from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Database
from exchange.domain.viewing import service

EVERY_S: Final = 10.0
AT_ONCE: Final = 100


class Over(msgspec.Struct, frozen=True):
    """A view that ended by the clock."""

    id: UUID
    company_id: UUID


# Real time: a view is bound to a session.
END: Final = """
UPDATE member_view AS v SET ended_at = clock_timestamp(), version = v.version + 1
WHERE v.id = ANY (ARRAY(SELECT w.id FROM member_view AS w WHERE w.ended_at IS NULL AND w.ends_at <= (SELECT clock_timestamp())
    ORDER BY w.ends_at, w.id LIMIT $1))
    AND v.ended_at IS NULL
RETURNING v.id, v.company_id
"""


async def end(db: Database) -> None:
    """One transaction: what is ended is recorded."""
    async with db.system() as tx:
        for over in await tx.many(Over, END, AT_ONCE):
            await service.ended(tx, over.id, over.company_id)
