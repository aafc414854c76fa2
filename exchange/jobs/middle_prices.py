"""Keeps the middle price of each category, currency and unit, and how far prices ordinarily are from it: what the screening
compares a new price with. The distance is the middle one too, of logarithms: half of the prices lie within it."""

from typing import Final

from exchange.db import Database

EVERY_S: Final = 3600.0
# Fewer listings make no middle that any rule would use.
LEAST: Final = 5

# Of what everybody sees; one statement, so that no reader meets half of them.
RENEW: Final = """
WITH shown AS MATERIALIZED (
    SELECT o.category_code, o.currency, o.unit, o.price_micro FROM offer AS o WHERE o.status = 'live' AND o.visibility = 'all'
), middle AS (
    SELECT s.category_code, s.currency, s.unit, count(*)::integer AS offers,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY s.price_micro) AS median_micro
    FROM shown AS s GROUP BY s.category_code, s.currency, s.unit HAVING count(*) >= $1
), found AS (
    SELECT m.category_code, m.currency, m.unit, m.offers, m.median_micro,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(ln(s.price_micro::float8 / m.median_micro))) AS spread
    FROM middle AS m JOIN shown AS s USING (category_code, currency, unit)
    GROUP BY m.category_code, m.currency, m.unit, m.offers, m.median_micro
), written AS (
    INSERT INTO category_price AS p (category_code, currency, unit, offers, median_micro, spread, computed_at)
    SELECT f.category_code, f.currency, f.unit, f.offers, f.median_micro, f.spread, market_now() FROM found AS f
    ON CONFLICT (market_id, category_code, currency, unit) DO UPDATE SET offers = excluded.offers,
        median_micro = excluded.median_micro, spread = excluded.spread, computed_at = excluded.computed_at
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
