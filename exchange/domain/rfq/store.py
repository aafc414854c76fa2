"""SQL of RFQs. The api role cannot read `audience`: no statement of a request names it but as a value to write."""

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from exchange.db import Tx
from exchange.domain.rfq.model import Invitee, Moved, Rfq, RfqSummary, Told

# How the list of own RFQs may be ordered.
OwnOrder = Literal["newest", "due_at", "-due_at"]

# As the reader may see it; the counts and the invited come from functions that answer the buyer alone.
GET: Final = """
SELECT r.id, r.number, r.buyer_id, c.display_name AS buyer, r.status, r.version, r.title, r.description, r.sealed, r.mode,
    r.currency, r.lines, r.terms, r.own_reference, r.due_at, r.published_at, r.opened_at, r.outcome_reason, r.created_at,
    n.invited, n.declined, n.quotes, rfq_invited(r.id) AS invite
FROM rfq AS r JOIN company AS c ON c.id = r.buyer_id LEFT JOIN LATERAL rfq_counts(r.id) AS n ON true
WHERE r.id = $1
"""


async def get(tx: Tx, rfq: UUID) -> Rfq | None:
    return await tx.maybe(Rfq, GET, rfq)


# Own RFQs are held in this order: RFQ, quotes, award, approval.
HOLD: Final = "SELECT r.id FROM rfq AS r WHERE r.id = $1 AND r.buyer_id = $2 FOR UPDATE"


async def hold(tx: Tx, rfq: UUID, buyer: UUID) -> bool:
    """Lock an own RFQ to the end of the transaction; False: there is none."""
    return await tx.value(HOLD, rfq, buyer) is not None


# The exchange itself holds any RFQ.
HOLD_ANY: Final = "SELECT r.status FROM rfq AS r WHERE r.id = $1 FOR UPDATE"


async def hold_any(tx: Tx, rfq: UUID) -> str | None:
    """The state of the RFQ, locked; for jobs."""
    return await tx.value(HOLD_ANY, rfq)


NOW: Final = "SELECT market_now()"


async def now(tx: Tx) -> datetime:
    at: datetime = await tx.value(NOW)
    return at


# Which of these companies there are, and whether they may be invited.
INVITEES: Final = """
SELECT c.id, c.status = 'active' AS active, same_group(c.id, $2) AS own_group FROM company AS c WHERE c.id = ANY ($1)
"""


async def invitees(tx: Tx, companies: list[UUID], buyer: UUID) -> list[Invitee]:
    return await tx.many(Invitee, INVITEES, companies, buyer)


# $3 'open' publishes it in the same statement, or lets it wait where the buyer has a policy for publishing. Answers it as its
# buyer reads it: nobody was told of it yet.
INSERT: Final = """
WITH w AS (
    SELECT CASE WHEN $3::text = 'open' AND EXISTS (SELECT FROM approval_policy AS p
        WHERE p.company_id = $2 AND p.kind = 'rfq' AND p.active) THEN 'pending_approval' ELSE $3 END AS status
), r AS (
    INSERT INTO rfq (id, buyer_id, status, number, created_by, title, description, sealed, mode, audience, currency, lines, terms,
        own_reference, due_at, published_at, created_at, updated_at)
    SELECT $1, $2, w.status, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
        CASE WHEN w.status = 'open' THEN market_now() END, market_now(), market_now()
    FROM w
    RETURNING id, number, buyer_id, status, version, title, description, sealed, mode, currency, lines, terms, own_reference,
        due_at, published_at, opened_at, outcome_reason, created_at
)
SELECT r.id, r.number, r.buyer_id, c.display_name AS buyer, r.status, r.version, r.title, r.description, r.sealed, r.mode,
    r.currency, r.lines, r.terms, r.own_reference, r.due_at, r.published_at, r.opened_at, r.outcome_reason, r.created_at,
    0 AS invited, 0 AS declined, 0 AS quotes, $10 AS invite
FROM r JOIN company AS c ON c.id = r.buyer_id
"""


async def insert(tx: Tx, *values: Any) -> Rfq:
    return await tx.one(Rfq, INSERT, *values)


# Everything that a draft says, if it is still the version that was read.
REVISE: Final = """
UPDATE rfq SET title = $4, description = $5, sealed = $6, mode = $7, audience = $8, currency = $9, lines = $10, terms = $11,
    own_reference = $12, due_at = $13, version = version + 1, updated_at = market_now()
WHERE id = $1 AND buyer_id = $2 AND version = $3 AND status = 'draft' RETURNING true
"""


async def revise(tx: Tx, rfq: UUID, buyer: UUID, version: int, *values: Any) -> bool:
    return bool(await tx.value(REVISE, rfq, buyer, version, *values))


# Out of the draft, while there is time left.
PUBLISH: Final = """
UPDATE rfq SET status = $3, published_at = market_now(), version = version + 1, updated_at = market_now()
WHERE id = $1 AND status = ANY ($2) AND due_at > market_now() RETURNING version
"""


async def publish(tx: Tx, rfq: UUID, from_: tuple[str, ...], to: str) -> int | None:
    return await tx.value(PUBLISH, rfq, list(from_), to)


# A change of state without a deadline; $4 = why, kept when null.
MOVE: Final = """
WITH l AS MATERIALIZED (SELECT r.id, r.status FROM rfq AS r WHERE r.id = $1 FOR UPDATE)
UPDATE rfq AS r SET status = $3, outcome_reason = coalesce($4, r.outcome_reason), version = r.version + 1,
    opened_at = CASE WHEN $3 IN ('evaluating', 'no_award') THEN coalesce(r.opened_at, market_now()) ELSE r.opened_at END,
    updated_at = market_now()
FROM l WHERE r.id = l.id AND l.status = ANY ($2)
RETURNING r.version, r.buyer_id, l.status AS was
"""


