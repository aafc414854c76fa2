"""SQL of offers."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.offer.model import Offer, OfferSummary, OfferVersion, Stock

# The offer as the reader may see it (row security), with its company's name.
GET: Final = """
SELECT o.id, o.company_id, c.display_name AS company, o.status, o.version, o.external_id, o.title, o.description,
    o.category_code, o.mpn, o.gtins, o.unit, o.currency, o.tiers, o.price_micro, o.vat_code, o.vat_percent, o.firm, o.moq,
    o.increment, o.available, o.lead_time_days, o.ship_from, o.regions, o.terms, o.attributes, o.extra, o.visibility,
    o.valid_until, o.created_at, o.updated_at
FROM offer AS o JOIN company AS c ON c.id = o.company_id WHERE o.id = $1
"""


async def get(tx: Tx, offer: UUID) -> Offer | None:
    return await tx.maybe(Offer, GET, offer)


# Other companies' live offers, newest first; a cursor is (updated_at, id) of the last one shown.
LIST_LIVE: Final = """
SELECT o.id, o.company_id, c.display_name AS company, o.status, o.version, o.title, o.category_code, o.mpn, o.unit,
    o.currency, o.price_micro, o.firm, o.moq, o.available, o.lead_time_days, o.ship_from, o.updated_at
