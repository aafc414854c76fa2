"""Positions are gapless, causal and given once, whatever commits in which order and however many sequencers there are."""

import asyncio
import random
from collections import defaultdict
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import pytest

from exchange import events
from exchange.ctx import Ctx
from exchange.db import Database
from exchange.ids import new_id
from exchange.jobs.sequencer import LostRace, Sequencer, place_batch
from exchange.metrics import WorkerMetrics
from exchange.verify_audit import verify_audit
from tests.jobs.workshop import add_company, until


@asynccontextmanager
async def connected(db):
    connection = await asyncpg.connect(db.url("exchange_worker"))
    try:
        yield connection
    finally:
        await connection.close()


async def append(database: Database, what: str = "test.moved") -> UUID:
    async with database.system() as tx:
        return await events.append(tx, what, new_id(), 1)


async def placed(connection: asyncpg.Connection) -> list[asyncpg.Record]:
    return await connection.fetch(
        "SELECT id, seq, position, aggregate_id, version FROM event WHERE position IS NOT NULL ORDER BY position"
    )


@asynccontextmanager
async def sequencing(*sequencers: Sequencer):
    stop = asyncio.Event()
    tasks = [asyncio.create_task(item.run(stop)) for item in sequencers]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


def sequencer(db, heads: list[int], seed: int = 1) -> Sequencer:
    return Sequencer(db.url("exchange_worker"), heads.append, WorkerMetrics(), random.Random(seed))


async def test_late_commits_get_later_positions_and_rollbacks_none(db) -> None:
    """Who commits last comes last, though its event was numbered first; reading by that number would miss it."""
    worker = await db.worker()
    async with connected(db) as connection:
        async with worker.system() as slow:
            first = await events.append(slow, "test.moved", new_id(), 1)
            second = await append(worker)
            try:
                async with worker.system() as failing:
                    await events.append(failing, "test.moved", new_id(), 1)
                    raise ValueError
            except ValueError:
                pass
            assert await place_batch(connection) == (1, 1)
            seen_seq = await connection.fetchval("SELECT max(seq) FROM event WHERE position IS NOT NULL")
        assert await place_batch(connection) == (1, 2)
        rows = await placed(connection)
        assert [(row["id"], row["position"]) for row in rows] == [(second, 1), (first, 2)]
        # The control: a reader that goes by seq never sees the first event.
        assert await connection.fetch("SELECT FROM event WHERE seq > $1", seen_seq) == []
        assert await place_batch(connection) == (0, 0)


async def test_objects_changed_at_once_keep_the_order_of_their_versions(db) -> None:
    """40 transactions contend for 4 rows, some roll back, while the sequencer runs: gapless, and versions ascend."""
    worker = await db.worker(12)
    owner = await db.owner()
    companies = [await add_company(owner, f"Company {number}") for number in range(4)]
    await owner.close()
    chance = random.Random(20261123)
    bump = "UPDATE company SET version = version + 1 WHERE id = $1 RETURNING version"

    async def change(number: int) -> None:
        for _ in range(4):
            try:
                async with worker.system() as tx:
                    for company in sorted(chance.sample(companies, 2)):
                        version = await tx.value(bump, company)
                        await events.append(tx, "company.changed", company, version)
                        await asyncio.sleep(chance.random() * 0.005)
                    if chance.random() < 0.2:
                        raise ValueError
            except ValueError:
                pass

    heads: list[int] = []
    async with sequencing(sequencer(db, heads)), connected(db) as connection:
        await asyncio.gather(*(change(number) for number in range(10)))

        async def all_placed() -> bool:
            return await connection.fetchval("SELECT count(*) FROM event WHERE position IS NULL") == 0

        await until(all_placed, "some events got no position")
        rows = await placed(connection)
        versions: dict[UUID, list[int]] = defaultdict(list)
        for row in rows:
            versions[row["aggregate_id"]].append(row["version"])
        assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
        final = dict(await connection.fetch("SELECT id, version FROM company"))
        assert versions == {company: list(range(2, final[company] + 1)) for company in companies}
        assert heads[-1] == len(rows)
        assert await verify_audit(connection) == []


