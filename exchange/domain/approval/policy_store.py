"""SQL of policies and absences."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.approval.model import Absence, Policy
from exchange.domain.approval.rules import Tier

# The newest version of each kind.
NEWEST: Final = """
SELECT DISTINCT ON (p.kind) p.id, p.kind, p.version, p.active, p.currency, p.tiers, p.changed_by, p.changed_at
FROM approval_policy AS p WHERE p.company_id = $1 ORDER BY p.kind, p.version DESC
"""


async def newest(tx: Tx, company: UUID) -> list[Policy]:
    return await tx.many(Policy, NEWEST, company)


BASE_CURRENCY: Final = "SELECT c.base_currency FROM company AS c WHERE c.id = $1"


async def base_currency(tx: Tx, company: UUID) -> str:
    found: str = await tx.value(BASE_CURRENCY, company)
    return found


PUT: Final = "SELECT approval_policy_put($1, $2, $3, $4)"


async def put(tx: Tx, policy: UUID, kind: str, seen: int, tiers: Sequence[Tier]) -> int | None:
    """The new version; None: another one than `seen` is the newest."""
    version: int | None = await tx.value(PUT, policy, kind, seen, tiers)
    return version


INSERT_ABSENCE: Final = """
INSERT INTO absence (id, company_id, person_id, deputy_id, starts_at, ends_at, set_by) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


async def insert_absence(
    tx: Tx, absence: UUID, company: UUID, person: UUID, deputy: UUID | None, starts_at: datetime, ends_at: datetime, by: UUID
) -> None:
    await tx.execute(INSERT_ABSENCE, absence, company, person, deputy, starts_at, ends_at, by)


GET_ABSENCE: Final = """
SELECT s.id, s.version, s.person_id, s.deputy_id, s.starts_at, s.ends_at, s.ended_at FROM absence AS s
WHERE s.id = $1 AND s.company_id = $2
"""


async def get_absence(tx: Tx, absence: UUID, company: UUID) -> Absence | None:
    return await tx.maybe(Absence, GET_ABSENCE, absence, company)


# What is or will be, the nearest first.
ABSENCES: Final = """
SELECT s.id, s.version, s.person_id, s.deputy_id, s.starts_at, s.ends_at, s.ended_at FROM absence AS s
WHERE s.company_id = $1 AND s.ended_at IS NULL AND s.ends_at > (SELECT market_now()) ORDER BY s.ends_at, s.id LIMIT 200
"""


async def absences(tx: Tx, company: UUID) -> list[Absence]:
    return await tx.many(Absence, ABSENCES, company)


END_ABSENCE: Final = """
UPDATE absence AS s SET ended_at = market_now(), version = s.version + 1
WHERE s.id = $1 AND s.company_id = $2 AND s.ended_at IS NULL RETURNING s.version
"""


async def end_absence(tx: Tx, absence: UUID, company: UUID) -> int | None:
    version: int | None = await tx.value(END_ABSENCE, absence, company)
    return version
