"""`exchange bench http`: the hot routes of the API beside their floor, in turn, five rounds, medians."""

import asyncio
import json
import pickle
import statistics
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Final
from urllib.request import urlopen

import asyncpg
import httpx2
import msgspec
import psutil
from rich.console import Console

from exchange.bench.floor import Copied, FloorPlan, Write
from exchange.bench.load import Outcome, Plan
from exchange.bench.market import Market, fill
from exchange.connection import codecs
from exchange.embedded.local import free_port
from exchange.stack import Stack, StackOptions, running

ROUNDS: Final = 5
POOL: Final = 10
# How many orders the buyer has before its list is measured.
ORDERS: Final = 30
# Above this share of a processor the generator, not the server, is measured.
GENERATOR_MOST: Final = 0.9
LIMIT: Final = "10000000/minute"


class RouteFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Medians over the rounds; `ratio` = product / floor, round by round, then its median."""

    route: str
    rps: float
    floor_rps: float
    ratio: float
    p50_ms: float
    p99_ms: float


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    routes: tuple[RouteFigures, ...]
    generator_cpu: float
    offers: int
    rounds: int
    seconds: float
    connections: int


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """The same thing asked of both sides."""

    name: str
    product: tuple[str, ...]
    floor: tuple[str, ...]


def request(method: str, path: str, *, key: str = "", body: object = None, write: bool = False) -> str:
    """One HTTP/1.1 request as text."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    if key:
        lines.append(f"Authorization: Bearer {key}")
    if write:
        lines.append("Idempotency-Key: bench-{n}")
    text = "" if body is None else json.dumps(body, separators=(",", ":"))
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(text.encode())}"]
    elif method == "POST":
        lines.append("Content-Length: 0")
    return "\r\n".join(lines) + "\r\n\r\n" + text


def routes(market: Market) -> list[Route]:
    """The six routes; several targets each, so that no single row stays hot alone."""
    key = market.key
    return [
        Route(
            name="offer_get",
            product=tuple(request("GET", f"/api/v1/offers/{offer}", key=key) for offer in market.offers),
            floor=tuple(request("GET", f"/offer/{offer}") for offer in market.offers),
        ),
        Route(name="offer_list", product=(request("GET", "/api/v1/offers", key=key),), floor=(request("GET", "/offers"),)),
        Route(
            name="search",
            product=(request("POST", "/api/v1/search", key=key, body=market.search),),
            floor=(request("POST", "/search"),),
        ),
        Route(name="order_list", product=(request("GET", "/api/v1/orders", key=key),), floor=(request("GET", "/orders"),)),
        Route(
            name="rfq_publish",
            product=(request("POST", "/api/v1/rfqs", key=key, body=market.rfq, write=True),),
            floor=(request("POST", "/rfq_publish"),),
        ),
        Route(
            name="order_place",
            product=tuple(request("POST", "/api/v1/orders", key=key, body=body, write=True) for body in market.orders),
            floor=(request("POST", "/order_place"),),
        ),
    ]


async def measure(plan: Plan) -> Outcome:
    """Run the generator in its own process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "exchange.bench.load", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate(msgspec.json.encode(plan))
    return msgspec.json.decode(out, type=Outcome)


# Every table, with the statement that the database writes for it.
TABLES: Final = """
SELECT c.relname AS name, format('SELECT * FROM %s WHERE xmin::text = $1', c.oid::regclass) AS rows
FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY c.oid
"""
# The transaction that answered the request with this key: all its rows carry the same xmin.
TRANSACTION: Final = "SELECT xmin::text FROM idempotency_key WHERE key = $1"
EXISTING: Final = "SELECT id FROM company UNION SELECT id FROM person UNION SELECT id FROM offer UNION SELECT id FROM market"


async def captured(owner: asyncpg.Connection, key: str) -> Write:
    """The rows that one write of the product made in its one transaction, from every table, while no worker touches them."""
    transaction = await owner.fetchval(TRANSACTION, key)
    if transaction is None:
        raise RuntimeError("the write to be copied was not answered")
    copies: list[Copied] = []
    generated = {(table, column) for table, column in await owner.fetch(GENERATED)}
    for name, statement in await owner.fetch(TABLES):
        # An update of a row that was there before (stock) is copied as nothing: the floor gets this for free.
        rows = await owner.fetch(statement, transaction)
        if rows and name != "offer":
            copies.append(_copied(name, rows, generated))
    existing = await owner.fetch(EXISTING)
    return copies, frozenset(record["id"] for record in existing)


# Columns that the database fills by itself.
GENERATED: Final = """
SELECT a.attrelid::regclass::text AS name, a.attname FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid AND c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
WHERE a.attgenerated <> '' OR a.attidentity = 'a'
"""


def _copied(table: str, rows: Sequence[asyncpg.Record], generated: set[tuple[str, str]]) -> Copied:
    columns = tuple(name for name in rows[0].keys() if (table, name) not in generated)  # noqa: SIM118  a Record iterates its values
    return Copied(table=table, columns=columns, rows=tuple(tuple(row[name] for name in columns) for row in rows))


@asynccontextmanager
async def _floor(plan: FloorPlan) -> AsyncGenerator[None]:
    """The floor's process, once it answers."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "exchange.bench.floor", stdin=asyncio.subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(pickle.dumps(plan))
    process.stdin.write_eof()
    try:
        await asyncio.to_thread(_wait_for, f"http://127.0.0.1:{plan.port}/ready")
        yield
    finally:
        process.terminate()
        await process.wait()


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            with urlopen(url, timeout=1):  # noqa: S310  an address of our own on loopback
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def paused(stack: Stack) -> psutil.Process:
    """The worker, stopped: jobs of the floor's copied rows make no sense, and neither side pays for them while it is timed."""
    for process in psutil.Process().children(recursive=True):
        if process.cmdline()[-1:] == ["work"]:
            process.suspend()
            return process
    raise RuntimeError("there is no worker")


