"""The floor: what the same machine can do at most. A bare Litestar route without middleware, guards or context, over a bare
pool, with the same server settings: the same SQL for a read, the same rows in one plain transaction for a write.
"""

import pickle
import secrets
import sys
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from litestar import Litestar, Response, get, post
from litestar.params import FromPath

from exchange.connection import codecs
from exchange.domain.offer.store import BY_IDS, GET, LIST_LIVE
from exchange.domain.order.store import LIST_BOUGHT
from exchange.ids import new_id
from matching.client import MatcherClient
from schemas.matching import SearchQuery


class Copied(msgspec.Struct, frozen=True, kw_only=True):
    """The rows that one write of the product made in one table, to be made again with new ids."""

    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


Write = tuple[list[Copied], frozenset[UUID]]


class FloorPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What to serve. `writes` holds rows as they came from the database, so the plan travels pickled, between our processes."""

    database_url: str
    matcher_socket: str
    port: int
    pool_size: int
    company: UUID
    query: SearchQuery
    writes: dict[str, Write]


def write_statement(copied: Copied) -> str:
    """One INSERT of one row, as a person would write it."""
    places = ", ".join(f"${index}" for index in range(1, len(copied.columns) + 1))
    names = ", ".join(f'"{name}"' for name in copied.columns)
    return f"INSERT INTO {copied.table} ({names}) OVERRIDING SYSTEM VALUE VALUES ({places})"  # noqa: S608  names of our own tables


# Texts that must be new in each row: document numbers, references and keys.
_NEW_TEXT = frozenset({"number", "reference", "key"})


def renewed(copies: Sequence[Copied], fixed: frozenset[UUID]) -> list[tuple[Copied, list[tuple[Any, ...]]]]:
    """The rows with every id that they made replaced by a new one, consistently; `fixed` ids stay."""
    ids: dict[UUID, UUID] = {}

    def fresh(column: str, value: Any) -> Any:
        if isinstance(value, UUID) and value not in fixed:
            return ids.setdefault(value, new_id())
        if column in _NEW_TEXT and isinstance(value, str):
            return secrets.token_urlsafe(8)
        if column == "dedupe_key" and isinstance(value, str):
            return f"{new_id()}{value[36:]}"
        return value

    return [(copied, [tuple(map(fresh, copied.columns, row)) for row in copied.rows]) for copied in copies]


def routes(plan: FloorPlan, pool: asyncpg.Pool) -> list[Any]:
    matcher = MatcherClient(plan.matcher_socket)
    statements = {name: [write_statement(item) for item in copies] for name, (copies, _) in plan.writes.items()}

    @get("/ready")
    async def ready() -> dict[str, bool]:
        return {"ok": True}

    @get("/offer/{offer_id:uuid}")
    async def offer_get(offer_id: FromPath[UUID]) -> dict[str, Any]:
        return dict(await pool.fetchrow(GET, offer_id))

    @get("/offers")
    async def offer_list() -> dict[str, Any]:
        return {"items": [dict(row) for row in await pool.fetch(LIST_LIVE, None, None, 21)]}

    @get("/orders")
    async def order_list() -> dict[str, Any]:
        return {"items": [dict(row) for row in await pool.fetch(LIST_BOUGHT, plan.company, None, None, None, 21)]}

    @post("/search", status_code=200)
    async def search() -> dict[str, Any]:
        found = await matcher.search(plan.query)
        rows = await pool.fetch(BY_IDS, [hit.offer_id for hit in found.hits])
        return {"items": [dict(row) for row in rows]}

    async def write(name: str) -> Response[dict[str, Any]]:
        copies, fixed = plan.writes[name]
        async with pool.acquire() as connection, connection.transaction():
            made = renewed(copies, fixed)
            for statement, (_, rows) in zip(statements[name], made, strict=True):
                for row in rows:
                    await connection.execute(statement, *row)
        return Response({"ok": True}, status_code=201)

    @post("/rfq_publish")
    async def rfq_publish() -> Response[dict[str, Any]]:
        return await write("rfq_publish")

    @post("/order_place")
    async def order_place() -> Response[dict[str, Any]]:
        return await write("order_place")

    return [ready, offer_get, offer_list, order_list, search, rfq_publish, order_place]


async def serve(plan: FloorPlan) -> None:
    """Serve until the process is ended."""
    pool = await asyncpg.create_pool(
        plan.database_url, min_size=1, max_size=plan.pool_size, statement_cache_size=500, init=codecs
    )
    server = Server(
        Litestar(routes(plan, pool), openapi_config=None, logging_config=None),
        "127.0.0.1",
        plan.port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        backlog=1024,
        log_enabled=False,
    )
    await server.serve()


if __name__ == "__main__":
    uvloop.run(serve(pickle.loads(sys.stdin.buffer.read())))  # noqa: S301  written by the benchmark that started this process
