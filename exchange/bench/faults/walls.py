"""Guarantees 24 and 25: row security alone hides the rows of others, and no context crosses a pool of one."""

import asyncio
import contextlib
import random
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

import asyncpg

from exchange import db as door
from exchange import events
from exchange.bench.faults.case import Case, Figures, Plan
from exchange.bench.faults.ground import Place
from exchange.bench.faults.members import api_key, fund, member
from exchange.ctx import Ctx
from exchange.db import Database, Standing
from exchange.ids import new_id

# For every table that row security protects: statements, written by the database, that count the rows in which one of the texts
# stands in a column that the api role may read, and that take its policies away. A company's profile is public.
READABLE: Final = """
SELECT format('SELECT count(*) FROM %s WHERE concat_ws('' '', %s) LIKE ANY ($1)', c.oid::regclass,
        string_agg(quote_ident(a.attname) || '::text', ', ')) AS counting,
    format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', c.oid::regclass) AS opening
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.oid <> 'company'::regclass
    AND EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid)
    AND has_column_privilege('exchange_api', c.oid, a.attnum, 'SELECT')
GROUP BY c.oid ORDER BY c.oid
"""
NOBODY: Final = Ctx(request_id="faults")


async def foreign_rows(plan: Plan) -> Figures:
    """Two companies with something of their own; a third one asks every table for them. The control has no policies."""
    async with plan.ground.place() as place:
        ours = [await _settled(place, name) for name in ("Buyer", "Seller")]
        stranger = await member(place, "Stranger")
        async with place.connection() as owner:
            readable = await owner.fetch(READABLE)
            if not plan.guarded:
                for table in readable:
                    await owner.execute(table["opening"])
            there = await _speaking_of(owner, readable, ours)
        async with place.connection("exchange_api") as api:
            await api.execute(door.begin_statement(stranger, "any", read=True))
            seen = await _speaking_of(api, readable, ours)
            await api.execute("ROLLBACK")
    return {"tables": len(readable), "rows": there, "seen_by_another": seen}


async def _settled(place: Place, name: str) -> Ctx:
    """A member with a key, money and events."""
    made = await member(place, name)
    await api_key(place, made)
    worker = await place.database("exchange_worker", 2)
    await fund(worker, made.company, 1000)
    async with worker.tx(made, "any") as tx:
        await events.append(tx, "faults.moved", new_id(), 1, to_state="live")
    return made


async def _speaking_of(connection: asyncpg.Connection, readable: Sequence[asyncpg.Record], ours: Sequence[Ctx]) -> int:
    """How many rows name one of these companies or their people."""
    names = [f"%{id_}%" for ctx in ours for id_ in (ctx.company, ctx.person)]
    found = 0
    for table in readable:
        rows: int = await connection.fetchval(table["counting"], names) or 0
        found += rows
    return found


@contextmanager
def _leaky(guarded: bool) -> Generator[None]:
    """Without the guard a context is set for the session, and only when there is one."""
    tight = door.begin_statement

    def loose(ctx: Ctx, standing: Standing, *, read: bool = False) -> str:
        said = tight(ctx, standing, read=read).replace("SET LOCAL", "SET")
        return said if ctx.company_id is not None else said.partition(";")[0]

    door.begin_statement = tight if guarded else loose
    try:
        yield
    finally:
        door.begin_statement = tight


async def one_connection(plan: Plan) -> Figures:
    """Members and visitors in turn on one connection, some of them cancelled at any point; each reads who it is."""
    visits = plan.size(600, 6000)
    seen = {"visits": visits, "answered": 0, "cancelled": 0, "crossed": 0}
    async with plan.ground.place() as place:
        database = await place.database("exchange_api", 1)
        companies = [new_id() for _ in range(5)]
        with _leaky(plan.guarded):
            for _ in range(visits):
                await _visit(database, plan.rng, companies, seen)
    return {**seen}


async def _visit(database: Database, rng: random.Random, companies: Sequence[UUID], seen: dict[str, int]) -> None:
    company = rng.choice([None, *companies])
    ctx = NOBODY if company is None else Ctx(company_id=company, person_id=company, request_id="faults")

    async def look() -> Any:
        async with database.read(ctx) if rng.random() < 0.5 else database.tx(ctx, "any") as tx:
            return await tx.value("SELECT app_company()")

    asked = asyncio.create_task(look())
    if rng.random() < 0.4:
        for _ in range(rng.randrange(12)):
            await asyncio.sleep(0)
        if rng.random() < 0.5:
            await asyncio.wait([asked], timeout=rng.uniform(0, 0.002))
        asked.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        seen["crossed"] += await asked != company
        seen["answered"] += 1
        return
    seen["cancelled"] += 1


CASES: Final = (
    Case(
        id="24",
        name="row security alone hides every row of others",
        attempt=foreign_rows,
        exercised=lambda f: f["tables"] > 30 and f["rows"] > 10,
        holds=lambda f: f["seen_by_another"] == 0,
    ),
    Case(
        id="25",
        name="no context crosses a pool of one, whatever is cancelled",
        attempt=one_connection,
        exercised=lambda f: f["answered"] > f["visits"] / 2 and f["cancelled"] > f["visits"] / 50,
        holds=lambda f: f["crossed"] == 0,
    ),
)
