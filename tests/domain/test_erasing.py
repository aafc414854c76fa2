"""A person is erased when they, their former company or an operator asked and nobody took it back; the record stays whole."""

import asyncio

import asyncpg
import msgspec
import pytest

from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.identity import service as identity
from exchange.domain.privacy import erasing
from exchange.domain.privacy.erasing import Erasure, StillNeeded
from exchange.domain.thread import service as threads
from exchange.errors import Forbidden, NotFound, StepUpRequired, WrongState
from exchange.ids import new_id
from exchange.jobs.sequencer import place_batch
from exchange.jobs.tell import tell
from exchange.verify_audit import head, verify_audit
from tests.domain.deals import Deals
from tests.domain.test_thread import Talk
from tests.world import World

NAMED = "Trần Canary"
TABLES = "SELECT c.oid::regclass::text FROM pg_class AS c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"


def proved(ctx: Ctx) -> Ctx:
    return msgspec.structs.replace(ctx, stepped_up=True)


async def ask(api: Database, ctx: Ctx, person: object = None) -> Erasure:
    async with api.tx(proved(ctx), "any") as tx:
        return await erasing.ask(tx, person or ctx.person)  # pyright: ignore[reportArgumentType]


async def carry_out(worker: Database, request: Erasure) -> str | None:
    async with worker.system() as tx:
        return await erasing.carry_out(tx, request.id)


async def holding(world: World, text: str) -> set[str]:
    """The tables of which a row holds this text."""
    tables = [row[0] for row in await world.owner.fetch(TABLES)]
    found = "SELECT EXISTS (SELECT FROM {} AS t WHERE t::text ILIKE $1)"
    return {table for table in tables if await world.owner.fetchval(found.format(table), f"%{text}%")}


async def test_erasure_takes_what_names_a_person_and_leaves_the_record_whole(world: World) -> None:
    """Seven days in which it may be taken back; then no table names the person but the contract they signed."""
    api, worker = await world.db.api(), await world.db.worker()
    deals = await Deals.open(world)
    order = await deals.order([("1", "1000", "10")])
    owner = deals.seller
    gone = await world.person(owner.company, "Sao Mai", NAMED, "owner", "seller")
    talk = Talk(deals, order, deals.buyer, gone)
    said = await talk.say(gone, "Giao thứ năm")
    await talk.say(gone, "Giá còn giảm được", internal=True)
    async with api.tx(gone, "any") as tx:
        await threads.read(tx, said.thread_id, said.id)
    former = await world.person(deals.buyer.company, "Buyer", "Lan", "buyer")
    await talk.say(former, "Chúng tôi chờ")
    await world.owner.execute("UPDATE membership SET ended_at = market_now() WHERE person_id = $1", former.person)
    email = await world.owner.fetchval("SELECT email FROM person WHERE id = $1", gone.person)
    await world.session(gone)
    await world.owner.execute(
        "INSERT INTO second_factor (person_id, sealed_secret, confirmed_at) VALUES ($1, $2, now())", gone.person, b"x" * 40
    )
    await world.owner.execute(
        """INSERT INTO passkey (id, person_id, credential_id, public_key, sign_count, name)
        VALUES (gen_random_uuid(), $1, $2, $2, 0, 'Điện thoại')""",
        *(gone.person, b"k" * 32),
    )
    with pytest.raises(StepUpRequired):
        async with api.tx(msgspec.structs.replace(gone, stepped_up=False), "any") as tx:
            await erasing.ask(tx, gone.person)
    with pytest.raises(Forbidden):
        async with api.tx(proved(msgspec.structs.replace(gone, scopes=frozenset({"person.erase"}))), "any") as tx:
            await erasing.data(tx)
    first = await ask(api, gone)
    with pytest.raises(WrongState):
        await ask(api, gone)
    async with api.tx(gone, "any") as tx:
        assert (await erasing.take_back(tx, first.id)).status == "withdrawn"
    second = await ask(api, gone)
    async with worker.system() as tx:
        for event in await world.owner.fetch("SELECT id FROM event WHERE aggregate = 'person' ORDER BY seq"):
            await tell(tx, event["id"])
    async with api.tx(gone, "any") as tx:
        data = await erasing.data(tx)
    assert (data.person.name, data.person.email, len(data.sessions), len(data.memberships)) == (NAMED, email, 1, 1)
    assert ([item.text for item in data.written], [item.name for item in data.passkeys]) == (
        ["Giá còn giảm được", "Giao thứ năm"],
        ["Điện thoại"],
    )
    async with api.tx(msgspec.structs.replace(former, company_id=None), "any") as tx:
        left = await erasing.data(tx)
    assert [(item.text, item.company_id) for item in left.written] == [(None, former.company)]
    assert {item.kind for item in data.messages} >= {"person.erasure_asked", "person.erasure_withdrawn"}
    assert [item.status for item in data.erasure_requests] == ["withdrawn", "waiting"]
    await world.advance("6 days 23 hours")
    assert await carry_out(worker, second) is None
    await world.advance("1 hour")
    await place(world)
    before = await head(world.owner)
    assert before is not None
    assert await verify_audit(world.owner, [before]) == []
    assert await carry_out(worker, second) == "done"
    assert await carry_out(worker, second) is None
    await place(world)
    assert await verify_audit(world.owner, [before]) == []
    assert await holding(world, "canary") == set()
    assert await holding(world, str(email)) == set()
    row = await world.owner.fetchrow("SELECT name, erased_at FROM person WHERE id = $1", gone.person)
    assert row is not None
    assert (row["name"], row["erased_at"] is not None) == ("Former colleague", True)
    for table in ("session", "second_factor", "notification", "passkey", "thread_read"):
        assert await world.owner.fetchval(f"SELECT count(*) FROM {table} WHERE person_id = $1", gone.person) == 0
    async with api.tx(deals.buyer, "any") as tx:
        shown = await threads.messages(tx, said.thread_id, limit=5)
        around = await threads.around(tx, shown.items)
    assert [(item.body, around.authors[item.id]) for item in shown.items][1:] == [("Giao thứ năm", "Former colleague")]
    async with api.system() as tx:
        known = await identity.store.sign_in_row(tx, f"erased-{gone.person}@erased.invalid")
    assert known is not None
    assert not await world.passwords.verify("", known.password_hash)
    last = await world.owner.fetchval("SELECT type FROM event ORDER BY seq DESC LIMIT 1")
    assert last == "person.erased"


