"""SQL of the market by category: the offers of a branch of the tree, and how many there are."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.offer.model import OfferSummary

# Live offers of some categories: of each its newest, then the newest of all.
LIST_CATEGORIES: Final = """
SELECT o.id, o.company_id, c.display_name AS company, o.status, o.version, o.title, o.category_code, o.mpn, o.unit,
    o.currency, o.price_micro, o.firm, o.moq, o.available, o.lead_time_days, o.ship_from, o.updated_at
FROM unnest($4::text[]) AS k (code) CROSS JOIN LATERAL (
    SELECT x.id, x.company_id, x.status, x.version, x.title, x.category_code, x.mpn, x.unit, x.currency, x.price_micro, x.firm,
        x.moq, x.available, x.lead_time_days, x.ship_from, x.updated_at
    FROM offer AS x
    WHERE x.status = 'live' AND x.visibility = 'all' AND x.category_code = k.code
        AND (x.updated_at, x.id)
            < (least($1::timestamptz, 'infinity'), least($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    ORDER BY x.updated_at DESC, x.id DESC LIMIT $3
) AS o JOIN company AS c ON c.id = o.company_id
ORDER BY o.updated_at DESC, o.id DESC LIMIT $3
"""


async def list_categories(
    tx: Tx, codes: Sequence[str], after: datetime | None, after_id: UUID | None, limit: int
) -> list[OfferSummary]:
    return await tx.many(OfferSummary, LIST_CATEGORIES, after, after_id, limit, codes)


# How many live offers there are in some categories, in any when null; counted no further than $2.
COUNT_LIVE: Final = """
SELECT count(*) FROM (SELECT FROM offer AS o
    WHERE o.status = 'live' AND o.visibility = 'all' AND ($1::text[] IS NULL OR o.category_code = ANY ($1)) LIMIT $2) AS x
"""


async def count_live(tx: Tx, codes: Sequence[str] | None, most: int) -> int:
    found: int = await tx.value(COUNT_LIVE, codes, most)
    return found
