"""Rows of the record as readers see them."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec


class RecordedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event that the reader may know. `position` is absent for the blink before the sequencer gave one.

    `actor_id` is null for the people of other companies.
    """

    id: UUID
    position: int | None
    type: str
    aggregate: str
    aggregate_id: UUID
    version: int
    actor_id: UUID | None
    company_id: UUID | None
    from_state: str | None
    to_state: str | None
    at: datetime
    payload: dict[str, Any]
