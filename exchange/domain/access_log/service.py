"""Writing and reading the access log."""

from uuid import UUID

from exchange.cursor import page_of, read_cursor
from exchange.db import Tx
from exchange.domain.access_log import store
from exchange.domain.access_log.model import Access, What
from exchange.domain.permission import need
from exchange.ids import new_id
from schemas.access import AccessView
from schemas.common import Page


async def record(tx: Tx, what: What, object_id: UUID, company_id: UUID | None) -> None:
    """Note that the acting person reads `what` of `company_id`; in the transaction that reads, which must not be read-only."""
    ctx = tx.ctx
    if ctx.viewing is not None:
        # The view as a whole stands in the log, and nothing can be written in it.
        return
    await store.insert(
        tx, new_id(), what, object_id, company_id, ctx.person_id, ctx.company_id, ctx.operator, ctx.request_id or None
    )


async def own(tx: Tx, cursor: str | None, limit: int) -> Page[Access]:
    """Who looked at the acting company's data, newest first."""
    need(tx.ctx, "access.read")
    before = None if cursor is None else read_cursor(cursor, UUID)
    rows = await store.of_company(tx, tx.ctx.company, before, limit + 1)
    return page_of(rows, limit, lambda row: row.id)


async def search(tx: Tx, find: UUID | None, cursor: str | None, limit: int) -> Page[Access]:
    """All sensitive reads for operators; `find` is the id of a person, a company or an object."""
    need(tx.ctx, "operator.read")
    before = None if cursor is None else read_cursor(cursor, UUID)
    rows = await (store.every(tx, before, limit + 1) if find is None else store.about(tx, find, before, limit + 1))
    return page_of(rows, limit, lambda row: row.id)


def view(access: Access) -> AccessView:
    """A row as it goes over the wire."""
    return AccessView(
        id=access.id,
        at=access.at,
        what=access.what,
        object_id=access.object_id,
        company_id=access.company_id,
        actor_id=access.actor_id,
        actor_company_id=access.actor_company_id,
        operator=access.operator,
    )
