"""SQL of answered requests."""

from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Tx


class AnsweredRequest(msgspec.Struct, frozen=True):
    """What a key was used for; resource_id is null only inside the transaction that works on it."""

    body_hash: bytes
    status: int | None
    resource_id: UUID | None
    resource_version: int | None


# Waits for a transaction that holds the same key, at most lock_timeout. No row: the key was used before. $7 is what this
# transaction will make, at version 1, when that is known.
CLAIM: Final = """
INSERT INTO idempotency_key (company_id, actor_id, route, key, body_hash, status, resource_id, resource_version)
VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN $7::uuid IS NOT NULL THEN 1 END)
ON CONFLICT (company_id, actor_id, route, key) DO NOTHING RETURNING true
"""


async def claim(
    tx: Tx, company: UUID, actor: UUID, route: str, key: str, body_hash: bytes, status: int | None, new: UUID | None
) -> bool:
    return bool(await tx.value(CLAIM, company, actor, route, key, body_hash, status, new))


ANSWERED: Final = """
SELECT body_hash, status, resource_id, resource_version FROM idempotency_key
WHERE company_id = $1 AND actor_id = $2 AND route = $3 AND key = $4
"""


async def answered(tx: Tx, company: UUID, actor: UUID, route: str, key: str) -> AnsweredRequest | None:
    return await tx.maybe(AnsweredRequest, ANSWERED, company, actor, route, key)


ANSWER: Final = """
UPDATE idempotency_key SET status = $5, resource_id = $6, resource_version = $7
WHERE company_id = $1 AND actor_id = $2 AND route = $3 AND key = $4
"""


async def answer(tx: Tx, company: UUID, actor: UUID, route: str, key: str, status: int, resource: UUID, version: int) -> None:
    await tx.execute(ANSWER, company, actor, route, key, status, resource, version)
