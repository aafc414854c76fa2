"""The verifier finds what a superuser did to the record behind everybody's back."""

from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
import pytest

from exchange import events
from exchange.domain.history.chain import FIELDS, GENESIS, Head, canonical, link
from exchange.ids import new_id
from exchange.jobs.sequencer import UNPLACED, place_batch
from exchange.verify import VerifierIsBlind
from exchange.verify_audit import CHAIN, GAP, KEPT, LINK, head, verify_audit
from tests.jobs.workshop import add_company

COUNT = 12


def kept_of(found: Head | None) -> list[Head]:
    assert found is not None
    return [found]


@asynccontextmanager
async def intruder(db):
    """A superuser's connection that no trigger and no foreign key stops."""
    connection = await asyncpg.connect(db.server.superuser_url(db.name), server_settings={"session_replication_role": "replica"})
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture
async def record(db):
    """A record of twelve events with everything filled in."""
    worker = await db.worker()
    company = uuid4()
    async with worker.system() as tx:
        for number in range(COUNT):
            await events.append(
                tx,
                "test.moved",
                new_id(),
                number + 1,
                from_state="draft",
                to_state="live",
                audience=(company,),
                payload={"b": number, "a": "x", "none": None, "yes": True},
            )
    async with intruder(db) as connection:
        await place_batch(connection)
        yield connection


async def test_an_untouched_record_has_no_finding(db, record) -> None:
    """The worker, the owner and a superuser all read the same unbroken chain."""
    for url in (db.url("exchange_worker"), db.url("exchange_owner")):
        connection = await asyncpg.connect(url)
        assert await verify_audit(connection, kept_of(await head(connection))) == []
        await connection.close()
    assert await verify_audit(record) == []


async def test_an_empty_record_has_no_finding(db) -> None:
    """Before the first event there is nothing to doubt."""
    async with intruder(db) as connection:
        assert (await verify_audit(connection), await head(connection)) == ([], None)


@pytest.mark.parametrize(
    "change",
    [
        "to_state = 'sold'",
        "actor_id = gen_random_uuid()",
        "at = at + interval '1 microsecond'",
        "recorded_at = recorded_at - interval '1 hour'",
        "payload = payload || '{\"b\": 99}'",
        "payload = payload - 'none'",
        "audience = audience || gen_random_uuid()",
        "request_id = NULL",
        "version = version + 1",
        "type = 'test.stolen'",
        "hash = sha256('forged')",
    ],
)
async def test_an_edited_event_is_named(record, change) -> None:
    """A change of any column is found at its row, and only there."""
    event = await record.fetchval(f"UPDATE event SET {change} WHERE position = 5 RETURNING id")
    findings = await verify_audit(record)
    assert [item.rule for item in findings] == [LINK]
    assert findings[0].row == f"event {event} at position 5"


async def test_a_deleted_event_is_found(record) -> None:
    """A hole in the positions is named at the event behind it."""
    await record.execute("DELETE FROM event WHERE position = 5")
    findings = await verify_audit(record)
    assert [(item.rule, item.expected, item.actual) for item in findings] == [(GAP, "position 5", "position 6")]


async def test_a_deleted_event_is_found_when_the_rest_moves_up(record) -> None:
    """Closing the hole moves events to positions that their hashes do not fit."""
    await record.execute("DELETE FROM event WHERE position = 5")
    await record.execute("UPDATE event SET position = position + 100 WHERE position > 5")
    await record.execute("UPDATE event SET position = position - 101 WHERE position > 5")
    findings = await verify_audit(record)
    assert [item.rule for item in findings] == [LINK]
    assert findings[0].row.endswith("at position 5")


async def test_the_first_event_cannot_be_dropped(record) -> None:
    """The chain begins at one with 32 zero bytes before it."""
    await record.execute("DELETE FROM event WHERE position = 1")
    assert [item.rule for item in await verify_audit(record)] == [GAP]


async def test_swapped_events_are_found(record) -> None:
    """Two events that trade places, hashes and all, fit neither."""
    await record.execute("UPDATE event SET position = CASE position WHEN 4 THEN 1000 ELSE 1001 END WHERE position IN (4, 7)")
    await record.execute("UPDATE event SET position = CASE position WHEN 1000 THEN 7 ELSE 4 END WHERE position >= 1000")
    findings = await verify_audit(record)
    assert [item.rule for item in findings] == [LINK]
    assert findings[0].row.endswith("at position 4")


