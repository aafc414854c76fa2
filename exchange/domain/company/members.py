"""What colleagues may do, and when they leave: decided by what the database says of everybody's roles at that moment."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from msgspec import UNSET

from exchange import events
from exchange.db import Tx
from exchange.domain.company import people_store
from exchange.domain.company.model import LastOwner, Member, OwnRights
from exchange.domain.company.people_store import Ended
from exchange.domain.identity import roles as own
from exchange.domain.permission import need, need_person, need_step_up
from exchange.errors import Forbidden, NotFound, WrongState
from exchange.events import Happened
from schemas.company import MemberChange


async def get(tx: Tx, person: UUID) -> Member:
    """One of the acting company's people."""
    need(tx.ctx, "company.read")
    found = next((member for member in await people_store.people(tx) if member.person_id == person), None)
    if found is None:
        raise NotFound(noun="colleague")
    return found


async def change(tx: Tx, person: UUID, command: MemberChange) -> Member:
    """Other roles for a colleague, who is told. Only an owner makes or changes owners; nobody gives themselves more."""
    need_person(tx.ctx, "member.write")
    before = await get(tx, person)
    roles = tuple(dict.fromkeys(command.roles))
    _proved(tx, before.roles, roles)
    own_roles = before.own_roles if command.own_roles is UNSET else tuple(dict.fromkeys(command.own_roles))
    await own.check_grant(tx, [role for role in own_roles if role not in before.own_roles])
    version = await _move(tx, person, command.version, roles, own_roles)
    return msgspec.structs.replace(before, roles=roles, own_roles=own_roles, version=version)


async def end(tx: Tx, person: UUID) -> Member:
    """The colleague acts for the company no longer: signed out, their keys and webhooks ended, told by e-mail.

    What they had begun goes on: requests, quotations and approvals belong to the company, and colleagues see all of them.
    """
    need_person(tx.ctx, "member.write")
    before = await get(tx, person)
    _proved(tx, before.roles)
    version = await _move(tx, person, None, None, None)
    return msgspec.structs.replace(before, version=version, own_roles=())


def _proved(tx: Tx, *roles: Sequence[str]) -> None:
    """Who makes or unmakes owners has just proved who they are: an open session, or a provider's word, is not enough."""
    if any("owner" in held for held in roles):
        need_step_up(tx.ctx)


async def _move(tx: Tx, person: UUID, version: int | None, roles: Sequence[str] | None, own_roles: Sequence[UUID] | None) -> int:
    """The new version of the membership; a refusal of the database as what it means."""
    changed = await people_store.change_member(tx, person, version, roles, own_roles)
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
    ended = changed.ended or Ended()
    # Roles are states of a membership: what may be done, no name.
    states: dict[str, str | int | bool | None] = {
        "company_id": str(tx.ctx.company),
        "before": " ".join(changed.roles_before or ()),
        "roles": " ".join(roles or ()),
        "own_roles": " ".join(str(role) for role in own_roles or ()),
        "keys": len(ended.keys),
        "webhooks": len(ended.webhooks),
    }
    type_ = "person.left" if roles is None else "person.roles_changed"
    moved = Happened(type=type_, aggregate_id=person, version=changed.new_version, payload=states)
    await events.append_all(tx, (moved, *_ended(ended)))
    return changed.new_version


def _ended(ended: Ended) -> list[Happened]:
    """What ended together with the rights, each in the record."""
    return [
        *(Happened(type="key.revoked", aggregate_id=item.id, version=item.version) for item in ended.keys),
        *(
            Happened(
                type="webhook.disabled", aggregate_id=item.id, version=item.version, from_state="active", to_state="disabled"
            )
            for item in ended.webhooks
        ),
        *(
            Happened(
                type="member_invitation.revoked",
                aggregate_id=item.id,
                version=item.version,
                from_state="pending",
                to_state="revoked",
            )
            for item in ended.invitations
        ),
    ]
