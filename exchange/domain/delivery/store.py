"""SQL of deliveries and of proposals to close the remainder."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.delivery.model import Closing, Delivery
from exchange.domain.order.model import DeliveredLine

GET: Final = """
SELECT d.id, d.version, d.number, d.order_id, d.buyer_id, d.seller_id, d.status, d.lines, d.carrier, d.tracking, d.created_at,
    d.despatched_at, d.arrived_at, d.inspect_by, d.inspected_at
FROM delivery AS d WHERE d.id = $1
"""


async def get(tx: Tx, delivery: UUID) -> Delivery | None:
    return await tx.maybe(Delivery, GET, delivery)


OF_ORDER: Final = """
SELECT d.id, d.version, d.number, d.order_id, d.buyer_id, d.seller_id, d.status, d.lines, d.carrier, d.tracking, d.created_at,
    d.despatched_at, d.arrived_at, d.inspect_by, d.inspected_at
FROM delivery AS d WHERE d.order_id = $1 ORDER BY d.created_at, d.id
"""


async def of_order(tx: Tx, order: UUID) -> list[Delivery]:
    return await tx.many(Delivery, OF_ORDER, order)


class Unheld(msgspec.Struct, frozen=True):
    """A protected instalment that keeps the goods from leaving."""

    position: int
    status: str


# Every protected instalment is held before anything is despatched.
UNHELD: Final = """
SELECT i.position, i.status FROM instalment AS i
WHERE i.order_id = $1 AND i.method = 'protected' AND i.status IN ('planned', 'due', 'lapsed') ORDER BY i.position LIMIT 1
"""


async def unheld(tx: Tx, order: UUID) -> Unheld | None:
    return await tx.maybe(Unheld, UNHELD, order)


INSERT: Final = """
INSERT INTO delivery (id, number, order_id, buyer_id, seller_id, status, lines, carrier, tracking, created_at, despatched_at)
VALUES ($1, $2, $3, $4, $5, 'despatched', $6, $7, $8, $9, $9)
"""


async def insert(tx: Tx, *values: Any) -> None:
    await tx.execute(INSERT, *values)


# Quantities of some lines of one order grow by so much.
RAISE: Final = """
UPDATE order_line AS l SET despatched = l.despatched + d.despatched, received = l.received + d.received,
    accepted = l.accepted + d.accepted, rejected = l.rejected + d.rejected, closed = l.closed + d.closed
FROM unnest($2::uuid[], $3::numeric[], $4::numeric[], $5::numeric[], $6::numeric[], $7::numeric[])
    AS d (id, despatched, received, accepted, rejected, closed)
WHERE l.order_id = $1 AND l.id = d.id
"""


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """By how much the quantities of one order line grow."""

    line: UUID
    despatched: Decimal = Decimal(0)
    received: Decimal = Decimal(0)
    accepted: Decimal = Decimal(0)
    rejected: Decimal = Decimal(0)
    closed: Decimal = Decimal(0)


async def grow(tx: Tx, order: UUID, growth: Sequence[Growth]) -> None:
    await tx.execute(
        RAISE,
        order,
        [item.line for item in growth],
        [item.despatched for item in growth],
        [item.received for item in growth],
        [item.accepted for item in growth],
        [item.rejected for item in growth],
        [item.closed for item in growth],
    )


# The order is locked, so the state is the one that was read after that.
ARRIVE: Final = """
UPDATE delivery SET status = $3, version = version + 1, arrived_at = $4, inspect_by = $5
WHERE id = $1 AND status = ANY ($2) RETURNING true
"""


async def arrive(tx: Tx, delivery: UUID, from_: Sequence[str], to: str, at: datetime, inspect_by: datetime) -> bool:
    return bool(await tx.value(ARRIVE, delivery, list(from_), to, at, inspect_by))


INSPECT: Final = """
UPDATE delivery SET status = $3, version = version + 1, inspected_at = $4, lines = $5
WHERE id = $1 AND status = ANY ($2) RETURNING true
"""


async def inspect(tx: Tx, delivery: UUID, from_: Sequence[str], to: str, at: datetime, lines: Sequence[DeliveredLine]) -> bool:
    return bool(await tx.value(INSPECT, delivery, list(from_), to, at, list(lines)))


GET_CLOSING: Final = """
SELECT c.id, c.version, c.order_id, c.buyer_id, c.seller_id, c.proposed_by_company, c.proposed_by, c.status, c.reason,
    c.created_at, c.answer_by, c.answered_at, c.lines
FROM closing_proposal AS c WHERE c.id = $1
"""


async def closing(tx: Tx, proposal: UUID) -> Closing | None:
    return await tx.maybe(Closing, GET_CLOSING, proposal)


# One proposal of an order is open at a time; nothing when there is one.
INSERT_CLOSING: Final = """
INSERT INTO closing_proposal (id, order_id, buyer_id, seller_id, proposed_by_company, proposed_by, status, reason, created_at,
    answer_by, lines)
VALUES ($1, $2, $3, $4, $5, $6, 'proposed', $7, $8, $9, $10)
ON CONFLICT (order_id) WHERE status IN ('proposed', 'escalated') DO NOTHING RETURNING true
"""


async def insert_closing(tx: Tx, *values: Any) -> bool:
    return bool(await tx.value(INSERT_CLOSING, *values))


MOVE_CLOSING: Final = """
UPDATE closing_proposal SET status = $3, version = version + 1,
    answered_at = CASE WHEN $3 = 'escalated' THEN NULL ELSE $4::timestamptz END
WHERE id = $1 AND status = ANY ($2) RETURNING true
"""


async def move_closing(tx: Tx, proposal: UUID, from_: Sequence[str], to: str, at: datetime) -> bool:
    return bool(await tx.value(MOVE_CLOSING, proposal, list(from_), to, at))
