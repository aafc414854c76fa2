"""Where faults are tried: a durable PostgreSQL of our own with a migrated template, and a fresh copy for each attempt."""

import asyncio
import contextlib
import shutil
import sys
import uuid
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg

from exchange import embedded
from exchange.bench.faults.nursery import Nursery
from exchange.db import Database
from exchange.keyring import Keyring, Vault
from exchange.stack import bring_up_to_date
from exchange.verify import verify_ledger

TEMPLATE: Final = "faults_template"
WATCH_EVERY_S: Final = 0.1
LEDGER_SUM: Final = "SELECT coalesce(sum(e.amount_minor), 0)::bigint FROM ledger_entry AS e"


class Ground:
    """The servers' directory, the server, and ways to get a database in it."""

    def __init__(self, folder: Path, postgres: embedded.Postgres, nursery: Nursery) -> None:
        self.folder = folder
        self.postgres = postgres
        self.nursery = nursery

    @asynccontextmanager
    async def place(self) -> "AsyncGenerator[Place]":
        """A fresh sandbox with its reference data, dropped at the end."""
        name = f"f{uuid.uuid4().hex}"
        await asyncio.to_thread(
            lambda: embedded.create_database(self.postgres, name, template=TEMPLATE, strategy="wal_log"),
        )
        place = Place(self, name)
        try:
            yield place
        finally:
            await place.close()
            await asyncio.to_thread(embedded.drop_database, self.postgres, name)


class Place:
    """One database, seen through the roles that run in service."""

    def __init__(self, ground: Ground, name: str) -> None:
        self.ground = ground
        self.name = name
        self._open: list[Database] = []

    def url(self, role: str) -> str:
        return self.ground.postgres.url(role, self.name)

    async def database(self, role: str, size: int = 8) -> Database:
        """A pool that closes with the place."""
        database = await Database.open(self.url(role), size=size, name=f"faults {role}")
        database.vault = Vault(Keyring.derived("a throw-away database"))
        self._open.append(database)
        return database

    @asynccontextmanager
    async def connection(self, role: str = "exchange_owner") -> AsyncGenerator[asyncpg.Connection]:
        """A plain connection; as the owner it is not bound by row security."""
        connection = await asyncpg.connect(self.url(role))
        try:
            yield connection
        finally:
            await connection.close()

    async def rewrite(self, function: str, changes: Sequence[tuple[str, str]]) -> None:
        """Replace texts in the source of an SQL function, in this database alone; each must be there."""
        async with self.connection() as owner:
            source = str(
                await owner.fetchval("SELECT pg_get_functiondef(coalesce(to_regprocedure($1), to_regproc($1)))", function)
            )
            for old, new in changes:
                if old not in source:
                    raise LookupError(f"{function} no longer says {old!r}")
                source = source.replace(old, new)
            await owner.execute(source)

    async def books(self) -> dict[str, int | float]:
        """The sum of all entries, and how many rules of the ledger are broken."""
        async with self.connection() as owner:
            total: Any = await owner.fetchval(LEDGER_SUM)
            findings = await verify_ledger(owner)
        return {"ledger_sum": total, "ledger_findings": len(findings)}

    @asynccontextmanager
    async def watched(self) -> AsyncGenerator[dict[str, int | float]]:
        """Verify the ledger again and again while the block runs; the counts are there when it has ended."""
        seen: dict[str, int | float] = {"snapshots": 0, "broken_snapshots": 0}
        over = asyncio.Event()
        watching = asyncio.create_task(self._watch(seen, over))
        try:
            yield seen
        finally:
            over.set()
            await watching

    async def _watch(self, seen: dict[str, int | float], over: asyncio.Event) -> None:
        async with self.connection() as owner:
            while not over.is_set():
                seen["broken_snapshots"] += await verify_ledger(owner) != []
                seen["snapshots"] += 1
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(over.wait(), WATCH_EVERY_S)

    async def close(self) -> None:
        for database in self._open:
            await database.close()
        self._open.clear()


@contextmanager
def ground() -> Generator[Ground]:
    """A server with fsync on, stopped and forgotten when the block ends. Not inside a running loop."""
    folder = embedded.scratch("exchange-faults-")
    nursery = Nursery(folder / "processes.log")
    try:
        postgres = embedded.Postgres.start(folder / "postgres")
        try:
            embedded.ensure_roles(postgres)
            if sys.platform == "linux":
                # After a kill: one call to the file system instead of opening every file of every database.
                postgres.sql("ALTER SYSTEM SET recovery_init_sync_method = 'syncfs'")
            embedded.create_database(postgres, TEMPLATE, strategy="wal_log")
            asyncio.run(bring_up_to_date(postgres.url(embedded.OWNER, TEMPLATE), sandbox=True))
            yield Ground(folder, postgres, nursery)
        finally:
            postgres.stop("immediate")
    finally:
        nursery.close()
        shutil.rmtree(folder, ignore_errors=True)
