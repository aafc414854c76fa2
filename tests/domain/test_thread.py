"""Conversation: who may write to whom, what is kept, and that an internal note leaves no trace on the other side."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from msgspec import structs

from exchange.ctx import Ctx
from exchange.db import begin_statement
from exchange.domain.file import store as files
from exchange.domain.file.model import Received
from exchange.domain.thread import service, store
from exchange.domain.thread.model import Kind, Message, NoText, NotShared
from exchange.errors import Invalid, NotFound
from exchange.ids import new_id
from exchange.jobs.sequencer import place_batch
from exchange.jobs.tell import tell
from schemas.thread import MessageIn
from tests.domain.buying import Buying
from tests.domain.deals import Deals, Ordered
from tests.world import Site, key


class Talk:
    """An order between a buyer and a seller, each with a colleague, and the talk about it."""

    def __init__(self, deals: Deals, order: Ordered, colleague: Ctx, partner: Ctx) -> None:
        self.deals, self.order = deals, order
        self.buyer, self.seller = deals.buyer, deals.seller
        self.colleague, self.partner = colleague, partner

    async def say(self, ctx: Ctx, body: str, *, about: UUID | None = None, kind: Kind = "order", **more: Any) -> Message:
        command = MessageIn(kind=kind, subject_id=about or self.order.id, body=body, **more)
        async with self.deals.api.tx(ctx, service.STANDING[kind]) as tx:
            return await service.post(tx, command)

    async def read(self, ctx: Ctx, thread: UUID) -> list[str]:
        async with self.deals.api.tx(ctx, "any") as tx:
            return [item.body for item in (await service.messages(tx, thread, limit=50)).items]

    async def unread(self, ctx: Ctx) -> tuple[int, int]:
        """In how many threads, and how much in the newest."""
        async with self.deals.api.tx(ctx, "any") as tx:
            rows = (await service.threads(tx, limit=5)).items
            return await service.unread(tx), rows[0].unread if rows else 0

    async def unread_list(self, ctx: Ctx) -> list[UUID]:
        async with self.deals.api.tx(ctx, "any") as tx:
            return [row.id for row in (await service.unread_threads(tx, limit=5)).items]

    async def found(self, ctx: Ctx, words: str) -> list[str]:
        async with self.deals.api.tx(ctx, "any") as tx:
            return [item.body for item in (await service.search(tx, words, limit=10)).items]

    async def jobs(self) -> None:
        """What the sequencer does, and every job that tells."""
        worker = await asyncpg.connect(self.deals.world.db.url("exchange_worker"))
        try:
            await place_batch(worker)
        finally:
            await worker.close()
        for event in await self.deals.world.owner.fetch("SELECT id FROM event ORDER BY seq"):
            async with self.deals.worker.system() as tx:
                await tell(tx, event["id"])


@pytest_asyncio.fixture
async def talk(world: Any) -> Talk:
    deals = await Deals.open(world, pool=8)
    order = await deals.order([("1", "1000", "10")])
    colleague = await world.person(deals.buyer.company, "Buyer", "Lan", "buyer")
    partner = await world.person(deals.seller.company, "Seller", "Minh", "seller")
    return Talk(deals, order, colleague, partner)


async def test_two_companies_talk_and_colleagues_note(talk: Talk) -> None:
    """Both sides read what was said, in its order; a note is read by colleagues alone; unread counts follow each person."""
    first = await talk.say(talk.buyer, "Bao giờ giao hàng?")
    await talk.say(talk.seller, "Thứ sáu.\r\nXe 2 tấn.")
    note = await talk.say(talk.buyer, "Họ trễ lần trước", internal=True, mentions=(talk.colleague.person,))
    said = ["Thứ sáu.\nXe 2 tấn.", "Bao giờ giao hàng?"]
    assert await talk.read(talk.partner, first.thread_id) == said
    assert await talk.read(talk.colleague, first.thread_id) == ["Họ trễ lần trước", *said]
    assert (await talk.unread(talk.buyer), await talk.unread(talk.colleague)) == ((1, 1), (1, 3))
    assert (await talk.unread(talk.seller), await talk.unread(talk.partner)) == ((1, 1), (1, 2))
    async with talk.deals.api.tx(talk.colleague, "any") as tx:
        await service.read(tx, first.thread_id, note.id)
        await service.read(tx, first.thread_id, first.id)
        shown = await service.around(tx, [note])
    assert await talk.unread(talk.colleague) == (0, 0)
    assert (shown.authors, shown.mentions) == ({note.id: "Buyer Owner"}, {note.id: (talk.colleague.person,)})
    async with talk.deals.api.tx(talk.seller, "any") as tx:
        with pytest.raises(NotFound):
            await service.read(tx, first.thread_id, note.id)
        hidden = await service.around(tx, [note])
    assert (hidden.authors, hidden.mentions) == ({}, {})
    for refused, why in ((NoText, {"body": " \n "}), (Invalid, {"mentions": (talk.partner.person,)})):
        with pytest.raises(refused):
            await talk.say(talk.buyer, **{"body": "Chào", **why})
    stranger = await talk.deals.world.company("Stranger")
    with pytest.raises(NotFound):
        await talk.say(stranger, "Xin chào")
    assert await talk.read(stranger, first.thread_id) == []


async def test_messages_at_once_are_all_kept_and_none_is_read_unseen(talk: Talk) -> None:
    """Twenty writers at once: every message is there, and who has read up to one has been shown all before it."""
    sent = [
        talk.say(who, f"{who.company_name} {n}")
        for n in range(5)
        for who in (talk.buyer, talk.seller, talk.colleague, talk.partner)
    ]
    written = await asyncio.gather(*sent)
    thread = written[0].thread_id
    assert {item.thread_id for item in written} == {thread}
    rows = await talk.deals.world.owner.fetch("SELECT created_at, xmin::text::bigint AS tx FROM message ORDER BY created_at")
    assert len({row["created_at"] for row in rows}) == 20
    assert len(await talk.read(talk.buyer, thread)) == 20
    assert await talk.unread(talk.partner) == (1, 15)


async def test_who_comes_later_has_nothing_old_to_read(talk: Talk) -> None:
    """Who joins with an old account, or comes back, has unread what is written from then on, and the list shows only that."""
    await talk.say(talk.seller, "Từ năm ngoái")
    await talk.deals.world.owner.execute(
        "INSERT INTO membership (company_id, person_id, roles) VALUES ($1, $2, '{buyer}')",
        talk.buyer.company,
        talk.partner.person,
    )
    moved = structs.replace(talk.partner, company_id=talk.buyer.company, roles=frozenset({"buyer"}))
    assert await talk.unread(moved) == (0, 0)
    assert await talk.unread_list(moved) == []
    new = await talk.say(talk.seller, "Hôm nay")
    assert (await talk.unread(moved), await talk.unread_list(moved)) == ((1, 1), [new.thread_id])
    for ended in ("market_now()", "NULL"):
        await talk.deals.world.owner.execute(
            f"UPDATE membership SET ended_at = {ended} WHERE company_id = $1 AND person_id = $2",
            *(talk.buyer.company, talk.partner.person),
        )
    assert (await talk.unread(moved), await talk.unread_list(moved)) == ((0, 0), [])
    await talk.say(moved, "Đã nhận")
    assert await talk.unread_list(talk.seller) == [new.thread_id]
    async with talk.deals.api.tx(talk.seller, "any") as tx:
        assert (await service.unread_threads(tx, kind="quote", limit=5)).items == ()


async def test_a_file_is_read_by_those_who_read_the_message(talk: Talk) -> None:
    """A file of a note stays inside; one of a message is opened to the other side; nobody sends another company's file."""
    secret, shown = await _file(talk, talk.buyer), await _file(talk, talk.buyer)
    await talk.say(talk.buyer, "", internal=True, files=(secret,))
    message = await talk.say(talk.buyer, "Bản vẽ", files=(shown,))
    async with talk.deals.api.tx(talk.seller, "any") as tx:
        assert list(await store.files(tx, [secret, shown])) == [shown]
        assert (await service.get(tx, message.id)).files == (shown,)
    with pytest.raises(Invalid):
        await talk.say(talk.seller, "Của bạn", files=(shown,))


