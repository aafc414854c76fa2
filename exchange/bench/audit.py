"""`exchange bench audit`: verifies the hash chain of a long record, as an auditor would, in a throw-away database."""

import asyncio
import random
import resource
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec
from rich.console import Console

from exchange import embedded
from exchange.domain.history.chain import FIELDS, GENESIS, link
from exchange.migrate import migrate
from exchange.verify_audit import head, verify_audit

DATABASE: Final = "audit"
PORTION: Final = 20_000
MARKET: Final = UUID("00000000-0000-7000-8000-000000000001")
STEPS: Final = (("draft", "open"), ("open", "deadline_passed"), ("deadline_passed", "evaluating"), ("evaluating", "awarded"))
START: Final = datetime(2026, 1, 1, tzinfo=UTC)


class Figures(msgspec.Struct, frozen=True):
    """How many rows were verified in how many seconds."""

    rows: int
    seconds: float


async def run(*, rows: int, console: Console) -> Figures:
    """Make a record of `rows` events and verify it from the first to the last. Raises RuntimeError for any finding."""
    folder = embedded.scratch("exchange-audit-")
    try:
        server = await asyncio.to_thread(lambda: embedded.Postgres.start(folder / "postgres", durable=False))
        try:
            await asyncio.to_thread(embedded.ensure_roles, server)
            await asyncio.to_thread(embedded.create_database, server, DATABASE)
            await migrate(server.url(embedded.OWNER, DATABASE))
            await _write(server.superuser_url(DATABASE), rows, console)
            return await _verify(server.url("exchange_worker", DATABASE), rows, console)
        finally:
            await asyncio.to_thread(server.stop, "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _write(url: str, rows: int, console: Console) -> None:
    """The record as the sequencer would have left it."""
    started = time.perf_counter()
    connection = await asyncpg.connect(url)
    try:
        events = _events(rows, random.Random(27))
        while portion := [event for _, event in zip(range(PORTION), events, strict=False)]:
            await connection.copy_records_to_table("event", records=portion, columns=[*FIELDS, "position", "hash"])
        await connection.execute("VACUUM ANALYZE event")
    finally:
        await connection.close()
    console.print(f"{rows} events written in {time.perf_counter() - started:.1f} s", highlight=False)


def _events(rows: int, rng: random.Random) -> Iterator[tuple[Any, ...]]:
    """Events of RFQs that go from draft to award, linked; the columns of chain.FIELDS, then position and hash."""
    companies = [UUID(int=rng.getrandbits(128), version=4) for _ in range(1000)]
    previous = GENESIS
    for position in range(1, rows + 1):
        step = (position - 1) % len(STEPS)
        rfq = UUID(int=(position - 1) // len(STEPS) + (7 << 76) + (1 << 127))
        buyer, seller = rng.choice(companies), rng.choice(companies)
        at = START + timedelta(milliseconds=position)
        payload = f'{{"rfq_id":"{rfq}","version":{step + 1}}}'
        values = (
            position, UUID(int=rng.getrandbits(128), version=4), MARKET, "rfq.moved", "rfq", rfq, step + 1, buyer, buyer,
            [seller], f"{position:032x}", *STEPS[step], at, at, payload,
        )  # fmt: skip
        previous = link(previous, position, values)
        yield (*values, position, previous)


async def _verify(url: str, rows: int, console: Console) -> Figures:
    """As the worker's role, with the head that was kept."""
    connection = await asyncpg.connect(url)
    try:
        kept = await head(connection)
        if kept is None or kept.position != rows:
            raise RuntimeError("the record is not what was written")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.perf_counter()
        findings = await verify_audit(connection, [kept])
        seconds = time.perf_counter() - started
    finally:
        await connection.close()
    if findings:
        raise RuntimeError(str(findings[0]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    console.print(
        f"verified {rows / seconds:,.0f} rows/s; memory at its peak {peak / 1024:.0f} MB, {(peak - before) / 1024:.0f} MB more"
        " than before",
        highlight=False,
    )
    return Figures(rows, round(seconds, 2))
