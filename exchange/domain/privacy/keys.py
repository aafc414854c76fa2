"""The life of keys: checked at the start, rotated in portions, and destroyed when nothing needs them.

Every step can be cut off anywhere and begun again: what is left to do is read from the rows, never remembered.
"""

import os
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Database, Tx
from exchange.domain.privacy.sealing import KeyRow, key_binding, vault_of
from exchange.keyring import HELD_S, KEY_BYTES, Keyring, KeyringBroken, Vault, Wrapped

PORTION: Final = 500
# A retired key is destroyed no sooner: by then no process holds it and no transaction that began with it still runs.
REST: Final = timedelta(seconds=20 * HELD_S)


class MasterRow(msgspec.Struct, frozen=True):
    id: str
    fingerprint: bytes


class Named(msgspec.Struct, frozen=True):
    id: str


class WrappedRow(msgspec.Struct, frozen=True):
    company_id: UUID
    key_no: int
    master_id: str
    wrapped: bytes


MASTERS: Final = "SELECT m.id, m.fingerprint FROM master_key AS m"


async def check(db: Database, vault: Vault) -> None:
    """Refuses to start without a master key that the data needs, or with another one of its name."""
    async with db.system() as tx:
        for master in await tx.many(MasterRow, MASTERS):
            if master.id not in vault.keyring.masters:
                raise KeyringBroken(f"EXCHANGE_KEYS_FILE: {master.id}, which sealed this data, is not in the keyring")
            if vault.keyring.fingerprint(master.id) != master.fingerprint:
                raise KeyringBroken(f"EXCHANGE_KEYS_FILE: {master.id} is not the master key that sealed this database's data")


KNOWN: Final = "INSERT INTO master_key (id, fingerprint) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING"
# Data keys under another master than $1; whoever else rotates works on other rows.
OTHERS: Final = """
SELECT k.company_id, k.key_no, k.master_id, k.wrapped FROM company_key AS k
WHERE k.master_id <> $1 ORDER BY k.company_id, k.key_no LIMIT $2 FOR UPDATE SKIP LOCKED
"""
REWRAP: Final = "UPDATE company_key SET master_id = $3, wrapped = $4 WHERE company_id = $1 AND key_no = $2"


async def rewrap(tx: Tx, limit: int = PORTION) -> int:
    """Up to `limit` data keys under the current master; none left when it gives 0. Values stay as they are."""
    keyring = vault_of(tx).keyring
    await tx.execute(KNOWN, keyring.current, keyring.fingerprint(keyring.current))
    rows = await tx.many(WrappedRow, OTHERS, keyring.current, limit)
    changed = [(row.company_id, row.key_no, *_rewrapped(keyring, row)) for row in rows]
    await tx.executemany(REWRAP, changed)
    return len(changed)


def _rewrapped(keyring: Keyring, row: WrappedRow) -> tuple[str, bytes]:
    binding = key_binding(row.company_id, row.key_no)
    wrapped = keyring.wrap(keyring.unwrap(Wrapped(row.master_id, row.wrapped), binding), binding)
    return wrapped.master_id, wrapped.wrapped


# A master that wraps nothing any more. A data key that is just being made holds its master's row, so this waits or refuses.
FORGET_MASTER: Final = """
DELETE FROM master_key AS m WHERE m.id <> $1 AND NOT EXISTS (SELECT FROM company_key AS k WHERE k.master_id = m.id) RETURNING m.id
"""


async def forget_masters(tx: Tx) -> list[str]:
    """The masters that may leave the keyring now, because the database refuses data keys of theirs from here on."""
    current = vault_of(tx).keyring.current
    return [row.id for row in await tx.many(Named, FORGET_MASTER, current)]


# Companies whose current data key was made before $1, in order.
STALE: Final = """
SELECT k.key_no, k.company_id FROM company_key AS k
WHERE k.retired_at IS NULL AND k.destroyed_at IS NULL AND k.created_at < $1
ORDER BY k.company_id LIMIT $2 FOR UPDATE SKIP LOCKED
"""
RETIRE: Final = "UPDATE company_key SET retired_at = clock_timestamp() WHERE company_id = $1 AND key_no = $2"
NEXT: Final = "INSERT INTO company_key (company_id, key_no, master_id, wrapped) VALUES ($1, $2, $3, $4)"
NOW: Final = "SELECT clock_timestamp()"


class Stale(msgspec.Struct, frozen=True):
    company_id: UUID
    key_no: int


async def renew(tx: Tx, before: object, limit: int = PORTION) -> int:
    """New data keys for companies whose key is older than `before`; the old ones go on opening what they sealed."""
    keyring = vault_of(tx).keyring
    await tx.execute(KNOWN, keyring.current, keyring.fingerprint(keyring.current))
    rows = await tx.many(Stale, STALE, before, limit)
    for row in rows:
        number = row.key_no + 1
        wrapped = keyring.wrap(os.urandom(KEY_BYTES), key_binding(row.company_id, number))
        await tx.execute(RETIRE, row.company_id, row.key_no)
        await tx.execute(NEXT, row.company_id, number, wrapped.master_id, wrapped.wrapped)
    return len(rows)


DESTROY: Final = """
UPDATE company_key SET wrapped = NULL, master_id = NULL, destroyed_at = clock_timestamp(),
    retired_at = coalesce(retired_at, clock_timestamp())
WHERE company_id = $1 AND destroyed_at IS NULL
"""


async def destroy(tx: Tx, company: UUID) -> int:
    """Erase all that is sealed for a company by erasing what opens it."""
    vault_of(tx).forget(company)
    return int((await tx.execute(DESTROY, company)).rpartition(" ")[2])


class Rotated(msgspec.Struct, frozen=True):
    """What a rotation did."""

    master: str
    rewrapped: int
    renewed: int
    left: int


LEFT: Final = "SELECT k.key_no, k.master_id, k.wrapped FROM company_key AS k WHERE k.master_id <> $1 LIMIT 1"


async def unfinished(db: Database) -> bool:
    """Whether data keys stand under another master than the current one: a rotation that was cut off."""
    async with db.system() as tx:
        return await tx.maybe(KeyRow, LEFT, vault_of(tx).keyring.current) is not None


async def rotate(db: Database, *, data: bool, portion: int = PORTION) -> Rotated:
    """All data keys under the current master, a transaction a portion; with `data` also new data keys for everybody."""
    rewrapped = renewed = 0
    while True:
        async with db.system() as tx:
            count = await rewrap(tx, portion)
        rewrapped += count
        if count == 0:
            break
    async with db.system() as tx:
        began = await tx.value(NOW)
        master = vault_of(tx).keyring.current
    while data:
        async with db.system() as tx:
            count = await renew(tx, began, portion)
        renewed += count
        if count == 0:
            break
    return Rotated(master, rewrapped, renewed, int(await unfinished(db)))
