"""Keeps the middle price of each category, currency and unit: what the screening compares a new price with."""

from typing import Final

from exchange.db import Database

EVERY_S: Final = 3600.0
# Fewer listings make no middle that any rule would use.
LEAST: Final = 5

# Of what everybody sees; one statement, so that no reader meets half of them.
RENEW: Final = """
WITH found AS (
    SELECT o.category_code, o.currency, o.unit, count(*)::integer AS offers,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY o.price_micro) AS median_micro
    FROM offer AS o WHERE o.status = 'live' AND o.visibility = 'all'
    GROUP BY o.category_code, o.currency, o.unit HAVING count(*) >= $1
), written AS (
    INSERT INTO category_price AS p (category_code, currency, unit, offers, median_micro, computed_at)
    SELECT f.category_code, f.currency, f.unit, f.offers, f.median_micro, market_now() FROM found AS f
    ON CONFLICT (market_id, category_code, currency, unit)
    DO UPDATE SET offers = excluded.offers, median_micro = excluded.median_micro, computed_at = excluded.computed_at
), gone AS (
    DELETE FROM category_price AS p WHERE NOT EXISTS (SELECT FROM found AS f
        WHERE (f.category_code, f.currency, f.unit) = (p.category_code, p.currency, p.unit))
)
SELECT count(*) FROM found
"""


async def renew(db: Database) -> None:
    """Compute all of them again."""
    async with db.system() as tx:
        await tx.value(RENEW, LEAST)
