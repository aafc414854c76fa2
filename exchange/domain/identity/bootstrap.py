"""The first people of the exchange: operators are made by who owns the database, never over HTTP."""

from typing import Final
from uuid import UUID

import asyncpg

from exchange.ids import new_id

# An operator; an e-mail that exists gets these roles instead, unless it belongs to a member company: an operator never trades.
ADD_OPERATOR: Final = """
INSERT INTO person (id, email, name, password_hash, locale, operator_roles, created_at)
VALUES ($1, lower($2), $3, $4, $5, $6, market_now())
ON CONFLICT (email) DO UPDATE SET operator_roles = excluded.operator_roles
WHERE NOT EXISTS (SELECT FROM membership AS m WHERE m.person_id = person.id AND m.ended_at IS NULL)
RETURNING id
"""


# The database's word for it.
AN_ADMINISTRATOR_STAYS: Final = "EX031"


class LastAdministrator(Exception):
    """The exchange keeps an administrator: make another first."""


async def add_operator(
    owner: asyncpg.Connection, email: str, name: str, password_hash: str, locale: str, roles: list[str]
) -> UUID | None:
    """The operator's id; None for the e-mail of a member company's person. Raises LastAdministrator."""
    try:
        found: UUID | None = await owner.fetchval(ADD_OPERATOR, new_id(), email, name, password_hash, locale, roles)
    except asyncpg.PostgresError as refusal:
        if getattr(refusal, "sqlstate", None) == AN_ADMINISTRATOR_STAYS:
            raise LastAdministrator from refusal
        raise
    return found
