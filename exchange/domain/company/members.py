"""What colleagues may do, and when they leave: decided by what the database says of everybody's roles at that moment."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from exchange import events
from exchange.db import Tx
from exchange.domain.company import store
from exchange.domain.company.model import LastOwner, Member, OwnRights
from exchange.domain.permission import need
from exchange.errors import Forbidden, NotFound, WrongState
from schemas.company import MemberChange


async def get(tx: Tx, person: UUID) -> Member:
    """One of the acting company's people."""
    need(tx.ctx, "market.read")
    found = next((member for member in await store.people(tx) if member.person_id == person), None)
    if found is None:
        raise NotFound(noun="colleague")
    return found


async def change(tx: Tx, person: UUID, command: MemberChange) -> Member:
    """Other roles for a colleague, who is told. Only an owner makes or changes owners; nobody gives themselves more."""
    before = await get(tx, person)
    roles = tuple(dict.fromkeys(command.roles))
    version = await _move(tx, person, command.version, roles, "person.roles_changed")
    return msgspec.structs.replace(before, roles=roles, version=version)


async def end(tx: Tx, person: UUID) -> Member:
    """The colleague acts for the company no longer: signed out at once, keys dead, told by e-mail."""
    before = await get(tx, person)
    version = await _move(tx, person, None, None, "person.left")
    return msgspec.structs.replace(before, version=version)


async def _move(tx: Tx, person: UUID, version: int | None, roles: Sequence[str] | None, event: str) -> int:
    """The new version of the membership; a refusal of the database as what it means."""
    need(tx.ctx, "member.write")
    if tx.ctx.scopes is not None:
        # A key that gives roles would make its maker a signatory.
        raise Forbidden(needed="a person's session")
    changed = await store.change_member(tx, person, version, roles)
    match changed.outcome:
        case "unknown":
            raise NotFound(noun="colleague")
        case "stale":
            raise WrongState(noun="colleague", current="changed by somebody else")
        case "last_owner":
            raise LastOwner
        case "own_more":
            raise OwnRights
        case "not_allowed" | "owner_only":
            raise Forbidden(needed="owner")
        case _:
            pass
    assert changed.new_version is not None, "a change that was done has a version"
    # Roles are states of a membership: what may be done, no name.
    states = {"company_id": str(tx.ctx.company), "before": " ".join(changed.roles_before or ()), "roles": " ".join(roles or ())}
    await events.append(tx, event, person, changed.new_version, payload=states)
    return changed.new_version