async def _file(talk: Talk, ctx: Ctx) -> UUID:
    received = Received(id=new_id(), name="a.pdf", media_type="application/pdf", size=10, sha256=bytes(32), purpose="attachment")
    async with talk.deals.api.tx(ctx, "any") as tx:
        return (await files.insert(tx, received, ctx.company, (), ctx.person_id)).id


async def test_words_are_found_with_and_without_accents(talk: Talk) -> None:
    """All words, or their beginnings; only in what the reader may read."""
    await talk.say(talk.buyer, "Giao hàng tại Đà Nẵng, đơn PO-77")
    await talk.say(talk.seller, "Đã xếp xe đi Đà Nẵng")
    await talk.say(talk.seller, "Nội bộ: xe Đà Nẵng hỏng", internal=True)
    assert len(await talk.found(talk.buyer, "da nang")) == 2
    assert await talk.found(talk.buyer, "ĐÀ NẴNG giao") == ["Giao hàng tại Đà Nẵng, đơn PO-77"]
    assert (await talk.found(talk.buyer, "po 77")) == ["Giao hàng tại Đà Nẵng, đơn PO-77"]
    assert await talk.found(talk.buyer, "hong") == [] == await talk.found(talk.buyer, "' & :* |")
    assert await talk.found(talk.partner, "hong") == ["Nội bộ: xe Đà Nẵng hỏng"]


