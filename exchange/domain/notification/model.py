"""One entry of a person's inbox; its words are made when it is read, for the reader and in their language."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """`data` holds ids, numbers of documents and states; `kind` is the type of the event."""

    id: UUID
    company_id: UUID | None
    person_id: UUID
    event_id: UUID
    kind: str
    aggregate: str
    aggregate_id: UUID
    data: dict[str, Any]
    created_at: datetime
    read_at: datetime | None
