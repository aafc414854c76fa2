"""Conversation: writing, reading, finding. What is internal stays inside the writer's company, in every trace it leaves."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from exchange import events
from exchange.cursor import page_of, read_cursor
from exchange.db import Standing, Tx
from exchange.domain import access_log
from exchange.domain.file import service as files
from exchange.domain.moderation import service as moderation
from exchange.domain.permission import need
from exchange.domain.thread import store
from exchange.domain.thread.contact import contacts
from exchange.domain.thread.model import Found, Kind, Message, NoText, NotShared, Subject, Thread
from exchange.domain.thread.reply import without_addresses
from exchange.domain.thread.store import FileName
from exchange.domain.thread.words import beginnings, words
from exchange.errors import Forbidden, NotFound, invalid
from exchange.ids import new_id
from schemas.common import Page
from schemas.thread import MessageFile, MessageIn

# A suspended company ends what it began, and begins no talk about a new request.
STANDING: Final[dict[Kind, Standing]] = {"rfq": "active", "quote": "finish", "order": "finish", "delivery": "finish"}


async def subject(tx: Tx, kind: Kind, subject_id: UUID, seller: UUID | None = None) -> Subject:
    """What the acting company would write about; a buyer says to which supplier of a request."""
    need(tx.ctx, "message.read")
    found = await store.subject(tx, kind, subject_id, seller)
    if found is None:
        raise NotFound(noun="conversation")
    return found


async def subject_of(tx: Tx, thread: UUID) -> Subject:
    """The same for a thread that the acting company takes part in."""
    need(tx.ctx, "message.read")
    place = await store.place(tx, thread)
    if place is None:
        raise NotFound(noun="conversation")
    return await subject(tx, place.kind, place.subject_id, place.seller_id)


async def get(tx: Tx, message: UUID) -> Message:
    need(tx.ctx, "message.read")
    found = await store.get(tx, message)
    if found is None:
        raise NotFound(noun="message")
    return found


async def post(tx: Tx, command: MessageIn, *, message: UUID | None = None, mail_key: bytes | None = None) -> Message:
    """Write one message. Raises NotShared while the other side does not know of the subject.

    `mail_key` names the e-mail it came by: a second time it gives the message that the first made.
    """
    need(tx.ctx, "message.write")
    about = await subject(tx, command.kind, command.subject_id, command.seller_id)
    if not command.internal and not about.shared:
        raise NotShared()
    body = without_addresses(command.body.replace("\r\n", "\n")).strip()
    if not body and not command.files:
        raise NoText()
    readers = () if command.internal else (about.other(tx.ctx.company),)
    for place, file in enumerate(command.files):
        await files.attach(tx, file, "attachment", readers, f"/files/{place}")
    hits = () if command.internal or about.dealing else contacts(body)
    posted = await store.post(
        tx,
        message or new_id(),
        about,
        internal=command.internal,
        body=body,
        contact=bool(hits),
        words=words(body),
        files=tuple(dict.fromkeys(command.files)),
        mentions=tuple(dict.fromkeys(command.mentions)),
        mail_key=mail_key,
    )
    match posted.outcome:
        case "posted" | "again" if posted.message is not None:
            if posted.outcome == "posted":
                await _record(tx, posted.message, about, readers, internal=command.internal)
                if hits:
                    # A hint for a moderator; the message is on its way.
                    await moderation.open_case(tx, "message", posted.message, tx.ctx.company, hits)
            return await get(tx, posted.message)
        case "no_colleague":
            raise invalid("/mentions", "unknown-colleague", "Only people of your own company can be called to a message.")
        case "no_file":
            raise invalid("/files", "unknown-file", "There is no such file of your company. Upload it first.")
        case "no_member":
            raise Forbidden(needed="a person of the company")
        case "unshared":
            raise NotShared()
        case _:
            raise NotFound(noun="conversation")


async def _record(tx: Tx, message: UUID, about: Subject, readers: Sequence[UUID], *, internal: bool) -> None:
    """One event for each message, never one for the thread: a count of both would tell of the notes."""
    named = {"thread_id": about.thread_id, "rfq_id": about.rfq_id, "order_id": about.order_id}
    await events.append(
        tx,
        "message.noted" if internal else "message.posted",
        message,
        1,
        audience=readers,
        payload={
            "about": about.kind,
            "subject_id": str(about.subject_id),
            **{name: str(value) for name, value in named.items() if value is not None},
        },
    )


async def threads(
    tx: Tx, *, kind: Kind | None = None, subject_id: UUID | None = None, cursor: str | None = None, limit: int
) -> Page[Thread]:
    """The acting company's conversations, the one with the newest message first."""
    need(tx.ctx, "message.read")
    after, after_id = (None, None) if cursor is None else read_cursor(cursor, tuple[datetime, UUID])
    rows = await store.threads(tx, after=after, after_id=after_id, limit=limit + 1, kind=kind, subject_id=subject_id)
    return page_of(rows, limit, lambda row: (row.last_at, row.id))


