"""What a page needs to know besides its own subject."""

from exchange.db import Tx
from exchange.domain.home import store
from exchange.domain.home.model import Surroundings


async def surroundings(tx: Tx) -> Surroundings:
    """Market time, the acting person, their unread inbox and the companies they may act for."""
    return await store.surroundings(tx)
