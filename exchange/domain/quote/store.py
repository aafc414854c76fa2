"""SQL of quotes. Prices and terms are written to quote_body and to no other place; its policy decides who reads them."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.quote.model import Asked, Moved, OfferVersion, Quote, QuoteSummary, Setting, Standing
from schemas.quote import QuoteBody

# Nothing for an RFQ that is hidden, unpublished or the bidder's own.
LOCK_RFQ: Final = """
SELECT a.buyer_id, a.number, a.version, a.status, a.sealed, a.currency, a.lines, a.terms, a.due_at, a.in_time
FROM lock_rfq_for_bid($1) AS a
"""


async def lock_rfq(tx: Tx, rfq: UUID) -> Asked | None:
    return await tx.maybe(Asked, LOCK_RFQ, rfq)


SETTING: Final = """
SELECT market_now() AS now, s.profile AS seller_profile, b.profile AS buyer_profile, f.percent AS fee_percent,
    f.vat_percent AS fee_vat_percent
FROM company AS s, company AS b, LATERAL (
    SELECT r.percent, r.vat_percent FROM fee_rate AS r WHERE r.valid_from <= (market_now() AT TIME ZONE 'UTC')::date
    ORDER BY r.valid_from DESC LIMIT 1
) AS f
WHERE s.id = $1 AND b.id = $2
"""


async def setting(tx: Tx, seller: UUID, buyer: UUID) -> Setting:
    return await tx.one(Setting, SETTING, seller, buyer)


OWN_OFFERS: Final = "SELECT o.id, o.version FROM offer AS o WHERE o.id = ANY ($1) AND o.company_id = $2"


async def own_offers(tx: Tx, seller: UUID, offers: list[UUID]) -> dict[UUID, int]:
    """The versions of own offers, by id; another company's is not among them."""
    if not offers:
        return {}
    return {item.id: item.version for item in await tx.many(OfferVersion, OWN_OFFERS, offers, seller)}


HOLD_OWN: Final = """
SELECT q.id, q.version, q.status, q.body_version, q.opened_at IS NOT NULL AS opened
FROM quote AS q WHERE q.rfq_id = $1 AND q.seller_id = $2 FOR UPDATE
"""


async def hold_own(tx: Tx, rfq: UUID, seller: UUID) -> Standing | None:
    """The acting supplier's quote on an RFQ, locked."""
    return await tx.maybe(Standing, HOLD_OWN, rfq, seller)


# The first version; nothing when the same supplier's other request was first.
INSERT: Final = """
INSERT INTO quote (id, number, rfq_id, buyer_id, seller_id, status, body_version, rfq_version, submitted_at, created_at,
    updated_at)
VALUES ($1, $2, $3, $4, $5, $6, 1, $7, CASE WHEN $6 = 'submitted' THEN market_now() END, market_now(), market_now())
ON CONFLICT (rfq_id, seller_id) DO NOTHING
RETURNING id, version, status, body_version, false AS opened
"""


async def insert(
    tx: Tx, quote: UUID, number: str, rfq: UUID, buyer: UUID, seller: UUID, status: str, rfq_version: int
) -> Standing | None:
    return await tx.maybe(Standing, INSERT, quote, number, rfq, buyer, seller, status, rfq_version)


# Another version of what it says, in force at once.
RENEW: Final = """
UPDATE quote SET status = $2, version = version + 1, body_version = body_version + 1, rfq_version = $3,
    submitted_at = CASE WHEN $2 = 'submitted' THEN market_now() ELSE submitted_at END, updated_at = market_now()
WHERE id = $1 RETURNING id, version, status, body_version, opened_at IS NOT NULL AS opened
"""


async def renew(tx: Tx, quote: UUID, status: str, rfq_version: int) -> Standing:
    return await tx.one(Standing, RENEW, quote, status, rfq_version)


INSERT_BODY: Final = """
INSERT INTO quote_body (quote_id, version, rfq_id, buyer_id, seller_id, body, at) VALUES ($1, $2, $3, $4, $5, $6, market_now())
"""


async def insert_body(tx: Tx, quote: Standing, rfq: UUID, buyer: UUID, seller: UUID, body: QuoteBody) -> None:
    await tx.execute(INSERT_BODY, quote.id, quote.body_version, rfq, buyer, seller, body)


# The only way a body opens: refused by the database before the deadline of a sealed RFQ.
OPEN: Final = "SELECT open_quotes($1)"


async def open_all(tx: Tx, rfq: UUID) -> None:
    await tx.value(OPEN, rfq)


VERSION: Final = "SELECT q.version FROM quote AS q WHERE q.id = $1"


async def version(tx: Tx, quote: UUID) -> int:
    found: int = await tx.value(VERSION, quote)
    return found


# As the reader may see it; the body in force is missing where row security hides it.
GET: Final = """
SELECT q.id, q.version, q.number, q.status, q.rfq_id, r.number AS rfq_number, r.title AS rfq_title, r.status AS rfq_status,
    r.due_at, q.buyer_id, b.display_name AS buyer, q.seller_id, s.display_name AS seller, q.body_version, q.submitted_at,
    q.opened_at, q.lost_reason, y.body
FROM quote AS q JOIN rfq AS r ON r.id = q.rfq_id JOIN company AS b ON b.id = q.buyer_id JOIN company AS s ON s.id = q.seller_id
LEFT JOIN quote_body AS y ON y.quote_id = q.id AND y.version = q.body_version
WHERE q.id = $1
"""


