"""A thread as the acting company knows it, its messages, and what can be refused."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange.errors import DomainError

Kind = Literal["rfq", "quote", "order", "delivery"]
KINDS: Final[tuple[Kind, ...]] = ("rfq", "quote", "order", "delivery")
BODY_MOST: Final = 10_000
FILES_MOST: Final = 10

# Of a company's threads so many, the newest, are looked at for what is unread; and so much is counted.
LOOKED_AT: Final = 200
COUNTED: Final = 100


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What a conversation of the acting company is about, whether anybody has written yet or not.

    `shared`: the other side knows of it and can be written to. `sealed`: quotations for it are still closed. `dealing`: an
    award or a contract binds the two companies. `number` is the one that both sides know.
    """

    thread_id: UUID
    kind: Kind
    subject_id: UUID
    buyer_id: UUID
    seller_id: UUID
    rfq_id: UUID | None
    order_id: UUID | None
    number: str
    shared: bool
    sealed: bool
    dealing: bool

    def other(self, company: UUID) -> UUID:
        return self.seller_id if company == self.buyer_id else self.buyer_id


class Thread(msgspec.Struct, frozen=True, kw_only=True):
    """A thread in which the acting company wrote or was written to; `unread` counts for the acting person, up to COUNTED."""

    id: UUID
    kind: Kind
    subject_id: UUID
    number: str
    title: str
    buying: bool
    other_id: UUID
    other: str
    rfq_id: UUID | None
    order_id: UUID | None
    last_at: datetime
    last_body: str
    last_internal: bool
    last_own: bool
    unread: int


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message that the acting company may read; never changed, so always version 1."""

    id: UUID
    thread_id: UUID
    company_id: UUID
    company: str
    author_id: UUID
    internal: bool
    body: str
    files: tuple[UUID, ...]
    by_mail: bool
    created_at: datetime

    @property
    def version(self) -> int:
        return 1


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A message that a search found, with what its thread is about."""

    id: UUID
    thread_id: UUID
    company_id: UUID
    company: str
    internal: bool
    body: str
    created_at: datetime
    kind: Kind
    subject_id: UUID
    number: str
    other_id: UUID
    other: str


class NotShared(DomainError):
    """The other side does not know of the subject: a message would tell of it."""

    status = 409
    code = "not-shared"
    title = "The other side does not see this yet"
    detail = "Until the other side sees this document you can only write an internal note about it."


class NoText(DomainError):
    status = 422
    code = "no-text"
    title = "The message is empty"
    detail = "Write something or attach a file."
