"""Files: bytes first, then the row, so that a crash between them leaves an orphan object and never a row without bytes."""

import asyncio
import hashlib
from collections.abc import Awaitable, Sequence
from uuid import UUID

from exchange.ctx import Ctx
from exchange.db import Database, Standing, Tx
from exchange.domain import access_log
from exchange.domain.file import store
from exchange.domain.file.kind import ENDINGS, media_type, safe_name
from exchange.domain.file.model import (
    NEEDED,
    TYPES,
    UNUSED_DAYS,
    UNUSED_MOST,
    FileRefused,
    FileRow,
    FileTooLarge,
    Purpose,
    Received,
    TooMuchUnused,
)
from exchange.domain.file.picture import PICTURES, whole_picture
from exchange.domain.permission import may, need_scope, show
from exchange.errors import DomainError, Forbidden, Invalid, NotFound, invalid
from exchange.files import MAX_BYTES, Files
from exchange.ids import new_id


async def upload(
    db: Database, ctx: Ctx, files: Files, name: str, content: bytes, purpose: Purpose, standing: Standing = "finish"
) -> FileRow:
    """A new file of the acting company. Standing, right and room are asked before its bytes are stored."""
    await admit(db, ctx, len(content), purpose, standing)
    received = await receive(ctx, files, name, content, purpose)

    async def write() -> FileRow:
        async with db.tx(ctx, standing) as tx:
            return await record(tx, received)

    return await settled(files, received, write())


async def admit(db: Database, ctx: Ctx, size: int, purpose: Purpose, standing: Standing) -> None:
    """Refuse before anything is stored: a company in the wrong state, a person without the right, one file too many."""
    _need(ctx, purpose)
    async with db.tx(ctx, standing) as tx:
        await _room(tx, size)


async def settled(files: Files, received: Received, writing: Awaitable[FileRow]) -> FileRow:
    """The row that `writing` makes of stored bytes; bytes that were refused, or that are there already, are removed."""
    try:
        row = await writing
    except DomainError as error:
        if error.status < 500:  # else the row may be there although nobody heard of it
            await files.remove(received.id)
        raise
    if row.id != received.id:
        await files.remove(received.id)
    return row


def _need(ctx: Ctx, purpose: Purpose) -> None:
    if not any(may(ctx, permission) for permission in NEEDED[purpose]):
        raise Forbidden(needed=" or ".join(NEEDED[purpose]) or "the exchange itself")


async def _room(tx: Tx, size: int) -> None:
    if await store.unused(tx, tx.ctx.company, UNUSED_DAYS) + size > UNUSED_MOST:
        raise TooMuchUnused(limit_mb=UNUSED_MOST // (1024 * 1024), days=UNUSED_DAYS)


async def receive(ctx: Ctx, files: Files, name: str, content: bytes, purpose: Purpose) -> Received:
    """Check the bytes and store them, outside of any transaction; `record` makes them a file."""
    _need(ctx, purpose)
    return await keep(files, name, content, purpose)


async def keep(files: Files, name: str, content: bytes, purpose: Purpose) -> Received:
    """The same for the exchange's own documents."""
    if not content:
        raise invalid("/file", "empty", "The file is empty.")
    if len(content) > MAX_BYTES:
        raise FileTooLarge(limit_mb=MAX_BYTES // (1024 * 1024))
    kind, digest = await asyncio.to_thread(_look, content)
    accepted = TYPES.get(purpose, frozenset(ENDINGS))
    if kind in PICTURES and kind in accepted and not whole_picture(kind, content):
        raise invalid("/file", "unreadable", "This picture is damaged or not complete. Choose another one or take it again.")
    if kind is None or kind not in accepted:
        raise FileRefused(accepted=", ".join(sorted(ENDINGS[item][0][1:] for item in accepted)))
    received = Received(
        id=new_id(), name=safe_name(name, kind), media_type=kind, size=len(content), sha256=digest, purpose=purpose
    )
    await files.put(received.id, content)
    return received


def _look(content: bytes) -> tuple[str | None, bytes]:
    return media_type(content), hashlib.sha256(content).digest()


async def record(tx: Tx, received: Received) -> FileRow:
    """The row of stored bytes, owned by the acting company and seen by nobody else yet. Raises TooMuchUnused."""
    await _room(tx, received.size)
    return await store.insert(tx, received, tx.ctx.company, (), tx.ctx.person_id)


async def use(tx: Tx, file_id: UUID) -> None:
    """An own file has served its purpose without being shown to anybody: it counts as used."""
    await store.share(tx, file_id, ())


async def record_for(tx: Tx, received: Received, company: UUID, audience: Sequence[UUID]) -> FileRow:
    """The row of a document that a job made for a company, seen by `audience` too."""
    return await store.insert(tx, received, company, audience, None, used=True)


async def get(tx: Tx, file_id: UUID) -> FileRow:
    """A file that the reader may see."""
    need_scope(tx.ctx, "file.read")
    found = await store.get(tx, file_id)
    if found is None:
        raise NotFound(noun="file")
    if found.purpose == "export":
        _need_owner(tx.ctx, found)
    if not await store.shown(tx, file_id):
        show(tx.ctx, "file", found.company_id)
    if found.purpose == "export" and (tx.ctx.operator or tx.ctx.scopes is not None or not may(tx.ctx, "company.write")):
        # All that a company has: for the people who may ask for it, and for nobody's key.
        raise NotFound(noun="file")
    return found


def _need_owner(ctx: Ctx, found: FileRow) -> None:
    """All that a company has here is read by its owners in person: by no operator, whatever they view, and by no key."""
    if ctx.operator or ctx.viewing or ctx.company_id != found.company_id:
        raise NotFound(noun="file")
    if "owner" not in ctx.roles or ctx.scopes is not None:
        raise Forbidden(needed="owner")


async def read(tx: Tx, file_id: UUID) -> FileRow:
    """A file whose bytes follow; of an operator's look the company that owns it keeps a note."""
    found = await get(tx, file_id)
    if tx.ctx.operator:
        await access_log.record(tx, "file.content", found.id, found.company_id)
    return found


async def attach(tx: Tx, file_id: UUID, purpose: Purpose, readers: Sequence[UUID], pointer: str) -> FileRow:
    """Use an own file in a deal: checks that it is one for this purpose and lets `readers` (companies) see it.

    Refuses with the place `pointer` of the input that named the file.
    """
    found = await store.get(tx, file_id)
    if found is None or found.company_id != tx.ctx.company:
        raise _unknown(pointer)
    if found.purpose != purpose:
        raise invalid(pointer, "file-purpose", "This file was uploaded for another purpose.")
    await store.share(tx, file_id, readers)
    return found


def _unknown(pointer: str) -> Invalid:
    return invalid(pointer, "unknown-file", "There is no such file of your company. Upload it first.")
