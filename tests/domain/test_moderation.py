"""Cases: opened once per object, read by who may, decided once, appealed once and to somebody else."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from exchange.db import Ctx, Database
from exchange.domain.moderation import service
from exchange.domain.moderation.model import Hit, Kind
from exchange.errors import Forbidden, NotFound
from exchange.ids import new_id
from tests.world import World

PHONE = Hit("contact_phone", "description", 5, 17, {"found": "0903 123 456"})


async def opened(db: Database, ctx: Ctx, kind: Kind, object_id: UUID, company: UUID, *hits: Hit) -> UUID:
    async with db.tx(ctx, "any") as tx:
        return await service.open_case(tx, kind, object_id, company, hits)


async def test_an_object_has_one_open_case_however_often_it_is_met(world: World) -> None:
    """Twenty at once open one; the hits are those of the last; the event names no company, so its feed says nothing."""
    api = await world.db.api()
    seller, moderator = await world.company("Seller"), await world.operator("moderator")
    thing = new_id()
    cases = await asyncio.gather(*(opened(api, seller, "document", thing, seller.company, PHONE) for _ in range(20)))
    assert len(set(cases)) == 1
    async with api.read(moderator) as tx:
        found = await service.get(tx, cases[0])
    assert (found.status, found.version, found.hits) == ("open", 20, (PHONE,))
    recorded = await world.owner.fetch(
        "SELECT version, company_id, audience FROM event WHERE aggregate_id = $1 ORDER BY version", cases[0]
    )
    assert [tuple(row.values()) for row in recorded] == [(version, None, []) for version in range(1, 21)]


async def test_who_reads_a_case(world: World) -> None:
    """Its company and the operators; a flag the operators alone; and nobody opens one about another company."""
    api, worker = await world.db.api(), await world.db.worker()
    seller, other = await world.company("Seller"), await world.company("Other")
    moderator = await world.operator("moderator")
    about = await opened(api, seller, "document", new_id(), seller.company)
    async with worker.system() as tx:
        flag = await service.open_case(tx, "flag", new_id(), seller.company)
    seen: dict[str, list[bool]] = {}
    for name, ctx in (("seller", seller), ("other", other), ("moderator", moderator)):
        seen[name] = []
        for case in (about, flag):
            async with api.read(ctx) as tx:
                try:
                    await service.get(tx, case)
                except NotFound:
                    seen[name].append(False)
                else:
                    seen[name].append(True)
    assert seen == {"seller": [True, False], "other": [False, False], "moderator": [True, True]}
    with pytest.raises(Forbidden):
        await opened(api, other, "document", new_id(), seller.company)


async def test_what_is_withdrawn_needs_no_decision(world: World) -> None:
    """Its own company drops it, another cannot, and a member writes no decision into it."""
    api = await world.db.api()
    seller, other = await world.company("Seller"), await world.company("Other")
    thing = new_id()
    case = await opened(api, seller, "document", thing, seller.company)
    dropped: list[bool] = []
    for ctx in (other, seller, seller):
        async with api.tx(ctx, "any") as tx:
            dropped.append(await service.drop(tx, "document", thing))
    assert dropped == [False, True, False]
    async with api.tx(seller, "any") as tx:
        assert (await service.get(tx, case)).outcome == "dropped"
        assert await tx.execute("UPDATE moderation_case SET reason = 'mine' WHERE id = $1", case) == "UPDATE 0"
    with pytest.raises(asyncpg.CheckViolationError):
        await world.owner.execute("UPDATE moderation_case SET outcome = NULL WHERE id = $1", case)
