"""Lost second factors: two operators, a letter with a link, a day; who stops it keeps them, and races end one way."""

import asyncio
import json
import re
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.identity import factor, lost_factor
from exchange.domain.identity.access import Access
from exchange.domain.identity.lost_factor import AskedByYou, FactorRemoval, OwnFactor
from exchange.domain.identity.refusals import LinkOver
from exchange.errors import Forbidden, Invalid, StepUpRequired, WrongState
from exchange.jobs.kinds import Job
from exchange.jobs.people import mail_factor_removal
from exchange.jobs.tell import tell
from exchange.notify.inbox import render
from schemas.identity import FactorRemovalAsk
from tests.conftest import TestDatabase
from tests.domain.test_identity import as_owner, enter, joined
from tests.domain.test_second_factor import EMAIL, answer, challenge, connected
from tests.notify.neighbourhood import deps, mail_server, settings
from tests.world import World
from tests.world import world as world_of

SECRET = settings().secret
WHY = FactorRemovalAsk(email=EMAIL, reason="Telephone and safe burnt down", proof="Called back at the number of the file")
LATER = """
UPDATE factor_removal SET asked_at = asked_at - interval '25 hours', confirmed_at = confirmed_at - interval '25 hours',
    due_at = due_at - interval '25 hours' WHERE status = 'confirmed' RETURNING 1
"""


async def ask(api: Database, who: Ctx) -> FactorRemoval:
    async with api.tx(who, "any") as tx:
        return await lost_factor.ask(tx, WHY, SECRET)


async def confirm(api: Database, who: Ctx, removal: UUID) -> FactorRemoval:
    async with api.tx(who, "any") as tx:
        return await lost_factor.confirm(tx, removal)


async def carry_out(worker: Database, removal: UUID) -> str | None:
    async with worker.system() as tx:
        return await lost_factor.carry_out(tx, removal)


async def letters(db: TestDatabase, worker: Database) -> list[str]:
    """The tokens of the links that go out for what was asked, and to whom."""
    found: list[str] = []
    owner = await db.owner()
    jobs = await owner.fetch("SELECT payload FROM job WHERE kind = 'mail_factor_removal' ORDER BY id")
    await owner.close()
    async with mail_server() as box:
        for row in jobs:
            job = Job(id=uuid4(), kind="x", payload=json.loads(row["payload"]), attempts=1, lease_token=uuid4())
            await mail_factor_removal(deps(worker, smtp_url=box.url), job)
        assert {name for to in box.recipients for name in to} <= {EMAIL}
        for letter in box.messages:
            part = letter.get_body(("plain",))
            assert part is not None
            found += re.findall(r"second-factor/stop\?token=([\w-]+)", part.get_content())
    return found


async def told(db: TestDatabase, world: World, worker: Database) -> dict[str, set[UUID]]:
    """Whom each event about second factors reaches."""
    async with worker.system() as tx:
        for row in await world.owner.fetch("SELECT id FROM event WHERE type LIKE 'person.factor%' ORDER BY seq"):
            await tell(tx, row["id"])
    rows = await world.owner.fetch(
        "SELECT kind, person_id, aggregate_id, data FROM notification WHERE kind LIKE 'person.factor%'"
    )
    assert all(render(row["kind"], row["aggregate_id"], json.loads(row["data"]), "vi").text for row in rows)
    found: dict[str, set[UUID]] = {}
    for row in rows:
        found.setdefault(row["kind"], set()).add(row["person_id"])
    return found


