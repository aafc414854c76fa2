"""Conversation over the wire: messages between two companies, and notes that stay inside one."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from schemas.common import Text

ThreadKind = Literal["rfq", "quote", "order", "delivery"]


class MessageIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message about a request, a quote, an order or a delivery. A buyer names the supplier (`seller_id`) about a request.

    `internal` keeps it inside the own company. `files` were uploaded before with the purpose `attachment`; `mentions` are
    colleagues of the writer.
    """

    kind: ThreadKind
    subject_id: UUID
    seller_id: UUID | None = None
    body: Annotated[Text, Meta(max_length=10_000)] = ""
    internal: bool = False
    files: Annotated[tuple[UUID, ...], Meta(max_length=10)] = ()
    mentions: Annotated[tuple[UUID, ...], Meta(max_length=20)] = ()


class MessageFile(Struct, frozen=True):
    id: UUID
    name: str
    media_type: str
    size: int


class MessageView(Struct, frozen=True, kw_only=True):
    """`mentions` are persons of the reader's own company. `by_mail`: it came as a reply to an e-mail."""

    id: UUID
    thread_id: UUID
    company_id: UUID
    company: str
    author: str
    own: bool
    internal: bool
    body: str
    files: tuple[MessageFile, ...]
    mentions: tuple[UUID, ...]
    by_mail: bool
    created_at: datetime


class ThreadRow(Struct, frozen=True, kw_only=True):
    """A conversation that you take part in. `unread` is counted up to 100; `last` is the beginning of its newest message."""

    id: UUID
    kind: ThreadKind
    subject_id: UUID
    number: str
    title: str
    buying: bool
    other_id: UUID
    other: str
    last: str
    last_internal: bool
    last_at: datetime
    unread: int


class FoundMessage(Struct, frozen=True, kw_only=True):
    """A message that holds the words that were looked for, and what it is about."""

    id: UUID
    thread_id: UUID
    kind: ThreadKind
    subject_id: UUID
    number: str
    other_id: UUID
    other: str
    company: str
    internal: bool
    body: str
    created_at: datetime


class ReadUpTo(Struct, frozen=True, forbid_unknown_fields=True):
    """The last message that was read."""

    message_id: UUID


class UnreadThreads(Struct, frozen=True):
    """In how many of the 200 newest conversations something is unread."""

    threads: int
