"""Roles that a company defines itself: a name for permissions of the table, given to people beside the roles of the table."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from exchange import events
from exchange.db import Tx
from exchange.domain.identity import role_store
from exchange.domain.identity.model import OwnRole
from exchange.domain.identity.refusals import RoleInUse
from exchange.domain.permission import GRANTABLE, may, need, need_person, need_step_up
from exchange.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, WrongState, invalid
from exchange.ids import new_id
from schemas.identity import RoleChange, RoleIn

ROLES_MAX = 50


async def listed(tx: Tx) -> list[OwnRole]:
    """The company's own roles by name."""
    need(tx.ctx, "company.read")
    return await role_store.listed(tx, tx.ctx.company)


async def get(tx: Tx, role: UUID) -> OwnRole:
    found = next((item for item in await listed(tx) if item.id == role), None)
    if found is None:
        raise NotFound(noun="role")
    return found


async def create(tx: Tx, command: RoleIn) -> OwnRole:
    """A new role. Nobody puts into it what they may not do themselves."""
    need_person(tx.ctx, "member.write")
    need_step_up(tx.ctx)
    _check(tx, command.permissions)
    if len(await listed(tx)) >= ROLES_MAX:
        raise invalid("", "too-many", "A company has at most %(most)s roles of its own.", most=ROLES_MAX)
    role = new_id()
    if not await role_store.insert(tx, role, tx.ctx.company, command.name):
        raise _name_taken()
    await role_store.set_permissions(tx, tx.ctx.company, role, sorted(set(command.permissions)))
    await events.append(tx, "company_role.created", role, 1)
    return await get(tx, role)


async def change(tx: Tx, role: UUID, command: RoleChange) -> OwnRole:
    """Another name or other permissions; whoever has the role has them at once, on other processes within ten seconds."""
    need_person(tx.ctx, "member.write")
    need_step_up(tx.ctx)
    before = await get(tx, role)
    _check(tx, command.permissions)
    try:
        version = await role_store.change(tx, role, command.version, command.name)
    except asyncpg.UniqueViolationError:
        raise _name_taken() from None
    if version is None:
        raise WrongState(noun="role", current=f"at version {before.version}")
    permissions = sorted(set(command.permissions))
    await role_store.set_permissions(tx, tx.ctx.company, role, permissions)
    states = {"before": " ".join(before.permissions), "permissions": " ".join(permissions)}
    await events.append(tx, "company_role.changed", role, version, payload=states)
    return await get(tx, role)


async def delete(tx: Tx, role: UUID) -> OwnRole:
    """The role is gone. Raises RoleInUse while anybody has it."""
    need_person(tx.ctx, "member.write")
    need_step_up(tx.ctx)
    before = await get(tx, role)
    try:
        version = await role_store.delete(tx, role)
    except asyncpg.ForeignKeyViolationError:
        raise RoleInUse(holders=before.holders) from None
    if version is None:
        raise NotFound(noun="role")
    await events.append(tx, "company_role.deleted", role, version + 1)
    return before


async def check_grant(tx: Tx, given: Sequence[UUID]) -> None:
    """Refuse to give somebody a role that holds what the giver may not do, or that is none of the company's."""
    known = {item.id: item for item in await listed(tx)}
    for role in given:
        if role not in known:
            raise invalid("/own_roles", "unknown-role", "Your company has no such role.")
        _allowed(tx, known[role].permissions)


def _check(tx: Tx, permissions: Sequence[str]) -> None:
    unknown = tuple(
        FieldError(f"/permissions/{index}", "not-grantable", "%(permission)s cannot stand in a role.", {"permission": name})
        for index, name in enumerate(permissions)
        if name not in GRANTABLE
    )
    if unknown:
        raise Invalid(errors=unknown)
    _allowed(tx, permissions)


def _allowed(tx: Tx, permissions: Sequence[str]) -> None:
    lacking = next((name for name in permissions if not may(tx.ctx, name)), None)
    if lacking is not None:
        raise Forbidden(needed=lacking)


def _name_taken() -> Conflict:
    return Conflict(what="A role of this name", errors=(FieldError("/name", "exists", "Your company has a role of this name."),))
