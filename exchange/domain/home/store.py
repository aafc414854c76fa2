"""SQL of what surrounds the acting person, in one statement for every page."""

from typing import Final

from exchange.db import Tx
from exchange.domain.home.model import Surroundings

SURROUNDINGS: Final = """
SELECT market_now() AS now, p.name, p.email,
    (SELECT count(*) FROM (
        SELECT FROM notification AS n
        WHERE n.person_id = p.id AND n.company_id IS NOT DISTINCT FROM $2::uuid AND n.read_at IS NULL LIMIT 100
    ) AS counted) AS unread,
    coalesce((
        SELECT jsonb_agg(jsonb_build_object('company_id', m.company_id, 'name', c.display_name, 'status', c.status)
            ORDER BY c.sort_key, c.id)
        FROM membership AS m JOIN company AS c ON c.id = m.company_id
        WHERE m.person_id = p.id AND m.ended_at IS NULL
    ), '[]') AS workplaces
FROM person AS p WHERE p.id = $1
"""


async def surroundings(tx: Tx) -> Surroundings:
    return await tx.one(Surroundings, SURROUNDINGS, tx.ctx.person, tx.ctx.company_id)
