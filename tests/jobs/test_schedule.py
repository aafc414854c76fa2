"""Slots are run once by whoever takes them; what is past its use is deleted, and nothing else."""

import asyncio
import random
from uuid import uuid4

from exchange.jobs import schedule
from exchange.jobs.schedule import Schedule
from tests.jobs.workshop import put, until


async def test_two_workers_run_each_slot_once(db) -> None:
    """However many workers know a schedule, a slot is one row and one run."""
    first, second = await db.worker(), await db.worker()
    runs: list[str] = []

    def known_to(name: str) -> Schedule:
        async def act(_db) -> None:
            runs.append(name)

        return Schedule("quick", 0.1, act)

    stop = asyncio.Event()
    loops = [
        asyncio.create_task(schedule.run(database, (known_to(name),), stop, random.Random(name)))
        for name, database in (("first", first), ("second", second))
    ]

    async def some() -> bool:
        return len(runs) >= 8

    await until(some, "the schedule did not run")
    stop.set()
    await asyncio.gather(*loops)
    async with first.system() as tx:
        assert await tx.value("SELECT count(*) FROM schedule_slot WHERE name = 'quick'") == len(runs)


async def test_a_slow_schedule_delays_no_other(db) -> None:
    """Each schedule keeps its own time, also while another hangs or fails."""
    worker = await db.worker()
    runs: list[int] = []

    async def hang(_db) -> None:
        await asyncio.Event().wait()

    async def fail(_db) -> None:
        raise ValueError

    async def count(_db) -> None:
        runs.append(1)

    stop = asyncio.Event()
    schedules = (Schedule("hang", 0.1, hang), Schedule("fail", 0.1, fail), Schedule("count", 0.1, count))
    loop = asyncio.create_task(schedule.run(worker, schedules, stop, random.Random(1)))

    async def some() -> bool:
        return len(runs) >= 3

    await until(some, "a hanging schedule held up another")
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)


async def test_the_purge_keeps_what_is_young_or_unfinished(db) -> None:
    """Old keys, old done jobs, ended sessions, forgotten counters and old slots go; dead letters and the young stay."""
    worker = await db.worker()
    owner = await db.owner()
    person = uuid4()
    await owner.execute(
        "INSERT INTO person (id, email, name, password_hash, created_at) VALUES ($1, 'a@b.vn', 'An', 'x', now())", person
    )
    for age, name in ((8, "old"), (6, "young")):
        await owner.execute(
            "INSERT INTO idempotency_key (company_id, actor_id, route, key, body_hash, created_at)"
            " VALUES (gen_random_uuid(), gen_random_uuid(), '/', $1, '', clock_timestamp() - make_interval(days => $2))",
            name,
            age,
        )
        for state in ("done", "dead", "new"):
            await owner.execute(
                "INSERT INTO job (id, kind, dedupe_key, payload, state, done_at)"
                " VALUES (uuidv7(make_interval(days => -$1::integer)), 'act',"
                " $2, '{}', $3, CASE $3::text WHEN 'done' THEN clock_timestamp() - make_interval(days => $1) END)",
                age,
                f"{name} {state}",
                state,
            )
        await owner.execute(
            "INSERT INTO session (token_hash, person_id, expires_at)"
            " VALUES (sha256($1::text::bytea), $2, now() + make_interval(days => 7 - $3))",
            name,
            person,
            age,
        )
        await owner.execute(
            "INSERT INTO sign_in_counter (key, failures, last_at)"
            " VALUES ($1::text::bytea, 3, now() - make_interval(days => ($2 - 6) * 2))",
            name,
            age,
        )
        await owner.execute("INSERT INTO schedule_slot VALUES ($1, now() - make_interval(days => ($2 - 6) * 2))", name, age)
    await put(worker, "act", "fresh")
    await schedule.purge(worker)
    assert [row["key"] for row in await owner.fetch("SELECT key FROM idempotency_key")] == ["young"]
    assert {row["dedupe_key"] for row in await owner.fetch("SELECT dedupe_key FROM job")} == {
        "old dead",
        "old new",
        "young done",
        "young dead",
        "young new",
        "fresh",
    }
    assert await owner.fetchval("SELECT count(*) FROM session") == 1
    assert [row["key"] for row in await owner.fetch("SELECT key FROM sign_in_counter")] == [b"young"]
    assert [row["name"] for row in await owner.fetch("SELECT name FROM schedule_slot")] == ["young"]
    await owner.close()


async def test_a_portion_at_a_time_deletes_everything(db, monkeypatch) -> None:
    """A large backlog goes in several transactions."""
    worker = await db.worker()
    owner = await db.owner()
    await owner.execute(
        "INSERT INTO idempotency_key (company_id, actor_id, route, key, body_hash, created_at) SELECT gen_random_uuid(),"
        " gen_random_uuid(), '/', 'k', '', now() - interval '9 days' FROM generate_series(1, 25)"
    )
    monkeypatch.setattr(schedule, "PORTION", 10)
    await schedule.purge(worker)
    assert await owner.fetchval("SELECT count(*) FROM idempotency_key") == 0
    await owner.close()