async def unread_threads(tx: Tx, *, kind: Kind | None = None, cursor: str | None = None, limit: int) -> Page[Thread]:
    """Those of them, as far as unread() counts, in which the acting person has something to read."""
    need(tx.ctx, "message.read")
    after, after_id = (None, None) if cursor is None else read_cursor(cursor, tuple[datetime, UUID])
    rows = await store.unread_threads(tx, after=after, after_id=after_id, limit=limit + 1, kind=kind)
    return page_of(rows, limit, lambda row: (row.last_at, row.id))


async def unread(tx: Tx) -> int:
    """In how many conversations the acting person has something to read."""
    need(tx.ctx, "message.read")
    return await store.unread(tx)


async def messages(tx: Tx, thread: UUID, *, cursor: str | None = None, limit: int) -> Page[Message]:
    """Newest first. A thread in which nobody wrote to the acting company is empty."""
    need(tx.ctx, "message.read")
    after, after_id = (None, None) if cursor is None else read_cursor(cursor, tuple[datetime, UUID])
    rows = await store.messages(tx, thread, after, after_id, limit + 1)
    return page_of(rows, limit, lambda row: (row.created_at, row.id))


async def read(tx: Tx, thread: UUID, message: UUID) -> None:
    """The acting person has read a thread up to a message. What comes meanwhile stays unread."""
    found = await get(tx, message)
    if found.thread_id != thread:
        raise NotFound(noun="message")
    await store.mark(tx, message)


async def search(tx: Tx, asked: str, *, cursor: str | None = None, limit: int) -> Page[Found]:
    """Messages that hold all the words, with or without accents, or begin so; newest first. No words: nothing."""
    need(tx.ctx, "message.read")
    after, after_id = (None, None) if cursor is None else read_cursor(cursor, tuple[datetime, UUID])
    wanted = beginnings(asked)
    rows = await store.search(tx, wanted, after, after_id, limit + 1) if wanted else []
    return page_of(rows, limit, lambda row: (row.created_at, row.id))


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown beside messages: their authors, own colleagues who were called, and the names of files."""

    authors: dict[UUID, str]
    mentions: dict[UUID, tuple[UUID, ...]]
    files: dict[UUID, FileName]


async def around(tx: Tx, shown: Sequence[Message]) -> Around:
    ids = [item.id for item in shown]
    called: dict[UUID, tuple[UUID, ...]] = {}
    for item in await store.mentions(tx, ids):
        called[item.message_id] = (*called.get(item.message_id, ()), item.person_id)
    return Around(
        authors=await store.authors(tx, ids),
        mentions=called,
        files=await store.files(tx, sorted({file for item in shown for file in item.files})),
    )


async def hinted(tx: Tx, message: UUID) -> Message | None:
    """A message that a hint brought before the operators, and no other; its company sees that it was read."""
    need(tx.ctx, "operator.case")
    found = await store.get(tx, message)
    if found is not None:
        await access_log.record(tx, "thread.messages", found.thread_id, found.company_id)
    return found


async def read_at(tx: Tx, thread: UUID) -> datetime | None:
    """How far the acting person has read; what came later is new to them."""
    return await store.read_at(tx, thread)


async def named_files(tx: Tx, ids: Sequence[UUID]) -> tuple[MessageFile, ...]:
    """The names of uploaded files that the reader may see, in their order."""
    found = await store.files(tx, ids) if ids else {}
    return tuple(MessageFile(id_, found[id_].name, found[id_].media_type, found[id_].size) for id_ in ids if id_ in found)
