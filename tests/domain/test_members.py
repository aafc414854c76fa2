"""Roles that change and memberships that end: who may, what holds at once, and that a company keeps an owner."""

import asyncio

import msgspec
import pytest
from msgspec import structs

from exchange.ctx import Ctx
from exchange.domain.company import members
from exchange.domain.company import service as companies
from exchange.domain.company.model import LastOwner, OwnRights
from exchange.errors import Forbidden, NotFound, StepUpRequired, WrongState
from schemas.company import CompanyEdit, MemberAdd, MemberChange
from tests.world import World


async def move(world: World, ctx: Ctx, person: Ctx, *roles: str, version: int = 1) -> None:
    """`ctx` gives `person` these roles; without any it ends the membership."""
    api = await world.db.api(4)
    async with api.tx(ctx, "any") as tx:
        if roles:
            await members.change(tx, person.person, msgspec.convert({"version": version, "roles": roles}, MemberChange))
        else:
            await members.end(tx, person.person)


async def roles_of(world: World, person: Ctx) -> list[str] | None:
    """The roles that the database holds, or None for who has left."""
    found: list[str] | None = await world.owner.fetchval(
        "SELECT roles FROM membership WHERE person_id = $1 AND ended_at IS NULL", person.person
    )
    return found


async def test_a_change_is_recorded_with_the_roles_before_and_after(world: World) -> None:
    """One event about the colleague, and a second change at the old version is refused."""
    owner = await world.company("Sao Mai")
    buyer = await world.person(owner.company, "Sao Mai", "Mua", "buyer")
    await move(world, owner, buyer, "buyer", "finance")
    with pytest.raises(WrongState):
        await move(world, owner, buyer, "viewer")
    assert await roles_of(world, buyer) == ["buyer", "finance"]
    event = await world.owner.fetchrow("SELECT type, version, actor_id, company_id, payload::text FROM event")
    assert event is not None
    assert (event["type"], event["version"], event["actor_id"]) == ("person.roles_changed", 2, owner.person)
    assert '"before": "buyer"' in event["payload"]
    assert '"roles": "buyer finance"' in event["payload"]


async def test_an_admin_neither_makes_nor_changes_owners(world: World) -> None:
    """Not by a context that still says otherwise either: the database asks for itself."""
    owner = await world.company("Sao Mai")
    admin = await world.person(owner.company, "Sao Mai", "Quản", "admin")
    buyer = await world.person(owner.company, "Sao Mai", "Mua", "buyer")
    pretending = structs.replace(admin, roles=frozenset({"owner"}))
    for acting in (admin, pretending):
        for person, roles in ((buyer, ("owner",)), (owner, ("viewer",)), (owner, ())):
            with pytest.raises(Forbidden):
                await move(world, acting, person, *roles)
    await move(world, admin, buyer, "seller")
    assert (await roles_of(world, buyer), await roles_of(world, owner)) == (["seller"], ["owner", "signatory", "approver"])


async def test_nobody_raises_themselves(world: World) -> None:
    """Own roles only become fewer; a buyer changes nobody's."""
    owner = await world.company("Sao Mai", roles=("owner",))
    admin = await world.person(owner.company, "Sao Mai", "Quản", "admin", "buyer")
    buyer = await world.person(owner.company, "Sao Mai", "Mua", "buyer")
    with pytest.raises(OwnRights):
        await move(world, owner, owner, "owner", "signatory")
    with pytest.raises(OwnRights):
        await move(world, admin, admin, "admin", "signatory")
    with pytest.raises(Forbidden):
        await move(world, buyer, admin, "viewer")
    await move(world, admin, admin, "admin")
    assert await roles_of(world, admin) == ["admin"]


async def test_people_of_other_companies_do_not_exist(world: World) -> None:
    """Neither by name nor by id."""
    owner, stranger = await world.company("Sao Mai"), await world.company("Tân Thành")
    for roles in (("viewer",), ()):
        with pytest.raises(NotFound):
            await move(world, owner, stranger, *roles)
    assert await roles_of(world, stranger) is not None


