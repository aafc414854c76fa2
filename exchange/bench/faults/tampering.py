"""Guarantee 27: whatever a superuser changes in the record or in the ledger behind everybody's back is found."""

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import asyncpg

from exchange import events
from exchange.bench.faults.case import Case, Figures, Plan
from exchange.bench.faults.ground import Place
from exchange.bench.faults.members import fund, member
from exchange.domain.history.chain import link
from exchange.domain.ledger import service
from exchange.domain.ledger.model import Line
from exchange.ids import new_id
from exchange.jobs.sequencer import place_batch
from exchange.verify import TRANSFER_SUM, verify_ledger
from exchange.verify_audit import head, verify_audit

# Where the rows are moved aside while others take their numbers.
ASIDE: Final = 1_000_000
COLUMNS: Final = (
    "seq, id, market_id, type, aggregate, aggregate_id, version, actor_id, company_id, audience, request_id,"
    " from_state, to_state, at, recorded_at, payload"
)
FORGE: Final = f"""
INSERT INTO event ({COLUMNS}, position, hash) OVERRIDING SYSTEM VALUE
SELECT -1, gen_random_uuid(), e.market_id, 'faults.forged', e.aggregate, e.aggregate_id, e.version, e.actor_id, e.company_id,
    e.audience, e.request_id, e.from_state, e.to_state, e.at, e.recorded_at, e.payload, $1::bigint + 1, e.hash
FROM event AS e WHERE e.position = $1
RETURNING {COLUMNS.replace("payload", "payload::text")}
"""  # noqa: S608  names of columns
LEDGER_TABLES: Final = (
    "ledger_account", "ledger_transfer", "ledger_entry", "ledger_rollup", "ledger_hold", "ledger_hold_resolution",
)  # fmt: skip
Tamper = Callable[[asyncpg.Connection, int], Awaitable[None]]


async def _edit(intruder: asyncpg.Connection, at: int) -> None:
    await intruder.execute("UPDATE event SET to_state = 'sold' WHERE position = $1", at)


async def _delete(intruder: asyncpg.Connection, at: int) -> None:
    await intruder.execute("DELETE FROM event WHERE position = $1", at)


async def _reorder(intruder: asyncpg.Connection, at: int) -> None:
    """Two events change places, with their numbers and their hashes."""
    await intruder.execute("DROP TABLE IF EXISTS pair")
    await intruder.execute("CREATE TEMPORARY TABLE pair (LIKE event)")
    await intruder.execute("INSERT INTO pair SELECT * FROM event WHERE position IN ($1::bigint, $1::bigint + 3)", at)
    await intruder.execute("DELETE FROM event WHERE id IN (SELECT id FROM pair)")
    await intruder.execute(
        "UPDATE pair AS p SET seq = o.seq, position = o.position, hash = o.hash FROM pair AS o WHERE o.id <> p.id"
    )
    await intruder.execute("INSERT INTO event OVERRIDING SYSTEM VALUE SELECT * FROM pair")


async def _insert(intruder: asyncpg.Connection, at: int) -> None:
    """A forged event pushed in, linked correctly to the one before it."""
    await intruder.execute("UPDATE event SET position = position + $2 WHERE position > $1", at, ASIDE)
    await intruder.execute("UPDATE event SET position = position - $2 + 1 WHERE position > $1", at, ASIDE)
    forged: Any = await intruder.fetchrow(FORGE, at)
    before: Any = await intruder.fetchval("SELECT hash FROM event WHERE position = $1", at)
    await intruder.execute("UPDATE event SET hash = $2 WHERE position = $1", at + 1, link(before, at + 1, tuple(forged.values())))


async def _cut(intruder: asyncpg.Connection, at: int) -> None:
    await intruder.execute("DELETE FROM event WHERE position > $1", at)


RECORD: Final[Mapping[str, Tamper]] = {
    "edit": _edit, "delete": _delete, "reorder": _reorder, "insert": _insert, "cut the tail": _cut,
}  # fmt: skip
BOOKS: Final[Mapping[str, str]] = {
    "a balance is raised": "UPDATE ledger_account SET balance_minor = balance_minor + 1 WHERE company_id = $1",
    "an amount is moved to another entry": (
        "UPDATE ledger_entry SET amount_minor = amount_minor + CASE WHEN amount_minor > 0 THEN 1 ELSE -1 END WHERE transfer_id ="
        " (SELECT transfer_id FROM ledger_entry WHERE company_id = $1 ORDER BY id DESC LIMIT 1)"
    ),
    "a transfer is removed": (
        "WITH gone AS (DELETE FROM ledger_entry WHERE transfer_id = (SELECT transfer_id FROM ledger_entry WHERE company_id = $1"
        " ORDER BY id DESC LIMIT 1) RETURNING transfer_id) DELETE FROM ledger_transfer WHERE id IN (SELECT transfer_id FROM gone)"
    ),
    "the end of a hold is removed": "DELETE FROM ledger_hold_resolution WHERE company_id = $1",
    "a roll-up is raised": "UPDATE ledger_rollup SET balance_minor = balance_minor + 1 WHERE $1::uuid IS NOT NULL",
}


