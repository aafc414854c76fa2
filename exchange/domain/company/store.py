"""SQL of companies: what everybody may read of them, and every change of their state."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.company.model import Company, CompanyName, Queued

GET: Final = """
SELECT c.id, c.status, c.version, c.legal_name, c.display_name, c.sort_key, c.country, c.profile, c.region, c.registration_id,
    c.tax_id, c.base_currency, c.trade_roles, c.about, c.website, c.lei, c.applied_at, c.active_at, c.suspended_until
FROM company AS c WHERE c.id = $1
"""


async def get(tx: Tx, company: UUID) -> Company | None:
    return await tx.maybe(Company, GET, company)


# Nothing comes back when a company with this number in this country exists, in any state.
INSERT: Final = """
INSERT INTO company (id, status, legal_name, display_name, sort_key, country, profile, region, registration_id, tax_id,
    base_currency, trade_roles, about, website, lei, applied_at)
VALUES ($1, 'applied', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, market_now())
ON CONFLICT DO NOTHING
RETURNING id, status, version, legal_name, display_name, sort_key, country, profile, region, registration_id, tax_id,
    base_currency, trade_roles, about, website, lei, applied_at, active_at, suspended_until
"""


async def insert(tx: Tx, company: UUID, *columns: object) -> Company | None:
    return await tx.maybe(Company, INSERT, company, *columns)


# Its number is given when the application is sent; until then its own id keeps the place.
INSERT_DRAFT: Final = """
INSERT INTO company (id, status, legal_name, display_name, sort_key, country, profile, region, registration_id, tax_id,
    base_currency, applied_at)
VALUES ($1::uuid, 'draft', $2, $3, $4, $5, $6, $5, 'draft:' || $1::uuid::text, '', $7, market_now())
RETURNING id, status, version, legal_name, display_name, sort_key, country, profile, region, registration_id, tax_id,
    base_currency, trade_roles, about, website, lei, applied_at, active_at, suspended_until
"""


async def insert_draft(tx: Tx, company: UUID, *columns: object) -> Company:
    return await tx.one(Company, INSERT_DRAFT, company, *columns)


OTHER_WITH_NUMBER: Final = "SELECT number_is_known($1, $2, $3)"


async def other_with_number(tx: Tx, company: UUID, country: str, registration_id: str) -> bool:
    """Whether another company, in any state, has this number."""
    return bool(await tx.value(OTHER_WITH_NUMBER, company, country, registration_id))


IDENTIFY: Final = """
UPDATE company SET legal_name = $2, display_name = $3, sort_key = $4, country = $5, profile = $6, region = $7,
    registration_id = $8, tax_id = $9, base_currency = $10, trade_roles = $11, about = $12, website = $13, lei = $14,
    applied_at = CASE WHEN status = 'draft' THEN market_now() ELSE applied_at END
WHERE id = $1
"""


async def identify(tx: Tx, company: UUID, *columns: object) -> None:
    await tx.execute(IDENTIFY, company, *columns)


FORGET_DRAFT: Final = "DELETE FROM company_application WHERE company_id = $1"


async def forget_draft(tx: Tx, company: UUID) -> None:
    await tx.execute(FORGET_DRAFT, company)


EDIT: Final = """
UPDATE company SET version = version + 1, display_name = $3, sort_key = $4, about = $5, website = $6, trade_roles = $7
WHERE id = $1 AND version = $2
RETURNING id, status, version, legal_name, display_name, sort_key, country, profile, region, registration_id, tax_id,
    base_currency, trade_roles, about, website, lei, applied_at, active_at, suspended_until
