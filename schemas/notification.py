"""What the exchange told a person."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct


class NotificationView(Struct, frozen=True, kw_only=True):
    """One entry of the inbox in the reader's language. `kind` is the type of the event; `link` a path of the portal."""

    id: UUID
    kind: str
    topic: str
    subject: str
    text: str
    link: str
    aggregate: str
    aggregate_id: UUID
    created_at: datetime
    read_at: datetime | None


class InboxCount(Struct, frozen=True):
    """Unread entries, counted up to 100."""

    unread: int


class ReadAnswer(Struct, frozen=True):
    """How many entries became read now."""

    read: int
