"""SQL that reads and moves orders."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.order.model import BankAccount, Held, Order, OrderSummary
from exchange.domain.privacy import fields

# The order with everything that belongs to it, in one round trip. Decimals travel as text, so that none becomes a float.
GET: Final = """
SELECT o.id, o.version, o.number, o.status, o.contract_id, k.number AS contract_number, o.buyer_id, b.display_name AS buyer,
    o.seller_id, s.display_name AS seller, o.currency, o.net_minor, o.vat_minor, o.gross_minor, o.fee_percent, o.fee_vat_percent,
    o.terms, o.delivery, o.buyer_reference, o.cost_centre, o.placed_by, o.placed_at, o.confirmed_at, o.completed_at,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'position', l.position, 'offer_id', l.offer_id,
        'offer_version', l.offer_version, 'category_code', l.category_code, 'title', l.title, 'mpn', l.mpn, 'unit', l.unit,
        'quantity', l.quantity::text, 'price', l.price::text, 'vat_code', l.vat_code, 'vat_percent', l.vat_percent::text,
        'net_minor', l.net_minor, 'vat_minor', l.vat_minor, 'despatched', l.despatched::text, 'received', l.received::text,
        'accepted', l.accepted::text, 'rejected', l.rejected::text, 'closed', l.closed::text) ORDER BY l.position), '[]')
     FROM order_line AS l WHERE l.order_id = o.id) AS lines,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('id', d.id, 'version', d.version, 'number', d.number, 'status', d.status,
        'lines', d.lines, 'carrier', d.carrier, 'tracking', d.tracking, 'despatched_at', d.despatched_at,
        'arrived_at', d.arrived_at, 'inspect_by', d.inspect_by, 'inspected_at', d.inspected_at)
        ORDER BY d.created_at, d.id), '[]')
     FROM delivery AS d WHERE d.order_id = o.id) AS deliveries,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('id', i.id, 'version', i.version, 'delivery_id', i.delivery_id,
        'status', i.status, 'number', i.number, 'issued_on', i.issued_on, 'currency', i.currency,
        'expected_net_minor', i.expected_net_minor, 'expected_vat_minor', i.expected_vat_minor, 'net_minor', i.net_minor,
        'vat_minor', i.vat_minor, 'gross_minor', i.gross_minor, 'file_id', i.file_id, 'differences', i.differences)
        ORDER BY i.created_at, i.id), '[]')
     FROM invoice AS i WHERE i.order_id = o.id) AS invoices,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'version', p.version, 'position', p.position, 'method', p.method,
        'trigger', p.trigger, 'days_after', p.days_after,
        'status', p.status, 'currency', p.currency, 'amount_minor', p.amount_minor,
        'to_seller_minor', p.to_seller_minor, 'returned_minor', p.returned_minor, 'fee_minor', p.fee_minor,
        'fee_vat_minor', p.fee_vat_minor, 'reference', p.reference, 'due_at', p.due_at, 'announced_at', p.announced_at,
        'settled_at', p.settled_at) ORDER BY p.position), '[]')
     FROM instalment AS p WHERE p.order_id = o.id) AS instalments,
    (SELECT jsonb_build_object('id', c.id, 'version', c.version, 'status', c.status, 'proposed_by_company', c.proposed_by_company,
        'reason', c.reason, 'created_at', c.created_at, 'answer_by', c.answer_by, 'lines', c.lines)
     FROM closing_proposal AS c WHERE c.order_id = o.id ORDER BY c.created_at DESC LIMIT 1) AS closing,
    (SELECT jsonb_build_object('id', a.id, 'holder', a.holder, 'bank_name', a.bank_name, 'number', a.number,
        'verified', a.verified, 'paused_until', a.paused_until)
     FROM order_bank_account(o.id) AS a) AS pay_to
FROM purchase_order AS o JOIN company AS b ON b.id = o.buyer_id JOIN company AS s ON s.id = o.seller_id
    LEFT JOIN contract AS k ON k.id = o.contract_id
