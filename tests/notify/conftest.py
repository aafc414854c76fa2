"""Connections for the tests of the way out."""

from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
import pytest_asyncio

from exchange import embedded
from tests.conftest import TestDatabase
from tests.notify.neighbourhood import Deal


@pytest_asyncio.fixture
async def owner(db: TestDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await db.owner()
    yield connection
    await connection.close()


@pytest_asyncio.fixture
async def deal(owner: asyncpg.Connection) -> Deal:
    return await Deal(owner).build()


@pytest.fixture
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[embedded.Valkey]:
    """A Valkey of this test alone."""
    server = embedded.Valkey.start(tmp_path_factory.mktemp("valkey"))
    yield server
    server.stop()
