"""A seller's own offers as its pages list them: by state and words, counted, in full for a file, version by version."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from exchange.ctx import Ctx
from exchange.cursor import page_of, read_cursor
from exchange.db import Tx
from exchange.domain.offer import store
from exchange.domain.offer.model import LIFECYCLE, Offer, OfferSummary, OfferVersion
from exchange.domain.permission import may, need
from schemas.common import Page

STATES: Final = tuple(sorted(LIFECYCLE.states))
# A count goes no further; more is shown as "1,000+".
COUNTED: Final = 1000
VERSIONS_SHOWN: Final = 20
WORDS_MOST: Final = 10


def patterns(words: str) -> list[str]:
    """Each word as a pattern that finds it anywhere."""
    escaped = words.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return [f"%{word}%" for word in escaped.split()[:WORDS_MOST]]


async def own(tx: Tx, status: str | None, words: str, cursor: str | None, limit: int) -> Page[OfferSummary]:
    """The acting company's offers, newest change first."""
    need(tx.ctx, "market.read")
    after, after_id = (None, None) if cursor is None else read_cursor(cursor, tuple[datetime, UUID])
    rows = await store.find_own(tx, tx.ctx.company, _states(status), patterns(words), after, after_id, limit + 1)
    return page_of(rows, limit, lambda row: (row.updated_at, row.id))


async def count(tx: Tx, status: str | None, words: str) -> int:
    """How many there are; COUNTED + 1 stands for more."""
    return await store.count_own(tx, tx.ctx.company, _states(status), patterns(words), COUNTED + 1)


async def in_full(tx: Tx, status: str | None, words: str, most: int) -> Sequence[Offer]:
    """The same with all that they say."""
    need(tx.ctx, "market.read")
    return await store.all_own(tx, tx.ctx.company, _states(status), patterns(words), most)


async def versions(tx: Tx, offer: Offer) -> list[OfferVersion]:
    """How an own offer stood on sale, newest first."""
    return await store.versions(tx, offer.id, tx.ctx.company, VERSIONS_SHOWN)


def actions(offer: Offer, ctx: Ctx) -> set[str]:
    """What its seller may do with it now."""
    if not may(ctx, "offer.write"):
        return set()
    found = {step.action for step in LIFECYCLE.allowed(offer.status) if step.action in ("publish", "pause", "withdraw")}
    return found | ({"edit"} if offer.status in ("draft", "live", "paused", "in_review", "rejected") else set())


def _states(status: str | None) -> list[str]:
    return list(STATES) if status is None else [status]