async def test_people_of_a_conversation_are_told_once(talk: Talk) -> None:
    """Who is called, who takes part, else whose work it is; nobody of the other side hears of a note."""
    world = talk.deals.world
    await world.person(talk.seller.company, "Seller", "Kho", "warehouse")
    message = await talk.say(talk.buyer, "Chào", mentions=(talk.colleague.person,))
    note = await talk.say(talk.partner, "Trả lời sau", internal=True)
    last = await talk.say(talk.seller, "Chào anh")
    await talk.jobs()
    await talk.jobs()
    rows = await world.owner.fetch(
        "SELECT n.aggregate_id AS about, n.person_id AS who, n.data ->> 'to' AS why, EXISTS (SELECT FROM job AS j"
        " WHERE j.kind = 'mail' AND j.payload ->> 'notification_id' = n.id::text) AS mailed FROM notification AS n"
    )
    told = {(row["about"], row["who"]): (row["why"], row["mailed"]) for row in rows}
    assert told == {
        (message.id, talk.colleague.person): ("called", True),
        (message.id, talk.partner.person): ("partner", True),
        (last.id, talk.buyer.person): ("partner", True),
        (last.id, talk.colleague.person): ("partner", True),
        (last.id, talk.partner.person): ("colleague", False),
    }
    assert note.id not in {row["about"] for row in rows}


@asynccontextmanager
async def asked(talk: Talk, **changes: Any) -> AsyncIterator[tuple[Buying, Any]]:
    """A published request of the buyer."""
    buying = Buying(talk.deals.world, talk.deals.api, talk.deals.worker)
    yield buying, await buying.rfq(talk.buyer, **changes)


