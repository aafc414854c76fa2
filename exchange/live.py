"""A page's live updates as text/event-stream, for browsers and partner systems alike."""

from collections.abc import AsyncGenerator
from typing import Any, Final

from litestar import Response
from litestar.response import Stream

from exchange.ctx import Ctx
from exchange.domain.history.place import START, known_place, write_place
from exchange.domain.notification import service
from exchange.notify.live import INBOX, Change
from exchange.web import WebRequest, deps

MEDIA_TYPE: Final = "text/event-stream"
RETRY_MS: Final = 1000


def answer(request: WebRequest, acting: Ctx) -> Response[Any]:
    """The stream of the acting person: `inbox` (how many are unread), `change` (``noun:id``, and ``order:id`` behind a space for
    what belongs to an order), `reload` (too much was missed).

    Its ids are places in the record; a client that comes back with Last-Event-ID misses nothing. Raises Unavailable when
    this process has no room.
    """
    changes = deps(request).live.subscribe(acting, _last(request))
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return Stream(_written(request, acting, changes), media_type=MEDIA_TYPE, headers=headers)


def _last(request: WebRequest) -> int | None:
    """The position that the client saw last, for a new page the one it was drawn at; None when it says none, or no place."""
    text = request.headers.get("last-event-id") or request.query_params.get("after", START)
    return None if text == START else known_place(text, deps(request).settings.secret)


async def _written(request: WebRequest, acting: Ctx, changes: AsyncGenerator[Change]) -> AsyncGenerator[bytes]:
    yield f"retry: {RETRY_MS}\n\n".encode()
    try:
        async for change in changes:
            yield (await _event(request, acting, change)).encode()
    finally:
        await changes.aclose()


async def _event(request: WebRequest, acting: Ctx, change: Change) -> str:
    place = write_place(change.position, deps(request).settings.secret)
    match change.topic:
        case "":
            return ": alive\n\n"
        case "inbox":
            async with deps(request).db.tx(acting, "any") as tx:
                unread = await service.unread(tx)
            return f"id: {place}\nevent: {INBOX}\ndata: {unread}\n\n"
        case "reload":
            return f"id: {place}\nevent: reload\ndata: all\n\n"
        case topic:
            return f"id: {place}\nevent: change\ndata: {topic}\n\n"
