"""Guarantee 11: a reader by position meets every committed event once, and those of one object in order."""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

import asyncpg

from exchange import events
from exchange.bench.faults.case import Case, Figures, Plan, until
from exchange.bench.faults.ground import Place
from exchange.bench.faults.members import member
from exchange.db import Database
from exchange.errors import Unavailable
from exchange.ids import new_id
from exchange.jobs.sequencer import LOCK_KEY, Sequencer
from exchange.metrics import WorkerMetrics

OBJECTS: Final = 4
AT_ONCE: Final = 12
ROLLED_BACK: Final = 0.15
LONGEST_PAUSE_S: Final = 0.02
BUMP: Final = "UPDATE company SET version = version + 1 WHERE id = $1 RETURNING version"
BY_POSITION: Final = "SELECT e.id, e.position AS mark FROM event AS e WHERE e.position > $1 ORDER BY e.position"
# What must not be done: numbers are given before the commit, so a later one can be seen first.
BY_NUMBER: Final = "SELECT e.id, e.seq AS mark FROM event AS e WHERE e.seq > $1 ORDER BY e.seq"
UNPLACED: Final = "SELECT EXISTS (SELECT FROM event AS e WHERE e.position IS NULL)"
PLACED: Final = "SELECT e.position AS mark, e.aggregate_id, e.version FROM event AS e ORDER BY e.position"
# Nor this: who waits for a lock has taken its transaction's number before the one it waits for has committed.
BY_TRANSACTION: Final = "SELECT e.seq AS mark, e.aggregate_id, e.version FROM event AS e ORDER BY e.xmin::text::bigint, e.seq"
ENDED: Final = """
SELECT pg_terminate_backend(l.pid) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database()
    AND l.classid::bigint << 32 | l.objid::bigint = $1
"""


class _RolledBack(Exception):
    """This transaction was never meant to commit."""


class _Change:
    """One transaction of the schedule: which objects, how long it stays open, how it ends."""

    def __init__(self, rng: random.Random, objects: Sequence[UUID]) -> None:
        self.objects = sorted(rng.sample(objects, rng.choice([1, 1, 2])))
        self.pause_s = rng.uniform(0.0, LONGEST_PAUSE_S)
        self.commits = rng.random() >= ROLLED_BACK

    async def run(self, database: Database) -> list[UUID]:
        """The ids of the events that it committed. Who is only told to come back later does."""
        while True:
            try:
                return await self._once(database)
            except Unavailable:
                continue
            except _RolledBack:
                return []

    async def _once(self, database: Database) -> list[UUID]:
        async with database.system() as tx:
            made = [await events.append(tx, "faults.noted", new_id(), 1)]
            for item in self.objects:
                await asyncio.sleep(self.pause_s)
                version = await tx.value(BUMP, item)
                made.append(await events.append(tx, "faults.moved", item, version))
            if not self.commits:
                raise _RolledBack
        return made


class _Reader:
    """Reads the record while it grows, from the last mark it saw."""

    def __init__(self, place: Place, statement: str) -> None:
        self._place = place
        self._statement = statement
        self._last = 0
        self.ids: list[UUID] = []

    async def run(self, done: asyncio.Event) -> None:
        async with self._place.connection() as connection:
            while not done.is_set():
                await self._page(connection)
                await asyncio.sleep(0.002)
            await self._page(connection)

    async def _page(self, connection: asyncpg.Connection) -> None:
        for record in await connection.fetch(self._statement, self._last):
            self.ids.append(record["id"])
            self._last = record["mark"]


@asynccontextmanager
async def _sequencers(place: Place, rng: random.Random) -> AsyncGenerator[None]:
    """Two that contend for the lock, as in two workers."""
    stop = asyncio.Event()
    both = [Sequencer(place.url("exchange_worker"), lambda _: None, WorkerMetrics(), rng) for _ in range(2)]
    tasks = [asyncio.create_task(item.run(stop)) for item in both]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def sequence(plan: Plan) -> Figures:
    """Transactions wait for each other's rows, commit out of order and roll back; the sequencer is ended twice."""
    async with plan.ground.place() as place:
        worker = await place.database("exchange_worker", AT_ONCE)
        objects = [(await member(place, f"Object {number}")).company for number in range(OBJECTS)]
        changes = [_Change(plan.rng, objects) for _ in range(plan.size(200, 4000))]
        reader = _Reader(place, BY_POSITION if plan.guarded else BY_NUMBER)
        written = asyncio.Event()
        if plan.guarded:
            async with _sequencers(place, plan.rng):
                reading = asyncio.create_task(reader.run(written))
                committed, ended = await _write(plan, place, worker, changes)
                async with place.connection() as owner:

                    async def placed() -> bool:
                        return not await owner.fetchval(UNPLACED)

                    await until(placed, "every committed event has a position")
                written.set()
                await reading
        else:
            reading = asyncio.create_task(reader.run(written))
            committed, ended = await _write(plan, place, worker, changes)
            written.set()
            await reading
        return await _judged(place, plan.guarded, reader.ids, committed) | {"sequencers_ended": ended}


async def _write(plan: Plan, place: Place, worker: Database, changes: Sequence[_Change]) -> tuple[list[UUID], int]:
    """Run the schedule, so many at once, and end the sequencer's session at each third of it."""
    committed: list[UUID] = []
    waiting = list(enumerate(changes))[::-1]
    ended = 0

    async def hand() -> None:
        nonlocal ended
        while waiting:
            number, change = waiting.pop()
            committed.extend(await change.run(worker))
            if plan.guarded and number in (len(changes) // 3, len(changes) * 2 // 3):
                await until(lambda: _end_sequencer(place), "a sequencer works")
                ended += 1

    await asyncio.gather(*(hand() for _ in range(AT_ONCE)))
    return committed, ended


async def _end_sequencer(place: Place) -> bool:
    """End the session of the one that places events; False: there is none at the moment."""
    connection = await asyncpg.connect(place.ground.postgres.superuser_url(place.name))
    try:
        return bool(await connection.fetch(ENDED, LOCK_KEY))
    finally:
        await connection.close()


async def _judged(place: Place, guarded: bool, seen: list[UUID], committed: list[UUID]) -> Figures:
    async with place.connection() as owner:
        rows: list[Any] = await owner.fetch(PLACED if guarded else BY_TRANSACTION)
    versions: dict[UUID, list[int]] = defaultdict(list)
    for row in rows:
        versions[row["aggregate_id"]].append(row["version"])
    steps = [later - earlier for order in versions.values() for earlier, later in pairwise(order)]
    return {
        "committed": len(committed),
        "missed": len(set(committed) - set(seen)),
        "seen_twice": len(seen) - len(set(seen)),
        "from_rollbacks": len(set(seen) - set(committed)),
        "gaps": sum(row["mark"] != place_ for place_, row in enumerate(rows, 1)) if guarded else 0,
        "out_of_order": sum(step != 1 for step in steps),
    }


CASES: Final = (
    Case(
        id="11",
        name="positions are gapless and causal while transactions wait, commit out of order and roll back",
        attempt=sequence,
        exercised=lambda f: f["committed"] > 0,
        holds=lambda f: not any(f[name] for name in ("missed", "seen_twice", "from_rollbacks", "gaps", "out_of_order")),
    ),
)
