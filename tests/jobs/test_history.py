"""Who reads what of the record: the timeline of an object and the feed of a company."""

from uuid import UUID, uuid4

import asyncpg
import pytest

from exchange import events
from exchange.db import Database
from exchange.domain.history import service
from exchange.errors import Forbidden, Invalid
from exchange.ids import new_id
from exchange.jobs.sequencer import place_batch
from tests.conftest import member

BUYER, SELLER, STRANGER, PERSON = uuid4(), uuid4(), uuid4(), uuid4()


async def happen(worker: Database, by: UUID, what: UUID, version: int, *audience: UUID) -> UUID:
    async with worker.tx(member(by, person=PERSON), "any") as tx:
        return await events.append(tx, "thing.moved", what, version, to_state="moved", audience=audience, payload={"n": version})


async def place(db) -> None:
    connection = await asyncpg.connect(db.url("exchange_worker"))
    try:
        await place_batch(connection)
    finally:
        await connection.close()


async def test_a_feed_is_complete_and_continues_where_it_ended(db) -> None:
    """Pages by position give each event that a company may know exactly once, its own and those it is told of."""
    worker, api = await db.worker(), await db.api()
    known: list[UUID] = []
    for number in range(1, 8):
        known.append(await happen(worker, BUYER, new_id(), number, *((SELLER,) if number % 2 else ())))
        await happen(worker, SELLER, new_id(), number)
    await place(db)
    seen: list[UUID] = []
    after = 0
    while True:
        async with api.tx(member(BUYER), "any") as tx:
            page = await service.feed(tx, after=after, most=3)
        if not page:
            break
        seen += [event.id for event in page]
        assert page[-1].position is not None
        after = page[-1].position
    assert seen == known
    async with api.tx(member(STRANGER), "any") as tx:
        assert await service.feed(tx) == []


async def test_the_people_of_another_company_stay_unnamed(db) -> None:
    """The reader of a feed learns which company acted, and which person only when it is its own."""
    worker, api = await db.worker(), await db.api()
    await happen(worker, BUYER, new_id(), 1, SELLER)
    await place(db)
    async with api.tx(member(BUYER), "any") as tx:
        assert [(event.company_id, event.actor_id) for event in await service.feed(tx)] == [(BUYER, PERSON)]
    async with api.tx(member(SELLER), "any") as tx:
        (told,) = await service.feed(tx)
    assert (told.company_id, told.actor_id) == (BUYER, None)
    view = service.view(told)
    assert (view.type, view.object, view.version, view.payload) == ("thing.moved", "thing", 1, {"n": 1})


async def test_a_timeline_shows_what_the_reader_may_know_newest_first(db) -> None:
    """Events of one object, placed or not yet, in pages; those of others are not in it."""
    worker, api = await db.worker(), await db.api()
    thing = new_id()
    ids = [await happen(worker, BUYER, thing, number, *((SELLER,) if number > 2 else ())) for number in range(1, 6)]
    await happen(worker, BUYER, new_id(), 1)
    async with api.tx(member(BUYER), "any") as tx:
        first = await service.timeline(tx, [thing], most=3)
        rest = await service.timeline(tx, [thing], before=first[-1].id, most=3)
    assert [event.id for event in first + rest] == ids[::-1]
    async with api.tx(member(SELLER), "any") as tx:
        assert [event.id for event in await service.timeline(tx, [thing])] == ids[:1:-1]
    async with api.tx(member(STRANGER), "any") as tx:
        assert await service.timeline(tx, [thing]) == []


@pytest.mark.parametrize(("after", "most"), [(-1, 10), (0, 0), (0, 501)])
async def test_a_feed_refuses_what_makes_no_sense(db, after, most) -> None:
    """A negative position and a page of nothing or too much are named as wrong."""
    api = await db.api()
    with pytest.raises(Invalid):
        async with api.tx(member(BUYER), "any") as tx:
            await service.feed(tx, after=after, most=most)


async def test_a_key_without_the_scope_reads_no_feed(db) -> None:
    """The feed needs event.read."""
    api = await db.api()
    ctx = member(BUYER)
    with pytest.raises(Forbidden):
        async with api.tx(type(ctx)(company_id=BUYER, roles=ctx.roles, scopes=frozenset({"offer.write"})), "any") as tx:
            await service.feed(tx)