async def test_a_talk_about_a_request_is_between_the_buyer_and_one_supplier(talk: Talk) -> None:
    """Each supplier has its own; a buyer answers who asked, and cannot write to one who has nothing to do with it."""
    other = await talk.deals.world.company("Other", roles=("owner", "seller"))
    async with asked(talk, sealed=True) as (buying, rfq):
        question = await talk.say(talk.seller, "Giấy loại nào?", about=rfq.id, kind="rfq")
        with pytest.raises(NotFound):
            await talk.say(talk.buyer, "Chào", about=rfq.id, kind="rfq", seller_id=other.company)
        answer = await talk.say(talk.buyer, "70 gsm", about=rfq.id, kind="rfq", seller_id=talk.seller.company)
        assert answer.thread_id == question.thread_id
        theirs = await talk.say(other, "Giao ở đâu?", about=rfq.id, kind="rfq")
        assert theirs.thread_id != question.thread_id
        assert await talk.read(other, question.thread_id) == []
        assert await talk.read(other, theirs.thread_id) == ["Giao ở đâu?"]
        # A sealed quotation is its supplier's secret: a message about it would tell.
        quote = await buying.quote(talk.seller, rfq)
        with pytest.raises(NotShared):
            await talk.say(talk.seller, "Xem báo giá", about=quote.id, kind="quote")
        await talk.say(talk.seller, "Giá sàn là 58", about=quote.id, kind="quote", internal=True)
        with pytest.raises(NotFound):
            await talk.say(talk.buyer, "Có báo giá?", about=quote.id, kind="quote")
        await buying.pass_deadline(rfq)
        opened = await talk.say(talk.buyer, "Giảm được không?", about=quote.id, kind="quote")
        assert await talk.read(talk.buyer, opened.thread_id) == ["Giảm được không?"]


async def test_contact_data_is_a_hint_until_there_is_a_deal(talk: Talk) -> None:
    """It is sent all the same; a moderator is shown that message alone. After an award, and in a note, it is nobody's concern."""
    owner = talk.deals.world.owner
    newcomer = await talk.deals.world.company("Newcomer", roles=("owner", "seller"))
    moderator = await talk.deals.world.operator("moderator")
    async with asked(talk) as (_, rfq):
        plain = await talk.say(newcomer, "Giấy 70 gsm, 500 ram, giao 12/12/2026", about=rfq.id, kind="rfq")
        await talk.say(newcomer, "gọi 0912 345 678", about=rfq.id, kind="rfq", internal=True)
        hinted = await talk.say(newcomer, "Gọi tôi: 0912 345 678", about=rfq.id, kind="rfq")
        assert len(await talk.read(talk.buyer, hinted.thread_id)) == 2
        await talk.say(talk.seller, "Gọi tôi: 0912 345 678", about=rfq.id, kind="rfq")
    cases = await owner.fetch("SELECT object_id, kind, hits::text FROM moderation_case")
    assert [(row["object_id"], row["kind"]) for row in cases] == [(hinted.id, "message")]
    assert "contact_phone" in cases[0]["hits"]
    async with talk.deals.api.tx(moderator, "any") as tx:
        assert await store.get(tx, plain.id) is None
        shown = await service.hinted(tx, hinted.id)
    assert shown is not None
    assert shown.body == "Gọi tôi: 0912 345 678"
    assert await owner.fetchval("SELECT count(*) FROM access_log WHERE what = 'thread.messages'") == 1


# Every table that the api role may read, with the columns that it may.
READABLE = """
SELECT c.relname AS t, array_agg(a.attname::text ORDER BY a.attnum) AS columns
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
    AND has_column_privilege('exchange_api', c.oid, a.attnum, 'SELECT')
GROUP BY c.relname ORDER BY c.relname
"""
# Where a reader stands in the record and what the clock shows are not facts about anybody.
CLOCKWORK = {"market_clock", "session", "schedule_slot", "idempotency_key"}


async def seen_in_tables(talk: Talk, ctx: Ctx) -> dict[str, list[str]]:
    """All that a hostile statement of the api role could read in this company's name."""
    found: dict[str, list[str]] = {}
    tables = await talk.deals.world.owner.fetch(READABLE)
    connection = await asyncpg.connect(talk.deals.world.db.url("exchange_api"))
    try:
        await connection.execute(begin_statement(ctx, "any", read=True))
        for table in tables:
            if table["t"] not in CLOCKWORK:
                columns = ", ".join(f'"{name}"::text' for name in table["columns"])
                rows = await connection.fetch(f"SELECT {columns} FROM {table['t']}")
                found[table["t"]] = sorted(str(tuple(row)) for row in rows)
        live = await connection.fetch("SELECT * FROM live_tail(0, 1000)")
        found["live"] = [str((row["aggregate"], row["aggregate_id"])) for row in live if ctx.company in row["companies"]]
        return found
    finally:
        await connection.close()


