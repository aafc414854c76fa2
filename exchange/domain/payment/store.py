"""SQL of instalments and fee invoices."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.payment.model import FeeInvoice, Instalment, InstalmentSummary

GET: Final = """
SELECT i.id, i.version, i.order_id, i.buyer_id, i.seller_id, i.position, i.method, i.trigger, i.days_after, i.status, i.currency,
    i.amount_minor, i.to_seller_minor, i.returned_minor, i.fee_minor, i.fee_vat_minor, i.hold_id, i.reference, i.due_at,
    i.announced_at, i.confirm_by, i.settled_at, i.created_at
FROM instalment AS i WHERE i.id = $1
"""


async def get(tx: Tx, instalment: UUID) -> Instalment | None:
    return await tx.maybe(Instalment, GET, instalment)


OF_ORDER: Final = """
SELECT i.id, i.version, i.order_id, i.buyer_id, i.seller_id, i.position, i.method, i.trigger, i.days_after, i.status, i.currency,
    i.amount_minor, i.to_seller_minor, i.returned_minor, i.fee_minor, i.fee_vat_minor, i.hold_id, i.reference, i.due_at,
    i.announced_at, i.confirm_by, i.settled_at, i.created_at
FROM instalment AS i WHERE i.order_id = $1 ORDER BY i.position
"""


async def of_order(tx: Tx, order: UUID) -> list[Instalment]:
    return await tx.many(Instalment, OF_ORDER, order)


# The order is locked before, so these rows wait for nobody.
LOCK_OF_ORDER: Final = OF_ORDER + "FOR NO KEY UPDATE"


async def lock_of_order(tx: Tx, order: UUID) -> list[Instalment]:
    return await tx.many(Instalment, LOCK_OF_ORDER, order)


# What the company pays and is paid, newest first; a cursor is (created_at, id) of the last one shown.
LIST: Final = """
WITH mine AS (
    (SELECT i.id, i.version, i.order_id, 'buy' AS side, i.seller_id AS other_id, i.position, i.method, i.status, i.currency,
        i.amount_minor, i.reference, i.due_at, i.created_at
     FROM instalment AS i WHERE i.buyer_id = $1 AND ($2::text IS NULL OR i.status = $2)
        AND (i.created_at, i.id)
            < (least($3::timestamptz, 'infinity'), least($4::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
     ORDER BY i.created_at DESC, i.id DESC LIMIT $5)
    UNION ALL
    (SELECT i.id, i.version, i.order_id, 'sell' AS side, i.buyer_id AS other_id, i.position, i.method, i.status, i.currency,
        i.amount_minor, i.reference, i.due_at, i.created_at
     FROM instalment AS i WHERE i.seller_id = $1 AND ($2::text IS NULL OR i.status = $2)
        AND (i.created_at, i.id)
            < (least($3::timestamptz, 'infinity'), least($4::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
     ORDER BY i.created_at DESC, i.id DESC LIMIT $5)
)
SELECT m.id, m.version, m.order_id, o.number AS order_number, m.side, c.display_name AS counterparty, m.position, m.method,
    m.status, m.currency, m.amount_minor, m.reference, m.due_at, m.created_at
FROM mine AS m JOIN company AS c ON c.id = m.other_id JOIN purchase_order AS o ON o.id = m.order_id
ORDER BY m.created_at DESC, m.id DESC LIMIT $5
"""


async def listed(
    tx: Tx, company: UUID, status: str | None, after: datetime | None, after_id: UUID | None, limit: int
) -> list[InstalmentSummary]:
    return await tx.many(InstalmentSummary, LIST, company, status, after, after_id, limit)


# A new state. The caller holds the order, so the state that it read still stands; zero rows would be a mistake of ours.
MOVE: Final = """
UPDATE instalment SET status = $3, version = version + 1, hold_id = coalesce($4, hold_id),
    settled_at = CASE WHEN $3 IN ('settled', 'refunded') THEN $5 ELSE settled_at END
WHERE id = $1 AND status = ANY ($2) RETURNING version
"""


async def move(tx: Tx, instalment: UUID, from_: Sequence[str], to: str, at: datetime, *, hold: UUID | None = None) -> int | None:
    version: int | None = await tx.value(MOVE, instalment, list(from_), to, hold, at)
    return version


ANNOUNCE: Final = """
UPDATE instalment SET status = $3, version = version + 1, announced_at = $4, confirm_by = $5
WHERE id = $1 AND status = ANY ($2) RETURNING version
"""


async def announce(
    tx: Tx, instalment: UUID, from_: Sequence[str], to: str, at: datetime | None, confirm_by: datetime | None
) -> int | None:
    version: int | None = await tx.value(ANNOUNCE, instalment, list(from_), to, at, confirm_by)
    return version


# What will become of a direct instalment, as far as it is known before it is paid.
PIN: Final = """
UPDATE instalment SET status = $2, version = version + 1, amount_minor = $3, fee_minor = $4, fee_vat_minor = $5, due_at = $6
WHERE id = $1 RETURNING version
"""


async def pin(
    tx: Tx, instalment: UUID, status: str, amount_minor: int, fee_minor: int, fee_vat_minor: int, due_at: datetime | None
) -> int:
    version: int = await tx.value(PIN, instalment, status, amount_minor, fee_minor, fee_vat_minor, due_at)
    return version


# How the amount is divided at the end; the parts sum to it.
DIVIDE: Final = """
UPDATE instalment SET status = $3, version = version + 1, to_seller_minor = $4, returned_minor = $5, fee_minor = $6,
    fee_vat_minor = $7, settled_at = CASE WHEN $3 IN ('settled', 'refunded') THEN $8 ELSE settled_at END
WHERE id = $1 AND status = ANY ($2) RETURNING version
"""


async def divide(
    tx: Tx,
    instalment: UUID,
    from_: Sequence[str],
    to: str,
    at: datetime,
    *,
    to_seller_minor: int,
    returned_minor: int,
    fee_minor: int,
    fee_vat_minor: int,
) -> int | None:
    parts = (to_seller_minor, returned_minor, fee_minor, fee_vat_minor)
    version: int | None = await tx.value(DIVIDE, instalment, list(from_), to, *parts, at)
    return version


# The series hands out the next serial under its row's lock, so a transaction that fails leaves no gap.
INSERT_FEE_INVOICE: Final = """
WITH n AS MATERIALIZED (SELECT next_fee_invoice() AS serial)
INSERT INTO fee_invoice (id, serial, number, seller_id, instalment_id, currency, net_minor, vat_percent, vat_minor, gross_minor,
    at)
SELECT $1, n.serial,
    'FEE-' || to_char($8::timestamptz, 'YYYY-') || lpad(n.serial::text, greatest(6, length(n.serial::text)), '0'),
    $2, $3, $4, $5, $6, $7, $5::bigint + $7::bigint, $8
FROM n
"""


async def insert_fee_invoice(
    tx: Tx,
    invoice: UUID,
    seller: UUID,
    instalment: UUID,
    currency: str,
    net_minor: int,
    vat_percent: Decimal,
    vat_minor: int,
    at: datetime,
) -> None:
    await tx.execute(INSERT_FEE_INVOICE, invoice, seller, instalment, currency, net_minor, vat_percent, vat_minor, at)


# The exchange's invoices to one seller, newest first; a cursor is (at, id) of the last one shown.
LIST_FEE_INVOICES: Final = """
SELECT f.id, f.number, f.instalment_id, f.currency, f.net_minor, f.vat_percent, f.vat_minor, f.gross_minor, f.at
FROM fee_invoice AS f
WHERE f.seller_id = $1 AND (f.at, f.id)
    < (least($2::timestamptz, 'infinity'), least($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY f.at DESC, f.id DESC LIMIT $4
"""


async def fee_invoices(tx: Tx, seller: UUID, after: datetime | None, after_id: UUID | None, limit: int) -> list[FeeInvoice]:
    return await tx.many(FeeInvoice, LIST_FEE_INVOICES, seller, after, after_id, limit)


# The order that an event of settlement is about: an order itself, or one of its deliveries, invoices, instalments.
ORDER_OF: Final = """
SELECT o.id FROM purchase_order AS o WHERE o.id = $1
UNION ALL SELECT d.order_id FROM delivery AS d WHERE d.id = $1
UNION ALL SELECT i.order_id FROM invoice AS i WHERE i.id = $1
UNION ALL SELECT p.order_id FROM instalment AS p WHERE p.id = $1
LIMIT 1
"""


async def order_of(tx: Tx, aggregate: UUID) -> UUID | None:
    order: UUID | None = await tx.value(ORDER_OF, aggregate)
    return order


# What a lapsed order took of firm offers is free again.
GIVE_BACK: Final = "SELECT give_back_stock($1)"


async def give_back(tx: Tx, order: UUID) -> None:
    await tx.execute(GIVE_BACK, order)
