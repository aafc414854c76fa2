"""SQL of finding documents: row security shows the acting company's own and what it may know of."""

from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.finding.model import Document

# The document with number $1, seen by company $2. A buyer finds a supplier's quotation on the page of its RFQ, a delivery is
# found on its order; a seller knows an order from when it was placed.
BY_NUMBER: Final = """
SELECT 'rfq' AS kind, r.id, r.number, NULL::text AS reference, r.status FROM rfq AS r WHERE r.number = $1
UNION ALL
SELECT CASE WHEN q.seller_id = $2 THEN 'quote' ELSE 'rfq' END, CASE WHEN q.seller_id = $2 THEN q.id ELSE q.rfq_id END, q.number,
    NULL, CASE WHEN q.seller_id = $2 THEN q.status END
FROM quote AS q WHERE q.number = $1
UNION ALL
SELECT 'contract', k.id, k.number, NULL, k.status FROM contract AS k WHERE k.number = $1
UNION ALL
SELECT 'order', o.id, o.number, NULL, o.status FROM purchase_order AS o
WHERE o.number = $1 AND (o.buyer_id = $2 OR o.placed_at IS NOT NULL)
UNION ALL
SELECT 'order', d.order_id, d.number, NULL, NULL FROM delivery AS d WHERE d.number = $1
UNION ALL
SELECT 'fee_invoice', f.id, f.number, NULL, NULL FROM fee_invoice AS f WHERE f.number = $1
LIMIT 20
"""


async def by_number(tx: Tx, number: str, company: UUID) -> list[Document]:
    return await tx.many(Document, BY_NUMBER, number, company)


# What company $1 bought or asks for under a reference of its own that begins with $2 (lower case, escaped for LIKE), and what it
# invoiced under the number $3.
BY_REFERENCE: Final = """
(SELECT 'order' AS kind, o.id, o.number, o.buyer_reference AS reference, o.status FROM purchase_order AS o
WHERE o.buyer_id = $1 AND lower(o.buyer_reference) LIKE $2 || '%' LIMIT 6)
UNION ALL
(SELECT 'rfq', r.id, r.number, r.own_reference, r.status FROM rfq AS r
WHERE r.buyer_id = $1 AND lower(r.own_reference) LIKE $2 || '%' LIMIT 6)
UNION ALL
(SELECT 'order', v.order_id, o.number, v.number, o.status FROM invoice AS v JOIN purchase_order AS o ON o.id = v.order_id
WHERE v.seller_id = $1 AND v.number = $3 AND v.status <> 'replaced' LIMIT 6)
"""


async def by_reference(tx: Tx, company: UUID, prefix: str, typed: str) -> list[Document]:
    return await tx.many(Document, BY_REFERENCE, company, prefix, typed)
