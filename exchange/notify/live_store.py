"""SQL of live pages: the tail of the record, what a listener missed, how inboxes stand."""

from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Tx


class Place(msgspec.Struct, frozen=True):
    """One position of the record with the companies that may know of it."""

    position: int
    aggregate: str
    aggregate_id: UUID
    order_id: UUID | None
    rfq_id: UUID | None
    thread_id: UUID | None
    companies: list[UUID]


# Read by the process, never for a request.
TAIL: Final = """
SELECT t.position, t.aggregate, t.aggregate_id, t.order_id, t.rfq_id, t.thread_id, t.companies FROM live_tail($1, $2) AS t
"""


async def tail(tx: Tx, after: int, most: int) -> list[Place]:
    return await tx.many(Place, TAIL, after, most)


HEAD: Final = "SELECT live_head()"


async def head(tx: Tx) -> int:
    return await tx.value(HEAD)


class InboxState(msgspec.Struct, frozen=True):
    person_id: UUID
    unread: int
    newest: object


INBOXES: Final = "SELECT i.person_id, i.unread, i.newest FROM live_inboxes($1) AS i"


async def inboxes(tx: Tx, people: list[UUID]) -> dict[UUID, InboxState]:
    return {state.person_id: state for state in await tx.many(InboxState, INBOXES, people)}


class Missed(msgspec.Struct, frozen=True):
    position: int
    aggregate: str
    aggregate_id: UUID
    order_id: UUID | None
    rfq_id: UUID | None
    thread_id: UUID | None


# What a listener missed, read with its own rights.
MISSED: Final = """
SELECT e.position, e.aggregate, e.aggregate_id, (e.payload ->> 'order_id')::uuid AS order_id,
    (e.payload ->> 'rfq_id')::uuid AS rfq_id, (e.payload ->> 'thread_id')::uuid AS thread_id
FROM event_recipient AS r JOIN event AS e ON e.position = r.position
WHERE r.company_id = $1 AND r.position > $2 ORDER BY r.position LIMIT $3
"""


async def missed(tx: Tx, company: UUID, after: int, most: int) -> list[Missed]:
    return await tx.many(Missed, MISSED, company, after, most)


# The same for an operator, who may know of every event.
MISSED_BY_OPERATOR: Final = """
SELECT e.position, e.aggregate, e.aggregate_id, (e.payload ->> 'order_id')::uuid AS order_id,
    (e.payload ->> 'rfq_id')::uuid AS rfq_id, (e.payload ->> 'thread_id')::uuid AS thread_id
FROM event AS e WHERE e.position > $1 ORDER BY e.position LIMIT $2
"""


async def missed_by_operator(tx: Tx, after: int, most: int) -> list[Missed]:
    return await tx.many(Missed, MISSED_BY_OPERATOR, after, most)
