"""Files: bytes first, then the row, so that a crash between them leaves an orphan object and never a row without bytes."""

import asyncio
import hashlib
from collections.abc import Sequence
from uuid import UUID

from exchange.db import Ctx, Tx
from exchange.domain.file import store
from exchange.domain.file.kind import ENDINGS, media_type, safe_name
from exchange.domain.file.model import NEEDED, TYPES, FileRefused, FileRow, FileTooLarge, Purpose, Received
from exchange.domain.permission import may, need_scope
from exchange.errors import Forbidden, Invalid, NotFound, invalid
from exchange.files import MAX_BYTES, Files
from exchange.ids import new_id


async def receive(ctx: Ctx, files: Files, name: str, content: bytes, purpose: Purpose) -> Received:
    """Check the bytes and store them, outside of any transaction; `record` makes them a file."""
    if not any(may(ctx, permission) for permission in NEEDED[purpose]):
        raise Forbidden(needed=" or ".join(NEEDED[purpose]) or "the exchange itself")
    return await keep(files, name, content, purpose)


async def keep(files: Files, name: str, content: bytes, purpose: Purpose) -> Received:
    """The same for the exchange's own documents."""
    if not content:
        raise invalid("/file", "empty", "The file is empty.")
    if len(content) > MAX_BYTES:
        raise FileTooLarge(limit_mb=MAX_BYTES // (1024 * 1024))
    kind, digest = await asyncio.to_thread(_look, content)
    accepted = TYPES.get(purpose, frozenset(ENDINGS))
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
    """The row of stored bytes, owned by the acting company and seen by nobody else yet."""
    return await store.insert(tx, received, tx.ctx.company, (), tx.ctx.person_id)


async def record_for(tx: Tx, received: Received, company: UUID, audience: Sequence[UUID]) -> FileRow:
    """The row of a document that a job made for a company, seen by `audience` too."""
    return await store.insert(tx, received, company, audience, None)


async def get(tx: Tx, file_id: UUID) -> FileRow:
    """A file that the reader may see."""
    need_scope(tx.ctx, "file.read")
    found = await store.get(tx, file_id)
    if found is None:
        raise NotFound(noun="file")
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
