"""A browser for each test, and a story of its own companies on the running exchange."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from tests.browser import chromium
from tests.scenarios.conftest import story as story


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium, or a failure: it is never skipped."""
    async with chromium.browser() as running:
        yield running