async def test_an_inserted_event_is_found(record) -> None:
    """An event pushed in between, linked correctly itself, does not fit what follows it."""
    await record.execute("UPDATE event SET position = position + 100 WHERE position > 6")
    await record.execute("UPDATE event SET position = position - 99 WHERE position > 6")
    columns = "seq, id, market_id, type, aggregate, aggregate_id, version, actor_id, company_id, audience, request_id"
    forged = await record.fetchrow(
        f"INSERT INTO event ({columns}, from_state, to_state, at, recorded_at, payload, position, hash) OVERRIDING SYSTEM VALUE"
        f" SELECT 999, gen_random_uuid(), market_id, 'test.forged', aggregate, aggregate_id, version, actor_id, company_id,"
        f" audience, request_id, from_state, to_state, at, recorded_at, payload, 7, hash FROM event WHERE position = 6"
        f" RETURNING {columns}, from_state, to_state, at, recorded_at, payload::text"
    )
    before = await record.fetchval("SELECT hash FROM event WHERE position = 6")
    await record.execute("UPDATE event SET hash = $1 WHERE position = 7", link(before, 7, tuple(forged.values())))
    findings = await verify_audit(record)
    assert [item.rule for item in findings] == [LINK]
    assert findings[0].row.endswith("at position 8")


async def test_a_cut_tail_is_found_with_a_kept_head(record) -> None:
    """A shorter chain holds by itself; the head that was noted before shows what is gone."""
    kept = await head(record)
    assert kept is not None
    await record.execute("DELETE FROM event WHERE position > 9")
    assert await verify_audit(record) == []
    findings = await verify_audit(record, kept_of(kept))
    assert [(item.rule, item.row, item.actual) for item in findings] == [(KEPT, "position 12", "ends at position 9")]


async def test_a_rewritten_record_is_found_with_a_kept_head(record) -> None:
    """Who recomputes every hash after an edit makes a chain that holds, with another head."""
    kept = await head(record)
    await record.execute("UPDATE event SET to_state = 'sold' WHERE position = 5")
    await record.execute("DELETE FROM event_recipient")
    await record.execute("UPDATE event SET position = NULL, hash = NULL")
    await place_batch(record)
    assert await verify_audit(record) == []
    assert [item.rule for item in await verify_audit(record, kept_of(kept))] == [KEPT]


async def test_later_events_do_not_disturb_a_kept_head(db, record) -> None:
    """The record grows; a head of yesterday still holds."""
    kept = await head(record)
    worker = await db.worker()
    async with worker.system() as tx:
        await events.append(tx, "test.moved", new_id(), 1)
    await place_batch(record)
    assert await verify_audit(record, kept_of(kept)) == []


async def test_a_role_that_does_not_see_everything_is_refused(db, record) -> None:
    """A verifier under row security would pass for want of evidence."""
    connection = await asyncpg.connect(db.url("exchange_api"))
    with pytest.raises(VerifierIsBlind):
        await verify_audit(connection)
    await connection.close()


async def test_the_chain_covers_every_column(db) -> None:
    """Writer and verifier read the same columns in the same order, and a new column of the table must join them."""
    async with intruder(db) as connection:
        columns = await connection.fetch("SELECT attname FROM pg_attribute WHERE attrelid = 'event'::regclass AND attnum > 0")
        read = [
            [attribute.name for attribute in (await connection.prepare(statement)).get_attributes()]
            for statement in (UNPLACED, CHAIN)
        ]
    assert read == [list(FIELDS), ["position", "hash", *FIELDS]]
    assert {row["attname"] for row in columns} == {"position", "hash", *FIELDS}


async def test_the_bytes_of_an_event_are_what_the_document_says(db) -> None:
    """The canonical bytes of one event, written out: changing them would break every chain that exists."""
    worker = await db.worker()
    owner = await db.owner()
    company = await add_company(owner)
    async with worker.system() as tx:
        event = await events.append(
            tx, "test.moved", company, 3, to_state="live", audience=(company,), payload={"b": 1, "a": "ă"}
        )
    async with intruder(db) as connection:
        await connection.execute(
            "UPDATE event SET seq = DEFAULT, at = '2026-11-23 01:02:03.000004+00', recorded_at = '2026-11-23 08:00:00+07'"
        )
        await place_batch(connection)
        seq = await connection.fetchval("SELECT seq FROM event")
        first = await head(connection)
        record = await connection.fetchrow(
            "SELECT seq, id, market_id, type, aggregate, aggregate_id, version, actor_id, company_id, audience, request_id,"
            " from_state, to_state, at, recorded_at, payload::text FROM event"
        )
    await owner.close()
    expected = (
        f'[1,{seq},"{event}","00000000-0000-7000-8000-000000000001","test.moved","test","{company}",3,null,null,["{company}"],'
        f'"system",null,"live","2026-11-23T01:02:03.000004Z","2026-11-23T01:00:00Z",{{"a":"ă","b":1}}]'
    ).encode()
    assert canonical(1, tuple(record.values())) == expected
    assert first == Head(1, link(GENESIS, 1, tuple(record.values())))
