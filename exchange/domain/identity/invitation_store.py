"""SQL of invitations to colleagues: written by functions of the owner, which check who invites, and read as the company."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.identity.invitation import Found, Invitation

INVITE: Final = "SELECT member_invite($1, $2, $3, $4, $5, $6)"


async def invite(
    tx: Tx, invitation: UUID, email: str, roles: tuple[Sequence[str], Sequence[UUID]], locale: str, token_hash: bytes
) -> str:
    """What became of it: invited, or why not. `roles`: of the table, and of the company's own."""
    outcome: str = await tx.value(INVITE, invitation, email, roles[0], locale, token_hash, roles[1])
    return outcome


class Renewed(msgspec.Struct, frozen=True):
    outcome: str
    was: str | None
    new_version: int | None


RENEW: Final = "SELECT r.outcome, r.was, r.new_version FROM member_invitation_renew($1, $2, $3) AS r"


async def renew(tx: Tx, invitation: UUID, sends: int, token_hash: bytes) -> Renewed:
    return await tx.one(Renewed, RENEW, invitation, sends, token_hash)


LISTED: Final = """
SELECT i.id, i.company_id, i.email, i.roles, i.own_roles, i.locale, i.status, i.version, i.sends, i.invited_by,
    i.created_at, i.due_at
FROM member_invitation AS i WHERE i.company_id = $1 ORDER BY i.created_at DESC, i.id DESC LIMIT $2
"""


async def listed(tx: Tx, company: UUID, limit: int) -> list[Invitation]:
    return await tx.many(Invitation, LISTED, company, limit)


GET: Final = """
SELECT i.id, i.company_id, i.email, i.roles, i.own_roles, i.locale, i.status, i.version, i.sends, i.invited_by,
    i.created_at, i.due_at
FROM member_invitation AS i WHERE i.id = $1
"""


async def get(tx: Tx, invitation: UUID) -> Invitation | None:
    return await tx.maybe(Invitation, GET, invitation)


STANDING: Final = "SELECT coalesce(array_agg(r.id), '{}') FROM company_role AS r WHERE r.id = ANY ($1)"


async def roles_that_stand(tx: Tx, roles: Sequence[UUID]) -> list[UUID]:
    """Those that the company has not deleted since."""
    found: list[UUID] = await tx.value(STANDING, roles)
    return found


OPEN: Final = "SELECT count(*) FROM member_invitation AS i WHERE i.company_id = $1 AND i.status = 'pending'"


async def open_count(tx: Tx, company: UUID) -> int:
    found: int = await tx.value(OPEN, company)
    return found


REVOKE: Final = """
UPDATE member_invitation AS i SET status = $3, version = i.version + 1
WHERE i.id = $1 AND i.status = ANY ($2) AND i.company_id = $4
RETURNING i.version
"""


async def revoke(tx: Tx, company: UUID, invitation: UUID, from_: Sequence[str], to: str) -> int | None:
    """Nothing for one that is over already, or another company's."""
    revoked: int | None = await tx.value(REVOKE, invitation, from_, to, company)
    return revoked


FIND: Final = """
SELECT i.id, i.company_id, i.company_name, i.email, i.roles, i.locale, i.status, i.over FROM member_invitation_lookup($1) AS i
"""


async def find(tx: Tx, token_hash: bytes) -> Found | None:
    return await tx.maybe(Found, FIND, token_hash)


class Accepted(msgspec.Struct, frozen=True):
    outcome: str
    invitation: UUID | None
    invitation_version: int | None
    person_version: int | None


ACCEPT: Final = """
SELECT a.outcome, a.invitation, a.invitation_version, a.person_version FROM member_invitation_accept($1, $2, $3, $4, $5) AS a
"""


async def accept(
    tx: Tx, token_hash: bytes, person: UUID, name: str | None, password_hash: str | None, locale: str | None
) -> Accepted:
    """`name` None: for the acting person; else for a new one."""
    return await tx.one(Accepted, ACCEPT, token_hash, person, name, password_hash, locale)
