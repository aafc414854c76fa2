"""Registering as a visitor: it must say what is known already, and therefore not to whoever asks for one after the other."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.identity import store
from exchange.domain.identity.counting import counter, network
from exchange.domain.identity.refusals import TooManyKnown
from exchange.errors import Conflict

# Known e-mails and numbers that one network address may hear of in a row.
KNOWN_MOST: Final = 20


@asynccontextmanager
async def registering(db: Database, address: str) -> AsyncGenerator[None, None]:
    """Around an application: each Conflict is counted by network address. Raises TooManyKnown after many."""
    by_address = counter("register", network(address))
    async with db.tx(Ctx(), "any") as tx:
        seconds = await store.wait(tx, by_address)
    if seconds:
        raise TooManyKnown(seconds=seconds)
    try:
        yield
    except Conflict:
        async with db.tx(Ctx(), "any") as tx:
            await store.failed(tx, by_address, KNOWN_MOST)
        raise
