"""SQL of passkeys, of the acting person alone, and of questions that may be answered once."""

from datetime import timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.identity.model import Passkey, PasskeyKey

Kind = Literal["register", "enter", "prove", "provider"]


class Taken(msgspec.Struct, frozen=True):
    """An open question: for whom it was asked, and what."""

    person_id: UUID | None
    payload: bytes


OPEN: Final = "SELECT ceremony_open($1, $2, $3, $4, $5)"


async def ask(tx: Tx, ceremony: UUID, kind: Kind, person: UUID | None, payload: bytes, lifetime: timedelta) -> None:
    await tx.execute(OPEN, ceremony, kind, person, payload, lifetime)


TAKE: Final = "SELECT t.person_id, t.payload FROM ceremony_take($1, $2) AS t"


async def take(tx: Tx, ceremony: UUID, kind: Kind) -> Taken | None:
    """None for a question that was answered, is over, or was never asked."""
    return await tx.maybe(Taken, TAKE, ceremony, kind)


LOOKUP: Final = "SELECT passkey_lookup($1)"


async def person_of(tx: Tx, credential: bytes) -> UUID | None:
    found: UUID | None = await tx.value(LOOKUP, credential)
    return found


LIST: Final = """
SELECT p.id, p.version, p.name, p.created_at, p.last_used_at, p.credential_id
FROM passkey AS p WHERE p.person_id = $1 ORDER BY p.created_at, p.id LIMIT $2
"""


async def listed(tx: Tx, person: UUID, limit: int) -> list[Passkey]:
    return await tx.many(Passkey, LIST, person, limit)


KEY: Final = "SELECT p.id, p.public_key, p.sign_count FROM passkey AS p WHERE p.person_id = $1 AND p.credential_id = $2"


async def key(tx: Tx, person: UUID, credential: bytes) -> PasskeyKey | None:
    return await tx.maybe(PasskeyKey, KEY, person, credential)


INSERT: Final = """
INSERT INTO passkey (id, person_id, credential_id, public_key, sign_count, name) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (credential_id) DO NOTHING
RETURNING id, version, name, created_at, last_used_at, credential_id
"""


async def insert(
    tx: Tx, passkey: UUID, person: UUID, credential: bytes, public_key: bytes, sign_count: int, name: str
) -> Passkey | None:
    """None for a passkey that is registered already."""
    return await tx.maybe(Passkey, INSERT, passkey, person, credential, public_key, sign_count, name)


# A counter that does not grow is a copy of the device's key; devices without one say zero each time.
USED: Final = """
UPDATE passkey SET sign_count = $2, last_used_at = clock_timestamp()
WHERE id = $1 AND (sign_count < $2 OR (sign_count = 0 AND $2 = 0)) RETURNING true
"""


async def used(tx: Tx, passkey: UUID, sign_count: int) -> bool:
    counted: bool | None = await tx.value(USED, passkey, sign_count)
    return counted is True


RENAME: Final = """
UPDATE passkey SET name = $3, version = version + 1 WHERE id = $1 AND person_id = $2
RETURNING id, version, name, created_at, last_used_at, credential_id
"""


async def rename(tx: Tx, passkey: UUID, person: UUID, name: str) -> Passkey | None:
    return await tx.maybe(Passkey, RENAME, passkey, person, name)


REMOVE: Final = "DELETE FROM passkey WHERE id = $1 AND person_id = $2 RETURNING version"


async def remove(tx: Tx, passkey: UUID, person: UUID) -> int | None:
    version: int | None = await tx.value(REMOVE, passkey, person)
    return version
