"""A conversation as pages show it: its messages, what may be written, and the form to write with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.company import service as companies
from exchange.domain.notification import service as notifications
from exchange.domain.permission import may
from exchange.domain.thread import service
from exchange.domain.thread.model import Kind, Message, Subject
from exchange.errors import NotFound
from exchange.pages.forms import Form
from schemas.thread import MessageFile

# Messages of one page, and of the part that stands on the page of a document.
PAGE: Final = 30
BRIEF: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message in the reader's eyes; `called` are names of own colleagues."""

    id: UUID
    company: str
    author: str
    own: bool
    mine: bool
    internal: bool
    fresh: bool
    by_mail: bool
    body: str
    files: tuple[MessageFile, ...]
    called: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """All that a page shows of a conversation; `said` is oldest first, `older` the cursor of what was before."""

    subject: Subject
    other: str
    said: tuple[Said, ...]
    older: str | None
    unread: int
    colleagues: tuple[tuple[str, str], ...]
    files: tuple[MessageFile, ...]
    may_write: bool
    form: Form

    @property
    def href(self) -> str:
        """The conversation's own page."""
        address = f"/messages/about/{self.subject.kind}/{self.subject.subject_id}"
        return f"{address}?with={self.subject.seller_id}" if self.subject.kind == "rfq" else address


async def about(
    tx: Tx,
    kind: Kind,
    subject_id: UUID,
    seller: UUID | None = None,
    *,
    form: Form | None = None,
    brief: bool = True,
    cursor: str | None = None,
) -> Conversation:
    """The conversation about a document. Raises NotFound when the acting company has nothing to do with it."""
    return await of_subject(tx, await service.subject(tx, kind, subject_id, seller), form=form, brief=brief, cursor=cursor)


async def maybe(tx: Tx, kind: Kind, subject_id: UUID) -> Conversation | None:
    """The same for a page that is shown without it too."""
    if not may(tx.ctx, "message.read"):
        return None
    try:
        return await about(tx, kind, subject_id)
    except NotFound:
        return None


async def of_subject(
    tx: Tx, subject: Subject, *, form: Form | None = None, brief: bool = False, cursor: str | None = None
) -> Conversation:
    page = await service.messages(tx, subject.thread_id, cursor=cursor, limit=BRIEF if brief else PAGE)
    read_at = await service.read_at(tx, subject.thread_id)
    around = await service.around(tx, page.items)
    people = await companies.people(tx)
    names = await companies.names(tx, {subject.other(tx.ctx.company)})
    by_id = {person.person_id: person.name for person in people}
    said = tuple(_said(item, around, by_id, read_at, tx.ctx) for item in reversed(page.items))
    typed = form or Form(tx.ctx.locale)
    return Conversation(
        subject=subject,
        other=next((found.display_name for found in names.values()), ""),
        said=said,
        older=page.next,
        unread=sum(item.fresh for item in said),
        colleagues=tuple((str(person.person_id), person.name) for person in people if person.person_id != tx.ctx.person_id),
        files=await service.named_files(tx, _ids(typed.chosen("files"))),
        may_write=may(tx.ctx, "message.write"),
        form=typed,
    )


def _ids(texts: Sequence[str]) -> list[UUID]:
    """Those that are ids: a form may say anything."""
    found: list[UUID] = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _said(item: Message, around: service.Around, names: dict[UUID, str], read_at: datetime | None, acting: Ctx) -> Said:
    mine = item.author_id == acting.person_id
    return Said(
        id=item.id,
        company=item.company,
        author=around.authors.get(item.id, ""),
        own=item.company_id == acting.company_id,
        mine=mine,
        internal=item.internal,
        fresh=not mine and (read_at is None or item.created_at > read_at),
        by_mail=item.by_mail,
        body=item.body,
        files=tuple(
            MessageFile(file.id, file.name, file.media_type, file.size)
            for file in (around.files.get(id_) for id_ in item.files)
            if file is not None
        ),
        called=tuple(names[person] for person in around.mentions.get(item.id, ()) if person in names),
        at=item.created_at,
    )


async def opened(tx: Tx, shown: Conversation) -> None:
    """The acting person has the whole conversation before them: what is in it is read, and so is what was told of it."""
    if tx.ctx.viewing is not None:
        # Who only looks on has read nothing for anybody.
        return
    if shown.said:
        await service.read(tx, shown.subject.thread_id, shown.said[-1].id)
    for item in shown.said:
        if item.fresh:
            await notifications.read_about(tx, item.id)


def named_in(body: str, colleagues: Sequence[tuple[UUID, str]]) -> tuple[UUID, ...]:
    """Colleagues whom a text calls as @name."""
    text = " ".join(body.casefold().split())
    return tuple(person for person, name in colleagues if f"@{' '.join(name.casefold().split())}" in text)
