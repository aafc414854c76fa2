"""What the acting company has to pay and to receive: the open instalments by urgency, and one fee invoice."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.payment.model import FeeInvoice, Status
from exchange.domain.permission import need
from exchange.errors import NotFound


class OpenInstalment(msgspec.Struct, frozen=True, kw_only=True):
    """An instalment that is not over, with its order."""

    id: UUID
    order_id: UUID
    order_number: str
    side: Literal["buy", "sell"]
    counterparty: str
    position: int
    method: Literal["protected", "direct"]
    trigger: str
    status: Status
    currency: str
    amount_minor: int
    reference: str
    due_at: datetime | None
    confirm_by: datetime | None


# What is due first, then what waits for its trigger.
OPEN: Final = """
WITH mine AS (
    SELECT i.id, i.order_id, 'buy' AS side, i.seller_id AS other_id, i.position, i.method, i.trigger, i.status, i.currency,
        i.amount_minor, i.reference, i.due_at, i.confirm_by, i.created_at
    FROM instalment AS i WHERE i.buyer_id = $1 AND i.status IN ('planned', 'due', 'held', 'announced', 'released')
    UNION ALL
    SELECT i.id, i.order_id, 'sell' AS side, i.buyer_id AS other_id, i.position, i.method, i.trigger, i.status, i.currency,
        i.amount_minor, i.reference, i.due_at, i.confirm_by, i.created_at
    FROM instalment AS i WHERE i.seller_id = $1 AND i.status IN ('planned', 'due', 'held', 'announced', 'released')
)
SELECT m.id, m.order_id, o.number AS order_number, m.side, c.display_name AS counterparty, m.position, m.method, m.trigger,
    m.status, m.currency, m.amount_minor, m.reference, m.due_at, m.confirm_by
FROM mine AS m JOIN company AS c ON c.id = m.other_id JOIN purchase_order AS o ON o.id = m.order_id
WHERE o.status IN ('confirmed', 'in_progress', 'completed')
ORDER BY m.due_at NULLS LAST, m.created_at, m.position LIMIT $2
"""


async def open_instalments(tx: Tx, limit: int) -> list[OpenInstalment]:
    """What is due and what is coming, of both sides."""
    need(tx.ctx, "payment.read")
    return await tx.many(OpenInstalment, OPEN, tx.ctx.company, limit)


FEE_INVOICE: Final = """
SELECT f.id, f.number, f.instalment_id, f.currency, f.net_minor, f.vat_percent, f.vat_minor, f.gross_minor, f.at
FROM fee_invoice AS f WHERE f.id = $1 AND f.seller_id = $2
"""


async def fee_invoice(tx: Tx, invoice: UUID) -> FeeInvoice:
    """One invoice of the exchange to the acting company."""
    need(tx.ctx, "payment.read")
    found = await tx.maybe(FeeInvoice, FEE_INVOICE, invoice, tx.ctx.company)
    if found is None:
        raise NotFound(noun="invoice")
    return found
