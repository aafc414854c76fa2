"""Threads and messages as they go over the wire. Pure."""

from uuid import UUID

from exchange.domain.thread.model import Found, Message, Thread
from exchange.domain.thread.service import Around
from schemas.thread import FoundMessage, MessageFile, MessageView, ThreadRow


def message(item: Message, around: Around, company: UUID) -> MessageView:
    found = [around.files[file] for file in item.files if file in around.files]
    return MessageView(
        id=item.id,
        thread_id=item.thread_id,
        company_id=item.company_id,
        company=item.company,
        author=around.authors.get(item.id, ""),
        own=item.company_id == company,
        internal=item.internal,
        body=item.body,
        files=tuple(MessageFile(file.id, file.name, file.media_type, file.size) for file in found),
        mentions=around.mentions.get(item.id, ()),
        by_mail=item.by_mail,
        created_at=item.created_at,
    )


def row(item: Thread) -> ThreadRow:
    return ThreadRow(
        id=item.id,
        kind=item.kind,
        subject_id=item.subject_id,
        number=item.number,
        title=item.title,
        buying=item.buying,
        other_id=item.other_id,
        other=item.other,
        last=item.last_body,
        last_internal=item.last_internal,
        last_at=item.last_at,
        unread=item.unread,
    )


def found(item: Found) -> FoundMessage:
    return FoundMessage(
        id=item.id,
        thread_id=item.thread_id,
        kind=item.kind,
        subject_id=item.subject_id,
        number=item.number,
        other_id=item.other_id,
        other=item.other,
        company=item.company,
        internal=item.internal,
        body=item.body,
        created_at=item.created_at,
    )
