"""Reading the record: the timeline of an object and the feed of a company."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.history import store
from exchange.domain.history.model import RecordedEvent
from exchange.domain.permission import need, need_scope
from exchange.errors import invalid
from schemas.events import EventView

FEED_MOST: Final = 500
TIMELINE_MOST: Final = 200


def view(event: RecordedEvent) -> EventView:
    """An event as it goes over the wire."""
    return EventView(
        id=event.id,
        type=event.type,
        object=event.aggregate,
        object_id=event.aggregate_id,
        version=event.version,
        actor_id=event.actor_id,
        company_id=event.company_id,
        from_state=event.from_state,
        to_state=event.to_state,
        at=event.at,
        payload=event.payload,
    )


async def timeline(tx: Tx, objects: Sequence[UUID], *, before: UUID | None = None, most: int = 50) -> list[RecordedEvent]:
    """The newest events about these objects that the reader may know, newest first; `before` is the last id of a page.

    The caller has shown that the reader may see the objects.
    """
    need_scope(tx.ctx, "event.read")
    return await store.timeline(tx, objects, before, min(most, TIMELINE_MOST))


async def feed(tx: Tx, *, after: int = 0, most: int = 100) -> list[RecordedEvent]:
    """What the acting company may know since position `after`, oldest first, at most 500.

    Asking again with the last position of the answer misses nothing and repeats nothing.
    """
    need(tx.ctx, "event.read")
    if after < 0:
        raise invalid("/after", "too-small", "A position is 0 or more.")
    if not 1 <= most <= FEED_MOST:
        raise invalid("/limit", "out-of-range", "Ask for 1 to %(most)s events.", most=FEED_MOST)
    return await store.feed(tx, tx.ctx.company, after, most)
