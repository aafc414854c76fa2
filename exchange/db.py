"""The one door to the database: a pool, and a transaction that carries who acts."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Final, Literal, Self, TypeVar
from uuid import UUID

import asyncpg
import msgspec

from exchange.connection import Connection, pool
from exchange.ctx import SYSTEM, Ctx
from exchange.errors import MailNotVerified, Unavailable, ViewOnly
from exchange.keyring import Vault
from exchange.sqlstate import FAILURES, translate

Standing = Literal["any", "applicant", "finish", "active"]
Row = TypeVar("Row", bound=msgspec.Struct)

ACQUIRE_TIMEOUT_S: Final = 5.0
REST_S: Final = 0.02


def _uuid_literal(value: UUID | None) -> str:
    """A uuid as an SQL literal, written from its number: 32 hexadecimal digits whatever it says of itself, or NULL."""
    return "NULL" if value is None else f"'{value.int:032x}'::uuid"


def _setting(value: UUID | None) -> str:
    """The same for SET, where nobody is the empty text."""
    return "''" if value is None else f"'{value.int:032x}'"


def begin_statement(ctx: Ctx, standing: Standing, *, read: bool = False) -> str:
    """The only SQL that is built: begin and context in one round trip, from checked uuids and known words."""
    if standing not in ("any", "applicant", "finish", "active"):
        raise ValueError(standing)
    begin = "BEGIN READ ONLY" if read or ctx.viewing else "BEGIN"
    if ctx.viewing:
        begin = f"{begin}; SET LOCAL app.viewing = 'on'"
    if standing == "any" or ctx.viewing:
        # Nothing to look up: settings alone are a third of the work of a function that sets them.
        company, person = _setting(ctx.company_id), _setting(ctx.person_id)
        operator = "on" if ctx.operator else "off"
        return (
            f"{begin}; SET LOCAL app.company = {company}; SET LOCAL app.actor = {person}; SET LOCAL app.operator = '{operator}'"
        )
    operator = "true" if ctx.operator else "false"
    return f"{begin}; SELECT ctx({_uuid_literal(ctx.company_id)}, {_uuid_literal(ctx.person_id)}, {operator}, '{standing}')"


def row(kind: type[Row], record: asyncpg.Record) -> Row:
    """A record as its Struct, checked."""
    return msgspec.convert(dict(record), kind)


class Tx:
    """One open transaction with its context. Services take it, run named statements and append events."""

    __slots__ = ("_connection", "_savepoints", "ctx", "own_keys", "vault", "wake")

    def __init__(self, connection: Connection, ctx: Ctx, vault: Vault | None = None) -> None:
        self._connection = connection
        self._savepoints = 0
        self.ctx = ctx
        # The keys of the process, and the companies whose first key this transaction made.
        self.vault = vault
        self.own_keys: set[UUID] = set()
        # Ids of jobs inserted here; sent to the workers after the commit.
        self.wake: list[UUID] = []

    async def execute(self, sql: str, *arguments: object) -> str:
        return await self._connection.execute(sql, *arguments)

    async def executemany(self, sql: str, arguments: Iterable[tuple[object, ...]]) -> None:
        await self._connection.executemany(sql, arguments)

    async def value(self, sql: str, *arguments: object) -> Any:
        """The first column of the first row, or None."""
        return await self._connection.fetchval(sql, *arguments)

    async def maybe(self, kind: type[Row], sql: str, *arguments: object) -> Row | None:
        """The row of a statement that finds at most one."""
        record = await self._connection.fetchrow(sql, *arguments)
        return None if record is None else row(kind, record)

    async def one(self, kind: type[Row], sql: str, *arguments: object) -> Row:
        """The row of a statement that always gives one."""
        record = await self._connection.fetchrow(sql, *arguments)
        if record is None:
            raise LookupError(sql)
        return row(kind, record)

    async def many(self, kind: type[Row], sql: str, *arguments: object) -> list[Row]:
        records = await self._connection.fetch(sql, *arguments)
        return [row(kind, record) for record in records]

    @asynccontextmanager
    async def savepoint(self) -> AsyncGenerator[None]:
        """What is done inside is undone alone when it raises."""
        self._savepoints += 1
        name = f"s{self._savepoints}"
        await self._connection.execute(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            await self._connection.execute(f"ROLLBACK TO SAVEPOINT {name}")
            raise
        await self._connection.execute(f"RELEASE SAVEPOINT {name}")


class _Transaction:
    """Acquire, begin with context, then commit or roll back. A cancelled commit is an unknown outcome."""

    __slots__ = ("_connection", "_ctx", "_database", "_read", "_standing", "_tx")

    def __init__(self, database: "Database", ctx: Ctx, standing: Standing, *, read: bool = False) -> None:
        self._database = database
        self._ctx = ctx
        self._standing: Standing = standing
        self._read = read

    async def __aenter__(self) -> Tx:
        try:
            connection, rested = await self._database.take()
        except (*FAILURES, TimeoutError) as error:
            raise Unavailable(what="The database") from error
        self._connection = connection
        begin = begin_statement(self._ctx, self._standing, read=self._read)
        try:
            await connection.execute(f"ROLLBACK; {begin}" if rested else begin)
        except BaseException as error:
            # Refused inside the transaction that it began, or cancelled on the way.
            try:
                with contextlib.suppress(*FAILURES):
                    await connection.execute("ROLLBACK")
            finally:
                await self._database.give_back(connection)
            if isinstance(error, FAILURES):
                raise translate(error) from error
            raise
        self._tx = Tx(connection, self._ctx, self._database.vault)
        return self._tx

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        connection = self._connection
        if self._read and error is None:
            self._database.rest(connection)
            return
        try:
            if error is None:
                # A transaction that an error had ended answers ROLLBACK, which is no exception.
                if await connection.execute("COMMIT") != "COMMIT":
                    raise RuntimeError("an error was swallowed inside the transaction; nothing was committed")
            else:
                # A connection that was lost has rolled back by itself, and the first error tells more than the second.
                with contextlib.suppress(*FAILURES):
                    await connection.execute("ROLLBACK")
        except FAILURES as failure:
            raise translate(failure) from failure
        finally:
            await self._database.give_back(connection)
        if error is None and self._tx.wake:
            self._database.after_commit(self._tx.wake)
        if isinstance(error, asyncpg.ReadOnlySQLTransactionError) and self._ctx.viewing:
            raise ViewOnly from error
        if isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError | asyncpg.InternalClientError):
            raise translate(error) from error


class Database:
    """A pool of one role's connections. `after_commit` receives the ids of jobs to wake."""

    def __init__(self, pool: asyncpg.Pool, size: int) -> None:
        self.pool = pool
        self.after_commit: Callable[[list[UUID]], None] = _ignore
        # What opens personal fields; set by the processes that may.
        self.vault: Vault | None = None
        self._free = asyncio.Semaphore(size)
        # Connections whose read has ended and whose transaction has not: the next one ends it in its own first round trip.
        self._resting: list[Connection] = []
        self._settling: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, url: str, *, size: int = 10, name: str = "exchange") -> Self:
        """Connect as the url's role. Refuses a role that owns tables or passes by row security."""
        return cls(await pool(url, size=size, name=name), size)

    def tx(self, ctx: Ctx, standing: Standing = "active") -> _Transaction:
        """``async with db.tx(ctx) as tx``: one transaction as `ctx`, whose company has at least this standing."""
        if standing == "active" and not ctx.verified:
            raise MailNotVerified
        return _Transaction(self, ctx, standing)

    def read(self, ctx: Ctx) -> _Transaction:
        """A transaction that only reads, as `ctx`, for any standing: two round trips instead of three."""
        return _Transaction(self, ctx, "any", read=True)

    async def take(self) -> tuple[Connection, bool]:
        """A connection, and whether it rests in a read that its next user must end."""
        if self._free.locked():
            async with asyncio.timeout(ACQUIRE_TIMEOUT_S):
                await self._free.acquire()
        else:
            # Nothing to wait for, so no alarm to set: that took longer than all the rest of this.
            await self._free.acquire()
        try:
            while self._resting:
                connection = self._resting.pop()
                if not connection.is_closed():
                    return connection, True
                await self.pool.release(connection)
            return await self.pool.acquire(timeout=ACQUIRE_TIMEOUT_S), False
        except BaseException:
            self._free.release()
            raise

    async def give_back(self, connection: Connection) -> None:
        """The connection is in no transaction any more, or is lost."""
        try:
            await self.pool.release(connection)
        finally:
            self._free.release()

    def rest(self, connection: Connection) -> None:
        """Keep a connection at hand after a read. What nobody takes within REST_S is ended, so no lock stays for longer."""
        self._resting.append(connection)
        self._free.release()
        if self._settling is None:
            self._settling = asyncio.create_task(self._settle())

    async def _settle(self) -> None:
        """End the reads that rest, until none does."""
        try:
            while self._resting:
                before = set(self._resting)
                await asyncio.sleep(REST_S)
                for connection in [item for item in self._resting if item in before]:
                    if connection in self._resting:
                        self._resting.remove(connection)
                        with contextlib.suppress(*FAILURES):
                            await connection.execute("ROLLBACK")
                        await self.pool.release(connection)
        finally:
            self._settling = None

    def system(self) -> _Transaction:
        """A transaction of the exchange itself (jobs, sequencer); its rights are those of the process's role."""
        return _Transaction(self, SYSTEM, "any")

    async def close(self) -> None:
        while self._settling is not None:
            await asyncio.wait([self._settling])
        try:
            await asyncio.wait_for(self.pool.close(), 10)
        except TimeoutError:
            self.pool.terminate()


def _ignore(ids: list[UUID]) -> None:
    """Without a wake-up the poller finds the jobs within a second."""