FROM offer AS o JOIN company AS c ON c.id = o.company_id
WHERE o.status = 'live' AND o.visibility = 'all' AND (o.updated_at, o.id)
    < (least($1::timestamptz, 'infinity'), least($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY o.updated_at DESC, o.id DESC LIMIT $3
"""


async def list_live(tx: Tx, after: datetime | None, after_id: UUID | None, limit: int) -> list[OfferSummary]:
    return await tx.many(OfferSummary, LIST_LIVE, after, after_id, limit)


# The acting company's own offers in one of these states, newest first.
LIST_OWN: Final = """
SELECT o.id, o.company_id, c.display_name AS company, o.status, o.version, o.title, o.category_code, o.mpn, o.unit,
    o.currency, o.price_micro, o.firm, o.moq, o.available, o.lead_time_days, o.ship_from, o.updated_at
FROM offer AS o JOIN company AS c ON c.id = o.company_id
WHERE o.company_id = $4 AND o.status = ANY ($5) AND (o.updated_at, o.id)
    < (least($1::timestamptz, 'infinity'), least($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY o.updated_at DESC, o.id DESC LIMIT $3
"""


async def list_own(
    tx: Tx, company: UUID, states: list[str], after: datetime | None, after_id: UUID | None, limit: int
) -> list[OfferSummary]:
    return await tx.many(OfferSummary, LIST_OWN, after, after_id, limit, company, states)


# The acting company's own offers in one of these states that hold every word in title, part number or own number.
FIND_OWN: Final = """
SELECT o.id, o.company_id, c.display_name AS company, o.status, o.version, o.title, o.category_code, o.mpn, o.unit,
    o.currency, o.price_micro, o.firm, o.moq, o.available, o.lead_time_days, o.ship_from, o.updated_at
FROM offer AS o JOIN company AS c ON c.id = o.company_id
WHERE o.company_id = $4 AND o.status = ANY ($5) AND (o.updated_at, o.id)
    < (least($1::timestamptz, 'infinity'), least($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    AND concat_ws(' ', o.title, o.mpn, o.external_id) ILIKE ALL ($6::text[])
ORDER BY o.updated_at DESC, o.id DESC LIMIT $3
"""


async def find_own(
    tx: Tx, company: UUID, states: list[str], patterns: list[str], after: datetime | None, after_id: UUID | None, limit: int
) -> list[OfferSummary]:
    """`patterns` are the words between percent signs, with those in them escaped."""
    return await tx.many(OfferSummary, FIND_OWN, after, after_id, limit, company, states, patterns)


# How many there are of those, counted no further than $4.
COUNT_OWN: Final = """
SELECT count(*) FROM (SELECT FROM offer AS o WHERE o.company_id = $1 AND o.status = ANY ($2)
    AND concat_ws(' ', o.title, o.mpn, o.external_id) ILIKE ALL ($3::text[]) LIMIT $4) AS x
"""


async def count_own(tx: Tx, company: UUID, states: list[str], patterns: list[str], most: int) -> int:
    found: int = await tx.value(COUNT_OWN, company, states, patterns, most)
    return found


# The same in full, for a file.
ALL_OWN: Final = """
SELECT o.id, o.company_id, c.display_name AS company, o.status, o.version, o.external_id, o.title, o.description,
    o.category_code, o.mpn, o.gtins, o.unit, o.currency, o.tiers, o.price_micro, o.vat_code, o.vat_percent, o.firm, o.moq,
    o.increment, o.available, o.lead_time_days, o.ship_from, o.regions, o.terms, o.attributes, o.extra, o.visibility,
    o.valid_until, o.created_at, o.updated_at
FROM offer AS o JOIN company AS c ON c.id = o.company_id
WHERE o.company_id = $1 AND o.status = ANY ($2) AND concat_ws(' ', o.title, o.mpn, o.external_id) ILIKE ALL ($3::text[])
ORDER BY o.updated_at DESC, o.id DESC LIMIT $4
"""


async def all_own(tx: Tx, company: UUID, states: list[str], patterns: list[str], most: int) -> list[Offer]:
    return await tx.many(Offer, ALL_OWN, company, states, patterns, most)


# Each time that an own offer was put on sale or changed while on sale, newest first.
VERSIONS: Final = """
SELECT v.version, v.at, b.title, b.unit, b.currency, b.tiers, b.vat_code, b.firm, b.moq, b.available, b.lead_time_days,
    b.regions, b.terms, b.attributes, b.description
FROM offer_version AS v CROSS JOIN LATERAL jsonb_to_record(v.body) AS b (title text, unit text, currency text, tiers jsonb,
    vat_code text, firm boolean, moq numeric(18, 6), available numeric(18, 6), lead_time_days integer, regions text[],
    terms jsonb, attributes jsonb, description text)
WHERE v.offer_id = $1 AND v.company_id = $2 ORDER BY v.version DESC LIMIT $3
"""


async def versions(tx: Tx, offer: UUID, company: UUID, most: int) -> list[OfferVersion]:
    return await tx.many(OfferVersion, VERSIONS, offer, company, most)


# The acting company's live offers of some categories, newest first: what a quote line may point at.
OWN_LIVE: Final = """
SELECT o.id, o.company_id, c.display_name AS company, o.status, o.version, o.external_id, o.title, o.description,
    o.category_code, o.mpn, o.gtins, o.unit, o.currency, o.tiers, o.price_micro, o.vat_code, o.vat_percent, o.firm, o.moq,
    o.increment, o.available, o.lead_time_days, o.ship_from, o.regions, o.terms, o.attributes, o.extra, o.visibility,
    o.valid_until, o.created_at, o.updated_at
FROM offer AS o JOIN company AS c ON c.id = o.company_id
WHERE o.company_id = $1 AND o.status = 'live' AND (o.category_code = ANY ($2) OR o.id = ANY ($3))
ORDER BY o.updated_at DESC, o.id DESC LIMIT $4
"""


async def own_live(tx: Tx, company: UUID, categories: list[str], named: list[UUID], most: int) -> list[Offer]:
    """The same with those that are `named`."""
    return await tx.many(Offer, OWN_LIVE, company, categories, named, most)


# What the matcher found, loaded under row security; the caller keeps the matcher's order.
BY_IDS: Final = """
SELECT o.id, o.company_id, c.display_name AS company, o.status, o.version, o.title, o.category_code, o.mpn, o.unit,
    o.currency, o.price_micro, o.firm, o.moq, o.available, o.lead_time_days, o.ship_from, o.updated_at
FROM offer AS o JOIN company AS c ON c.id = o.company_id WHERE o.id = ANY ($1)
"""


async def by_ids(tx: Tx, ids: list[UUID]) -> dict[UUID, OfferSummary]:
    return {item.id: item for item in await tx.many(OfferSummary, BY_IDS, ids)}


# A new offer; live ones are published at once.
INSERT: Final = """
INSERT INTO offer (id, company_id, status, external_id, title, description, category_code, mpn, gtins, unit, currency,
    tiers, price_micro, vat_code, vat_percent, firm, moq, increment, available, taken, lead_time_days, ship_from, regions, terms,
    attributes, extra, visibility, valid_until, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25,
    $26, $27, coalesce($28::timestamptz, market_now() + interval '180 days'), market_now(), market_now())
"""


async def insert(tx: Tx, *values: Any) -> None:
    await tx.execute(INSERT, *values)


# No order takes of it until this transaction ends.
LOCK_STOCK: Final = "SELECT o.available, o.taken FROM offer AS o WHERE o.id = $1 FOR NO KEY UPDATE"


async def lock_stock(tx: Tx, offer: UUID) -> Stock:
    return await tx.one(Stock, LOCK_STOCK, offer)


# Everything its seller may change; a new version.
REVISE: Final = """
UPDATE offer SET external_id = $2, title = $3, description = $4, category_code = $5, mpn = $6, gtins = $7, unit = $8,
    currency = $9, tiers = $10, price_micro = $11, vat_code = $12, vat_percent = $13, firm = $14, moq = $15, increment = $16,
    available = $17, taken = $18, lead_time_days = $19, ship_from = $20, regions = $21, terms = $22, attributes = $23,
    extra = $24, visibility = $25, valid_until = coalesce($26::timestamptz, valid_until), version = version + 1,
    updated_at = market_now(), status = $28
WHERE id = $1 AND version = $27 AND status = $29 RETURNING true
"""


async def revise(tx: Tx, *values: Any) -> bool:
    return bool(await tx.value(REVISE, *values))


# A change of state alone; the row's state decides, not what the caller saw.
MOVE: Final = """
UPDATE offer SET status = $3, version = version + 1, updated_at = market_now()
WHERE id = $1 AND status = ANY ($2) AND ($4 OR valid_until > market_now()) AND version = coalesce($5, version) RETURNING true
"""


async def move(
    tx: Tx, offer: UUID, from_: tuple[str, ...], to: str, *, even_expired: bool = False, version: int | None = None
) -> bool:
    return bool(await tx.value(MOVE, offer, list(from_), to, even_expired, version))


# Each version that was live is kept as it was: orders and matches point at it.
KEEP_VERSION: Final = """
INSERT INTO offer_version (offer_id, version, company_id, visibility, body, at)
SELECT o.id, o.version, o.company_id, o.visibility, to_jsonb(o) - 'market_id', market_now() FROM offer AS o WHERE o.id = $1
ON CONFLICT (offer_id, version) DO NOTHING
"""


async def keep_version(tx: Tx, offer: UUID) -> None:
    await tx.execute(KEEP_VERSION, offer)