ROUTES = (
    "/api/v1/threads", "/api/v1/threads?kind=order", "/api/v1/threads/unread", "/api/v1/messages/search?q=gia", "/api/v1/inbox",
    "/api/v1/messages/search?q=canary", "/api/v1/inbox/count",
)  # fmt: skip


async def seen_by_api(site: Site, ctx: Ctx, thread: UUID, note: UUID) -> dict[str, Any]:
    client = await site.client(ctx)
    found: dict[str, Any] = {}
    for route in (*ROUTES, f"/api/v1/threads/{thread}/messages", f"/api/v1/messages/{note}"):
        answer = await client.get(route)
        found[route] = (answer.status_code, {k: v for k, v in answer.json().items() if k != "request_id"})
    feed = (await client.get("/api/v1/events?limit=100")).json()
    found["feed"] = [(item["type"], item["aggregate_id"]) for item in feed.get("items", [])]
    return found


async def test_the_other_side_observes_nothing_of_a_note(talk: Talk, site: Site) -> None:
    """Rows, counts, order, unread, search, events, live, inbox, webhooks: all as if there were no note; the control sees it."""
    message = await talk.say(talk.buyer, "Chào anh, giá thế nào?")
    thread, note_id = message.thread_id, new_id()
    await talk.deals.world.owner.execute(
        "INSERT INTO webhook_endpoint (id, company_id, url, secret, status, person_id, created_at)"
        " VALUES ($1, $2, 'https://x.example/', 'x', 'active', $3, now())",
        new_id(), talk.seller.company, talk.seller.person,
    )  # fmt: skip
    await talk.jobs()

    async def observed() -> tuple[Any, Any]:
        await talk.jobs()
        return await seen_in_tables(talk, talk.seller), await seen_by_api(site, talk.seller, thread, note_id)

    before = await observed()
    secret = await _file(talk, talk.buyer)
    note = await talk.say(talk.buyer, "canary: giá của họ cao", internal=True, mentions=(talk.colleague.person,), files=(secret,))
    assert note.internal
    after = await observed()
    assert json.dumps(after, default=str) == json.dumps(before, default=str)
    # What is written afterwards carries no trace of it either: the next public message is the second of its thread.
    await talk.say(talk.buyer, "Anh trả lời giúp")
    assert await talk.unread(talk.seller) == (1, 2)
    assert await talk.unread(talk.colleague) == (1, 3)
    # The control: without the wall of notes the comparison finds it.
    await talk.deals.world.owner.execute("ALTER POLICY api_own_notes ON message USING (internal)")
    found = await seen_in_tables(talk, talk.seller)
    assert any("canary" in row for row in found["message"])


async def test_the_first_note_does_not_tell_that_there_is_a_thread(talk: Talk, site: Site) -> None:
    """Written before any message it leaves the other side's world untouched, and its thread begins with their own first."""
    unknown = await seen_in_tables(talk, talk.seller)
    note = await talk.say(talk.buyer, "canary", internal=True)
    await talk.jobs()
    assert await seen_in_tables(talk, talk.seller) == unknown
    client = await site.client(talk.seller)
    body = {"kind": "order", "subject_id": str(talk.order.id), "body": "Chào"}
    once = key()
    sent = [await client.post("/api/v1/messages", json=body, headers=once) for _ in range(2)]
    assert {answer.json()["id"] for answer in sent} == {sent[0].json()["id"]}
    assert sent[0].json()["thread_id"] == str(note.thread_id)
    rows = (await client.get("/api/v1/threads")).json()["items"]
    assert [(row["last"], row["unread"], row["number"]) for row in rows] == [("Chào", 0, rows[0]["number"])]
