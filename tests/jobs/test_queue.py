"""Jobs run once, are tried again, die when they must, and never twice at the same time."""

import asyncio
import random
from datetime import timedelta

import pytest

from exchange import events
from exchange.db import Tx
from exchange.ids import new_id
from exchange.jobs import queue
from exchange.jobs.kinds import Deps, Internal, Job, Later, LeaseLost, Outside, Retry
from tests.jobs.workshop import QUICK, Clock, job_row, put, runner, states, until, until_all_done, until_state, working

LEASE_S = {"act": 30.0}


async def count_events(db, type_: str) -> int:
    async with db.system() as tx:
        return await tx.value("SELECT count(*) FROM event WHERE type = $1", type_)


async def record(tx: Tx, job: Job) -> None:
    """The effect of a test job: one event, which is there once or not at all."""
    await events.append(tx, "test.acted", job.id, 1)


async def test_ten_equal_requests_make_one_job(db) -> None:
    """A dedupe key is inserted once, however often it is asked for."""
    api, worker = await db.api(), await db.worker()
    await asyncio.gather(*(put(database, "act", "same") for database in (api, worker) * 5))
    assert await states(worker) == {"same": "new"}


async def test_ten_deliveries_of_a_claimed_job_act_once(db) -> None:
    """The row lock lets one transaction act; the others find the job done and undo themselves."""
    worker = await db.worker(10)
    await put(worker, "act", "one")
    async with worker.system() as tx:
        (job,) = await queue.claim(tx, 5, LEASE_S, timedelta())

    async def deliver() -> bool:
        async with worker.system() as tx:
            if not await queue.hold(tx, job):
                return False
            await record(tx, job)
            await queue.finish(tx, job)
            return True

    assert sum(await asyncio.gather(*(deliver() for _ in range(10)))) == 1
    assert await count_events(worker, "test.acted") == 1


async def test_three_workers_run_each_of_many_jobs_once(db) -> None:
    """Claiming skips what another worker holds, so work is shared and nothing is done twice."""
    worker = await db.worker(20)
    for number in range(60):
        await put(worker, "act", f"job {number}")
    runners = [runner(worker, {"act": Internal(record)}) for _ in range(3)]
    async with working(*runners):
        for item in runners * 10:
            item.wake()

        async def reached() -> bool:
            found = await states(worker)
            return all(state == "done" for key, state in found.items() if key.startswith("job "))

        await until(reached, "the jobs were not all done")
    assert await count_events(worker, "test.acted") == 60


async def test_poison_dies_after_its_attempts_and_others_proceed(db) -> None:
    """A job that always fails becomes a dead letter with payload and reason; its neighbours are done."""
    worker = await db.worker()
    tried: list[int] = []

    async def fail(_tx: Tx, job: Job) -> None:
        tried.append(job.attempts)
        raise ValueError("no such thing as 'Acme Salt' at 1234.50")

    await put(worker, "poison", "bad", thing="kept")
    for number in range(10):
        await put(worker, "act", f"good {number}")
    good = {"act": Internal(lambda tx, job: asyncio.sleep(0))}
    async with working(runner(worker, {"poison": Internal(fail, QUICK), **good})):
        await until_state(worker, "bad", "dead")
    assert tried == [1, 2, 3]
    row = await job_row(worker, "bad")
    assert row["payload"] == {"thing": "kept"}
    assert row["last_error"].startswith("ValueError at exchange/jobs/")
    assert {state for key, state in (await states(worker)).items() if key.startswith("good")} == {"done"}


async def test_a_failed_attempt_leaves_nothing_behind(db) -> None:
    """What a handler did before it failed is undone with its transaction."""
    worker = await db.worker()

    async def act_and_fail(tx: Tx, job: Job) -> None:
        await record(tx, job)
        raise ValueError

    await put(worker, "act", "half")
    async with working(runner(worker, {"act": Internal(act_and_fail, QUICK)})):
        await until_state(worker, "half", "dead")
    assert await count_events(worker, "test.acted") == 0


