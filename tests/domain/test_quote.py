"""Quotes: priced, sealed, replaced, withdrawn, opened and compared."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import asyncpg
import msgspec
import pytest
import pytest_asyncio

from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.quote import service as quotes
from exchange.domain.quote.model import OwnRfq
from exchange.domain.quote.view import view
from exchange.domain.rfq.model import CurrencyNotAllowed
from exchange.errors import DeadlinePassed, Invalid, NotFound
from tests.domain.buying import Buying, buying, line, quote_in
from tests.world import World

SECRET = "61234.567891"


@pytest_asyncio.fixture
async def deal(world: World) -> AsyncIterator[Buying]:
    """A market and the two roles that act in it."""
    yield await buying(world)


async def bodies(database: Database, ctx: Ctx | None) -> int:
    """How many quote bodies a reader finds."""
    async with database.system() if ctx is None else database.tx(ctx, "any") as tx:
        return await tx.value("SELECT count(*) FROM quote_body")


async def test_a_quote_is_priced_once_with_vat_and_fee_pinned(deal: Buying) -> None:
    """Net, VAT and gross are rounded per line; the fee of the day and its VAT are pinned; net to you is what is left."""
    buyer, seller = await deal.world.company("Buyer"), await deal.world.company("Seller")
    rfq = await deal.rfq(buyer, lines=[line(quantity="100"), line(quantity="3")])
    quote = await deal.quote(seller, rfq, "60000.5")
    shown = view(quote, seller)
    assert (shown.net, shown.vat, shown.gross) == ("6180052", "618005", "6798057")
    assert (shown.fee, shown.fee_vat, shown.net_to_you) == ("61801", "6180", "6730076")
    assert [(item.net, item.vat_percent) for item in shown.lines] == [("6000050", "10"), ("180002", "10")]
    assert view(quote, buyer).fee is None


async def test_nobody_but_its_supplier_reads_a_sealed_quote(deal: Buying) -> None:
    """Neither buyer, operator, other supplier nor worker finds the body; no other table holds the price."""
    buyer, seller, other = [await deal.world.company(name) for name in ("Buyer", "Seller", "Other")]
    rfq = await deal.rfq(buyer, sealed=True)
    quote = await deal.quote(seller, rfq, SECRET)
    await deal.quote(other, rfq, "70000")
    operator = await deal.world.operator("moderator", "administrator")
    assert await bodies(deal.api, seller) == 1
    assert [await bodies(deal.api, ctx) for ctx in (buyer, operator)] == [0, 0]
    assert await bodies(deal.worker, None) == 0
    for reader in (buyer, other, operator):
        with pytest.raises(NotFound):
            async with deal.api.tx(reader, "any") as tx:
                await quotes.get(tx, quote.id)
    assert (await deal.read(buyer, rfq)).quotes == 0
    async with deal.api.tx(buyer, "any") as tx:
        assert (await quotes.comparison(tx, rfq.id)).quotes == ()
    tables = await deal.world.owner.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'quote_body'"
    )
    for table in tables:
        hits = await deal.world.owner.fetchval(f"SELECT count(*) FROM {table['tablename']} AS t WHERE t::text LIKE '%61234%'")
        assert hits == 0, table["tablename"]


async def test_only_the_supplier_hears_of_a_sealed_quote(deal: Buying) -> None:
    """Its event has no audience and no price; that of a visible one reaches the buyer."""
    buyer, seller = await deal.world.company("Buyer"), await deal.world.company("Seller")
    sealed, visible = await deal.rfq(buyer, sealed=True), await deal.rfq(buyer)
    await deal.quote(seller, sealed)
    await deal.quote(seller, visible)
    first, second = await deal.events("quote.submitted")
    assert (first["audience"], second["audience"]) == ([], [buyer.company])
    assert set(msgspec.json.decode(first["payload"])) == {"rfq_id", "body_version"}


async def test_a_sealed_quote_cannot_be_opened_before_the_deadline(deal: Buying) -> None:
    """The database itself refuses, whoever asks."""
    buyer, seller = await deal.world.company("Buyer"), await deal.world.company("Seller")
    rfq = await deal.rfq(buyer, sealed=True)
    await deal.quote(seller, rfq)
    for database in (deal.api, deal.worker):
        with pytest.raises(asyncpg.PostgresError) as refused:
            async with database.tx(buyer, "any") as tx:
                await tx.value("SELECT open_quotes($1)", rfq.id)
        assert refused.value.sqlstate == "EX004"


async def test_quotes_open_together_at_the_deadline(deal: Buying) -> None:
    """After the deadline the buyer compares all of them, and buyer and supplier are told of each opening."""
    buyer, one, two, idle = [await deal.world.company(name) for name in ("Buyer", "One", "Two", "Idle")]
    rfq = await deal.rfq(buyer, sealed=True)
    await deal.quote(one, rfq, "61000")
    await deal.quote(two, rfq, "60000")
    draft = await deal.quote(idle, rfq, submit=False)
    await deal.pass_deadline(rfq)
    seen = await deal.read(buyer, rfq)
    assert (seen.status, seen.quotes) == ("evaluating", 2)
    async with deal.api.tx(buyer, "any") as tx:
        compared = (await quotes.comparison(tx, rfq.id)).quotes
    assert {(item.quote.net, item.best_net, item.complete, item.covers) for item in compared} == {
        ("6100000", False, True, "100"),
        ("6000000", True, True, "100"),
    }
    audiences = [set(row["audience"]) for row in await deal.events("quote.opened")]
    assert sorted(audiences, key=str) == sorted([{buyer.company, one.company}, {buyer.company, two.company}], key=str)
    async with deal.api.tx(idle, "any") as tx:
        assert (await quotes.get(tx, draft.id)).status == "expired"


async def test_a_part_is_compared_as_a_part(deal: Buying) -> None:
    """A cheap half carries no best mark; other terms are named; what is no longer valid is marked."""
    buyer, half, whole = [await deal.world.company(name) for name in ("Buyer", "Half", "Whole")]
    rfq = await deal.rfq(buyer)
    one = {"line_id": rfq.lines[0].id, "quantity": "50", "price": "10", "vat_code": "VN10", "lead_time_days": 1}
    await deal.quote(half, rfq, lines=[one], terms={"payment": "advance", "warranty_months": 12})
    await deal.quote(whole, rfq, valid_until=rfq.due_at + timedelta(days=2))
    async with deal.api.tx(buyer, "any") as tx:
        first, second = (await quotes.comparison(tx, rfq.id)).quotes
    assert (first.quote.seller, first.best_net, first.best_lead_time, first.terms_differ) == ("Whole", True, True, ())
    assert (second.covers, second.complete, second.best_net) == ("50", False, False)
    assert second.terms_differ == ("instalments", "warranty_months")
    await deal.world.advance("6 days")
    async with deal.api.tx(buyer, "any") as tx:
        assert [item.valid for item in (await quotes.comparison(tx, rfq.id)).quotes] == [False, True]


async def test_a_quote_is_replaced_and_withdrawn_before_the_deadline(deal: Buying) -> None:
    """One quote per supplier: submitted again it is the next version, withdrawn it is never shown, then it may come back."""
    buyer, seller = await deal.world.company("Buyer"), await deal.world.company("Seller")
    rfq = await deal.rfq(buyer, sealed=True)
    first = await deal.quote(seller, rfq, "61000")
    second = await deal.quote(seller, rfq, "60000")
    assert (second.id, second.body_version, second.version) == (first.id, 2, 2)
    async with deal.api.tx(seller) as tx:
        assert (await quotes.withdraw(tx, first.id)).status == "withdrawn"
    third = await deal.quote(seller, rfq, "59000")
    assert (third.id, third.body_version, third.status) == (first.id, 3, "submitted")
    await deal.pass_deadline(rfq)
    async with deal.api.tx(buyer, "any") as tx:
        assert [item.quote.net for item in (await quotes.comparison(tx, rfq.id)).quotes] == ["5900000"]
    with pytest.raises(DeadlinePassed):
        async with deal.api.tx(seller) as tx:
            await quotes.withdraw(tx, first.id)
    async with deal.api.tx(buyer, "any") as tx:
        assert await tx.value("SELECT count(*) FROM quote_body") == 1


async def test_a_visible_quote_is_open_as_it_arrives(deal: Buying) -> None:
    """The buyer reads it at once, and its next version after it is replaced."""
    buyer, seller = await deal.world.company("Buyer"), await deal.world.company("Seller")
    rfq = await deal.rfq(buyer)
    assert (await deal.quote(seller, rfq, "61000")).status == "opened"
    again = await deal.quote(seller, rfq, "60000")
    async with deal.api.tx(buyer, "any") as tx:
        seen = await quotes.get(tx, again.id)
    assert view(seen, buyer).net == "6000000"


async def test_parallel_first_quotes_are_one(deal: Buying) -> None:
    """Two people of one supplier who submit at the same time make one quote with two versions."""
    buyer, seller = await deal.world.company("Buyer"), await deal.world.company("Seller")
    rfq = await deal.rfq(buyer, sealed=True)
    made = await asyncio.gather(*(deal.quote(seller, rfq, price) for price in ("60000", "61000", "62000")))
    assert len({quote.id for quote in made}) == 1
    assert sorted(quote.body_version for quote in made) == [1, 2, 3]


async def test_every_wrong_field_of_a_quote_is_named_at_once(deal: Buying) -> None:
    """Unknown line, too much, a VAT code of another country, a foreign offer, validity before the deadline."""
    buyer, seller, other = [await deal.world.company(name) for name in ("Buyer", "Seller", "Other")]
    rfq = await deal.rfq(buyer, terms={"payment": "net_30", "quantity_tolerance_percent": "5"})
    foreign = await deal.offer(other)
    good = {"line_id": rfq.lines[0].id, "quantity": "105", "price": "1", "vat_code": "VN10", "lead_time_days": 1}
    lines = [
        {**good, "quantity": "105.000001", "offer_id": foreign.id},
        {**good, "line_id": uuid4(), "vat_code": "STD20"},
        good,
    ]
    with pytest.raises(Invalid) as refused:
        await deal.quote(seller, rfq, lines=lines, valid_until=rfq.due_at)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [
        ("/valid_until", "before-deadline"),
        ("/lines/0/quantity", "too-much"),
        ("/lines/0/offer_id", "unknown-offer"),
        ("/lines/1/line_id", "unknown-line"),
        ("/lines/1/vat_code", "vat-code-not-valid"),
        ("/lines/2/line_id", "named-twice"),
    ]
    await deal.quote(seller, rfq, lines=[good])


async def test_two_residents_deal_in_their_currency(deal: Buying) -> None:
    """A Vietnamese supplier cannot quote dollars to a Vietnamese buyer; a foreign one can."""
    buyer, resident = await deal.world.company("Buyer"), await deal.world.company("Resident")
    foreign = await deal.world.company("Foreign", profile="default", currency="USD")
    rfq = await deal.rfq(buyer, currency="USD")
    with pytest.raises(CurrencyNotAllowed):
        await deal.quote(resident, rfq, "3")
    lines = [{"line_id": rfq.lines[0].id, "quantity": "100", "price": "3", "vat_code": "ZERO", "lead_time_days": 9}]
    assert view(await deal.quote(foreign, rfq, lines=lines), foreign).gross == "300.00"


async def test_a_company_cannot_quote_to_itself(deal: Buying) -> None:
    """The buyer is told so; somebody whom it did not invite finds nothing to quote on."""
    buyer, guest, stranger = [await deal.world.company(name) for name in ("Buyer", "Guest", "Stranger")]
    rfq = await deal.rfq(buyer, mode="invited", invite=[str(guest.company)])
    with pytest.raises(OwnRfq):
        await deal.quote(buyer, rfq)
    with pytest.raises(NotFound):
        await deal.quote(stranger, rfq)


async def test_a_bid_that_waits_past_the_deadline_is_late(deal: Buying) -> None:
    """A bid in time that has to wait for a lock until after the deadline is refused by the clock after the wait."""
    buyer, seller = await deal.world.company("Buyer"), await deal.world.company("Seller")
    rfq = await deal.rfq(buyer, sealed=True)
    holder = await deal.world.db.owner()
    transaction = holder.transaction()
    await transaction.start()
    await holder.execute("SELECT FROM rfq WHERE id = $1 FOR UPDATE", rfq.id)
    bid = asyncio.create_task(deal.quote(seller, rfq))
    await _until_somebody_waits(deal)
    await deal.world.advance("3 days")
    await transaction.rollback()
    await holder.close()
    with pytest.raises(DeadlinePassed):
        await bid
    assert await deal.world.owner.fetchval("SELECT count(*) FROM quote") == 0


async def test_the_closing_waits_for_a_bid_under_way(deal: Buying) -> None:
    """A bid accepted before the deadline whose transaction ends after it still counts: the closing job waits for it."""
    buyer, seller = await deal.world.company("Buyer"), await deal.world.company("Seller")
    rfq = await deal.rfq(buyer, sealed=True)
    async with deal.api.tx(seller) as tx:
        await quotes.put(tx, rfq.id, quote_in(rfq))
        closing = asyncio.create_task(deal.pass_deadline(rfq))
        await _until_somebody_waits(deal)
    await closing
    seen = await deal.read(buyer, rfq)
    assert (seen.status, seen.quotes) == ("evaluating", 1)


async def _until_somebody_waits(deal: Buying) -> None:
    """Until a session waits for a lock."""
    watcher = await deal.world.db.owner()
    try:
        async with asyncio.timeout(10):
            while not await watcher.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                await asyncio.sleep(0.01)
    finally:
        await watcher.close()
