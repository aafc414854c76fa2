"""What happens by the clock on the wall: each named schedule runs once per slot, whichever worker takes the slot first."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec
import structlog

from exchange.db import Database
from exchange.log import reason

log = structlog.get_logger(__name__)


class Schedule(msgspec.Struct, frozen=True):
    """A name, a period and what to do. A run that dies is not repeated: the next slot does its work."""

    name: str
    every_s: float
    run: Callable[[Database], Awaitable[None]]


# The slot that this moment belongs to, for the one who inserts it first; nothing for all others.
TAKE: Final = """
INSERT INTO schedule_slot (name, slot)
VALUES ($1, date_bin(make_interval(secs => $2), clock_timestamp(), timestamptz 'epoch'))
ON CONFLICT (name, slot) DO NOTHING RETURNING true
"""

# Seconds until the next slot begins.
UNTIL_NEXT: Final = """
SELECT extract(epoch FROM date_bin(make_interval(secs => $1), clock_timestamp(), timestamptz 'epoch')
    + make_interval(secs => $1) - clock_timestamp())::float8
"""


async def take(db: Database, name: str, every_s: float) -> tuple[bool, float]:
    """Whether this slot is ours, and the seconds to the next one."""
    async with db.system() as tx:
        taken = bool(await tx.value(TAKE, name, every_s))
        until_s: float = await tx.value(UNTIL_NEXT, every_s)
    return taken, until_s


async def run(db: Database, schedules: Sequence[Schedule], stop: asyncio.Event, rng: random.Random) -> None:
    """Run all schedules until `stop`; each keeps its own time, so a long one delays no other."""
    loops = [asyncio.create_task(_keep(db, schedule, stop, rng), name=f"schedule {schedule.name}") for schedule in schedules]
    await stop.wait()
    await asyncio.wait(loops, timeout=5)
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)


async def _keep(db: Database, schedule: Schedule, stop: asyncio.Event, rng: random.Random) -> None:
    while not stop.is_set():
        until_s = min(schedule.every_s, 5.0)
        try:
            taken, until_s = await take(db, schedule.name, schedule.every_s)
            if taken:
                await schedule.run(db)
        except Exception as error:
            log.warning("schedule failed", name=schedule.name, error=reason(error))
        # A little after the slot begins, so that several workers do not knock at the same instant.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), until_s + rng.uniform(0.0, 0.05))
