"""Guarantees 4 and 5b: Valkey may lose everything at any time, and every order is still settled once."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec
from redis.asyncio import Redis

from exchange import embedded
from exchange.bench.faults.case import Case, Figures, Plan, until
from exchange.bench.faults.children import child
from exchange.bench.faults.trade import Delivered, Trade, settled_once
from exchange.jobs.wake import Waker

SELLERS_AT_ONCE: Final = 4
# Without a step of any settlement for so long, the rest is taken for lost.
STILL_S: Final = 5.0


class _Fault(msgspec.Struct, frozen=True):
    """After so many invoices: everything in Valkey is deleted, or it is killed and away until so many more."""

    after: int
    kill_until: int | None


class _Valkey:
    """A Valkey to be ill-treated as the schedule says, and the count of what was done to it."""

    def __init__(self, server: embedded.Valkey, schedule: Sequence[_Fault]) -> None:
        self.server = server
        self._schedule = list(schedule)
        self._away_until: int | None = None
        self._one_at_a_time = asyncio.Lock()
        self.flushed = 0
        self.killed = 0

    async def after(self, invoices: int) -> None:
        """What the schedule says once so many invoices are recorded."""
        async with self._one_at_a_time:
            if self._away_until is not None and invoices >= self._away_until:
                self._away_until = None
                await asyncio.to_thread(self.server.restart)
            while self._schedule and self._away_until is None and invoices >= self._schedule[0].after:
                fault = self._schedule.pop(0)
                if fault.kill_until is None:
                    await self._flush()
                else:
                    await asyncio.to_thread(self.server.kill)
                    self.killed += 1
                    self._away_until = fault.kill_until

    async def _flush(self) -> None:
        client: Any = Redis.from_url(self.server.url)
        try:
            await client.flushall()
            self.flushed += 1
        finally:
            await client.aclose()


def _schedule(plan: Plan, count: int) -> list[_Fault]:
    """Alternately FLUSHALL and kill -9, spread over the run; a killed one stays away for about a tenth of it."""
    faults: list[_Fault] = []
    every = count / 8
    for number in range(8):
        after = int(number * every + plan.rng.uniform(0, every / 2)) + 1
        faults.append(_Fault(after, after + max(2, count // 10) if number % 2 else None))
    return faults


async def forget(plan: Plan) -> Figures:
    """Invoices of many orders arrive, each with a settlement to be made, while Valkey forgets and dies."""
    count = plan.size(32, 200)
    server = await asyncio.to_thread(embedded.Valkey.start, plan.ground.folder / "valkey")
    try:
        async with plan.ground.place() as place, Trade.open(place) as trade:
            sold = await trade.delivered(count)
            guards = () if plan.guarded else ("poll",)
            async with child(place, "work", without=guards, valkey_url=server.url):
                valkey = _Valkey(server, _schedule(plan, count))
                async with _waking(trade, Waker(server.url, plan.rng)), place.watched() as watched:
                    refused = await _invoice(trade, sold, valkey)
                    if plan.guarded:
                        drained_s = await until(lambda: _drained(trade), "all orders are settled")
                    else:
                        drained_s = await _still(trade)
                return {
                    "flushed": valkey.flushed,
                    "killed": valkey.killed,
                    "api_refused": refused,
                    "seconds_to_drain": round(drained_s, 2),
                    **watched,
                    **await trade.figures(),
                }
    finally:
        await asyncio.to_thread(server.stop)


@asynccontextmanager
async def _waking(trade: Trade, waker: Waker) -> AsyncGenerator[None]:
    """Commits wake the worker as those of the api process do."""
    trade.api.after_commit = waker.put
    running = asyncio.create_task(waker.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _invoice(trade: Trade, sold: Sequence[Delivered], valkey: _Valkey) -> int:
    """Record all invoices, several at once; returns how often one was refused at first."""
    waiting, done, refused = list(sold), 0, 0

    async def hand() -> None:
        nonlocal done, refused
        while waiting:
            item = waiting.pop()
            while not await trade.invoice(item):
                refused += 1
            done += 1
            await valkey.after(done)

    await asyncio.gather(*(hand() for _ in range(SELLERS_AT_ONCE)))
    return refused


async def _drained(trade: Trade) -> bool:
    return not await trade.unfinished()


async def _still(trade: Trade) -> float:
    """Until everything is settled or nothing has moved for a while."""
    total_s, left = 0.0, await trade.unfinished()

    async def moved() -> bool:
        return await trade.unfinished() != left

    while left:
        try:
            total_s += await until(moved, "another settlement", patience_s=STILL_S)
        except TimeoutError:
            return total_s
        left = await trade.unfinished()
    return total_s


CASES: Final = (
    Case(
        id="4/5b",
        name="FLUSHALL and kill -9 of Valkey while orders settle",
        attempt=forget,
        exercised=lambda f: min(f["flushed"], f["killed"]) > 0,
        holds=lambda f: settled_once(f) and f["api_refused"] == f["broken_snapshots"] == 0,
    ),
)