async def test_a_dead_workers_job_is_run_by_another_and_the_late_one_is_refused(db) -> None:
    """After the lease ends the job is claimed again; whatever the first worker still writes changes nothing."""
    worker = await db.worker()
    clock = Clock()
    await put(worker, "act", "orphan")
    async with worker.system() as tx:
        (zombie,) = await queue.claim(tx, 5, LEASE_S, timedelta())
    async with working(runner(worker, {"act": Internal(record)}, ahead=clock)):
        await put(worker, "act", "other")
        await until_state(worker, "other", "done")
        assert (await states(worker))["orphan"] == "running"
        clock.ahead = timedelta(seconds=31)
        await until_state(worker, "orphan", "done")

    async def act_late() -> None:
        async with worker.system() as tx:
            await record(tx, zombie)
            await queue.finish(tx, zombie)

    with pytest.raises(LeaseLost):
        await act_late()
    async with worker.system() as tx:
        assert not await queue.hold(tx, zombie)
        assert not await queue.conclude(tx, zombie)
        assert not await queue.again(tx, zombie, 1.0, ahead=timedelta(), why="late")
        assert not await queue.bury(tx, zombie, "late")
    assert (await job_row(worker, "orphan"))["attempts"] == 2
    assert await count_events(worker, "test.acted") == 2


async def test_a_frozen_outside_job_is_refused_its_done_when_it_thaws(db) -> None:
    """Done is written only under the lease: the second worker's outcome stands."""
    worker = await db.worker()
    clock = Clock()
    thaw = asyncio.Event()
    seen: list[int] = []

    async def call(_deps: Deps, job: Job) -> None:
        seen.append(job.attempts)
        if job.attempts == 1:
            await thaw.wait()
        else:
            raise ValueError("the second call failed")

    table = {"call": Outside(call, Retry(attempts=5, first_s=3600, most_s=3600))}
    first, second = runner(worker, table), runner(worker, table, ahead=clock)
    async with working(first):
        await put(worker, "call", "slow")
        await until_state(worker, "slow", "running")
        async with working(second):
            clock.ahead = timedelta(seconds=61)
            await until_state(worker, "slow", "new")
        thaw.set()
    assert seen == [1, 2]
    assert (await job_row(worker, "slow"))["state"] == "new"


async def test_a_job_that_ends_its_workers_is_buried_unrun(db) -> None:
    """When all attempts ended with their worker, the next claim buries the job instead of losing another worker."""
    worker = await db.worker()
    clock = Clock()
    await put(worker, "act", "killer")
    for number in range(3):
        async with worker.system() as tx:
            assert len(await queue.claim(tx, 5, LEASE_S, timedelta(seconds=31 * number))) == 1
    clock.ahead = timedelta(seconds=31 * 3)
    async with working(runner(worker, {"act": Internal(record, QUICK)}, ahead=clock)):
        await until_state(worker, "killer", "dead")
    assert await count_events(worker, "test.acted") == 0


async def test_later_spends_no_attempt(db) -> None:
    """A job that must wait for something else is asked again as often as needed."""
    worker = await db.worker()
    asked: list[int] = []

    async def not_yet(_tx: Tx, job: Job) -> None:
        asked.append(job.attempts)
        if len(asked) < 10:
            raise Later(0.0)

    await put(worker, "act", "patient")
    async with working(runner(worker, {"act": Internal(not_yet, QUICK)})):
        await until_state(worker, "patient", "done")
    assert asked == [1] * 10


async def test_a_handler_may_finish_in_its_own_transaction(db) -> None:
    """An outside job writes its rows and its end together; the runner sees that it is done."""
    worker = await db.worker()

    async def ask_then_write(deps: Deps, job: Job) -> None:
        async with deps.db.system() as tx:
            await queue.finish(tx, job)
            await record(tx, job)

    await put(worker, "call", "both")
    item = runner(worker, {"call": Outside(ask_then_write)})
    async with working(item):
        await until_state(worker, "both", "done")
    assert await count_events(worker, "test.acted") == 1
    assert item.metrics.registry.get_sample_value("exchange_jobs_total", {"kind": "call", "outcome": "done"}) == 1


async def test_hanging_receivers_do_not_hold_up_our_own_books(db) -> None:
    """Outside calls have slots of their own."""
    worker = await db.worker(10)
    hang = asyncio.Event()
    for number in range(8):
        await put(worker, "call", f"hanging {number}")
    table = {"call": Outside(lambda deps, job: hang.wait()), "act": Internal(record)}
    async with working(runner(worker, table, slots=2), grace_s=0.0):
        await put(worker, "act", "ours")
        await until_state(worker, "ours", "done")

        async def two_hang() -> bool:
            return list((await states(worker)).values()).count("running") == 2

        await until(two_hang, "not exactly two of the hanging jobs run")