WHERE o.id = $1
"""


async def get(tx: Tx, order: UUID) -> Order | None:
    found = await tx.maybe(Order, GET, order)
    if found is None or found.pay_to is None:
        return found
    return msgspec.structs.replace(found, pay_to=await opened(tx, found.seller_id, found.pay_to))


async def opened(tx: Tx, seller: UUID, account: BankAccount) -> BankAccount:
    """Where a direct payment goes, with the number that was sealed."""
    number = await fields.open_text(tx, seller, account.number, at=fields.ACCOUNT, row=account.id)
    return msgspec.structs.replace(account, number=number)


# What the company bought, newest first; a cursor is (created_at, id) of the last one shown.
LIST_BOUGHT: Final = """
SELECT o.id, o.version, o.number, o.status, c.display_name AS counterparty, o.currency, o.gross_minor, l.line_count,
    l.first_line, o.buyer_reference, o.created_at, o.updated_at
FROM purchase_order AS o JOIN company AS c ON c.id = o.seller_id
    CROSS JOIN LATERAL (SELECT count(*) AS line_count, coalesce(min(x.title) FILTER (WHERE x.position = 1), '') AS first_line
        FROM order_line AS x WHERE x.order_id = o.id) AS l
WHERE o.buyer_id = $1 AND ($2::text IS NULL OR o.status = $2)
    AND (o.created_at, o.id)
        < (least($3::timestamptz, 'infinity'), least($4::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY o.created_at DESC, o.id DESC LIMIT $5
"""


async def list_bought(
    tx: Tx, company: UUID, status: str | None, after: datetime | None, after_id: UUID | None, limit: int
) -> list[OrderSummary]:
    return await tx.many(OrderSummary, LIST_BOUGHT, company, status, after, after_id, limit)


# What the company sold, the same way; not what still waits for the buyer's own approval.
LIST_SOLD: Final = """
SELECT o.id, o.version, o.number, o.status, c.display_name AS counterparty, o.currency, o.gross_minor, l.line_count,
    l.first_line, o.buyer_reference, o.created_at, o.updated_at
FROM purchase_order AS o JOIN company AS c ON c.id = o.buyer_id
    CROSS JOIN LATERAL (SELECT count(*) AS line_count, coalesce(min(x.title) FILTER (WHERE x.position = 1), '') AS first_line
        FROM order_line AS x WHERE x.order_id = o.id) AS l
WHERE o.seller_id = $1 AND o.placed_at IS NOT NULL AND ($2::text IS NULL OR o.status = $2)
    AND (o.created_at, o.id)
        < (least($3::timestamptz, 'infinity'), least($4::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY o.created_at DESC, o.id DESC LIMIT $5
"""


async def list_sold(
    tx: Tx, company: UUID, status: str | None, after: datetime | None, after_id: UUID | None, limit: int
) -> list[OrderSummary]:
    return await tx.many(OrderSummary, LIST_SOLD, company, status, after, after_id, limit)


# The buyer's own approver said yes: the order binds from now on. Nothing when it does not wait.
CONFIRM: Final = """
UPDATE purchase_order SET status = $3, version = version + 1, contract_id = $4, placed_at = $5, confirmed_at = $5, updated_at = $5
WHERE id = $1 AND status = ANY ($2) RETURNING version
"""


async def confirm(tx: Tx, order: UUID, from_: Sequence[str], to: str, contract: UUID, at: datetime) -> int | None:
    version: int | None = await tx.value(CONFIRM, order, list(from_), to, contract, at)
    return version


# The order row is locked before its lines, instalments and offers.
HOLD: Final = "SELECT o.status, o.buyer_id FROM purchase_order AS o WHERE o.id = $1 FOR UPDATE"


async def hold(tx: Tx, order: UUID) -> Held | None:
    return await tx.maybe(Held, HOLD, order)


# Back to its draft, what it held is free again; null when it does not wait.
RETURN: Final = "SELECT return_pending_order($1)"


async def return_pending(tx: Tx, order: UUID) -> int | None:
    version: int | None = await tx.value(RETURN, order)
    return version