async def test_two_operators_remove_lost_factors_a_day_after_the_person_was_told(db: TestDatabase) -> None:
    """Nobody alone, nobody for themselves, the database neither; then factors and sessions are gone and the password signs in."""
    api, worker = await db.api(), await db.worker()
    ann = await joined(api, "ann")
    async with world_of(db) as world:
        one, two = [await world.operator("compliance") for _ in range(2)]
        three = await world.operator("administrator")
        with pytest.raises(Invalid):
            await ask(api, one)
        await connected(api, ann)
        session = await world.session(ann)
        for who, refusal in ((await world.operator("moderator"), Forbidden), (ann, Forbidden)):
            with pytest.raises(refusal):
                await ask(api, who)
        with pytest.raises(StepUpRequired):
            await ask(api, Ctx(person_id=one.person_id, operator=True, operator_roles=one.operator_roles))
        asked = await ask(api, one)
        with pytest.raises(WrongState):
            await ask(api, two)
        with pytest.raises(AskedByYou):
            await confirm(api, one, asked.id)
        for wrong in (one.person, ann.person):
            with pytest.raises(asyncpg.CheckViolationError):
                await world.owner.execute(
                    """UPDATE factor_removal SET status = 'confirmed', confirmed_by = $1, confirmed_at = clock_timestamp(),
                    due_at = clock_timestamp() + interval '25 hours'""",
                    wrong,
                )
        assert len(await letters(db, worker)) == 1
        both = await asyncio.gather(*(confirm(api, who, asked.id) for who in (two, three, two)), return_exceptions=True)
        assert sorted(type(item).__name__ for item in both) == ["FactorRemoval", "WrongState", "WrongState"]
        assert await carry_out(worker, asked.id) is None
        with pytest.raises(asyncpg.CheckViolationError):
            await world.owner.execute("UPDATE factor_removal SET due_at = due_at - interval '1 second'")
        with pytest.raises(asyncpg.CheckViolationError):
            await world.owner.execute("UPDATE factor_removal SET status = 'done', ended_at = clock_timestamp()")
        (link,) = await letters(db, worker)
        reached = await told(db, world, worker)
        assert reached["person.factor_removal_asked"] == {ann.person, two.person, three.person}
        assert reached["person.factor_removal_confirmed"] == {ann.person}
        assert await as_owner(db, LATER) == 1
        ended = await asyncio.gather(carry_out(worker, asked.id), carry_out(worker, asked.id))
        assert sorted(ended, key=str) == [None, "done"]
        with pytest.raises(LinkOver):
            await lost_factor.stop(api, link)
        assert await (await Access.open(api)).session(session) is None
        assert (await enter(api, EMAIL)).person_id == ann.person_id
        async with api.tx(ann, "any") as tx:
            assert not (await factor.state(tx)).on
            assert (await factor.state(tx)).recovery_codes_left == 0
        with pytest.raises(Invalid):
            await ask(api, two)
        assert await world.owner.fetchval("SELECT count(*) FROM access_log WHERE what = 'person.proof'") == 2
        # An operator's own: whoever else asks and confirms, not they.
        await world.owner.execute("INSERT INTO passkey (id, person_id, credential_id, public_key, sign_count, name)"
            " VALUES (uuidv7(), $1, sha256('a'), sha256('a'), 0, 'x')", one.person)  # fmt: skip
        own = FactorRemovalAsk(email=f"{one.person.hex}@test.example", reason=WHY.reason, proof=WHY.proof)
        with pytest.raises(OwnFactor):
            async with api.tx(one, "any") as tx:
                await lost_factor.ask(tx, own, SECRET)
        async with api.tx(two, "any") as tx:
            about = await lost_factor.ask(tx, own, SECRET)
        with pytest.raises(OwnFactor):
            await confirm(api, one, about.id)
        async with api.tx(three, "any") as tx:
            assert (await lost_factor.refuse(tx, about.id)).status == "refused"
            assert [row.status for row in (await lost_factor.listed(tx, None, 10)).items] == ["refused", "done"]


async def test_the_person_stops_it_by_the_link_or_by_a_factor_also_at_the_last_moment(db: TestDatabase) -> None:
    """A code, a recovery code or the link ends it for good; against the job exactly one of the two has its way."""
    api, worker = await db.api(), await db.worker()
    ann = await joined(api, "ann")
    async with world_of(db) as world:
        one, two = [await world.operator("compliance") for _ in range(2)]
        device, codes = await connected(api, ann)

        async def status() -> Any:
            return await as_owner(db, "SELECT status FROM factor_removal ORDER BY id DESC LIMIT 1")

        first = await ask(api, one)
        with pytest.raises(LinkOver):
            await lost_factor.stop(api, "made up")
        assert await status() == "asked"
        assert await answer(api, await challenge(api), device.code(1))
        assert await status() == "stopped"
        with pytest.raises(WrongState):
            await confirm(api, two, first.id)
        second = await ask(api, one)
        await confirm(api, two, second.id)
        link = lost_factor.token_of(SECRET, second.id)
        many = await asyncio.gather(*(lost_factor.stop(api, link) for _ in range(3)), return_exceptions=True)
        assert sorted(type(item).__name__ for item in many) == ["LinkOver", "LinkOver", "NoneType"]
        assert (await told(db, world, worker))["person.factor_removal_stopped"] == {ann.person, one.person, two.person}
        third = await ask(api, one)
        await confirm(api, two, third.id)
        given = await challenge(api)
        await as_owner(db, LATER)
        ended, _ = await asyncio.gather(carry_out(worker, third.id), answer(api, given, codes[0]), return_exceptions=True)
        left = await as_owner(db, "SELECT count(*) FROM second_factor WHERE confirmed_at IS NOT NULL")
        sessions = await as_owner(db, "SELECT count(*) FROM session WHERE person_id = $1", ann.person_id)
        if ended == "done":
            assert (await status(), left, sessions) == ("done", 0, 0)
        else:
            assert (ended, await status(), left) == (None, "stopped", 1)
            assert sessions
