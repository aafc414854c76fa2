"""SQL of signatories."""

from datetime import date
from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.signatory.model import Signatory

LIST: Final = """
SELECT s.id, s.version, s.person_id, s.basis, s.status, s.number, s.issued_on, s.scope, s.limit_minor, s.limit_currency,
    s.valid_from, s.valid_until, s.file_id, s.verified_by, s.verified_at
FROM signatory AS s JOIN membership AS m ON m.company_id = s.company_id AND m.person_id = s.person_id
WHERE s.company_id = $1 AND m.ended_at IS NULL AND 'signatory' = ANY (m.roles) ORDER BY s.person_id
"""


async def listed(tx: Tx, company: UUID) -> list[Signatory]:
    return await tx.many(Signatory, LIST, company)


GET: Final = """
SELECT s.id, s.version, s.person_id, s.basis, s.status, s.number, s.issued_on, s.scope, s.limit_minor, s.limit_currency,
    s.valid_from, s.valid_until, s.file_id, s.verified_by, s.verified_at
FROM signatory AS s WHERE s.company_id = $1 AND (s.id = $2 OR s.person_id = $2)
"""


async def get(tx: Tx, company: UUID, which: UUID) -> Signatory | None:
    """By its own id or that of the person."""
    return await tx.maybe(Signatory, GET, company, which)


PROPOSE: Final = """
UPDATE signatory AS s SET status = 'proposed', version = s.version + 1, number = $4, issued_on = $5, scope = $6, limit_minor = $7,
    limit_currency = $8, valid_from = $9, valid_until = $10, file_id = $11, verified_by = NULL, verified_at = NULL
WHERE s.company_id = $1 AND s.id = $2 AND s.version = $3 RETURNING s.version
"""


async def propose(
    tx: Tx,
    company: UUID,
    signatory: UUID,
    version: int,
    number: str,
    issued_on: date,
    scope: list[str],
    limit: tuple[int | None, str | None],
    valid: tuple[date, date | None],
    file_id: UUID | None,
) -> int | None:
    values = company, signatory, version, number, issued_on, scope, *limit, *valid, file_id
    found: int | None = await tx.value(PROPOSE, *values)
    return found


MOVE: Final = """
UPDATE signatory AS s SET status = $4, version = s.version + 1,
    verified_by = CASE WHEN $4 = 'verified' THEN $5::uuid ELSE s.verified_by END,
    verified_at = CASE WHEN $4 = 'verified' THEN market_now() ELSE s.verified_at END
WHERE s.company_id = $1 AND s.id = $2 AND s.status = ANY ($3) RETURNING s.version
"""


async def move(tx: Tx, company: UUID, signatory: UUID, from_: tuple[str, ...], to: str, person: UUID) -> int | None:
    found: int | None = await tx.value(MOVE, company, signatory, list(from_), to, person)
    return found


BASE_CURRENCY: Final = "SELECT c.base_currency FROM company AS c WHERE c.id = $1"


async def base_currency(tx: Tx, company: UUID) -> str:
    found: str = await tx.value(BASE_CURRENCY, company)
    return found


ANOTHER_OWNER: Final = """
SELECT EXISTS (SELECT FROM membership AS m
    WHERE m.company_id = $1 AND m.person_id <> $2 AND m.ended_at IS NULL AND 'owner' = ANY (m.roles))
"""


async def another_owner(tx: Tx, company: UUID, person: UUID) -> bool:
    """Whether the company has an owner besides this person."""
    return bool(await tx.value(ANOTHER_OWNER, company, person))
