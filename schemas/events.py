"""What happened, as partners read it: the feed, the timeline and the body of a webhook."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec


class EventView(msgspec.Struct, frozen=True, kw_only=True):
    """One event. An event is a hint: `object_id` at `version` is the truth, read it before acting.

    `type` is `noun.what`. Events of one object follow each other by `version`.
    """

    id: UUID
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
    """A page of the feed, in the order of the record. `after` is what to ask with next; it stays while nothing happens."""

    events: tuple[EventView, ...]
    after: str