async def test_the_last_owner_stays_also_when_two_go_at_once(world: World) -> None:
    """The only owner may not ask; of two owners who fall due together one stays, and is told that it was not possible."""
    api, worker = await world.db.api(), await world.db.worker()
    one = await world.company("Sao Mai")
    with pytest.raises(StillNeeded):
        await ask(api, one)
    two = await world.person(one.company, "Sao Mai", "Two", "owner")
    requests = [await ask(api, one), await ask(api, two)]
    await world.advance("7 days")
    ended = await asyncio.gather(*(carry_out(worker, request) for request in requests))
    assert sorted(ended, key=str) == ["done", "refused"]
    assert await world.owner.fetchval("SELECT count(*) FROM membership WHERE ended_at IS NULL") == 1
    assert await world.owner.fetchval("SELECT count(*) FROM person WHERE erased_at IS NOT NULL") == 1


async def test_others_ask_for_those_who_left_and_nobody_else(world: World) -> None:
    """An owner for a former colleague who acts for nobody, an operator for anybody; strangers and the active are unknown."""
    api = await world.db.api()
    owner, stranger = await world.company("Sao Mai"), await world.company("Sao Hôm")
    left = await world.person(owner.company, "Sao Mai", "Left", "buyer")
    moved = await world.person(owner.company, "Sao Mai", "Moved", "buyer")
    await world.owner.execute("UPDATE membership SET ended_at = now() WHERE person_id = ANY ($1)", [left.person, moved.person])
    await world.owner.execute(
        "INSERT INTO membership (company_id, person_id, roles) VALUES ($1, $2, '{buyer}')", stranger.company, moved.person
    )
    buyer = await world.person(owner.company, "Sao Mai", "Buyer", "buyer")
    for ctx, person in ((owner, moved), (owner, stranger), (owner, buyer), (stranger, left)):
        with pytest.raises(NotFound):
            await ask(api, ctx, person.person)
    with pytest.raises(NotFound):
        await ask(api, owner, new_id())
    with pytest.raises(Forbidden):
        await ask(api, buyer, left.person)
    with pytest.raises(Forbidden):
        await ask(api, await world.operator("moderator"), left.person)
    async with api.tx(owner, "any") as tx:
        assert {item.name: item.due_at for item in await erasing.former(tx)} == {"Left": None, "Moved": None}
    asked = await ask(api, owner, left.person)
    with pytest.raises(NotFound):
        async with api.tx(stranger, "any") as tx:
            await erasing.take_back(tx, asked.id)
    # Who asked may not end it as done: only the worker erases.
    async with api.tx(owner, "any") as tx:
        assert (await erasing.take_back(tx, asked.id)).status == "withdrawn"
    compliance = await world.operator("compliance")
    await ask(api, compliance, moved.person)
    async with api.tx(compliance, "any") as tx:
        assert [item.status for item in (await erasing.listed(tx, None, 10)).items] == ["waiting", "withdrawn"]


async def place(world: World) -> None:
    """Give every event its position and hash."""
    connection = await asyncpg.connect(world.db.url("exchange_worker"))
    try:
        while (await place_batch(connection))[0]:
            continue
    finally:
        await connection.close()
