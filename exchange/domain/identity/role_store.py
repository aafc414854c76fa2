"""SQL of the roles that a company defines itself."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.identity.model import OwnRole

LISTED: Final = """
SELECT r.id, r.company_id, r.name, r.version, r.created_at,
    ARRAY(SELECT p.permission FROM company_role_permission AS p WHERE p.role_id = r.id ORDER BY 1) AS permissions,
    (SELECT count(*) FROM member_role AS m WHERE m.company_id = r.company_id AND m.role_id = r.id) AS holders
FROM company_role AS r WHERE r.company_id = $1 ORDER BY lower(r.name)
"""


async def listed(tx: Tx, company: UUID) -> list[OwnRole]:
    return await tx.many(OwnRole, LISTED, company)


# Nothing when the company has a role of this name.
INSERT: Final = """
INSERT INTO company_role (id, company_id, name, created_at) VALUES ($1, $2, $3, market_now()) ON CONFLICT DO NOTHING RETURNING id
"""


async def insert(tx: Tx, role: UUID, company: UUID, name: str) -> bool:
    return await tx.value(INSERT, role, company, name) is not None


CHANGE: Final = "UPDATE company_role SET name = $3, version = version + 1 WHERE id = $1 AND version = $2 RETURNING version"


async def change(tx: Tx, role: UUID, version: int, name: str) -> int | None:
    """Nothing when the role is at another version, or another company's."""
    changed: int | None = await tx.value(CHANGE, role, version, name)
    return changed


CLEAR: Final = "DELETE FROM company_role_permission WHERE role_id = $1"
FILL: Final = "INSERT INTO company_role_permission (company_id, role_id, permission) SELECT $1, $2, unnest($3::text[])"


async def set_permissions(tx: Tx, company: UUID, role: UUID, permissions: Sequence[str]) -> None:
    await tx.execute(CLEAR, role)
    await tx.execute(FILL, company, role, permissions)


DELETE: Final = "DELETE FROM company_role WHERE id = $1 RETURNING version"


async def delete(tx: Tx, role: UUID) -> int | None:
    deleted: int | None = await tx.value(DELETE, role)
    return deleted
