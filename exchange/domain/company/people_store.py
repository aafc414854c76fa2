"""SQL of a company's people: how they come, what they may do, and all that ends with it."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.company.model import Member

REPRESENTATIVE_IS: Final = "SELECT representative_is($1)"


async def representative_is(tx: Tx, person: UUID | None) -> None:
    """Who of an applicant's owners signs by law, and nobody else; None: the representative is not here."""
    await tx.value(REPRESENTATIVE_IS, person)


# The person and the ownership of a company without people; false for an e-mail that exists.
REGISTER: Final = "SELECT person_register($1, $2, $3, $4, $5, $6, $7)"


async def register(
    tx: Tx, person: UUID, email: str, name: str, password_hash: str, locale: str, company: UUID, *, signs: bool
) -> bool:
    """`signs`: the person is the legal representative."""
    registered: bool = await tx.value(REGISTER, person, email, name, password_hash, locale, company, signs)
    return registered


PEOPLE: Final = """
SELECT p.person_id, p.name, p.email, p.locale, p.roles, m.version,
    ARRAY(SELECT r.role_id FROM member_role AS r WHERE r.company_id = $1 AND r.person_id = p.person_id ORDER BY 1) AS own_roles
FROM company_people() AS p JOIN membership AS m ON m.company_id = $1 AND m.person_id = p.person_id ORDER BY p.name, p.person_id
"""


async def people(tx: Tx) -> list[Member]:
    return await tx.many(Member, PEOPLE, tx.ctx.company)


ADD_MEMBER: Final = "SELECT member_add($1, $2, $3, $4, $5, $6)"


async def add_member(tx: Tx, person: UUID, email: str, name: str, password_hash: str, locale: str, roles: Sequence[str]) -> bool:
    """False for an e-mail that exists."""
    return await tx.value(ADD_MEMBER, person, email, name, password_hash, locale, roles) is not None


class Closed(msgspec.Struct, frozen=True):
    """Something that ended with the rights of a person, at its new version."""

    id: UUID
    version: int


class Ended(msgspec.Struct, frozen=True):
    """All that ended with them."""

    keys: tuple[Closed, ...] = ()
    webhooks: tuple[Closed, ...] = ()
    invitations: tuple[Closed, ...] = ()


class MemberChanged(msgspec.Struct, frozen=True):
    """What became of a change of roles; `new_version` and `ended` only when it was done."""

    outcome: str
    roles_before: tuple[str, ...] | None
    new_version: int | None
    ended: Ended | None


CHANGE_MEMBER: Final = "SELECT c.outcome, c.roles_before, c.new_version, c.ended FROM member_change($1, $2, $3, $4) AS c"


async def change_member(
    tx: Tx, person: UUID, version: int | None, roles: Sequence[str] | None, own_roles: Sequence[UUID] | None
) -> MemberChanged:
    """`roles` None ends the membership; `version` None takes it at any version; `own_roles` None leaves them as they are."""
    return await tx.one(MemberChanged, CHANGE_MEMBER, person, version, roles, own_roles)


BELONGS: Final = "SELECT EXISTS (SELECT FROM membership AS m WHERE m.company_id = $1 AND m.person_id = $2)"


async def belongs(tx: Tx, company: UUID, person: UUID) -> bool:
    """Whether the person is or was one of the company's people."""
    found: bool = await tx.value(BELONGS, company, person)
    return found