async def move(tx: Tx, rfq: UUID, from_: tuple[str, ...], to: str, reason: str | None) -> Moved | None:
    return await tx.maybe(Moved, MOVE, rfq, list(from_), to, reason)


# At the deadline: the clock is read after the wait for every bid that holds the row.
CLOSE: Final = """
WITH l AS MATERIALIZED (SELECT r.id, r.status, r.due_at FROM rfq AS r WHERE r.id = $1 FOR UPDATE)
UPDATE rfq AS r SET status = $3, version = r.version + 1, updated_at = market_now()
FROM l WHERE r.id = l.id AND l.status = ANY ($2) AND market_now() >= l.due_at
RETURNING r.version, r.buyer_id, l.status AS was
"""


async def close(tx: Tx, rfq: UUID, from_: tuple[str, ...], to: str) -> Moved | None:
    return await tx.maybe(Moved, CLOSE, rfq, list(from_), to)


# Whether the acting company may see an RFQ that is not open to all: its buyer, or named by it.
INVITED: Final = "SELECT rfq_shown($1)"


async def invited(tx: Tx, rfq: UUID) -> bool:
    return bool(await tx.value(INVITED, rfq))


# What is asked for now, as far as the reader may know of it, newest first.
LIST_OPEN: Final = """
SELECT r.id, r.number, r.buyer_id, c.display_name AS buyer, r.status, r.version, r.title, r.sealed, r.currency,
    jsonb_array_length(r.lines) AS line_count, r.due_at, r.published_at, r.created_at
FROM rfq AS r JOIN company AS c ON c.id = r.buyer_id
WHERE r.status = 'open' AND (r.mode = 'open' OR rfq_shown(r.id)) AND (r.published_at, r.id)
    < (least($1::timestamptz, 'infinity'), least($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY r.published_at DESC, r.id DESC LIMIT $3
"""


async def list_open(tx: Tx, after: datetime | None, after_id: UUID | None, limit: int) -> list[RfqSummary]:
    return await tx.many(RfqSummary, LIST_OPEN, after, after_id, limit)


# The acting company's own RFQs in one of these states, newest first; $6 stands in title, number or own reference.
LIST_OWN: Final = """
SELECT r.id, r.number, r.buyer_id, c.display_name AS buyer, r.status, r.version, r.title, r.sealed, r.currency,
    jsonb_array_length(r.lines) AS line_count, r.due_at, r.published_at, r.created_at
FROM rfq AS r JOIN company AS c ON c.id = r.buyer_id
WHERE r.buyer_id = $4 AND r.status = ANY ($5)
    AND ($6::text IS NULL OR r.title ILIKE $6 OR r.number ILIKE $6 OR r.own_reference ILIKE $6)
    AND (r.created_at, r.id) < (least($1::timestamptz, 'infinity'), least($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY r.created_at DESC, r.id DESC LIMIT $3
"""
# The same by deadline, the latest first.
LIST_OWN_LATEST_DUE: Final = """
SELECT r.id, r.number, r.buyer_id, c.display_name AS buyer, r.status, r.version, r.title, r.sealed, r.currency,
    jsonb_array_length(r.lines) AS line_count, r.due_at, r.published_at, r.created_at
FROM rfq AS r JOIN company AS c ON c.id = r.buyer_id
WHERE r.buyer_id = $4 AND r.status = ANY ($5)
    AND ($6::text IS NULL OR r.title ILIKE $6 OR r.number ILIKE $6 OR r.own_reference ILIKE $6)
    AND (r.due_at, r.id) < (least($1::timestamptz, 'infinity'), least($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY r.due_at DESC, r.id DESC LIMIT $3
"""
# The same by deadline, the earliest first.
LIST_OWN_EARLIEST_DUE: Final = """
SELECT r.id, r.number, r.buyer_id, c.display_name AS buyer, r.status, r.version, r.title, r.sealed, r.currency,
    jsonb_array_length(r.lines) AS line_count, r.due_at, r.published_at, r.created_at
FROM rfq AS r JOIN company AS c ON c.id = r.buyer_id
WHERE r.buyer_id = $4 AND r.status = ANY ($5)
    AND ($6::text IS NULL OR r.title ILIKE $6 OR r.number ILIKE $6 OR r.own_reference ILIKE $6)
    AND (r.due_at, r.id)
        > (greatest($1::timestamptz, '-infinity'), greatest($2::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY r.due_at, r.id LIMIT $3
"""
OWN_IN_ORDER: Final = {"newest": LIST_OWN, "-due_at": LIST_OWN_LATEST_DUE, "due_at": LIST_OWN_EARLIEST_DUE}


async def list_own(
    tx: Tx,
    buyer: UUID,
    states: list[str],
    pattern: str | None,
    order: OwnOrder,
    after: tuple[datetime | None, UUID | None],
    limit: int,
) -> list[RfqSummary]:
    return await tx.many(RfqSummary, OWN_IN_ORDER[order], *after, limit, buyer, states, pattern)


# The suppliers who were told of an own RFQ.
TOLD: Final = "SELECT i.seller_id FROM invitation AS i WHERE i.rfq_id = $1 ORDER BY i.seller_id"


async def told(tx: Tx, rfq: UUID) -> list[UUID]:
    return [item.seller_id for item in await tx.many(Told, TOLD, rfq)]
