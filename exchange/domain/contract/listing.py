"""The acting company's contracts in a list, on both sides, with who still has to sign."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.permission import need

COUNTED: Final = 1000


class ListedContract(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the list; `signed` says that the acting company's signature stands under it."""

    id: UUID
    number: str
    kind: str
    status: str
    side: Literal["buy", "sell"]
    counterparty: str
    currency: str
    gross_minor: int
    created_at: datetime
    active_at: datetime | None
    sign_by: datetime | None
    signed: bool


# Newest first; a cursor is (created_at, id) of the last one shown.
PAGE: Final = """
WITH mine AS (
    (SELECT k.id, k.number, k.kind, k.status, 'buy' AS side, c.display_name AS counterparty, k.currency, k.gross_minor,
        k.created_at, k.active_at, k.sign_by
     FROM contract AS k JOIN company AS c ON c.id = k.seller_id
     WHERE k.buyer_id = $1 AND ($2::text IS NULL OR k.status = $2) AND ($3::text IS NULL OR k.kind = $3)
        AND (k.created_at, k.id)
            < (least($4::timestamptz, 'infinity'), least($5::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
     ORDER BY k.created_at DESC, k.id DESC LIMIT $6)
    UNION ALL
    (SELECT k.id, k.number, k.kind, k.status, 'sell' AS side, c.display_name AS counterparty, k.currency, k.gross_minor,
        k.created_at, k.active_at, k.sign_by
     FROM contract AS k JOIN company AS c ON c.id = k.buyer_id
     WHERE k.seller_id = $1 AND ($2::text IS NULL OR k.status = $2) AND ($3::text IS NULL OR k.kind = $3)
        AND (k.created_at, k.id)
            < (least($4::timestamptz, 'infinity'), least($5::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
     ORDER BY k.created_at DESC, k.id DESC LIMIT $6)
)
SELECT m.id, m.number, m.kind, m.status, m.side, m.counterparty, m.currency, m.gross_minor, m.created_at, m.active_at, m.sign_by,
    EXISTS (SELECT FROM contract_signature AS g WHERE g.contract_id = m.id AND g.company_id = $1) AS signed
FROM mine AS m ORDER BY m.created_at DESC, m.id DESC LIMIT $6
"""


async def page(
    tx: Tx, status: str | None, kind: str | None, after: datetime | None, after_id: UUID | None, limit: int
) -> list[ListedContract]:
    """The contracts of the acting company, newest first."""
    need(tx.ctx, "contract.read")
    return await tx.many(ListedContract, PAGE, tx.ctx.company, status, kind, after, after_id, limit)


COUNT: Final = """
SELECT count(*) FROM (
    SELECT FROM contract AS k
    WHERE (k.buyer_id = $1 OR k.seller_id = $1) AND ($2::text IS NULL OR k.status = $2) AND ($3::text IS NULL OR k.kind = $3)
    LIMIT 1001
) AS counted
"""


async def count(tx: Tx, status: str | None, kind: str | None) -> int:
    """How many there are; COUNTED + 1 stands for more."""
    found: int = await tx.value(COUNT, tx.ctx.company, status, kind)
    return found
