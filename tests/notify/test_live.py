"""Live pages: each listener hears of what its company may know, in order, and catches up after a break."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import pytest
from redis.asyncio import Redis

from exchange import embedded
from exchange.ctx import Ctx
from exchange.db import Database
from exchange.errors import Unavailable
from exchange.jobs import wake
from exchange.jobs.sequencer import place_batch
from exchange.notify import live
from exchange.notify.live import Change, LiveHub
from tests.conftest import TestDatabase
from tests.notify.neighbourhood import Deal, acting, add_order, add_person, record, tell_once

NO_VALKEY = "redis://127.0.0.1:1/0"


@asynccontextmanager
async def hub(db: Database, redis_url: str = NO_VALKEY) -> AsyncIterator[LiveHub]:
    """A hub at work."""
    found = LiveHub(db, redis_url)
    task = asyncio.create_task(found.run())
    try:
        yield found
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Page:
    """An open page that reads what it is sent, as a browser does."""

    def __init__(self, found: LiveHub, ctx: Ctx, last: int | None = None) -> None:
        self.changes = found.subscribe(ctx, last)
        self.seen: list[Change] = []

    async def until(self, topic: str, patience_s: float = 15.0) -> Change:
        """Read on until this topic comes."""
        async with asyncio.timeout(patience_s):
            async for change in self.changes:
                self.seen.append(change)
                if change.topic == topic:
                    return change
        raise AssertionError(f"{topic} never came")

    async def opened(self) -> None:
        assert (await self.until("inbox")).topic == "inbox"

    def topics(self) -> list[str]:
        return [change.topic for change in self.seen if change.topic not in ("", "inbox")]

    async def close(self) -> None:
        await self.changes.aclose()


async def placed_order(db: TestDatabase, owner: asyncpg.Connection, deal: Deal, number: str = "PO-1") -> UUID:
    """An order with a sequenced event for both sides; returns the order."""
    order = await add_order(owner, deal.buyer, deal.seller, number)
    await happened(db, deal, order, 1)
    return order


async def happened(db: TestDatabase, deal: Deal, order: UUID, version: int) -> UUID:
    event = await record(await db.api(), deal.as_buyer(), "order.placed", order, audience=(deal.seller,), version=version)
    await place(db)
    return event


async def place(db: TestDatabase) -> None:
    connection = await asyncpg.connect(db.url("exchange_worker"))
    try:
        await place_batch(connection)
    finally:
        await connection.close()


async def test_both_sides_hear_of_an_order_and_a_stranger_does_not(
    db: TestDatabase, owner: asyncpg.Connection, deal: Deal
) -> None:
    """A topic reaches the acting company and the audience; another company's page gets only its own."""
    stranger = acting(deal.seller_owner, deal.seller_owner, "owner")
    async with hub(await db.api()) as found:
        buyer, seller, other = (Page(found, ctx) for ctx in (deal.as_buyer(), deal.as_seller(), stranger))
        for page in (buyer, seller, other):
            await page.opened()
        order = await placed_order(db, owner, deal)
        own = await record(await db.api(), stranger, "company.edited", deal.seller_owner)
        await place(db)
        await asyncio.gather(buyer.until(f"order:{order}"), seller.until(f"order:{order}"))
        await other.until(f"company:{deal.seller_owner}")
        assert own
        assert other.topics() == [f"company:{deal.seller_owner}"]
        for page in (buyer, seller, other):
            await page.close()


