"""SQL of the group graph."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.affiliation.model import Affiliation

COLUMNS: Final = """
SELECT a.id, a.version, a.status, a.kind, a.company_id, c.display_name AS company, a.other_id, o.display_name AS other,
    a.owner_name, a.owner_number, a.owner_country, a.percent, a.declared_by, a.declared_at, a.decided_at, a.decided_as, a.ended_at
FROM affiliation AS a JOIN company AS c ON c.id = a.company_id LEFT JOIN company AS o ON o.id = a.other_id
"""
GET: Final = COLUMNS + "WHERE a.id = $1"


async def get(tx: Tx, affiliation: UUID) -> Affiliation | None:
    return await tx.maybe(Affiliation, GET, affiliation)


# Nothing comes back when such an edge stands already.
INSERT: Final = """
INSERT INTO affiliation (id, company_id, kind, other_id, owner_name, owner_number, owner_country, percent, declared_by,
    declared_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, market_now()) ON CONFLICT DO NOTHING RETURNING id
"""


async def insert(
    tx: Tx,
    affiliation: UUID,
    company: UUID,
    kind: str,
    other: UUID | None,
    owner: tuple[str, str, str] | None,
    percent: Decimal | None,
    person: UUID,
) -> bool:
    name, number, country = owner or (None, None, None)
    return await tx.value(INSERT, affiliation, company, kind, other, name, number, country, percent, person) is not None


# decided_as $4 and decided_by $5 are kept when they are null.
MOVE: Final = """
UPDATE affiliation SET status = $3, version = version + 1, decided_as = coalesce($4, decided_as),
    decided_by = coalesce($5, decided_by), decided_at = CASE WHEN $4 IS NULL THEN decided_at ELSE market_now() END,
    ended_at = CASE WHEN $3 IN ('ended', 'withdrawn', 'refused') THEN market_now() END
WHERE id = $1 AND status = ANY ($2) RETURNING version
"""


async def move(
    tx: Tx, affiliation: UUID, from_: Sequence[str], to: str, decided_as: str | None, decided_by: UUID | None
) -> int | None:
    """The new version; nothing when it is in another state."""
    version: int | None = await tx.value(MOVE, affiliation, list(from_), to, decided_as, decided_by)
    return version


OF_COMPANY: Final = COLUMNS + "WHERE $1 IN (a.company_id, a.other_id) ORDER BY a.declared_at DESC, a.id LIMIT 200"


async def of_company(tx: Tx, company: UUID) -> list[Affiliation]:
    return await tx.many(Affiliation, OF_COMPANY, company)


# What operators have to decide, longest waiting first; a cursor is (declared_at, id) of the last one shown.
WAITING: Final = (
    COLUMNS
    + """WHERE a.status IN ('declared', 'end_asked') AND (a.declared_at, a.id)
    > (greatest($1::timestamptz, '-infinity'), greatest($2::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY a.declared_at, a.id LIMIT $3"""
)


async def waiting(tx: Tx, after: tuple[datetime, UUID] | None, limit: int) -> list[Affiliation]:
    return await tx.many(Affiliation, WAITING, *(after or (None, None)), limit)


SAME_GROUP: Final = "SELECT same_group($1, $2)"


async def same_group(tx: Tx, one: UUID, two: UUID) -> bool:
    return bool(await tx.value(SAME_GROUP, one, two))