async def tamper(plan: Plan) -> Figures:
    """Five kinds of change to the record and five to the ledger, each alone and undone before the next."""
    async with plan.ground.place() as place:
        ours = await _lively(place, plan.rng)
        intruder = await asyncpg.connect(
            place.ground.postgres.superuser_url(place.name), server_settings={"session_replication_role": "replica"}
        )
        try:
            record = await _record(intruder, plan)
            books = await _books(intruder, plan, ours)
        finally:
            await intruder.close()
    return {
        "record_changes": len(RECORD),
        "record_found": record[0],
        "record_found_rewritten": record[1],
        "ledger_changes": len(BOOKS),
        "ledger_found": books,
    }


async def _lively(place: Place, rng: random.Random) -> Any:
    """A record of events and a ledger with every kind of row; returns the company whose rows are tampered with."""
    worker = await place.database("exchange_worker", 2)
    buyer, seller = await member(place, "Buyer"), await member(place, "Seller")
    paying, paid = await fund(worker, buyer.company, 100_000), await fund(worker, seller.company, 0)
    async with worker.system() as tx:
        for number in range(40):
            payload = {"note": str(rng.randrange(10**9)), "none": None}
            await events.append(tx, "faults.moved", new_id(), number + 1, to_state="live", payload=payload)
        fee = await service.open_account(tx, None, "fee", "VND")
        ended = await service.hold(tx, "hold:ended", paying, 1000)
        await service.void_hold(tx, ended, "void:1")
        await service.post(tx, "fee:1", "fee", [Line(paying, -6), Line(fee, 6)], {})
        await service.post(tx, "pay:1", "payment", [Line(paying, -500), Line(paid, 500)], {})
    async with worker.system() as tx:
        await service.roll_up(tx, fee)
    async with place.connection("exchange_worker") as connection:
        await place_batch(connection)
    return buyer.company


async def _aside(intruder: asyncpg.Connection, tables: Sequence[str]) -> None:
    for table in tables:
        await intruder.execute(f"CREATE TABLE kept_{table} AS TABLE {table}")


async def _back(intruder: asyncpg.Connection, tables: Sequence[str]) -> None:
    for table in tables:
        await intruder.execute(
            f"DELETE FROM {table}; INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM kept_{table}"  # noqa: S608
        )


async def _record(intruder: asyncpg.Connection, plan: Plan) -> tuple[int, int]:
    """How many changes were found as they are, and after the intruder computed every hash again.

    The control has nothing but the database: no head of the chain was kept where the intruder does not reach it.
    """
    end = await head(intruder)
    kept = [end] if plan.guarded and end is not None else []
    await _aside(intruder, ["event"])
    found = rewritten = 0
    for change in RECORD.values():
        assert await verify_audit(intruder, kept) == []
        await change(intruder, plan.rng.randrange(5, 30))
        found += await verify_audit(intruder, kept) != []
        await intruder.execute("DELETE FROM event_recipient")
        await intruder.execute("UPDATE event SET position = NULL, hash = NULL")
        await place_batch(intruder)
        rewritten += await verify_audit(intruder, kept) != []
        await _back(intruder, ["event"])
    return found, rewritten


async def _books(intruder: asyncpg.Connection, plan: Plan, company: Any) -> int:
    """How many changes were found; the control knows no rule but that a transfer sums to zero, as the database itself does."""
    await _aside(intruder, LEDGER_TABLES)
    found = 0
    for statement in BOOKS.values():
        assert await verify_ledger(intruder) == []
        changed = await intruder.execute(statement, company)
        assert not changed.endswith(" 0"), statement
        if plan.guarded:
            found += await verify_ledger(intruder) != []
        else:
            found += await intruder.fetchrow(TRANSFER_SUM) is not None
        await _back(intruder, LEDGER_TABLES)
    return found


CASES: Final = (
    Case(
        id="27",
        name="a superuser's changes to record and ledger are found",
        attempt=tamper,
        exercised=lambda f: f["record_changes"] == len(RECORD),
        holds=lambda f: (
            f["record_found"] == f["record_found_rewritten"] == f["record_changes"] and f["ledger_found"] == f["ledger_changes"]
        ),
    ),
)