async def run(*, offers: int, seconds: float, rounds: int, connections: int, only: str | None, console: Console) -> Figures:
    """Fill a throw-away market and measure. Raises RuntimeError for a refused request or a generator at its limit."""
    options = StackOptions(sandbox=True, environment={"EXCHANGE_RATE_LIMIT": LIMIT, "EXCHANGE_POOL_SIZE": str(POOL)})
    async with running(options) as stack:
        market = await fill(stack, offers)
        worker = paused(stack)
        try:
            plan = await _floor_plan(stack, market)
            async with _floor(plan):
                wanted = [route for route in routes(market) if only in (None, route.name)]
                figures: list[RouteFigures] = []
                cpu = 0.0
                number = 1
                for route in wanted:
                    measured: list[tuple[Outcome, Outcome]] = []
                    for _ in range(rounds):
                        pair: list[Outcome] = []
                        for port, requests in ((int(stack.url.rsplit(":", 1)[1]), route.product), (plan.port, route.floor)):
                            outcome = await measure(
                                Plan(
                                    host="127.0.0.1",
                                    port=port,
                                    requests=requests,
                                    connections=connections,
                                    seconds=seconds,
                                    first=number,
                                )
                            )
                            number += outcome.answers + connections
                            check(route.name, outcome)
                            cpu = max(cpu, outcome.cpu)
                            pair.append(outcome)
                        measured.append((pair[0], pair[1]))
                    figures.append(_figures(route.name, measured))
                    console.print(msgspec.json.encode(figures[-1]).decode(), highlight=False)
        finally:
            worker.resume()
        return Figures(
            routes=tuple(figures),
            generator_cpu=round(cpu, 3),
            offers=offers,
            rounds=rounds,
            seconds=seconds,
            connections=connections,
        )


def check(name: str, outcome: Outcome) -> None:
    if outcome.errors:
        raise RuntimeError(f"{name}: {outcome.errors} of {outcome.answers} answers were refusals: {outcome.sample_error}")
    if outcome.cpu > GENERATOR_MOST:
        raise RuntimeError(f"{name}: the load generator used {outcome.cpu:.0%} of a processor and is the bottleneck")


def _figures(name: str, measured: Sequence[tuple[Outcome, Outcome]]) -> RouteFigures:
    return RouteFigures(
        route=name,
        rps=round(statistics.median(product.rps for product, _ in measured), 1),
        floor_rps=round(statistics.median(floor.rps for _, floor in measured), 1),
        ratio=round(statistics.median(product.rps / floor.rps for product, floor in measured), 3),
        p50_ms=round(statistics.median(product.p50_ms for product, _ in measured), 2),
        p99_ms=round(statistics.median(product.p99_ms for product, _ in measured), 2),
    )


async def _floor_plan(stack: Stack, market: Market) -> FloorPlan:
    """One write of each kind by the product, copied for the floor."""
    writes: dict[str, Write] = {}
    owner = await asyncpg.connect(stack.database_url("exchange_owner"))
    try:
        await codecs(owner)
        async with httpx2.AsyncClient(base_url=stack.url, headers={"Authorization": f"Bearer {market.key}"}) as client:
            for name, path, body in (
                ("rfq_publish", "/api/v1/rfqs", market.rfq),
                ("order_place", "/api/v1/orders", market.orders[0]),
            ):
                answer = await client.post(path, json=body, headers={"Idempotency-Key": f"copy-{name}"})
                if answer.status_code >= 300:
                    raise RuntimeError(f"{name}: {answer.text}")
                writes[name] = await captured(owner, f"copy-{name}")
            # A list with rows in it: more than one page.
            for number, body in enumerate(market.orders[:ORDERS]):
                await client.post("/api/v1/orders", json=body, headers={"Idempotency-Key": f"listed-{number}"})
    finally:
        await owner.close()
    return FloorPlan(
        # The owner is not bound by row security: the floor pays for none of it.
        database_url=stack.database_url("exchange_owner"),
        matcher_socket=str(stack.data / "matcher.sock"),
        port=free_port(),
        pool_size=POOL,
        company=market.company,
        query=market.query,
        writes=writes,
    )
