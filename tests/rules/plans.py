"""Runs a list as its role meets it at 100,000 rows, and reads from the plan what it touched."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

# A page of 20 and the row that tells whether there is another.
PAGE = 21
# Tables below this are read whole as fast as by an index.
SMALL_ROWS = 5_000
# What a page may sort, and how many rows it may read or throw away on the way.
SORTED_MOST = 500
TOUCHED_MOST = 1_000
# PostgreSQL decides after five plans whether one for any arguments will do; the pool lives longer than that.
PLANS_BEFORE = 6


def tid(kind: int, n: int) -> UUID:
    """The id of row `n` of a table of the crowd, as crowd.sql makes it."""
    return UUID(f"{kind:08x}-0000-7000-8000-{n:012x}")


# When the first row was made, so that the last of 100,000 was made yesterday.
BASE = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(minutes=300_000)


def at(n: int) -> datetime:
    """When row `n` was made."""
    return BASE + timedelta(minutes=3 * n)


class Reading(msgspec.Struct, frozen=True):
    """One way in which a list is read: by which role, with which arguments."""

    what: str
    arguments: tuple[object, ...]
    role: str = "exchange_api"
    touched_most: int = TOUCHED_MOST
    sorted_most: int = SORTED_MOST


class Work(msgspec.Struct, frozen=True):
    """What one plan did: tables read whole, the largest sort, all rows read or thrown away."""

    whole: tuple[str, ...]
    sorted_rows: int
    touched: int
    ms: float


def literal(value: object, type_name: str) -> str:
    """An argument as SQL text, for EXECUTE."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list | tuple):
        return f"ARRAY[{', '.join(literal(item, '') for item in value)}]::{type_name}"
    return "'" + str(value).replace("'", "''") + "'"


async def run(connection: asyncpg.Connection, sql: str, arguments: Sequence[object], small: set[str]) -> Work:
    """The work of `sql` on tables that are not `small` once it was planned often; in a transaction with its context."""
    prepared = await connection.prepare(sql)
    types = [parameter.name + ("[]" if parameter.kind == "array" else "") for parameter in prepared.get_parameters()]
    types = [name.replace("[][]", "[]") for name in types]
    values = ", ".join(literal(value, kind) for value, kind in zip(arguments, types, strict=True))
    await connection.execute(f"PREPARE list AS {sql}")
    call = "EXECUTE list" + (f"({values})" if values else "")
    # To be explained is to be planned, and counts as such.
    await connection.execute(f"EXPLAIN {call};" * PLANS_BEFORE)
    answer: Any = await connection.fetchval(f"EXPLAIN (ANALYZE, BUFFERS off, TIMING off, FORMAT JSON) {call}")
    await connection.execute("DEALLOCATE list")
    explained: Any = msgspec.json.decode(answer)[0]
    nodes = list(_nodes(explained["Plan"]))
    large = [node for node in nodes if node.get("Relation Name", "") not in {"", *small}]
    return Work(
        whole=tuple(node["Relation Name"] for node in large if node["Node Type"] == "Seq Scan"),
        sorted_rows=max(
            (_rows(node["Plans"][0]) for node in nodes if node["Node Type"] in ("Sort", "Incremental Sort")), default=0
        ),
        touched=sum(_touched(node) for node in large),
        ms=explained["Execution Time"],
    )


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def _rows(node: dict[str, Any]) -> int:
    return round(node["Actual Rows"] * node["Actual Loops"])


def _touched(node: dict[str, Any]) -> int:
    removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return round((node["Actual Rows"] + removed) * node["Actual Loops"])
