"""Wake-ups make jobs prompt; losing any or all of them, or Valkey itself, loses no job."""

import asyncio
import random
import signal
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from redis.asyncio import Redis

from exchange import events
from exchange.embedded import Valkey
from exchange.ids import new_id
from exchange.jobs import wake
from exchange.jobs.kinds import Internal, Job
from exchange.jobs.wake import Announcer, Listener, Waker
from tests.jobs.workshop import alongside, put, runner, states, until, until_all_done, until_state, working

NEVER_S = 3600.0


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A Valkey of this test alone, which it may flush, stop and kill."""
    server = Valkey.start(tmp_path / "valkey")
    yield server
    server.stop()


async def nothing(_tx, _job: Job) -> None:
    """A job whose end is all that counts."""


async def test_a_commit_in_the_api_wakes_a_worker_without_a_poll(db, valkey) -> None:
    """The ids of committed jobs travel through arq; the worker here would otherwise sleep for an hour."""
    api, worker = await db.api(), await db.worker()
    rng = random.Random(1)
    item = runner(worker, {"act": Internal(nothing)}, poll_s=NEVER_S)
    waker, listener = Waker(valkey.url, rng), Listener(valkey.url, item.wake, rng)
    api.after_commit = waker.put
    async with working(item), alongside(waker.run(), listener.run()):
        for number in range(40):
            await put(api, "act", f"job {number}")
        await until_all_done(worker, 40)
        assert (waker.up, listener.up) == (True, True)


async def test_a_commit_in_the_worker_wakes_its_own_loop(db) -> None:
    """Jobs inserted by jobs need no Valkey at all to be prompt."""
    worker = await db.worker()
    item = runner(worker, {"act": Internal(nothing)}, poll_s=NEVER_S)
    worker.after_commit = item.wake
    async with working(item):
        await put(worker, "act", "own")
        await until_state(worker, "own", "done")


async def test_a_rolled_back_transaction_wakes_nobody(db) -> None:
    """Only a commit sends ids."""
    worker = await db.worker()
    woken: list[UUID] = []
    worker.after_commit = woken.extend
    try:
        async with worker.system() as tx:
            await events.enqueue(tx, "act", "never", {})
            raise ValueError
    except ValueError:
        pass
    assert (woken, await states(worker)) == ([], {})


async def test_flushing_valkey_under_load_loses_nothing(db, valkey) -> None:
    """FLUSHALL again and again while 200 jobs are inserted and run: each is done once."""
    api, worker = await db.api(), await db.worker(12)
    rng = random.Random(2)
    seen: list[UUID] = []

    async def act(_tx, job: Job) -> None:
        seen.append(job.id)

    item = runner(worker, {"act": Internal(act)}, poll_s=0.2)
    waker, listener = Waker(valkey.url, rng), Listener(valkey.url, item.wake, rng)
    api.after_commit = waker.put
    flusher = Redis.from_url(valkey.url)
    async with working(item), alongside(waker.run(), listener.run()):
        for number in range(200):
            await put(api, "act", f"job {number}")
            if number % 10 == 0:
                await flusher.flushall()
        await until_all_done(worker, 200)
    await flusher.aclose()
    assert len(seen) == len(set(seen)) == 200


async def test_without_valkey_the_poll_does_the_work(db, valkey) -> None:
    """Valkey is stopped before the first job: putting never waits or fails, and the poll finds every job."""
    api, worker = await db.api(), await db.worker()
    valkey.stop()
    rng = random.Random(3)
    item = runner(worker, {"act": Internal(nothing)}, poll_s=0.05)
    waker, listener = Waker(valkey.url, rng), Listener(valkey.url, item.wake, rng)
    api.after_commit = waker.put
    async with working(item), alongside(waker.run(), listener.run()):
        for number in range(20):
            await put(api, "act", f"job {number}")
        await until_all_done(worker, 20)
        assert (waker.up, listener.up) == (False, False)


async def test_wake_ups_come_back_after_valkey_was_killed(db, valkey) -> None:
    """kill -9 and a new, empty Valkey on the same port: both ends connect again by themselves."""
    api, worker = await db.api(), await db.worker()
    rng = random.Random(4)
    item = runner(worker, {"act": Internal(nothing)}, poll_s=NEVER_S)
    waker, listener = Waker(valkey.url, rng), Listener(valkey.url, item.wake, rng)
    api.after_commit = waker.put

    async def listening() -> bool:
        return listener.up

    async def silent() -> bool:
        return not listener.up

    async with working(item), alongside(waker.run(), listener.run()):
        await until(listening, "the listener never connected")
        valkey.kill()
        await until(silent, "the listener did not notice")
        await put(api, "act", "while it was away")
        await asyncio.to_thread(valkey.restart)
        await until(listening, "the listener did not come back")
        await put(api, "act", "after it came back")
        await until_state(worker, "after it came back", "done")


async def test_a_frozen_valkey_is_noticed(valkey) -> None:
    """A server that accepts and never answers counts as away within seconds, so the worker polls faster."""
    listener = Listener(valkey.url, lambda ids: None, random.Random(5))

    async def listening() -> bool:
        return listener.up

    async def silent() -> bool:
        return not listener.up

    process = valkey._process
    async with alongside(listener.run()):
        await until(listening, "the listener never connected")
        process.send_signal(signal.SIGSTOP)
        try:
            await until(silent, "the listener waits for a frozen server")
        finally:
            process.send_signal(signal.SIGCONT)
        await until(listening, "the listener did not come back")


async def test_what_waits_for_valkey_is_bounded_and_forgets_the_oldest() -> None:
    """Memory does not grow while Valkey is away."""
    waker = Waker("redis://127.0.0.1:1/0", random.Random(6), capacity=100)
    ids = [new_id() for _ in range(250)]
    waker.put(ids)
    assert list(waker._ids) == ids[-100:]


async def test_the_head_of_the_record_is_published(valkey) -> None:
    """Live pages are told the newest position; a burst may arrive as its last one."""
    announcer = Announcer(valkey.url, random.Random(7))
    subscriber = Redis.from_url(valkey.url)
    channel = subscriber.pubsub()
    await channel.subscribe(wake.HEAD_CHANNEL)
    async with alongside(announcer.run()):
        await channel.get_message(timeout=5)
        for position in (1, 2, 3):
            announcer.put(position)
        heard: list[bytes] = []

        async def last() -> bool:
            message = await channel.get_message(ignore_subscribe_messages=True, timeout=1)
            if message is not None:
                heard.append(message["data"])
            return heard[-1:] == [b"3"]

        await until(last, "the head was not published")
    await channel.aclose()
    await subscriber.aclose()


async def test_every_part_ends_when_it_is_cancelled_while_it_connects(valkey) -> None:
    """The client swallows a cancellation that meets it in the middle of connecting; the parts end all the same."""
    rng = random.Random(8)
    for step in range(40):
        waker, announcer, listener = (
            Waker(valkey.url, rng),
            Announcer(valkey.url, rng),
            Listener(valkey.url, lambda ids: None, rng),
        )
        tasks = [asyncio.create_task(item.run()) for item in (waker, announcer, listener)]
        waker.put([new_id()])
        announcer.put(1)
        for _ in range(step):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        _, pending = await asyncio.wait(tasks, timeout=5)
        assert not pending, f"cancelled after {step} turns of the loop and still running"