async def test_one_of_two_sequencers_places_and_the_other_takes_over(db) -> None:
    """The lock's holder works alone; when its connection dies, either continues where the record ends."""
    worker = await db.worker()
    heads: list[int] = []
    both = sequencer(db, heads, 1), sequencer(db, heads, 2)
    async with sequencing(*both), connected(db) as connection:
        for round_ in range(1, 4):

            async def one_places() -> bool:
                return sum(item.placing for item in both) == 1

            await until(one_places, "nobody or both are sequencers")
            for _ in range(5):
                await append(worker)

            async def caught_up(expected: int = round_ * 5) -> bool:
                return await connection.fetchval("SELECT max(position) FROM event") == expected

            await until(caught_up, "events were not placed after a takeover")
            holder = await connection.fetchval("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted")
            await connection.fetchval("SELECT pg_terminate_backend($1)", holder)

            async def noticed() -> bool:
                return sum(item.placing for item in both) == 0 or await other_holds()

            async def other_holds(before: int = holder) -> bool:
                pids = await connection.fetch("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted")
                return [row["pid"] for row in pids] not in ([], [before])

            await until(noticed, "the loss of the lock was not noticed")
        assert [row["position"] for row in await placed(connection)] == list(range(1, 16))
        assert await verify_audit(connection) == []


async def test_without_the_lock_two_writers_still_never_both_write(db) -> None:
    """Two batches from the same head: one commits, the other is refused whole."""
    worker = await db.worker()
    for _ in range(20):
        await append(worker)
    async with connected(db) as one, connected(db) as two:
        outcomes = await asyncio.gather(place_batch(one), place_batch(two), return_exceptions=True)
        refused = [item for item in outcomes if isinstance(item, LostRace | asyncpg.UniqueViolationError)]
        assert (20, 20) in outcomes
        assert len(refused) == 1 or (0, 0) in outcomes
        assert [row["position"] for row in await placed(one)] == list(range(1, 21))
        assert await verify_audit(one) == []


async def test_who_may_know_gets_the_event_once(db) -> None:
    """The acting company and the audience are recipients, distinct; an event of the exchange has its audience only."""
    worker = await db.worker()
    buyer, seller = uuid4(), uuid4()
    async with worker.tx(Ctx(company_id=buyer), "any") as tx:
        await events.append(tx, "test.moved", new_id(), 1, audience=(seller, buyer, seller))
    async with worker.system() as tx:
        await events.append(tx, "test.moved", new_id(), 1, audience=(seller,))
        await events.append(tx, "test.moved", new_id(), 1)
    async with connected(db) as connection:
        await place_batch(connection)
        rows = await connection.fetch("SELECT company_id, position FROM event_recipient")
    assert sorted((row["position"], row["company_id"]) for row in rows) == sorted([(1, buyer), (1, seller), (2, seller)])


async def test_a_backlog_is_placed_in_portions(db) -> None:
    """More events than one batch holds continue from the head that the batch before left."""
    worker = await db.worker()
    for _ in range(25):
        await append(worker)
    async with connected(db) as connection:
        assert [await place_batch(connection, 10) for _ in range(4)] == [(10, 10), (10, 20), (5, 25), (0, 0)]
        assert await verify_audit(connection) == []


async def test_an_event_with_a_position_is_never_changed(db) -> None:
    """Not even by the role of the sequencer: the trigger refuses a second position, a new hash and a deletion."""
    worker = await db.worker()
    await append(worker)
    async with connected(db) as connection:
        await place_batch(connection)
        for statement in ("UPDATE event SET position = 9", "UPDATE event SET hash = sha256('x')"):
            with pytest.raises(asyncpg.PostgresError) as refused:
                await connection.execute(statement)
            assert refused.value.sqlstate == "EX002"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DELETE FROM event")
