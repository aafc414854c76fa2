"""Slots are run once by whoever takes them."""

import asyncio
import random

from exchange.jobs import schedule
from exchange.jobs.schedule import Schedule
from tests.jobs.workshop import until


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
