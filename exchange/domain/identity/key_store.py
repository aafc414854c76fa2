"""SQL of a company's API keys. Secrets are written as hashes and never read."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.identity.model import ApiKey

# A key that lives for longer than a week warns a week before it ends.
INSERT: Final = """
INSERT INTO api_key (id, company_id, person_id, name, prefix, secret_hash, scopes, networks, expires_at, warn_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text[]::cidr[], clock_timestamp() + make_interval(days => $9::integer),
    CASE WHEN $9::integer > 7 THEN clock_timestamp() + make_interval(days => $9::integer - 7) END)
RETURNING id, version, company_id, person_id, name, prefix, scopes, networks::text[] AS networks, created_at, expires_at,
    revoked_at, last_used_at, rotated_at, old_prefix, old_until
"""


async def insert(
    tx: Tx,
    key: UUID,
    name: str,
    prefix: str,
    secret_hash: bytes,
    scopes: Sequence[str],
    networks: Sequence[str],
    days: int | None,
) -> ApiKey:
    """A key of the acting person; `days` None: it does not expire."""
    company, person = tx.ctx.company, tx.ctx.person
    return await tx.one(ApiKey, INSERT, key, company, person, name, prefix, secret_hash, scopes, networks, days)


GET: Final = """
SELECT k.id, k.version, k.company_id, k.person_id, k.name, k.prefix, k.scopes, k.networks::text[] AS networks, k.created_at,
    k.expires_at, k.revoked_at, k.last_used_at, k.rotated_at,
    CASE WHEN k.old_until > clock_timestamp() THEN k.old_prefix END AS old_prefix,
    CASE WHEN k.old_until > clock_timestamp() THEN k.old_until END AS old_until
FROM api_key AS k WHERE k.id = $1
"""


async def get(tx: Tx, key: UUID) -> ApiKey | None:
    return await tx.maybe(ApiKey, GET, key)


LISTED: Final = """
SELECT k.id, k.version, k.company_id, k.person_id, k.name, k.prefix, k.scopes, k.networks::text[] AS networks, k.created_at,
    k.expires_at, k.revoked_at, k.last_used_at, k.rotated_at,
    CASE WHEN k.old_until > clock_timestamp() THEN k.old_prefix END AS old_prefix,
    CASE WHEN k.old_until > clock_timestamp() THEN k.old_until END AS old_until
FROM api_key AS k WHERE k.company_id = $1 ORDER BY k.created_at DESC, k.id DESC LIMIT $2
"""


async def listed(tx: Tx, company: UUID, limit: int) -> list[ApiKey]:
    return await tx.many(ApiKey, LISTED, company, limit)


COUNT: Final = "SELECT count(*) FROM api_key AS k WHERE k.company_id = $1 AND k.revoked_at IS NULL"


async def count(tx: Tx, company: UUID) -> int:
    found: int = await tx.value(COUNT, company)
    return found


REVOKE: Final = """
UPDATE api_key SET revoked_at = clock_timestamp(), version = version + 1 WHERE id = $1 AND revoked_at IS NULL
RETURNING id, version, company_id, person_id, name, prefix, scopes, networks::text[] AS networks, created_at, expires_at,
    revoked_at, last_used_at, rotated_at, old_prefix, old_until
"""


async def revoke(tx: Tx, key: UUID) -> ApiKey | None:
    """Nothing for a key that is revoked already, or another company's."""
    return await tx.maybe(ApiKey, REVOKE, key)


ROTATE: Final = "SELECT key_rotate($1, $2, $3, $4)"


async def rotate(tx: Tx, key: UUID, secret_hash: bytes, prefix: str, overlap: timedelta) -> bool:
    """False for a key that is over, or that somebody else made."""
    return await tx.value(ROTATE, key, secret_hash, prefix, overlap) is True


# How long ago each key was used last, by what this process saw.
USED: Final = "SELECT keys_used($1, $2)"


async def used(tx: Tx, seconds_ago: dict[UUID, int]) -> None:
    await tx.execute(USED, list(seconds_ago), list(seconds_ago.values()))