async def get(tx: Tx, quote: UUID) -> Quote | None:
    return await tx.maybe(Quote, GET, quote)


# What the buyer compares: opened and not taken back.
OPENED: Final = """
SELECT q.id, q.version, q.number, q.status, q.rfq_id, r.number AS rfq_number, r.title AS rfq_title, r.status AS rfq_status,
    r.due_at, q.buyer_id, b.display_name AS buyer, q.seller_id, s.display_name AS seller, q.body_version, q.submitted_at,
    q.opened_at, q.lost_reason, y.body
FROM quote AS q JOIN rfq AS r ON r.id = q.rfq_id JOIN company AS b ON b.id = q.buyer_id JOIN company AS s ON s.id = q.seller_id
JOIN quote_body AS y ON y.quote_id = q.id AND y.version = q.body_version
WHERE q.rfq_id = $1 AND q.buyer_id = $2 AND q.opened_at IS NOT NULL AND q.status <> 'withdrawn'
ORDER BY q.submitted_at, q.id
"""


async def opened(tx: Tx, rfq: UUID, buyer: UUID) -> list[Quote]:
    return await tx.many(Quote, OPENED, rfq, buyer)


OWN_ON: Final = "SELECT q.id FROM quote AS q WHERE q.rfq_id = $1 AND q.seller_id = $2"


async def own_on(tx: Tx, rfq: UUID, seller: UUID) -> UUID | None:
    """The acting supplier's quote on an RFQ."""
    return await tx.value(OWN_ON, rfq, seller)


# The acting supplier's quotes in one of these states, newest change first.
LIST_OWN: Final = """
SELECT q.id, q.version, q.number, q.status, q.rfq_id, r.number AS rfq_number, r.title AS rfq_title,
    b.display_name AS counterparty, r.sealed, r.due_at, r.currency, (y.body ->> 'gross_minor')::bigint AS gross_minor,
    q.updated_at
FROM quote AS q JOIN rfq AS r ON r.id = q.rfq_id JOIN company AS b ON b.id = q.buyer_id
JOIN quote_body AS y ON y.quote_id = q.id AND y.version = q.body_version
WHERE q.seller_id = $4 AND q.status = ANY ($5) AND (q.updated_at, q.id)
    < (least($1::timestamptz, 'infinity'), least($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY q.updated_at DESC, q.id DESC LIMIT $3
"""


async def list_own(
    tx: Tx, seller: UUID, states: list[str], after: datetime | None, after_id: UUID | None, limit: int
) -> list[QuoteSummary]:
    return await tx.many(QuoteSummary, LIST_OWN, after, after_id, limit, seller, states)


WITHDRAW: Final = """
UPDATE quote SET status = $3, version = version + 1, updated_at = market_now()
WHERE id = $1 AND status = ANY ($2) RETURNING version
"""


async def withdraw(tx: Tx, quote: UUID, from_: tuple[str, ...], to: str) -> int | None:
    return await tx.value(WITHDRAW, quote, list(from_), to)


# Quotes of one RFQ are locked in id order.
HOLD_STATE: Final = """
SELECT q.id, q.version, q.seller_id, q.status AS was FROM quote AS q
WHERE q.rfq_id = $1 AND q.status = ANY ($2) ORDER BY q.id FOR UPDATE
"""


async def hold_in(tx: Tx, rfq: UUID, states: tuple[str, ...]) -> list[Moved]:
    """The quotes of an RFQ in one of these states, locked; `version` is the one before the change."""
    return await tx.many(Moved, HOLD_STATE, rfq, list(states))


# One decision about several quotes that the caller has locked.
MOVE: Final = """
UPDATE quote AS q SET status = $2, lost_reason = coalesce($3, q.lost_reason), version = q.version + 1, updated_at = market_now()
WHERE q.id = ANY ($1)
"""


async def move(tx: Tx, quotes: list[UUID], to: str, reason: str | None) -> None:
    if quotes:
        await tx.execute(MOVE, quotes, to, reason)


# Whether one of the opened quotes still binds its supplier.
ANY_VALID: Final = """
SELECT EXISTS (
    SELECT FROM quote AS q JOIN quote_body AS y ON y.quote_id = q.id AND y.version = q.body_version
    WHERE q.rfq_id = $1 AND q.status = 'opened' AND (y.body ->> 'valid_until')::timestamptz > market_now()
)
"""


async def any_valid(tx: Tx, rfq: UUID) -> bool:
    found: bool = await tx.value(ANY_VALID, rfq)
    return found


class Pair(msgspec.Struct, frozen=True):
    """Two suppliers of one group."""

    one: UUID
    other: UUID


# Every two of these companies that belong together.
OF_ONE_GROUP: Final = """
SELECT a.id AS one, b.id AS other FROM unnest($1::uuid[]) AS a (id) JOIN unnest($1::uuid[]) AS b (id) ON a.id < b.id
WHERE same_group(a.id, b.id) ORDER BY a.id, b.id
"""


async def of_one_group(tx: Tx, sellers: list[UUID]) -> list[Pair]:
    return await tx.many(Pair, OF_ONE_GROUP, sellers)
