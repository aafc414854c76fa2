"""The inbox of a person who acts for a company (or as an operator): list, count, mark read."""

from datetime import datetime
from uuid import UUID

from exchange.cursor import page_of, read_cursor
from exchange.db import Tx
from exchange.domain.notification import store
from exchange.domain.notification.model import Notification
from exchange.domain.permission import need_scope, show
from exchange.errors import NotFound
from schemas.common import Page


async def inbox(tx: Tx, *, unread_only: bool = False, cursor: str | None = None, limit: int = 50) -> Page[Notification]:
    """Newest first."""
    need_scope(tx.ctx, "inbox.read")
    after, after_id = (None, None) if cursor is None else read_cursor(cursor, tuple[datetime, UUID])
    person, company = tx.ctx.person, tx.ctx.company_id
    if company is None:
        rows = await store.list_operator(tx, after, after_id, limit + 1, person, unread_only)
    elif unread_only:
        rows = await store.list_unread(tx, after, after_id, limit + 1, person, company)
    else:
        rows = await store.list_all(tx, after, after_id, limit + 1, person, company)
    return page_of(rows, limit, lambda row: (row.created_at, row.id))


async def unread(tx: Tx) -> int:
    """How many are unread, counted up to store.COUNTED."""
    need_scope(tx.ctx, "inbox.read")
    if tx.ctx.company_id is None:
        return await store.unread_operator(tx, tx.ctx.person)
    return await store.unread(tx, tx.ctx.person, tx.ctx.company_id)


async def read(tx: Tx, notification_id: UUID) -> Notification:
    """Mark one as read and give it."""
    need_scope(tx.ctx, "inbox.read")
    await store.mark(tx, [notification_id])
    found = await store.get(tx, notification_id)
    if found is None:
        raise NotFound(noun="notification")
    show(tx.ctx, "notification", found.company_id)
    return found


async def read_all(tx: Tx, newest: UUID) -> int:
    """Mark as read all that were there when the reader saw `newest`, the first of their list; says how many."""
    need_scope(tx.ctx, "inbox.read")
    return await store.mark_all(tx, newest)


async def read_about(tx: Tx, aggregate_id: UUID) -> int:
    """Mark as read what was told about one object, because its page is open."""
    return await store.mark_about(tx, aggregate_id)