async def test_urgent_jobs_run_first(db) -> None:
    """With one slot, jobs run by priority and then by age."""
    worker = await db.worker()
    order: list[str] = []

    async def note(_tx: Tx, job: Job) -> None:
        order.append(job.payload["name"])

    async with worker.system() as tx:
        for name, priority in (("c", 5), ("a", 1), ("d", 5), ("b", 3)):
            await events.enqueue(tx, "act", name, {"name": name}, priority=priority)
    async with working(runner(worker, {"act": Internal(note)}, slots=1)):
        await until_all_done(worker, 4)
    assert order == ["a", "b", "c", "d"]


async def test_a_kind_nobody_knows_waits(db) -> None:
    """A job of a newer release is left alone until a worker comes that knows its kind."""
    worker = await db.worker()
    await put(worker, "of_tomorrow", "new kind")
    await put(worker, "act", "known")
    async with working(runner(worker, {"act": Internal(record)})):
        await until_state(worker, "known", "done")
    row = await job_row(worker, "new kind")
    assert (row["state"], row["attempts"]) == ("new", 0)


async def test_stopping_finishes_what_runs_and_puts_back_the_rest(db) -> None:
    """A graceful stop waits for the grace period; what still runs is free at once for another worker, unspent."""
    worker = await db.worker()
    started, release = asyncio.Event(), asyncio.Event()

    async def short(_tx: Tx, job: Job) -> None:
        started.set()
        await release.wait()

    async def endless(_deps: Deps, job: Job) -> None:
        await asyncio.Event().wait()

    await put(worker, "short", "short")
    await put(worker, "endless", "endless")
    stop = asyncio.Event()
    table = {"short": Internal(short), "endless": Outside(endless)}
    # It looks once: no claim is on its way when it is told to stop.
    task = asyncio.create_task(runner(worker, table, poll_s=3600.0).run(stop, grace_s=0.5))
    await started.wait()
    await until_state(worker, "endless", "running")
    stop.set()
    await put(worker, "short", "too late")
    release.set()
    await task
    assert await states(worker) == {"short": "done", "endless": "new", "too late": "new"}
    assert (await job_row(worker, "endless"))["attempts"] == 0


async def test_jobs_survive_the_loss_of_every_connection(db) -> None:
    """When PostgreSQL ends all sessions, the loop comes back and every job is done once."""
    worker = await db.worker(6)

    async def slowly(tx: Tx, job: Job) -> None:
        await tx.value("SELECT pg_sleep(0.05)")
        await record(tx, job)

    for number in range(20):
        await put(worker, "act", f"job {number}")
    table = {"act": Internal(slowly, Retry(attempts=20, first_s=0.01, most_s=0.05), lease_s=2.0)}
    async with working(runner(worker, table)):
        for _ in range(3):
            before = await count_events(worker, "test.acted")
            await asyncio.to_thread(
                db.server.sql,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                f" WHERE datname = '{db.name}' AND usename = 'exchange_worker'",
            )

            async def moved(before: int = before) -> bool:
                try:
                    return await count_events(worker, "test.acted") > before
                except Exception:
                    return False

            await until(moved, "no job was done after the connections were lost")

        async def reached() -> bool:
            return all(state == "done" for key, state in (await states(worker)).items() if key.startswith("job "))

        await until(reached, "the jobs were not all done")
    assert await count_events(worker, "test.acted") == 20


def test_the_wait_doubles_up_to_its_limit_with_jitter() -> None:
    """Waits grow, stay between half and all of the full wait, and never pass the limit."""
    retry, rng = Retry(first_s=1, most_s=100), random.Random(1)
    for attempts in range(1, 60):
        full = min(100.0, 2.0 ** (attempts - 1))
        waits = [retry.wait_s(attempts, rng) for _ in range(20)]
        assert full / 2 <= min(waits) < max(waits) <= full


async def test_a_job_knows_its_ids(db) -> None:
    """Payloads carry uuids as text; a job gives them back as uuids."""
    company = new_id()
    job = Job(id=new_id(), kind="act", payload={"company_id": str(company)}, attempts=1, lease_token=new_id())
    assert job.uuid("company_id") == company
