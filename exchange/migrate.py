"""The migration runner: plain SQL files in dbmate's format, forward only, once each, in the order of their names."""

import asyncio
import hashlib
from importlib import resources
from pathlib import Path
from typing import Final

import asyncpg
import msgspec

UP: Final = "-- migrate:up"
LOCK_KEY: Final = 7_202_611_230
POLL_S: Final = 0.2

APPLIED_TABLE: Final = """
CREATE TABLE IF NOT EXISTS schema_migration (
    version text PRIMARY KEY,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""
APPLIED: Final = "SELECT version, sha256 FROM schema_migration ORDER BY version"
RECORD: Final = "INSERT INTO schema_migration (version, sha256) VALUES ($1, $2)"
TABLES: Final = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname = 'schema_migration'"


class MigrationError(Exception):
    """The files and the database disagree; nothing was changed."""


class Migration(msgspec.Struct, frozen=True):
    """One file: `version` = its leading digits; `transaction` False for one CONCURRENTLY statement."""

    version: str
    name: str
    sql: str
    sha256: str
    transaction: bool


def folder() -> Path:
    """Where the migrations stand: beside the packages in a checkout, inside the package in a wheel."""
    packaged = Path(str(resources.files("exchange"))) / "_migrations"
    return packaged if packaged.is_dir() else Path(str(resources.files("exchange"))).parent / "migrations"


def read(path: Path) -> list[Migration]:
    """All migrations in order; raises MigrationError for a file that does not open with ``-- migrate:up``."""
    found: list[Migration] = []
    for file in sorted(path.glob("[0-9]*.sql")):
        text = file.read_text(encoding="utf-8")
        head, _, body = text.partition("\n")
        if not head.startswith(UP):
            raise MigrationError(f"{file.name}: the first line must be {UP!r}")
        version, _, name = file.stem.partition("_")
        digest = hashlib.sha256(text.encode()).hexdigest()
        found.append(Migration(version, name, body, digest, "transaction:false" not in head))
    if len({item.version for item in found}) != len(found):
        raise MigrationError("two migrations share a version")
    return found


async def _lock(connection: asyncpg.Connection) -> None:
    """One runner at a time. Polled: a waiting advisory lock deadlocks with CREATE INDEX CONCURRENTLY."""
    while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK_KEY):  # noqa: ASYNC110  the lock is the database's
        await asyncio.sleep(POLL_S)


async def migrate(url: str, *, dry_run: bool = False, sandbox: bool = False, path: Path | None = None) -> list[str]:
    """Apply what is missing as the owner role; returns the names applied (or to be applied).

    `sandbox` marks a new database as a sandbox, whose clock may run ahead; refused on one that exists.
    """
    migrations = read(path or folder())
    connection = await asyncpg.connect(url, server_settings={"lock_timeout": "5000", "application_name": "exchange migrate"})
    try:
        await _lock(connection)
        fresh = await connection.fetchval(TABLES) == 0
        if sandbox and not fresh:
            raise MigrationError("--sandbox is for a new database; this one exists")
        applied: dict[str, str] = {}
        if not fresh:
            applied = {record["version"]: record["sha256"] for record in await connection.fetch(APPLIED)}
        missing = _missing(migrations, applied)
        if not dry_run:
            await connection.execute(APPLIED_TABLE)
            await connection.execute("SELECT set_config('exchange.sandbox', $1, false)", "on" if sandbox else "off")
            for item in missing:
                await _apply(connection, item)
        return [f"{item.version}_{item.name}" for item in missing]
    finally:
        await connection.close()


def _missing(migrations: list[Migration], applied: dict[str, str]) -> list[Migration]:
    """What is not applied yet; refuses an applied file that changed or vanished, and a gap."""
    known = {item.version: item for item in migrations}
    for version, digest in applied.items():
        if version not in known:
            raise MigrationError(f"{version} is applied but its file is missing: is this an older release?")
        if known[version].sha256 != digest:
            raise MigrationError(f"{version}_{known[version].name} changed after it was applied")
    newest = max(applied, default="")
    missing = [item for item in migrations if item.version not in applied]
    for item in missing:
        if item.version < newest:
            raise MigrationError(f"{item.version}_{item.name} is older than the last one applied")
    return missing


async def _apply(connection: asyncpg.Connection, item: Migration) -> None:
    if not item.transaction:
        await connection.execute(item.sql)
        await connection.execute(RECORD, item.version, item.sha256)
        return
    async with connection.transaction():
        await connection.execute(item.sql)
        await connection.execute(RECORD, item.version, item.sha256)
