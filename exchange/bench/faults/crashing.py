"""Guarantee 1: what was acknowledged is there after kill -9 of PostgreSQL and of the api, once."""

import asyncio
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from exchange.bench.faults.case import Case, Figures, Plan
from exchange.bench.faults.children import Child, child
from exchange.bench.faults.ground import Place
from exchange.bench.faults.writing import Partner

AT_ONCE: Final = 8
# The control: PostgreSQL answers before the log is on disk, and writes it only now and then.
ASLEEP = ("ALTER SYSTEM SET wal_writer_delay = '10s'", "ALTER SYSTEM SET wal_writer_flush_after = '1GB'")
NOT_WAITING: Final = """
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$
"""
AWAKE = ("ALTER SYSTEM RESET wal_writer_delay", "ALTER SYSTEM RESET wal_writer_flush_after")


class _Crashes:
    """Who is killed after how many acknowledged writes."""

    def __init__(self, plan: Plan, place: Place, api: Child, count: int) -> None:
        self._place = place
        self._api = api
        kills = plan.size(2, 10)
        self._due = [int((number + plan.rng.uniform(0.2, 0.8)) * count / kills) for number in range(kills)]
        self._crashing: asyncio.Task[None] | None = None
        self.postgres = 0
        self.api = 0

    async def after(self, acknowledged: int) -> None:
        """Let the next crash begin when it is its turn, and the writers go on meanwhile."""
        if self._due and acknowledged >= self._due[0]:
            await self.over()
            self._due = [due for due in self._due if due > acknowledged]
            self._crashing = asyncio.create_task(self._crash(api_too=self.postgres % 2 == 0))

    async def over(self) -> None:
        """Everything that was killed is back."""
        if self._crashing is not None:
            await self._crashing

    async def _crash(self, *, api_too: bool) -> None:
        """kill -9, and started again."""
        server = self._place.ground.postgres
        await asyncio.to_thread(server.kill)
        self.postgres += 1
        if api_too:
            await self._api.end(signal.SIGKILL)
            self.api += 1
        await asyncio.to_thread(server.restart)
        if api_too:
            await self._api.start()
            await self._api.ready()


async def crash(plan: Plan) -> Figures:
    """Writes with keys, each sent again until it is acknowledged, while the servers are killed under them."""
    count = plan.size(240, 5000)
    guards = _durable() if plan.guarded else _forgetful(plan)
    async with guards, plan.ground.place() as place:
        if not plan.guarded:
            async with place.connection() as owner:
                await owner.execute(NOT_WAITING)
        async with child(place, "serve") as api:
            partner = await Partner.open(place, api.url, "Partner")
            if not plan.guarded:
                # The partner itself is not to be forgotten.
                await asyncio.to_thread(plan.ground.postgres.sql, "CHECKPOINT")
            try:
                crashes = _Crashes(plan, place, api, count)
                acknowledged = await _write(partner, crashes, count)
                await crashes.over()
                return {
                    "writes": count,
                    "postgres_killed": crashes.postgres,
                    "api_killed": crashes.api,
                    "retries": partner.retries,
                    "acknowledged": len(acknowledged),
                    "missing": await partner.missing(acknowledged),
                    "duplicates": await partner.twice(),
                }
            finally:
                await partner.close()


async def _write(partner: Partner, crashes: _Crashes, count: int) -> list[UUID]:
    waiting = [f"write-{number}" for number in range(count)]
    acknowledged: list[UUID] = []

    async def hand() -> None:
        while waiting:
            acknowledged.append(await partner.write(waiting.pop()))
            await crashes.after(len(acknowledged))

    await asyncio.gather(*(hand() for _ in range(AT_ONCE)))
    return acknowledged


@asynccontextmanager
async def _durable() -> AsyncGenerator[None]:
    """PostgreSQL as it runs in service."""
    yield


@asynccontextmanager
async def _forgetful(plan: Plan) -> AsyncGenerator[None]:
    """A server whose log is written seldom."""
    server = plan.ground.postgres
    await asyncio.to_thread(server.sql, ";".join([*ASLEEP, "SELECT pg_reload_conf()"]))
    try:
        yield
    finally:
        await asyncio.to_thread(server.sql, ";".join([*AWAKE, "SELECT pg_reload_conf()"]))


CASES: Final = (
    Case(
        id="1",
        name="kill -9 of PostgreSQL and of the api while writes are acknowledged",
        attempt=crash,
        exercised=lambda f: min(f["postgres_killed"], f["retries"]) > 0 and f["acknowledged"] == f["writes"],
        holds=lambda f: f["missing"] == f["duplicates"] == 0,
    ),
)
