"""The door to the database: contexts never cross, reads end soon, nothing is lost when a request goes away."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from exchange.ctx import Ctx
from exchange.db import Database
from exchange.ids import new_id
from tests.conftest import TestDatabase

WHO = "SELECT app_company()"
OPEN = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'exchange_api'
    AND state LIKE 'idle in transaction%'
"""

END = """
SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity
WHERE usename = 'exchange_api' AND datname = current_database()
"""


def ctx(company: UUID) -> Ctx:
    return Ctx(company_id=company, person_id=new_id())


async def test_no_context_crosses_one_connection(db: TestDatabase) -> None:
    """Reads and writes of many companies in turn on one connection: each sees its own company, a visitor none."""
    api = await db.api(size=1)

    async def look(company: UUID | None, write: bool) -> tuple[UUID | None, UUID | None]:
        acting = Ctx(company_id=company)
        async with api.tx(acting, "any") if write else api.read(acting) as tx:
            return company, await tx.value(WHO)

    wanted = [new_id() if n % 3 else None for n in range(60)]
    seen = await asyncio.gather(*(look(company, n % 2 == 0) for n, company in enumerate(wanted)))
    assert [found for _, found in seen] == wanted


async def test_no_context_survives_a_request_that_went_away(db: TestDatabase) -> None:
    """Cancelled at any point, the connection serves the next one with that one's context and no other."""
    api = await db.api(size=1)
    for steps in range(40):

        async def work() -> None:
            async with api.read(ctx(new_id())) as tx:
                await tx.value("SELECT pg_sleep(0.001)")
                await tx.value(WHO)

        task = asyncio.create_task(work())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with api.read(Ctx()) as tx:
            assert await tx.value(WHO) is None


async def test_a_read_ends_soon_when_nobody_follows(db: TestDatabase) -> None:
    """A resting connection holds its locks for milliseconds, not until the next request."""
    api = await db.api(size=3)
    await asyncio.gather(*(_read(api) for _ in range(3)))
    owner = await db.owner()
    try:
        async with asyncio.timeout(5):
            while await owner.fetchval(OPEN):
                await asyncio.sleep(0.01)
        assert len({await _read(api) for _ in range(3)}) == 1, "a connection was lost by ending its read"
    finally:
        await owner.close()


async def _read(api: Database) -> int:
    """Read something; which connection did it."""
    async with api.read(Ctx()) as tx:
        await tx.value("SELECT count(*) FROM offer")
        return int(await tx.value("SELECT pg_backend_pid()"))


async def test_a_read_cannot_write(db: TestDatabase) -> None:
    """The database refuses, whatever the code tries."""
    api = await db.api(size=1)
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with api.read(Ctx()) as tx:
            await tx.execute("UPDATE company SET about = 'x'")
    async with api.tx(Ctx(), "any") as tx:
        assert await tx.value("SELECT current_setting('transaction_read_only')") == "off"


async def test_a_lost_resting_connection_is_replaced(db: TestDatabase) -> None:
    """Restarted PostgreSQL: the next request gets a new connection."""
    api = await db.api(size=1)
    lost = await _read(api)
    admin = await asyncpg.connect(db.server.superuser_url(db.name))
    try:
        await admin.execute(END)
    finally:
        await admin.close()
    await asyncio.sleep(0.1)
    assert await _read(api) != lost


async def test_more_requests_than_connections_all_get_their_turn(db: TestDatabase) -> None:
    """Waiting requests take connections that rest as well as those that are given back."""
    api = await db.api(size=2)

    async def one(n: int) -> int:
        async with api.read(Ctx()) if n % 2 else api.tx(Ctx(), "any") as tx:
            return int(await tx.value("SELECT $1::integer", n))

    assert await asyncio.gather(*(one(n) for n in range(100))) == list(range(100))
