"""What the tests of jobs share: a runner over one database, jobs to put in, and waiting for what must come true."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg

from exchange import events
from exchange.db import Database
from exchange.ids import new_id
from exchange.jobs.kinds import Deps, Handler, Retry
from exchange.jobs.runner import Runner
from exchange.metrics import WorkerMetrics
from exchange.settings import Settings

QUICK = Retry(attempts=3, first_s=0.01, most_s=0.02)
PATIENCE_S = 20.0


def settings(database_url: str, redis_url: str = "redis://127.0.0.1:1/0", **more: Any) -> Settings:
    chosen = {"matcher_socket": "/nowhere", "files_url": "memory://", "secret": "s" * 32} | more
    return Settings(database_url=database_url, redis_url=redis_url, **chosen)


class Clock:
    """How far the runner's clock runs ahead of the database's; moved by hand."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> timedelta:
        return self.ahead


def runner(
    db: Database,
    handlers: Mapping[str, Handler],
    *,
    slots: int = 4,
    poll_s: float = 0.02,
    ahead: Callable[[], timedelta] = timedelta,
    **more: Any,
) -> Runner:
    return Runner(
        Deps(db=db, settings=settings("postgresql://unused", **more)),
        handlers,
        slots=slots,
        rng=random.Random(7),
        metrics=WorkerMetrics(),
        poll_s=lambda: poll_s,
        ahead=ahead,
    )


@asynccontextmanager
async def working(*runners: Runner, grace_s: float = 5.0) -> AsyncIterator[asyncio.Event]:
    """The runners at work; stopped at the end."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(item.run(stop, grace_s=grace_s)) for item in runners]
    try:
        yield stop
    finally:
        stop.set()
        await asyncio.gather(*tasks)


@asynccontextmanager
async def alongside(*endless: Awaitable[None]) -> AsyncIterator[None]:
    """Background tasks of a process, cancelled at the end."""
    tasks = [asyncio.ensure_future(item) for item in endless]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def put(db: Database, kind: str, key: str, **payload: object) -> None:
    """Insert a job in a transaction of its own."""
    async with db.system() as tx:
        await events.enqueue(tx, kind, key, payload)


async def states(db: Database) -> dict[str, str]:
    """dedupe key -> state of every job."""
    async with db.pool.acquire() as connection:
        return {row["dedupe_key"]: row["state"] for row in await connection.fetch("SELECT dedupe_key, state FROM job")}


async def job_row(db: Database, key: str) -> asyncpg.Record:
    async with db.pool.acquire() as connection:
        return await connection.fetchrow("SELECT * FROM job WHERE dedupe_key = $1", key)


async def until(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait until it holds; fails after a while, saying what did not come true."""
    give_up = time.monotonic() + PATIENCE_S
    while not await condition():
        assert time.monotonic() < give_up, what
        await asyncio.sleep(0.01)


async def until_state(db: Database, key: str, state: str) -> None:
    async def reached() -> bool:
        return (await states(db)).get(key) == state

    await until(reached, f"{key} never became {state}")


async def until_all_done(db: Database, count: int) -> None:
    async def reached() -> bool:
        found = list((await states(db)).values())
        return len(found) == count and set(found) == {"done"}

    await until(reached, f"{count} jobs were not all done")


async def add_company(owner: asyncpg.Connection, name: str = "Muối Biển") -> UUID:
    company = new_id()
    await owner.execute(
        "INSERT INTO company (id, status, legal_name, display_name, sort_key, country, profile, region, registration_id,"
        " tax_id, base_currency, applied_at) VALUES ($1, 'active', $2, $2, $2, 'VN', 'vn', 'VN-SG', $3, $3, 'VND', now())",
        company,
        name,
        str(company),
    )
    return company


async def add_offer(owner: asyncpg.Connection, company: UUID, *, days: int, status: str = "live") -> UUID:
    """An offer that is valid for `days` more days of market time."""
    offer = new_id()
    await owner.execute(
        "INSERT INTO unit VALUES ('KGM', 'kg', 'kilogram', 'kilôgam') ON CONFLICT DO NOTHING",
    )
    await owner.execute(
        "INSERT INTO category (code, path, name_en, name_vi) VALUES ('salt', 'salt', 'Salt', 'Muối') ON CONFLICT DO NOTHING"
    )
    await owner.execute(
        "INSERT INTO offer (id, company_id, status, title, category_code, unit, currency, tiers, price_micro, vat_code,"
        " vat_percent, firm, moq, increment, lead_time_days, ship_from, regions, terms, valid_until, created_at, updated_at)"
        " VALUES ($1, $2, $3, 'Sea salt', 'salt', 'KGM', 'VND', '[{\"min_quantity\": \"1\", \"price\": \"5000\"}]', 5000000000,"
        " 'VN10', 10, true, 1, 1, 3, 'VN-SG', '{VN}', '{}', market_now() + make_interval(days => $4),"
        " market_now(), market_now())",
        offer,
        company,
        status,
        days,
    )
    return offer


async def advance(owner: asyncpg.Connection, days: int) -> None:
    """Move the sandbox's market clock forward."""
    await owner.execute("UPDATE market_clock SET ahead = ahead + make_interval(days => $1)", days)
