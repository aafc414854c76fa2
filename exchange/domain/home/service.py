"""What a page needs to know besides its own subject, and what needs the acting person now."""

from typing import Final

from exchange.db import Tx
from exchange.domain.approval import standing
from exchange.domain.home import store
from exchange.domain.home.model import NEEDED, OpenBusiness, Surroundings, Task
from exchange.domain.permission import may

TASKS_MOST: Final = 50


async def surroundings(tx: Tx) -> Surroundings:
    """Market time, the acting person, their unread inbox and the companies they may act for."""
    return await store.surroundings(tx)


async def tasks(tx: Tx, most: int = TASKS_MOST) -> list[Task]:
    """What waits for the acting company and is the acting person's to do, the most urgent first."""
    kinds = [kind for kind, permission in NEEDED.items() if may(tx.ctx, permission)]
    asked = await standing.asking(tx)
    return await store.tasks(tx, [item.id for item in asked], kinds, most)


async def open_business(tx: Tx) -> OpenBusiness:
    """How much is under way at the acting company."""
    return await store.open_business(tx)