async def test_an_operator_hears_of_everything(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    """The console's queues follow the record."""
    person = await add_person(owner, None, operator=("moderator",))
    async with hub(await db.api()) as found:
        page = Page(found, acting(None, person, "moderator", operator=True))
        await page.opened()
        order = await placed_order(db, owner, deal)
        await page.until(f"order:{order}")
        await page.close()


async def test_a_page_that_comes_back_gets_what_it_missed_once_and_in_order(
    db: TestDatabase, owner: asyncpg.Connection, deal: Deal
) -> None:
    """Last-Event-ID is a position: nothing is lost, nothing repeated, foreign positions are skipped."""
    orders = [await placed_order(db, owner, deal, f"PO-{number}") for number in range(5)]
    alien = acting(deal.seller_owner, deal.seller_owner, "owner")
    await record(await db.api(), alien, "company.edited", deal.seller_owner)
    await place(db)
    async with hub(await db.api()) as found:
        page = Page(found, deal.as_seller(), last=2)
        await page.until(f"order:{orders[4]}")
        last = await placed_order(db, owner, deal, "PO-last")
        change = await page.until(f"order:{last}")
        assert page.topics() == [f"order:{order}" for order in (*orders[2:], last)]
        assert change.position == 7
        await page.close()


async def test_a_page_from_too_long_ago_or_before_a_restore_loads_anew(
    db: TestDatabase, owner: asyncpg.Connection, deal: Deal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Instead of a long replay, or of waiting for positions that will never come."""
    monkeypatch.setattr(live, "REPLAY", 2)
    for number in range(4):
        await placed_order(db, owner, deal, f"PO-{number}")
    async with hub(await db.api()) as found:
        late = Page(found, deal.as_seller(), last=0)
        assert (await late.until("reload")).position == 4
        order = await placed_order(db, owner, deal, "PO-after")
        await late.until(f"order:{order}")
        assert late.topics() == ["reload", f"order:{order}"]
        await late.close()
        ahead = Page(found, deal.as_seller(), last=999)
        assert (await ahead.until("reload")).position == 5
        await ahead.close()


async def test_the_inbox_is_signalled_when_something_was_told_and_when_it_was_read(
    db: TestDatabase, owner: asyncpg.Connection, deal: Deal
) -> None:
    """The bell follows the notification, which comes after the event; it also follows reading in another window."""
    async with hub(await db.api()) as found:
        page = Page(found, deal.as_seller())
        await page.opened()
        order = await placed_order(db, owner, deal)
        await page.until(f"order:{order}")
        event = await owner.fetchval("SELECT id FROM event")
        await tell_once(await db.worker(), event)
        await page.until("inbox")
        await owner.execute("UPDATE notification SET read_at = now()")
        await page.until("inbox")
        await page.close()


async def test_a_slow_page_is_let_go_and_slows_nobody(
    db: TestDatabase, owner: asyncpg.Connection, deal: Deal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its queue is bounded; it ends and may come back, while the other page has everything."""
    monkeypatch.setattr(live, "QUEUE", 3)
    async with hub(await db.api()) as found:
        slow = Page(found, deal.as_seller())
        await slow.opened()
        monkeypatch.setattr(live, "QUEUE", 200)
        quick = Page(found, deal.as_buyer())
        await quick.opened()
        for number in range(8):
            order = await placed_order(db, owner, deal, f"PO-{number}")
        await quick.until(f"order:{order}")
        assert len(quick.topics()) == 8
        with pytest.raises(AssertionError, match="never came"):
            await slow.until(f"order:{order}")
        assert len(slow.topics()) < 8
        await quick.close()


async def test_a_page_ends_after_its_time(db: TestDatabase, deal: Deal, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a session that was revoked is noticed; before that it gets a sign of life."""
    monkeypatch.setattr(live, "LIFETIME_S", 0.3)
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.1)
    async with hub(await db.api()) as found:
        changes = [change async for change in found.subscribe(deal.as_buyer())]
    assert changes[0].topic == "inbox"
    assert [change.topic for change in changes].count("") >= 2


async def test_there_is_room_for_so_many_pages(db: TestDatabase, deal: Deal, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more is refused at once, and has room again when another has gone."""
    monkeypatch.setattr(live, "LISTENERS", 1)
    async with hub(await db.api()) as found:
        page = Page(found, deal.as_buyer())
        await page.opened()
        with pytest.raises(Unavailable):
            found.subscribe(deal.as_seller())
        await page.close()
        again = Page(found, deal.as_seller())
        await again.opened()
        await again.close()


async def test_a_published_head_wakes_the_reader(
    db: TestDatabase,
    owner: asyncpg.Connection,
    deal: Deal,
    monkeypatch: pytest.MonkeyPatch,
    valkey: embedded.Valkey,
) -> None:
    """With Valkey there is no waiting for the next look: the poll is set so far away that only the wake-up can help."""
    assert live.HEAD_CHANNEL == wake.HEAD_CHANNEL
    monkeypatch.setattr(live, "POLL_S", 60.0)
    redis = Redis.from_url(valkey.url)
    try:
        async with hub(await db.api(), valkey.url) as found:
            while await redis.pubsub_numsub(live.HEAD_CHANNEL) != [(live.HEAD_CHANNEL.encode(), 1)]:
                await asyncio.sleep(0.01)
            page = Page(found, deal.as_seller())
            await page.opened()
            order = await placed_order(db, owner, deal)
            await redis.publish(live.HEAD_CHANNEL, "1")
            await page.until(f"order:{order}", patience_s=10.0)
            await page.close()
    finally:
        await redis.aclose()


async def test_what_belongs_to_an_order_renews_the_pages_of_the_order(
    db: TestDatabase, owner: asyncpg.Connection, deal: Deal
) -> None:
    """A delivery's event names its order too, live and when a page comes back."""
    order = await placed_order(db, owner, deal)
    delivery = uuid4()
    async with hub(await db.api()) as found:
        page = Page(found, deal.as_seller())
        await page.opened()
        payload = {"order_id": str(order)}
        await record(await db.api(), deal.as_buyer(), "delivery.arrived", delivery, audience=(deal.seller,), payload=payload)
        await place(db)
        topic = f"delivery:{delivery} order:{order}"
        change = await page.until(topic)
        await page.close()
        back = Page(found, deal.as_seller(), last=change.position - 1)
        await back.until(topic)
        await back.close()


async def test_what_belongs_to_an_rfq_renews_the_pages_of_the_rfq(db: TestDatabase, deal: Deal) -> None:
    """A contract that is drafted names the RFQ that led to it: the buyer's page shows the way to it at once."""
    rfq, contract = uuid4(), uuid4()
    async with hub(await db.api()) as found:
        page = Page(found, deal.as_buyer())
        await page.opened()
        payload = {"rfq_id": str(rfq)}
        await record(await db.api(), deal.as_seller(), "contract.drafted", contract, audience=(deal.buyer,), payload=payload)
        await place(db)
        await page.until(f"contract:{contract} rfq:{rfq}")
        await page.close()


async def test_a_page_misses_nothing_between_its_drawing_and_its_stream(db: TestDatabase, deal: Deal) -> None:
    """The position that a page carries is never ahead of the record: what happens before its stream opens is told at once."""
    async with hub(await db.api()) as found:
        first = Page(found, deal.as_buyer())
        await first.opened()
        drawn_at = found.position
        assert drawn_at is not None
        contract = uuid4()
        await record(await db.api(), deal.as_seller(), "contract.activated", contract, audience=(deal.buyer,))
        await place(db)
        await first.until(f"contract:{contract}")
        await first.close()
        later = Page(found, deal.as_buyer(), last=drawn_at)
        await later.until(f"contract:{contract}")
        await later.close()


async def test_a_message_renews_its_conversation_and_a_note_only_the_own_side(
    db: TestDatabase, owner: asyncpg.Connection, deal: Deal
) -> None:
    """A thread is followed by what it is, also by who comes back; the other side's page is never sent a note."""
    thread, about = uuid4(), {"about": "order", "order_id": str(uuid4())}
    payload = {"thread_id": str(thread), **about}
    async with hub(await db.api()) as found:
        buyer, seller = (Page(found, ctx) for ctx in (deal.as_buyer(), deal.as_seller()))
        await asyncio.gather(buyer.opened(), seller.opened())
        start = found.position
        api = await db.api()
        await record(api, deal.as_buyer(), "message.noted", uuid4(), payload=payload)
        said = uuid4()
        await record(api, deal.as_buyer(), "message.posted", said, audience=(deal.seller,), payload=payload)
        await place(db)
        last = f"message:{said} thread:{thread}"
        await asyncio.gather(buyer.until(last), seller.until(last))
        back = Page(found, deal.as_seller(), start)
        await back.until(last)
        for page in (buyer, seller, back):
            await page.close()
    assert seller.topics() == back.topics() == [last]
    assert len(buyer.topics()) == 2
