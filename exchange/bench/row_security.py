"""`exchange bench http --row-security both`: the hot reads with the policies and without them, in turn, everything else equal.

The owner of a throw-away database switches row security off and on again between two measurements of one round; which of them
comes first changes from round to round.
"""

import contextlib
import statistics
from collections.abc import Sequence
from typing import Final

import asyncpg
import httpx2
import msgspec
import psutil
from rich.console import Console

from exchange.bench import http
from exchange.bench.load import Plan
from exchange.bench.market import Market, fill
from exchange.stack import DATABASE, Stack, StackOptions, running

READS: Final = ("offer_get", "offer_list", "search", "order_list")
WARM_UP_S: Final = 0.3
# The database writes the statements with names of its own.
PROTECTED: Final = """
SELECT format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', c.oid::regclass) AS on,
    format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', c.oid::regclass) AS off
FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relrowsecurity ORDER BY 1
"""


class Asked(msgspec.Struct, frozen=True):
    """One measurement: answers a second, and processor time of api and PostgreSQL for each."""

    rps: float
    cpu_ms: float


class RouteCost(msgspec.Struct, frozen=True, kw_only=True):
    """Medians over the rounds; `cost` = 1 - with / without, round by round, then its median.

    `cpu_cost` is the same for the requests that one second of processor time of api and PostgreSQL answers: what else runs on
    the machine does not touch it.
    """

    route: str
    rps_with: float
    rps_without: float
    cost: float
    cpu_ms_with: float
    cpu_ms_without: float
    cpu_cost: float


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """`cost` and `cpu_cost` are means over the routes, each counted the same."""

    routes: tuple[RouteCost, ...]
    cost: float
    cpu_cost: float
    tables: int
    offers: int
    rounds: int
    seconds: float
    connections: int


class _Policies:
    """Switches the policies of all tables, as the owner may."""

    def __init__(self, owner: asyncpg.Connection, tables: Sequence[asyncpg.Record]) -> None:
        self._owner = owner
        self.tables = tables

    async def switch(self, on: bool) -> None:
        for table in self.tables:
            await self._owner.execute(table["on" if on else "off"])


async def run(*, offers: int, seconds: float, rounds: int, connections: int, only: str | None, console: Console) -> Figures:
    """Fill a throw-away market and measure. Raises RuntimeError for a refused request or a generator at its limit."""
    options = StackOptions(sandbox=True, environment={"EXCHANGE_RATE_LIMIT": http.LIMIT, "EXCHANGE_POOL_SIZE": str(http.POOL)})
    async with running(options) as stack:
        market = await fill(stack, offers)
        await _orders(stack, market)
        worker = http.paused(stack)
        await _cut_off(stack)
        owner = await asyncpg.connect(stack.database_url("exchange_owner"))
        try:
            policies = _Policies(owner, await owner.fetch(PROTECTED))
            costs: list[RouteCost] = []
            for route in http.routes(market):
                if route.name in READS and only in (None, route.name):
                    costs.append(await _measured(stack, policies, route, seconds, rounds, connections))
                    console.print(msgspec.json.encode(costs[-1]).decode(), highlight=False)
        finally:
            await owner.close()
            worker.resume()
    return Figures(
        routes=tuple(costs),
        cost=round(statistics.fmean(item.cost for item in costs), 3),
        cpu_cost=round(statistics.fmean(item.cpu_cost for item in costs), 3),
        tables=len(policies.tables),
        offers=offers,
        rounds=rounds,
        seconds=seconds,
        connections=connections,
    )


async def _measured(
    stack: Stack, policies: _Policies, route: http.Route, seconds: float, rounds: int, connections: int
) -> RouteCost:
    pairs: list[tuple[Asked, Asked]] = []
    for number in range(rounds):
        asked: dict[bool, Asked] = {}
        for on in (True, False) if number % 2 == 0 else (False, True):
            await policies.switch(on)
            await _asked(stack, route, WARM_UP_S, connections)
            asked[on] = await _asked(stack, route, seconds, connections)
        pairs.append((asked[True], asked[False]))
    await policies.switch(True)
    return RouteCost(
        route=route.name,
        rps_with=round(statistics.median(on.rps for on, _ in pairs), 1),
        rps_without=round(statistics.median(off.rps for _, off in pairs), 1),
        cost=round(statistics.median(1 - on.rps / off.rps for on, off in pairs), 3),
        cpu_ms_with=round(statistics.median(on.cpu_ms for on, _ in pairs), 3),
        cpu_ms_without=round(statistics.median(off.cpu_ms for _, off in pairs), 3),
        cpu_cost=round(statistics.median(1 - off.cpu_ms / on.cpu_ms for on, off in pairs), 3),
    )


async def _asked(stack: Stack, route: http.Route, seconds: float, connections: int) -> Asked:
    before = _used_s()
    port = int(stack.url.rsplit(":", 1)[1])
    outcome = await http.measure(
        Plan(host="127.0.0.1", port=port, requests=route.product, connections=connections, seconds=seconds)
    )
    http.check(route.name, outcome)
    return Asked(outcome.rps, (_used_s() - before) / outcome.answers * 1000)


def _used_s() -> float:
    """Processor time of the api process and of PostgreSQL so far."""
    used = 0.0
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.cmdline()[-1:] == ["serve"] or process.name() == "postgres":
                times = process.cpu_times()
                used += times.user + times.system
    return used


async def _cut_off(stack: Stack) -> None:
    """The worker that is stopped may hold locks in a transaction for ever: its connections are ended, it makes new ones later."""
    superuser = await asyncpg.connect(stack.postgres.superuser_url(DATABASE))
    try:
        await superuser.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'exchange_worker'")
    finally:
        await superuser.close()


async def _orders(stack: Stack, market: Market) -> None:
    """A list with rows in it: more than one page."""
    async with httpx2.AsyncClient(base_url=stack.url, headers={"Authorization": f"Bearer {market.key}"}) as client:
        for number, body in enumerate(market.orders[: http.ORDERS]):
            answer = await client.post("/api/v1/orders", json=body, headers={"Idempotency-Key": f"listed-{number}"})
            if answer.status_code >= 300:
                raise RuntimeError(f"order_place: {answer.text}")
