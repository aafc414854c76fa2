"""What happens by the clock on the wall: each named schedule runs once per slot, whichever worker takes the slot first."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
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


# What is kept no longer than it is of use, in portions, so that no purge holds up the exchange. $1 = portion.
OLD_KEYS: Final = """
DELETE FROM idempotency_key AS k USING (
    SELECT o.ctid FROM idempotency_key AS o WHERE o.created_at < (SELECT clock_timestamp() - interval '7 days') LIMIT $1
) AS old WHERE k.ctid = old.ctid
"""
# Ids are ordered by time, so the primary key finds old jobs; dead letters stay until an operator decides.
OLD_JOBS: Final = """
DELETE FROM job AS j USING (
    SELECT o.id FROM job AS o WHERE o.id < (SELECT uuidv7(interval '-7 days')) AND o.state = 'done'
        AND o.done_at < (SELECT clock_timestamp() - interval '7 days') LIMIT $1
) AS old WHERE j.id = old.id
"""
ENDED_SESSIONS: Final = """
DELETE FROM session AS s USING (
    SELECT o.token_hash FROM session AS o WHERE o.expires_at < (SELECT clock_timestamp()) LIMIT $1
) AS old WHERE s.token_hash = old.token_hash
"""
# A day without failures forgets them.
OLD_COUNTERS: Final = """
DELETE FROM sign_in_counter AS c
WHERE c.last_at < clock_timestamp() - interval '1 day' AND coalesce(c.locked_until < clock_timestamp(), true)
    AND $1::integer > 0
"""
OLD_SLOTS: Final = """
DELETE FROM schedule_slot AS s WHERE s.slot < clock_timestamp() - interval '1 day' AND $1::integer > 0
"""
PORTION: Final = 5000
PORTIONS: Final = 200
PURGES: Final = (OLD_KEYS, OLD_JOBS, ENDED_SESSIONS, OLD_COUNTERS, OLD_SLOTS)


async def purge(db: Database) -> None:
    """Delete what is past its use, a transaction a portion."""
    for statement in PURGES:
        for _ in range(PORTIONS):
            async with db.system() as tx:
                deleted = int((await tx.execute(statement, PORTION)).rpartition(" ")[2])
            if deleted < PORTION:
                break


PURGE: Final = Schedule("purge", timedelta(hours=1).total_seconds(), purge)
