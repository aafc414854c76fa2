"""A story of its own companies on the running exchange; when it ends the books must hold."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.live_stack import LiveStack
from tests.scenarios.story import Story


@pytest_asyncio.fixture
async def story(live: LiveStack) -> AsyncIterator[Story]:
    """A story with the operators signed in. Afterwards ledger and record are verified, whatever the story did."""
    told = await Story.begin(live)
    try:
        yield told
        await live.books_hold()
    finally:
        await told.close()
