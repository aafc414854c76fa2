"""What the exchange told me: the list, one opened, all read."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.domain.notification import service
from exchange.errors import NotFound
from exchange.pages.inbox import entries, opened
from exchange.portal import shell
from exchange.web import WebRequest, deps


@get("/inbox")
async def inbox(request: WebRequest) -> Response[Any]:
    """Newest first."""
    acting = shell.signed_in(request)
    async with deps(request).db.read(acting) as tx:
        found, after = await entries(tx, unread_only="unread" in request.query_params, cursor=shell.cursor(request))
    return await shell.render(request, "inbox.html", entries=found, next=after, newest=found[0].id if found else None)


@post("/inbox/{notification_id:uuid}")
async def open_entry(request: WebRequest, notification_id: FromPath[UUID]) -> Response[Any]:
    """Mark an entry as read and go to what it is about."""
    async with deps(request).db.tx(shell.signed_in(request), "any") as tx:
        link = await opened(tx, notification_id)
    return shell.redirect(request, link)


@post("/inbox/read-all")
async def read_all(request: WebRequest) -> Response[Any]:
    """Mark as read what the reader has seen; what came meanwhile stays unread."""
    acting = shell.signed_in(request)
    sent = await shell.sent(request)
    try:
        newest = UUID(sent.value("newest"))
    except ValueError:
        raise NotFound(noun="notification") from None
    async with deps(request).db.tx(acting, "any") as tx:
        await service.read_all(tx, newest)
    return shell.redirect(request, "/inbox", shell.words(request)("Everything is marked as read."))


ROUTES: Final = Router("", route_handlers=[inbox, open_entry, read_all])