"""


async def edit(
    tx: Tx,
    company: UUID,
    version: int,
    display_name: str,
    sort_key: str,
    about: str,
    website: str | None,
    trade_roles: Sequence[str],
) -> Company | None:
    """Nothing when the company is at another version."""
    return await tx.maybe(Company, EDIT, company, version, display_name, sort_key, about, website, trade_roles)


SET_CAPABILITIES: Final = "UPDATE company SET capabilities = $2 WHERE id = $1"


async def set_capabilities(tx: Tx, company: UUID, lines: Sequence[str]) -> None:
    await tx.execute(SET_CAPABILITIES, company, list(lines))


BY_TAX_ID: Final = """
SELECT c.id FROM company AS c WHERE c.tax_id = $1 AND c.status IN ('active', 'suspended') ORDER BY c.id LIMIT 1
"""


async def by_tax_id(tx: Tx, tax_id: str) -> UUID | None:
    found: UUID | None = await tx.value(BY_TAX_ID, tax_id)
    return found


NAMES: Final = """
SELECT c.id, c.display_name, c.legal_name, c.country, c.region, c.status FROM company AS c WHERE c.id = ANY ($1)
"""


async def names(tx: Tx, companies: Sequence[UUID]) -> list[CompanyName]:
    return await tx.many(CompanyName, NAMES, companies)


# Active members by name; a cursor is (sort_key, id) of the last one shown. $4: a word of the name as it sorts begins so, or $5
# stands in the legal name, or is the tax number.
DIRECTORY: Final = """
SELECT c.id, c.status, c.version, c.legal_name, c.display_name, c.sort_key, c.country, c.profile, c.region, c.registration_id,
    c.tax_id, c.base_currency, c.trade_roles, c.about, c.website, c.lei, c.applied_at, c.active_at, c.suspended_until
FROM company AS c
WHERE c.status = 'active' AND (c.sort_key, c.id)
    > (greatest($1::text, ''), greatest($2::uuid, '00000000-0000-0000-0000-000000000000'))
    AND ($4::text IS NULL OR c.sort_key LIKE $4 || '%' OR c.sort_key LIKE '% ' || $4 || '%'
        OR c.legal_name ILIKE '%' || $5 || '%' OR c.tax_id = $5)
ORDER BY c.sort_key, c.id LIMIT $3
"""


async def directory(
    tx: Tx, after: tuple[str, UUID] | None, limit: int, folded: str | None = None, typed: str | None = None
) -> list[Company]:
    """`folded` and `typed` are one text to find, both escaped for LIKE."""
    return await tx.many(Company, DIRECTORY, *(after or (None, None)), limit, folded, typed)


# The operators' queue, longest waiting first; a cursor is (applied_at, id) of the last one shown.
QUEUE: Final = """
SELECT c.id, c.version, c.status, c.legal_name, c.country, c.registration_id, c.trade_roles, c.applied_at,
    greatest(0, extract(epoch FROM (SELECT market_now()) - c.applied_at))::bigint AS age_s, f.reviewer_id
FROM company AS c JOIN company_file AS f ON f.company_id = c.id
WHERE c.status = $1 AND (c.applied_at, c.id)
    > (greatest($2::timestamptz, '-infinity'), greatest($3::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY c.applied_at, c.id LIMIT $4
"""


async def queue(tx: Tx, status: str, after: tuple[datetime, UUID] | None, limit: int) -> list[Queued]:
    return await tx.many(Queued, QUEUE, status, *(after or (None, None)), limit)


HOLD_STANDING: Final = "SELECT hold_standing($1)"


async def hold_standing(tx: Tx, company: UUID) -> None:
    """Nobody acts in the company's standing until this transaction is over."""
    await tx.execute(HOLD_STANDING, company)


# Every change of standing. active_at stays what the first approval made it.
MOVE: Final = """
UPDATE company SET status = $3, version = version + 1, suspended_until = $4,
    active_at = CASE WHEN $3 = 'active' THEN coalesce(active_at, market_now()) ELSE active_at END
WHERE id = $1 AND status = ANY ($2)
RETURNING id, status, version, legal_name, display_name, sort_key, country, profile, region, registration_id, tax_id,
    base_currency, trade_roles, about, website, lei, applied_at, active_at, suspended_until
"""


async def move(tx: Tx, company: UUID, from_: Sequence[str], to: str, suspended_until: datetime | None) -> Company | None:
    """Nothing when the company is in another state."""
    return await tx.maybe(Company, MOVE, company, from_, to, suspended_until)
