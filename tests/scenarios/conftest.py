"""A story of its own companies on the running exchange; when it ends the books must hold, and the record tell all of it."""

from collections.abc import AsyncIterator

import asyncpg
import pytest_asyncio

from tests.live_stack import LiveStack
from tests.scenarios.replay import replay
from tests.scenarios.story import Story


@pytest_asyncio.fixture
async def story(live: LiveStack) -> AsyncIterator[Story]:
    """A story with the operators signed in. Afterwards ledger and record are verified, whatever the story did."""
    told = await Story.begin(live)
    try:
        yield told
        await live.books_hold()
        owner = await asyncpg.connect(live.stack.database_url("exchange_owner"))
        assert await replay(owner) == []
        await owner.close()
    finally:
        await told.close()
