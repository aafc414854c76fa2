"""What a company's own roles may hold, told to the database by its owner: it refuses every other permission."""

from typing import Final

import asyncpg

from exchange.domain.permission import GRANTABLE

# A permission that this release does not know any more stays while a role holds it, and means nothing.
RENEW: Final = """
INSERT INTO grantable_permission (name) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING
"""
DROP: Final = """
DELETE FROM grantable_permission AS g WHERE g.name <> ALL ($1::text[])
    AND NOT EXISTS (SELECT FROM company_role_permission AS p WHERE p.permission = g.name)
"""


async def renew_grantable(owner: asyncpg.Connection) -> None:
    """The table as this release has it; again without effect."""
    names = sorted(GRANTABLE)
    await owner.execute(RENEW, names)
    await owner.execute(DROP, names)
