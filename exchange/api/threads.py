"""Conversation over the API: write, read, find."""

from typing import Annotated, Final
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from exchange.api.paging import DEFAULT_LIMIT, Cursor, Limit
from exchange.db import Tx
from exchange.domain.thread import service
from exchange.domain.thread.model import Message
from exchange.domain.thread.view import found, message, row
from exchange.errors import invalid
from exchange.ids import new_id
from exchange.web import IdempotencyKey, WebRequest, ctx, deps
from schemas.common import Page
from schemas.thread import FoundMessage, MessageIn, MessageView, ReadUpTo, ThreadKind, ThreadRow, UnreadThreads

About = Annotated[ThreadKind | None, QueryParameter(description="Of one kind only")]
Unread = Annotated[
    bool, QueryParameter(description="Only those of the 200 newest in which you have something to read; not with `subject_id`")
]
SubjectId = Annotated[UUID | None, QueryParameter(description="About one document only")]


@post("/messages", summary="Write a message, or an internal note")
async def write(request: WebRequest, data: JSONBody[MessageIn], idempotency_key: IdempotencyKey) -> MessageView:
    """About an RFQ you were invited to or run, a quote, an order or a delivery of yours.

    An internal note is read by your own company alone; the other side learns nothing of it. 409 `not-shared` while the other
    side does not know of the document: then only a note is possible.
    """
    acting = ctx(request)
    made = new_id()

    async def do(tx: Tx) -> Message:
        return await service.post(tx, data, message=made)

    written = await deps(request).writes.once(
        acting,
        "messages",
        idempotency_key,
        await request.body(),
        do,
        service.get,
        standing=service.STANDING[data.kind],
        new=made,
    )
    async with deps(request).db.read(acting) as tx:
        return message(written, await service.around(tx, [written]), acting.company)


@get("/messages/{message_id:uuid}", summary="One message")
async def one(request: WebRequest, message_id: FromPath[UUID]) -> MessageView:
    """404 for what you may not read."""
    acting = ctx(request)
    async with deps(request).db.read(acting) as tx:
        item = await service.get(tx, message_id)
        return message(item, await service.around(tx, [item]), acting.company)


@get("/messages/search", summary="Find messages by their words")
async def search(
    request: WebRequest,
    q: Annotated[str, QueryParameter(min_length=1, max_length=200, description="Words, with or without accents")],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[FoundMessage]:
    """All words must occur, or begin a word; newest first. Your company's internal notes are found too."""
    async with deps(request).db.read(ctx(request)) as tx:
        page = await service.search(tx, q, cursor=cursor, limit=limit)
    return Page(tuple(found(item) for item in page.items), page.next)


@get("/threads", summary="Your company's conversations")
async def threads(
    request: WebRequest,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    kind: About = None,
    subject_id: SubjectId = None,
    unread: Unread = False,
) -> Page[ThreadRow]:
    """The one with the newest message first; `unread` counts for the acting person."""
    if unread and subject_id is not None:
        raise invalid("/unread", "not-together", "Ask for what is unread, or for one document.")
    async with deps(request).db.read(ctx(request)) as tx:
        if unread:
            page = await service.unread_threads(tx, kind=kind, cursor=cursor, limit=limit)
        else:
            page = await service.threads(tx, kind=kind, subject_id=subject_id, cursor=cursor, limit=limit)
    return Page(tuple(row(item) for item in page.items), page.next)


@get("/threads/unread", summary="In how many conversations something is unread")
async def unread(request: WebRequest) -> UnreadThreads:
    async with deps(request).db.read(ctx(request)) as tx:
        return UnreadThreads(await service.unread(tx))


@get("/threads/{thread_id:uuid}/messages", summary="The messages of a conversation")
async def messages(
    request: WebRequest, thread_id: FromPath[UUID], limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[MessageView]:
    """Newest first: those between the two companies, and your own company's notes."""
    acting = ctx(request)
    async with deps(request).db.read(acting) as tx:
        await service.subject_of(tx, thread_id)
        page = await service.messages(tx, thread_id, cursor=cursor, limit=limit)
        beside = await service.around(tx, page.items)
    return Page(tuple(message(item, beside, acting.company) for item in page.items), page.next)


@post("/threads/{thread_id:uuid}/read", status_code=200, summary="Say how far you have read")
async def read(request: WebRequest, thread_id: FromPath[UUID], data: JSONBody[ReadUpTo]) -> UnreadThreads:
    """Up to and with a message; never back. Answers how many conversations remain unread."""
    async with deps(request).db.tx(ctx(request), "any") as tx:
        await service.read(tx, thread_id, data.message_id)
        return UnreadThreads(await service.unread(tx))


ROUTES: Final = Router("", route_handlers=[write, one, search, threads, unread, messages, read], tags=["messages"])
