"""`exchange keys`: making the keyring and rotating it while the exchange runs."""

from collections.abc import Mapping
from pathlib import Path

from exchange import keyring
from exchange.db import Database
from exchange.domain.privacy import keys
from exchange.keyring import Keyring, Vault


async def rotate(database_url: str, path: Path, *, data: bool, forget: bool) -> Mapping[str, object]:
    """A new master unless a rotation was cut off, which is finished first; then every data key under it.

    With `forget`, masters that wrap nothing leave the database and then the file. Running processes read the file again
    when they meet a master that they do not know.
    """
    db = await Database.open(database_url, size=2, name="exchange keys")
    try:
        db.vault = Vault(Keyring.read(path))
        await keys.check(db, db.vault)
        resumed = await keys.unfinished(db)
        if not resumed:
            keyring.add(path)
            db.vault.renew()
        done = await keys.rotate(db, data=data)
        gone: list[str] = []
        if forget:
            async with db.system() as tx:
                gone = await keys.forget_masters(tx)
            known = set(gone) | await _unused(db, path)
            keyring.remove(path, frozenset(known))
        return {
            "master": done.master,
            "resumed": resumed,
            "rewrapped": done.rewrapped,
            "renewed": done.renewed,
            "removed": sorted(gone),
        }
    finally:
        await db.close()


async def _unused(db: Database, path: Path) -> set[str]:
    """Masters of the file that the database does not know: forgotten there before a crash kept them here."""
    async with db.system() as tx:
        known = {row.id for row in await tx.many(keys.MasterRow, keys.MASTERS)}
    found = Keyring.read(path)
    return set(found.masters) - known - {found.current}
