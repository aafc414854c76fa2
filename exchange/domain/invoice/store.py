"""SQL of invoices."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.invoice.model import Invoice
from schemas.invoice import Difference

GET: Final = """
SELECT i.id, i.version, i.order_id, i.delivery_id, i.buyer_id, i.seller_id, i.status, i.number, i.issued_on, i.currency,
    i.expected_net_minor, i.expected_vat_minor, i.net_minor, i.vat_minor, i.gross_minor, i.seller_tax_id, i.buyer_tax_id,
    i.file_id, i.differences, i.replaces_id, i.created_at, i.received_at
FROM invoice AS i WHERE i.id = $1
"""


async def get(tx: Tx, invoice: UUID) -> Invoice | None:
    return await tx.maybe(Invoice, GET, invoice)


OF_ORDER: Final = """
SELECT i.id, i.version, i.order_id, i.delivery_id, i.buyer_id, i.seller_id, i.status, i.number, i.issued_on, i.currency,
    i.expected_net_minor, i.expected_vat_minor, i.net_minor, i.vat_minor, i.gross_minor, i.seller_tax_id, i.buyer_tax_id,
    i.file_id, i.differences, i.replaces_id, i.created_at, i.received_at
FROM invoice AS i WHERE i.order_id = $1 ORDER BY i.created_at, i.id
"""


async def of_order(tx: Tx, order: UUID) -> list[Invoice]:
    return await tx.many(Invoice, OF_ORDER, order)


# The one invoice that stands for a delivery now.
CURRENT: Final = """
SELECT i.id, i.version, i.order_id, i.delivery_id, i.buyer_id, i.seller_id, i.status, i.number, i.issued_on, i.currency,
    i.expected_net_minor, i.expected_vat_minor, i.net_minor, i.vat_minor, i.gross_minor, i.seller_tax_id, i.buyer_tax_id,
    i.file_id, i.differences, i.replaces_id, i.created_at, i.received_at
FROM invoice AS i WHERE i.delivery_id = $1 AND i.status <> 'replaced' FOR NO KEY UPDATE
"""


async def lock_current(tx: Tx, delivery: UUID) -> Invoice | None:
    return await tx.maybe(Invoice, CURRENT, delivery)


INSERT_EXPECTED: Final = """
INSERT INTO invoice (id, order_id, delivery_id, buyer_id, seller_id, status, currency, expected_net_minor, expected_vat_minor,
    created_at)
VALUES ($1, $2, $3, $4, $5, 'expected', $6, $7, $8, $9)
"""


async def insert_expected(tx: Tx, *values: Any) -> None:
    await tx.execute(INSERT_EXPECTED, *values)


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What the seller wrote down of its document."""

    number: str
    issued_on: date
    net_minor: int
    vat_minor: int
    seller_tax_id: str
    buyer_tax_id: str
    file_id: UUID | None
    received_at: datetime

    def columns(self) -> tuple[object, ...]:
        gross_minor = self.net_minor + self.vat_minor
        parties = (self.seller_tax_id, self.buyer_tax_id, self.file_id, self.received_at)
        return (self.number, self.issued_on, self.net_minor, self.vat_minor, gross_minor, *parties)


RECORD: Final = """
UPDATE invoice SET status = $3, version = version + 1, number = $4, issued_on = $5, net_minor = $6, vat_minor = $7,
    gross_minor = $8, seller_tax_id = $9, buyer_tax_id = $10, file_id = $11, received_at = $12
WHERE id = $1 AND status = ANY ($2)
"""


async def record(tx: Tx, invoice: UUID, from_: Sequence[str], to: str, recorded: Recorded) -> None:
    await tx.execute(RECORD, invoice, list(from_), to, *recorded.columns())


# The document that takes the place of one that differed.
INSERT_REPLACEMENT: Final = """
INSERT INTO invoice (id, order_id, delivery_id, buyer_id, seller_id, status, currency, expected_net_minor, expected_vat_minor,
    replaces_id, created_at, number, issued_on, net_minor, vat_minor, gross_minor, seller_tax_id, buyer_tax_id, file_id,
    received_at)
SELECT $2, i.order_id, i.delivery_id, i.buyer_id, i.seller_id, 'received', i.currency, i.expected_net_minor,
    i.expected_vat_minor, i.id, $11::timestamptz, $3, $4, $5, $6, $7, $8, $9, $10, $11
FROM invoice AS i WHERE i.id = $1
"""


async def insert_replacement(tx: Tx, replaced: UUID, invoice: UUID, recorded: Recorded) -> None:
    await tx.execute(INSERT_REPLACEMENT, replaced, invoice, *recorded.columns())


MOVE: Final = """
UPDATE invoice SET status = $3, version = version + 1, differences = $4 WHERE id = $1 AND status = ANY ($2)
"""


async def move(tx: Tx, invoice: UUID, from_: Sequence[str], to: str, differences: Sequence[Difference]) -> None:
    await tx.execute(MOVE, invoice, list(from_), to, list(differences))


# Whether the seller uses this number for another delivery.
NUMBER_USED: Final = """
SELECT EXISTS (SELECT FROM invoice AS i
    WHERE i.seller_id = $1 AND i.number = $2 AND i.delivery_id <> $3 AND i.status <> 'replaced')
"""


async def number_used(tx: Tx, seller: UUID, number: str, delivery: UUID) -> bool:
    return bool(await tx.value(NUMBER_USED, seller, number, delivery))


# Whether goods were accepted whose invoice is missing or differs.
UNMATCHED: Final = """
SELECT EXISTS (SELECT FROM invoice AS i WHERE i.order_id = $1 AND i.status IN ('expected', 'received', 'difference'))
"""


async def unmatched(tx: Tx, order: UUID) -> bool:
    return bool(await tx.value(UNMATCHED, order))
