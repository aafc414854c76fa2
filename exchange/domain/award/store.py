"""SQL of awards."""

from typing import Any, Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.award.model import Award, Held, Standing

GET: Final = """
SELECT a.id, a.version, a.status, a.rfq_id, a.quote_id, a.quote_version, a.buyer_id, a.seller_id, s.display_name AS seller,
    a.currency, a.net_minor, a.vat_minor, a.gross_minor, a.reason, a.reason_for_others, a.proposed_by, a.proposed_at, a.bound_at,
    (SELECT p.id FROM approval_request AS p WHERE p.object_id = a.id ORDER BY p.requested_at DESC LIMIT 1) AS approval_id,
    (SELECT k.id FROM contract AS k WHERE k.award_id = a.id) AS contract_id
FROM award AS a JOIN company AS s ON s.id = a.seller_id WHERE a.id = $1
"""


async def get(tx: Tx, award: UUID) -> Award | None:
    """The buyer's, or a binding one for its supplier."""
    return await tx.maybe(Award, GET, award)


# The limits of both are no matter here: an award is signed.
STANDING: Final = "SELECT p.status, p.shared_person FROM deal_parties($1, '', 0) AS p WHERE p.id = $1"


async def standing(tx: Tx, seller: UUID) -> Standing:
    return await tx.one(Standing, STANDING, seller)


# The award that counts: proposed or binding; else the last one.
OF_RFQ: Final = """
SELECT a.id FROM award AS a WHERE a.rfq_id = $1
ORDER BY a.status IN ('proposed', 'binding') DESC, a.proposed_at DESC LIMIT 1
"""


async def of_rfq(tx: Tx, rfq: UUID) -> UUID | None:
    return await tx.value(OF_RFQ, rfq)


# $7 binding: with the time at which it bound.
INSERT: Final = """
INSERT INTO award (id, rfq_id, quote_id, quote_version, buyer_id, seller_id, status, currency, net_minor, vat_minor, gross_minor,
    reason, reason_for_others, proposed_by, proposed_at, bound_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, market_now(),
    CASE WHEN $7 = 'binding' THEN market_now() END)
"""


async def insert(tx: Tx, *values: Any) -> None:
    await tx.execute(INSERT, *values)


PLACE: Final = """
SELECT a.id, a.version, a.status, a.rfq_id, a.quote_id, a.quote_version, a.buyer_id, a.seller_id, a.reason_for_others
FROM award AS a WHERE a.id = $1
"""


async def place(tx: Tx, award: UUID) -> Held | None:
    """Where it belongs, without a lock: the RFQ is locked first."""
    return await tx.maybe(Held, PLACE, award)


MOVE: Final = """
UPDATE award AS a SET status = $3, version = a.version + 1, bound_at = CASE WHEN $3 = 'binding' THEN market_now() END
WHERE a.id = $1 AND a.status = ANY ($2) RETURNING a.version
"""


async def move(tx: Tx, award: UUID, from_: tuple[str, ...], to: str) -> int | None:
    return await tx.value(MOVE, award, list(from_), to)
