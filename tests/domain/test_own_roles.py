"""Roles that a company defines itself: what they give, who gives them, and what the database refuses."""

import asyncio

import asyncpg
import pytest
from msgspec import structs

from exchange.ctx import Ctx
from exchange.domain.company import members
from exchange.domain.identity import roles
from exchange.domain.identity.access import Access
from exchange.domain.identity.model import OwnRole
from exchange.domain.identity.refusals import RoleInUse
from exchange.domain.permission import ANYBODY, GRANTABLE, MEMBER, OWNERS, may
from exchange.errors import Conflict, Forbidden, Invalid, NotFound, WrongState
from schemas.company import MemberChange
from schemas.identity import RoleChange, RoleIn
from tests.world import World


async def define(world: World, ctx: Ctx, name: str, *permissions: str) -> OwnRole:
    api = await world.db.api(2)
    async with api.tx(ctx, "any") as tx:
        return await roles.create(tx, RoleIn(name=name, permissions=permissions))


async def give(world: World, ctx: Ctx, person: Ctx, version: int, *own: OwnRole) -> None:
    api = await world.db.api(2)
    async with api.tx(ctx, "any") as tx:
        await members.change(
            tx, person.person, MemberChange(version=version, roles=("viewer",), own_roles=tuple(role.id for role in own))
        )


async def test_a_role_adds_its_permissions_while_it_is_held_and_no_longer(world: World) -> None:
    """From the next look-up on; a changed role changes its holders, a taken one ends, one that is held is not deleted."""
    owner = await world.company("Sao Mai")
    clerk = await world.person(owner.company, "Sao Mai", "Kho", "viewer")
    role = await define(world, owner, "Purchasing clerk", "rfq.write", "delivery.receive")
    await give(world, owner, clerk, 1, role)
    api = await world.db.api(4)
    access, token = await Access.open(api), await world.session(clerk)

    async def rights() -> list[bool]:
        ctx = await access.session(token, fresh=True)
        assert ctx is not None
        return [may(ctx, name) for name in ("rfq.write", "delivery.receive", "quote.write", "rfq.read")]

    assert await rights() == [True, True, False, True]
    with pytest.raises(RoleInUse):
        async with api.tx(owner, "any") as tx:
            await roles.delete(tx, role.id)
    async with api.tx(owner, "any") as tx:
        changed = await roles.change(tx, role.id, RoleChange(version=1, name="Seller's clerk", permissions=("quote.write",)))
        with pytest.raises(WrongState):
            await roles.change(tx, role.id, RoleChange(version=1, name="Late", permissions=("quote.write",)))
    assert (changed.version, changed.holders, await rights()) == (2, 1, [False, False, True, True])
    await give(world, owner, clerk, 2)
    assert await rights() == [False, False, False, True]
    async with api.tx(owner, "any") as tx:
        await roles.delete(tx, role.id)
        assert await roles.listed(tx) == []
    told = await world.owner.fetch("SELECT type FROM event ORDER BY at, id")
    assert [row["type"] for row in told] == [
        "company_role.created", "person.roles_changed", "company_role.changed", "person.roles_changed", "company_role.deleted",
    ]  # fmt: skip


async def test_nobody_gives_what_they_have_not(world: World) -> None:
    """Unknown permissions and those that only owners, approvers and signatories have are refused by service and database; a
    buyer and a key define nothing."""
    owner = await world.company("Sao Mai")
    for name in ("operator.read", "nothing.write", "contract.sign", "member.write", "key.write"):
        with pytest.raises(Invalid):
            await define(world, owner, "Too much", name)
    role = await define(world, owner, "Clerk", "rfq.write")
    written = "INSERT INTO company_role_permission (company_id, role_id, permission) VALUES ($1, $2, $3)"
    for name in ("operator.read", "nothing.write", "contract.sign"):
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await world.owner.execute(written, owner.company, role.id, name)
    buyer = await world.person(owner.company, "Sao Mai", "Mua", "buyer")
    for other in (buyer, structs.replace(owner, scopes=frozenset({"member.write", "market.read"}))):
        with pytest.raises(Forbidden):
            await define(world, other, "Mine", "rfq.write")
    assert {name for name, held in MEMBER.items() if held & (ANYBODY - OWNERS - {"approver", "signatory"})} == GRANTABLE


async def test_a_role_of_another_company_does_not_exist(world: World) -> None:
    """Not to read, change or delete, and the database lets nobody hold it; names are a company's own affair."""
    owner, stranger = await world.company("Sao Mai"), await world.company("Tân Thành")
    role = await define(world, owner, "Clerk", "rfq.write")
    api = await world.db.api(2)
    async with api.tx(stranger, "any") as tx:
        assert await roles.listed(tx) == []
        with pytest.raises(NotFound):
            await roles.change(tx, role.id, RoleChange(version=1, name="Mine", permissions=("rfq.write",)))
    with pytest.raises(Invalid):
        await give(world, stranger, stranger, 1, role)
    held = "INSERT INTO member_role (company_id, person_id, role_id) VALUES ($1, $2, $3)"
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await world.owner.execute(held, stranger.company, stranger.person, role.id)
    with pytest.raises(Conflict):
        await define(world, owner, "CLERK", "rfq.write")
    await define(world, stranger, "Clerk", "rfq.write")


async def test_a_role_is_not_deleted_while_it_is_being_given(world: World) -> None:
    """Whichever comes first: nobody is left with a role that is gone."""
    owner = await world.company("Sao Mai")
    api = await world.db.api(8)

    async def delete(role: OwnRole) -> None:
        async with api.tx(owner, "any") as tx:
            await roles.delete(tx, role.id)

    for turn in range(6):
        clerk = await world.person(owner.company, "Sao Mai", f"Kho {turn}", "viewer")
        role = await define(world, owner, f"Clerk {turn}", "rfq.write")
        done = await asyncio.gather(give(world, owner, clerk, 1, role), delete(role), return_exceptions=True)
        assert [item is None for item in done].count(True) == 1, done
