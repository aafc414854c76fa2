"""When market time passes a deadline, one job acts on it, once, and looks again before it acts."""

import re
from uuid import UUID

import pytest

from exchange.db import Database
from exchange.ids import new_id
from exchange.jobs import deadlines, expire_offer, publish_review
from exchange.worker import handlers
from tests.jobs.workshop import add_company, add_offer, advance, runner, states, until, until_all_done, working

BY_ACTION = {(rule.noun, rule.action): rule for rule in deadlines.SWEEPS}
EXPIRE, PUBLISH = BY_ACTION["offer", "expire"], BY_ACTION["review", "publish"]


async def events_of(worker: Database, aggregate_id: UUID) -> list[tuple[str, int, str | None, str | None]]:
    async with worker.pool.acquire() as connection:
        rows = await connection.fetch(
            "SELECT type, version, from_state, to_state FROM event WHERE aggregate_id = $1 ORDER BY seq", aggregate_id
        )
    return [tuple(row.values()) for row in rows]


async def test_an_offer_expires_when_market_time_passes_its_validity(db) -> None:
    """Nothing happens before; one job after, however often the sweep runs; the seller is told."""
    worker, owner = await db.worker(), await db.owner()
    company = await add_company(owner)
    live, paused = await add_offer(owner, company, days=5), await add_offer(owner, company, days=6, status="paused")
    longer, draft = await add_offer(owner, company, days=30), await add_offer(owner, company, days=1, status="draft")
    assert await deadlines.sweep(worker, EXPIRE) == 0
    await advance(owner, 10)
    assert [await deadlines.sweep(worker, EXPIRE) for _ in range(3)] == [2, 0, 0]
    async with working(runner(worker, expire_offer.HANDLERS)):

        async def expired() -> dict[UUID, str]:
            return dict(await owner.fetch("SELECT id, status FROM offer"))

        async def both() -> bool:
            found = await expired()
            return found[live] == found[paused] == "expired"

        await until(both, "the offers did not expire")
    assert await expired() == {live: "expired", paused: "expired", longer: "live", draft: "draft"}
    assert await events_of(worker, live) == [("offer.expired", 2, "live", "expired")]
    assert await events_of(worker, paused) == [("offer.expired", 2, "paused", "expired")]
    assert await owner.fetchval("SELECT audience FROM event WHERE aggregate_id = $1", live) == [company]
    assert await deadlines.sweep(worker, EXPIRE) == 0
    await owner.close()


async def test_an_offer_prolonged_in_time_does_not_expire(db) -> None:
    """The job decides again under the row's lock: the sweep only said that it was due a moment ago."""
    worker, owner = await db.worker(), await db.owner()
    offer = await add_offer(owner, await add_company(owner), days=1)
    await advance(owner, 2)
    await deadlines.sweep(worker, EXPIRE)
    await owner.execute("UPDATE offer SET valid_until = market_now() + interval '3 days'")
    async with working(runner(worker, expire_offer.HANDLERS)):
        await until_all_done(worker, 1)
    assert await owner.fetchval("SELECT status FROM offer WHERE id = $1", offer) == "live"
    assert await events_of(worker, offer) == []
    await advance(owner, 4)
    assert await deadlines.sweep(worker, EXPIRE) == 1
    await owner.close()


async def test_a_full_page_of_due_objects_is_not_the_last(db, monkeypatch) -> None:
    """Objects whose jobs wait or died do not hide those behind them."""
    worker, owner = await db.worker(), await db.owner()
    company = await add_company(owner)
    monkeypatch.setattr(deadlines, "PAGE", 3)
    for _ in range(6):
        await add_offer(owner, company, days=1)
    await advance(owner, 2)
    assert await deadlines.sweep(worker, EXPIRE) == 6
    await owner.execute("UPDATE job SET state = 'dead'")
    for _ in range(2):
        await add_offer(owner, company, days=1)
    await advance(owner, 2)
    assert await deadlines.sweep(worker, EXPIRE) == 2
    await owner.close()


async def test_a_lonely_review_is_published_after_its_time(db) -> None:
    """When the other side wrote none, the review appears at its deadline, and both companies are told."""
    worker, owner = await db.worker(), await db.owner()
    author, subject = await add_company(owner, "Author"), await add_company(owner, "Subject")
    order, review = new_id(), new_id()
    await owner.execute("ALTER TABLE review DROP CONSTRAINT review_order_id_fkey")
    await owner.execute(
        "INSERT INTO review (id, order_id, author_company_id, subject_company_id, status, score, author_id, created_at,"
        " publish_at) VALUES ($1, $2, $3, $4, 'written', 5, $5, market_now(), market_now() + interval '7 days')",
        review,
        order,
        author,
        subject,
        new_id(),
    )
    assert await deadlines.sweep(worker, PUBLISH) == 0
    await advance(owner, 8)
    assert await deadlines.sweep(worker, PUBLISH) == 1
    async with working(runner(worker, publish_review.HANDLERS)):

        async def published() -> bool:
            return await owner.fetchval("SELECT status FROM review") == "published"

        await until(published, "the review was not published")
    assert await events_of(worker, review) == [("review.published", 2, "written", "published")]
    assert set(await owner.fetchval("SELECT audience FROM event")) == {author, subject}
    assert await deadlines.sweep(worker, PUBLISH) == 0
    await owner.close()


async def test_every_sweep_has_its_handler_and_reads_what_it_needs(db) -> None:
    """A deadline without somebody to act on it must not exist, and each statement uses its index."""
    known = handlers()
    assert {rule.kind for rule in deadlines.SWEEPS} <= known.keys()
    assert len(BY_ACTION) == len(deadlines.SWEEPS)
    worker = await db.worker()
    async with worker.system() as tx:
        await tx.execute("SET LOCAL enable_seqscan = off")
        for rule in deadlines.SWEEPS:
            plan = "\n".join(
                [
                    record["QUERY PLAN"]
                    for record in await tx._connection.fetch(
                        f"EXPLAIN {rule.due}", deadlines.PAGE, deadlines.FIRST.due_at, deadlines.FIRST.id
                    )
                ]
            )
            assert re.search("Index (Only )?Scan using", plan), plan
    assert (await states(worker)) == {}


def test_two_handlers_for_one_kind_are_refused() -> None:
    """The table of handlers is built from lists; a kind in two of them is a mistake at the start."""
    with pytest.raises(ValueError, match="expire_offer"):
        handlers((expire_offer.HANDLERS, expire_offer.HANDLERS))
