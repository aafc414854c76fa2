"""The group graph: an edge counts when somebody else than its declarer confirmed it; all that it connects are one group."""

import asyncio
from itertools import pairwise
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.affiliation import service, store
from exchange.domain.affiliation.model import Affiliation
from exchange.errors import Conflict, Forbidden, NotFound, WrongState
from schemas.affiliation import AffiliationDeclare, OutsideOwner
from tests.world import World


async def declare(api: Database, acting: Ctx, other: UUID, kind: Any = "sister") -> Affiliation:
    async with api.tx(acting, "active") as tx:
        return await service.declare(tx, AffiliationDeclare(kind=kind, other_id=other, percent="60"))


async def same(api: Database, one: Ctx, two: Ctx) -> bool:
    async with api.tx(one, "any") as tx:
        return await service.same_group(tx, one.company, two.company)


async def test_a_group_is_what_confirmed_edges_connect(world: World) -> None:
    """A declared edge counts for nothing; confirmed ones connect three members, and the end of one parts them again."""
    api = await world.db.api()
    mother, middle, child, stranger = [await world.company(name) for name in ("Mẹ", "Giữa", "Con", "Lạ")]
    operator = await world.operator("compliance")
    first = await declare(api, mother, middle.company, "subsidiary")
    assert not await same(api, mother, middle)
    async with api.tx(middle, "active") as tx:
        assert (await service.act(tx, first.id, "confirm")).decided_as == "other"
    second = await declare(api, child, middle.company)
    async with api.tx(operator, "any") as tx:
        assert [item.id for item in (await service.waiting(tx, None, 10)).items] == [second.id]
        await service.decide(tx, second.id, "confirm")
    assert [await same(api, mother, item) for item in (mother, middle, child, stranger)] == [True, True, True, False]
    async with api.tx(child, "active") as tx:
        await service.act(tx, second.id, "ask_end")
    assert await same(api, mother, child), "no member ends by itself what was confirmed"
    async with api.tx(operator, "any") as tx:
        await service.decide(tx, second.id, "end")
    assert [await same(api, mother, item) for item in (middle, child)] == [True, False]


async def test_one_outside_owner_of_a_quarter_makes_a_group_once_operators_confirm(world: World) -> None:
    """The same number and country is the same owner, however it is typed; a small share connects nobody."""
    api = await world.db.api()
    companies = [await world.company(name) for name in ("An", "Bình", "Chi")]
    operator = await world.operator("moderator")
    for acting, number, percent in zip(companies, ("079 200-001", "079200001", "079200001"), ("51", "25", "24.999"), strict=True):
        owner = OutsideOwner(name="Nguyễn Văn Thành", number=number, country="VN")
        async with api.tx(acting, "active") as tx:
            made = await service.declare(tx, AffiliationDeclare(kind="owner", owner=owner, percent=percent))
            with pytest.raises(Conflict):
                await service.declare(tx, AffiliationDeclare(kind="owner", owner=owner, percent=percent))
        async with api.tx(operator, "any") as tx:
            await service.decide(tx, made.id, "confirm")
    assert [await same(api, companies[0], item) for item in companies[1:]] == [True, False]


async def test_who_declared_cannot_confirm_and_others_see_nothing(world: World) -> None:
    """The service refuses and so does the row: neither declarer, stranger nor an operator without the right confirms."""
    api = await world.db.api()
    one, two, stranger = [await world.company(name) for name in ("Một", "Hai", "Ba")]
    made = await declare(api, one, two.company)
    with pytest.raises(Forbidden):
        async with api.tx(one, "active") as tx:
            await service.act(tx, made.id, "confirm")
    for acting, decided_as in ((one, "other"), (one, "operator")):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with api.tx(acting, "active") as tx:
                await store.move(tx, made.id, ["declared"], "confirmed", decided_as, acting.person)
    async with api.tx(stranger, "active") as tx:
        assert await service.listed(tx, one.company) == []
        with pytest.raises(NotFound):
            await service.act(tx, made.id, "confirm")
    with pytest.raises(Forbidden):
        async with api.tx(await world.operator("finance"), "any") as tx:
            await service.decide(tx, made.id, "confirm")
    with pytest.raises(Conflict):
        await declare(api, two, one.company)
    async with api.tx(one, "active") as tx:
        await service.act(tx, made.id, "withdraw")
    with pytest.raises(WrongState):
        async with api.tx(two, "active") as tx:
            await service.act(tx, made.id, "confirm")
    assert not await same(api, one, two)


async def test_edges_confirmed_at_once_make_one_group(world: World) -> None:
    """Four edges of a chain, confirmed in the same moment, leave five members with one group and no half of one."""
    api = await world.db.api(8)
    chain = [await world.company(f"Chuỗi {number}") for number in range(5)]
    edges = [await declare(api, one, two.company) for one, two in pairwise(chain)]

    async def confirm(acting: Ctx, edge: Affiliation) -> None:
        async with api.tx(acting, "active") as tx:
            await service.act(tx, edge.id, "confirm")

    await asyncio.gather(*(confirm(acting, edge) for acting, edge in zip(chain[1:], edges, strict=True)))
    groups = {row["group_id"] for row in await world.owner.fetch("SELECT group_id FROM company")}
    assert len(groups) == 1
    assert None not in groups