async def test_two_owners_who_remove_each_other_at_once_leave_one(world: World) -> None:
    """Whoever comes second is no owner any more, or is the last one."""
    for _ in range(5):
        first = await world.company("Sao Mai", roles=("owner",))
        second = await world.person(first.company, "Sao Mai", "Hai", "owner")
        ended = await asyncio.gather(move(world, first, second), move(world, second, first), return_exceptions=True)
        assert [item is None for item in ended].count(True) == 1, ended
        left = "SELECT count(*) FROM membership WHERE company_id = $1 AND ended_at IS NULL AND 'owner' = ANY (roles)"
        assert await world.owner.fetchval(left, first.company) == 1


async def test_two_owners_who_step_down_at_once_leave_one(world: World) -> None:
    """Each gives up their own ownership; one of them is told that they are the last."""
    first = await world.company("Sao Mai", roles=("owner", "viewer"))
    second = await world.person(first.company, "Sao Mai", "Hai", "owner", "viewer")
    done = await asyncio.gather(
        move(world, first, first, "viewer"), move(world, second, second, "viewer"), return_exceptions=True
    )
    assert sorted(type(item).__name__ for item in done) == ["LastOwner", "NoneType"]
    last = first if await roles_of(world, first) == ["owner", "viewer"] else second
    with pytest.raises(LastOwner):
        await move(world, last, last)


async def test_a_key_changes_nobody(world: World) -> None:
    """Whatever its scopes say."""
    owner = await world.company("Sao Mai")
    buyer = await world.person(owner.company, "Sao Mai", "Mua", "buyer")
    with pytest.raises(Forbidden):
        await move(world, structs.replace(owner, scopes=frozenset({"market.read", "member.write"})), buyer, "viewer")


async def test_who_is_no_owner_any_more_adds_none(world: World) -> None:
    """A request that was begun as owner ends as what its person is now."""
    owner = await world.company("Sao Mai")
    second = await world.person(owner.company, "Sao Mai", "Hai", "owner")
    await move(world, owner, second, "admin")
    api = await world.db.api(2)
    command = msgspec.convert(
        {"email": "new@x.example", "name": "New", "password": "correct horse battery", "locale": "en", "roles": ["owner"]},
        MemberAdd,
    )
    with pytest.raises(Forbidden):
        async with api.tx(second, "any") as tx:
            await companies.add_member(tx, command, await world.passwords.hash("correct horse battery"))


async def test_owners_are_made_and_unmade_by_who_has_just_proved_it(world: World) -> None:
    """A session left open, or opened by the word of a provider, changes no owner; other roles it may."""
    owner = await world.company("Sao Mai")
    second = await world.person(owner.company, "Sao Mai", "Hai", "owner")
    buyer = await world.person(owner.company, "Sao Mai", "Mua", "buyer")
    left_open = structs.replace(owner, stepped_up=False)
    for person, roles in ((buyer, ("owner",)), (second, ("viewer",)), (second, ())):
        with pytest.raises(StepUpRequired):
            await move(world, left_open, person, *roles)
    added = MemberAdd(email="new@x.example", name="Mới", password="a long password", locale="vi", roles=("owner",))
    api = await world.db.api(4)
    with pytest.raises(StepUpRequired):
        async with api.tx(left_open, "any") as tx:
            await companies.add_member(tx, added, "-")
    await move(world, left_open, buyer, "seller")
    await move(world, owner, second, "viewer")
    assert await roles_of(world, second) == ["viewer"]


@pytest.mark.parametrize("turned", ["Sao \u202eiaM", "\u2067Sao Mai", "Sao Mai\u200f"])
def test_a_name_reads_as_it_is_written(turned: str) -> None:
    """What turns the direction of letters would let one member look like another."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"version": 1, "display_name": turned}, CompanyEdit)
