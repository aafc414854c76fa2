"""The inbox as pages show it, for members and operators alike."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.notification import service
from exchange.domain.notification.model import Notification
from exchange.notify.inbox import render
from exchange.pages.happenings import happening

PAGE: Final = 30


@dataclass(frozen=True, slots=True)
class Entry:
    """One notification in the reader's words."""

    id: UUID
    subject: str
    text: str
    icon: str
    tone: str
    at: datetime
    unread: bool


def entry(found: Notification, acting: Ctx) -> Entry:
    said = render(found.kind, found.aggregate_id, found.data, acting.locale)
    look = happening(found.kind)
    return Entry(found.id, said.subject, said.text, look.icon, look.tone, found.created_at, found.read_at is None)


async def entries(tx: Tx, *, unread_only: bool, cursor: str | None) -> tuple[list[Entry], str | None]:
    """A page of the acting person's inbox, and where the next one begins."""
    page = await service.inbox(tx, unread_only=unread_only, cursor=cursor, limit=PAGE)
    return [entry(item, tx.ctx) for item in page.items], page.next


async def opened(tx: Tx, notification: UUID) -> str:
    """Mark one as read; the page that it is about."""
    found = await service.read(tx, notification)
    return render(found.kind, found.aggregate_id, found.data, tx.ctx.locale).link
