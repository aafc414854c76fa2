"""One PostgreSQL per test process, one clone of a migrated template database per test."""

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import asyncpg
import pytest
import pytest_asyncio

from exchange import embedded
from exchange.ctx import Ctx
from exchange.db import Database
from exchange.keyring import Keyring, Vault
from exchange.migrate import migrate

if TYPE_CHECKING:
    from tests.live_stack import LiveStack
    from tests.world import Site, World

TEMPLATE = "exchange_template"
KEYRING = Keyring.derived("keys of the tests")
# What takes longest begins first, so that no test process is busy alone at the end.
LONGEST = ("test_sample_market", "browser/", "scenarios/", "faults/", "isolation/", "rules/test_plans")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files in the order in which they are shared out."""

    def longest_first(item: pytest.Item) -> int:
        return next((turn for turn, part in enumerate(LONGEST) if f"tests/{part}" in item.nodeid), len(LONGEST))

    items.sort(key=longest_first)


@pytest.fixture(scope="session")
def postgres() -> Iterator[embedded.Postgres]:
    """A PostgreSQL of this test process, without durability, on a free port."""
    folder = embedded.scratch("exchange-test-")
    try:
        server = embedded.Postgres.start(folder / "pg", durable=False)
        try:
            embedded.ensure_roles(server)
            embedded.create_database(server, TEMPLATE)
            asyncio.run(migrate(server.url("exchange_owner", TEMPLATE), sandbox=True))
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class TestDatabase:
    """A fresh migrated database (a sandbox) and connections in each role."""

    __test__ = False

    def __init__(self, server: embedded.Postgres, name: str) -> None:
        self.server = server
        self.name = name
        self._open: list[Database] = []

    def url(self, role: str) -> str:
        return self.server.url(role, self.name)

    async def api(self, size: int = 5) -> Database:
        return await self._database("exchange_api", size)

    async def worker(self, size: int = 5) -> Database:
        return await self._database("exchange_worker", size)

    async def _database(self, role: str, size: int) -> Database:
        database = await Database.open(self.url(role), size=size, name=f"test {role}")
        database.vault = Vault(KEYRING)
        self._open.append(database)
        return database

    async def owner(self) -> asyncpg.Connection:
        """A plain connection of the owner, who is not bound by row security. The caller closes it."""
        return await asyncpg.connect(self.url("exchange_owner"))

    async def close(self) -> None:
        for database in self._open:
            await database.close()


@pytest_asyncio.fixture
async def db(postgres: embedded.Postgres) -> AsyncIterator[TestDatabase]:
    """A clone of the template for this test alone."""
    name = f"t{uuid.uuid4().hex}"
    superuser = await asyncpg.connect(postgres.superuser_url())
    for statement in embedded.creation(name, template=TEMPLATE):
        await superuser.execute(statement)
    database = TestDatabase(postgres, name)
    try:
        yield database
    finally:
        await database.close()
        await superuser.execute(embedded.removal(name))
        await superuser.close()


def member(company: uuid.UUID, *roles: str, person: uuid.UUID | None = None, status: str = "active") -> Ctx:
    """A context as sign-in would build it, for tests that call services directly."""
    return Ctx(
        person_id=person or uuid.uuid4(),
        person_name="Test",
        company_id=company,
        company_name="Test",
        company_status=status,
        roles=frozenset(roles or ("owner",)),
        request_id="test",
        stepped_up=True,
    )


@pytest_asyncio.fixture
async def world(db: TestDatabase) -> "AsyncIterator[World]":
    """Reference data and a way to make companies and people."""
    from tests.world import world as open_world

    async with open_world(db) as found:
        yield found


@pytest_asyncio.fixture
async def site(world: "World") -> "AsyncIterator[Site]":
    """The HTTP application in process over that world."""
    from tests.world import site as open_site

    async with open_site(world) as found:
        yield found


@pytest.fixture(scope="session")
def live() -> "Iterator[LiveStack]":
    """A running exchange that the scenario and browser tests of this process share, each with its own companies."""
    from tests.live_stack import LiveStack

    with LiveStack() as stack:
        yield stack
