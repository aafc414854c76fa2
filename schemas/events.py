"""What happened, as partners read it: the feed, the timeline and the body of a webhook."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec


class EventView(msgspec.Struct, frozen=True, kw_only=True):
    """One event. An event is a hint: `object_id` at `version` is the truth, read it before acting.

    `position` orders all events of the exchange without gaps for each reader's `after`; `type` is `noun.what`.
    """

    id: UUID
    position: int | None
    type: str
    object: str
    object_id: UUID
    version: int
    actor_id: UUID | None
    company_id: UUID | None
    from_state: str | None
    to_state: str | None
    at: datetime
    payload: dict[str, Any]


class EventFeed(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the feed. `after` is what to ask with next; it does not move when nothing happened."""

    events: tuple[EventView, ...]
    after: int
