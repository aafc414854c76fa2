"""Awards and approvals: who may bind the company, what follows, and that it happens once."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from exchange.ctx import Ctx
from exchange.domain.approval import deciding
from exchange.domain.approval import service as approvals
from exchange.domain.approval.model import NotAsked, OwnRequest
from exchange.domain.award import service as awards
from exchange.domain.award.model import QuoteExpired, QuoteIncomplete
from exchange.domain.award.view import view
from exchange.domain.quote.model import Quote
from exchange.domain.rfq import service as rfqs
from exchange.domain.rfq.model import Rfq
from exchange.errors import DeadlinePassed, NotFound, WrongState
from schemas.approval import Decision
from tests.domain.buying import Buying, buying
from tests.world import World

YES, NO = Decision("approve"), Decision("reject", "Too dear")


@pytest_asyncio.fixture
async def deal(world: World) -> AsyncIterator[Buying]:
    """A market and the two roles that act in it."""
    yield await buying(world)


async def evaluated(deal: Buying, buyer: Ctx, *sellers: Ctx, sealed: bool = True) -> tuple[Rfq, list[Quote]]:
    """An RFQ after its deadline with one quote of each supplier, the first the cheapest."""
    rfq = await deal.rfq(buyer, sealed=sealed)
    made = [await deal.quote(seller, rfq, str(60000 + place)) for place, seller in enumerate(sellers)]
    await deal.pass_deadline(rfq)
    return rfq, made


async def status(deal: Buying, quote: Quote) -> tuple[str, str | None]:
    row = await deal.world.owner.fetchrow("SELECT status, lost_reason FROM quote WHERE id = $1", quote.id)
    return row["status"], row["lost_reason"]


async def test_without_a_limit_an_award_binds_at_once(deal: Buying) -> None:
    """One quote wins, the others are lost with the reason; each supplier is told of its own alone; a contract is drafted."""
    buyer, one, two = [await deal.world.company(name) for name in ("Buyer", "One", "Two")]
    rfq, (won, lost) = await evaluated(deal, buyer, one, two)
    award = await deal.award(buyer, rfq, won, reason="Cheapest", reason_for_others="The price decided.")
    assert (award.status, award.gross_minor, award.approval_id) == ("binding", 6600000, None)
    assert (await deal.read(buyer, rfq)).status == "awarded"
    assert [await status(deal, quote) for quote in (won, lost)] == [("awarded", None), ("lost", "The price decided.")]
    assert [row["audience"] for row in await deal.events("award.bound")] == [[one.company]]
    assert [row["audience"] for row in await deal.events("quote.lost")] == [[two.company]]
    assert await deal.world.owner.fetchval("SELECT count(*) FROM job WHERE kind = 'draft_contract'") == 1
    async with deal.api.tx(one, "any") as tx:
        assert view(await awards.get(tx, award.id), one).reason == ""
    with pytest.raises(NotFound):
        async with deal.api.tx(two, "any") as tx:
            await awards.get(tx, award.id)


async def test_two_awards_at_once_make_one(deal: Buying) -> None:
    """Of parallel awards to different suppliers one binds."""
    buyer, one, two = [await deal.world.company(name) for name in ("Buyer", "One", "Two")]
    rfq, made = await evaluated(deal, buyer, one, two)
    outcomes = await asyncio.gather(*(deal.award(buyer, rfq, quote) for quote in made * 2), return_exceptions=True)
    assert sorted(type(item).__name__ for item in outcomes) == ["Award", "WrongState", "WrongState", "WrongState"]
    assert await deal.world.owner.fetchval("SELECT count(*) FROM award") == 1


async def test_above_the_limit_another_person_decides(deal: Buying) -> None:
    """At the limit it binds; above it waits, refuses its requester and a colleague without the right, then binds."""
    buyer = await deal.world.company("Buyer", approval_limit=6_600_000)
    approver = await deal.world.person(buyer.company, "Buyer", "Approver", "approver")
    clerk = await deal.world.person(buyer.company, "Buyer", "Clerk", "buyer")
    one, two = await deal.world.company("One"), await deal.world.company("Two")
    rfq, (cheap, dear) = await evaluated(deal, buyer, one, two)
    award = await deal.award(buyer, rfq, dear)
    assert (award.status, (await deal.read(buyer, rfq)).status) == ("proposed", "award_pending")
    assert award.approval_id is not None
    for person, refusal in ((buyer, OwnRequest), (clerk, NotAsked), (one, NotFound)):
        with pytest.raises(refusal):
            async with deal.api.tx(person) as tx:
                await deciding.decide(tx, award.approval_id, YES)
    async with deal.api.tx(approver) as tx:
        decided = await deciding.decide(tx, award.approval_id, YES)
    assert (decided.status, decided.decided_by, decided.requested_by_name) == ("approved", approver.person, "Buyer Owner")
    assert (await deal.read(buyer, rfq)).status == "awarded"
    assert [await status(deal, quote) for quote in (cheap, dear)] == [("lost", "not-selected"), ("awarded", None)]


async def test_at_the_limit_nothing_waits(deal: Buying) -> None:
    """The limit itself needs no second person; a value in another currency always does."""
    buyer = await deal.world.company("Buyer", approval_limit=6_600_000)
    async with deal.api.tx(buyer) as tx:
        found = [await approvals.needed(tx, "award", *value) for value in (("VND", 6_600_000), ("VND", 6_600_001), ("USD", 1))]
    assert [route and route.why for route in found] == [None, "value", "currency"]


async def test_two_decisions_at_once_make_one(deal: Buying) -> None:
    """Of two approvers who say yes and no at the same time, one is heard."""
    buyer = await deal.world.company("Buyer", approval_limit=0)
    people = [await deal.world.person(buyer.company, "Buyer", f"Approver {n}", "approver") for n in range(2)]
    rfq, (quote,) = await evaluated(deal, buyer, await deal.world.company("One"))
    award = await deal.award(buyer, rfq, quote)
    assert award.approval_id is not None
    approval = award.approval_id

    async def decide(person: Ctx, decision: Decision) -> str:
        async with deal.api.tx(person) as tx:
            return (await deciding.decide(tx, approval, decision)).status

    outcomes = await asyncio.gather(decide(people[0], YES), decide(people[1], NO), return_exceptions=True)
    assert sorted(type(item).__name__ for item in outcomes) == ["WrongState", "str"]


async def test_a_rejected_award_is_evaluated_again(deal: Buying) -> None:
    """After a rejection or a recall the buyer may award another quote."""
    buyer = await deal.world.company("Buyer", approval_limit=0)
    approver = await deal.world.person(buyer.company, "Buyer", "Approver", "approver")
    rfq, (first, second) = await evaluated(deal, buyer, await deal.world.company("One"), await deal.world.company("Two"))
    award = await deal.award(buyer, rfq, first)
    assert award.approval_id is not None
    async with deal.api.tx(approver) as tx:
        rejected = await deciding.decide(tx, award.approval_id, NO)
    assert (rejected.status, rejected.comment) == ("rejected", "Too dear")
    again = await deal.award(buyer, rfq, second)
    async with deal.api.tx(buyer) as tx:
        assert (await awards.recall(tx, again.id)).status == "recalled"
    assert again.approval_id is not None
    with pytest.raises(WrongState):
        async with deal.api.tx(approver) as tx:
            await deciding.decide(tx, again.approval_id, YES)
    assert (await deal.read(buyer, rfq)).status == "evaluating"
    assert await status(deal, first) == ("opened", None)


async def test_silence_ends_a_request(deal: Buying) -> None:
    """Nobody decided within four days: the request expires by the clock and the RFQ is evaluated again."""
    buyer = await deal.world.company("Buyer", approval_limit=0)
    approver = await deal.world.person(buyer.company, "Buyer", "Approver", "approver")
    rfq, (quote,) = await evaluated(deal, buyer, await deal.world.company("One"))
    award = await deal.award(buyer, rfq, quote)
    assert award.approval_id is not None
    await deal.world.advance("97 hours")
    with pytest.raises(DeadlinePassed):
        async with deal.api.tx(approver) as tx:
            await deciding.decide(tx, award.approval_id, YES)
    await deal.act()
    async with deal.api.tx(buyer, "any") as tx:
        assert (await approvals.get(tx, award.approval_id)).status == "expired"
        assert (await awards.get(tx, award.id)).status == "rejected"
        assert (await rfqs.get(tx, rfq.id)).status == "evaluating"
    assert await deal.award(buyer, rfq, quote)


async def test_a_quote_that_is_no_longer_valid_cannot_be_taken(deal: Buying) -> None:
    """Neither by the buyer nor by the approver of an award proposed in time."""
    buyer = await deal.world.company("Buyer", approval_limit=0)
    approver = await deal.world.person(buyer.company, "Buyer", "Approver", "approver")
    rfq, (quote,) = await evaluated(deal, buyer, await deal.world.company("One"))
    await deal.world.advance("29 days")
    award = await deal.award(buyer, rfq, quote)
    await deal.world.advance("1 day")
    assert award.approval_id is not None
    with pytest.raises(QuoteExpired):
        async with deal.api.tx(approver) as tx:
            await deciding.decide(tx, award.approval_id, YES)
    async with deal.api.tx(buyer) as tx:
        await awards.recall(tx, award.id)
    with pytest.raises(QuoteExpired):
        await deal.award(buyer, rfq, quote)


async def test_a_part_is_taken_knowingly(deal: Buying) -> None:
    """A quote that covers less than everything is awarded only when the buyer says that it knows."""
    buyer, seller = await deal.world.company("Buyer"), await deal.world.company("Seller")
    rfq = await deal.rfq(buyer, sealed=True)
    half = {"line_id": rfq.lines[0].id, "quantity": "50", "price": "60000", "vat_code": "VN10", "lead_time_days": 1}
    quote = await deal.quote(seller, rfq, lines=[half])
    await deal.pass_deadline(rfq)
    with pytest.raises(QuoteIncomplete):
        await deal.award(buyer, rfq, quote)
    assert (await deal.award(buyer, rfq, quote, accept_part=True)).net_minor == 3_000_000


async def test_cancelling_ends_a_proposed_award(deal: Buying) -> None:
    """The approval that waited is recalled with it, and every quote is lost."""
    buyer = await deal.world.company("Buyer", approval_limit=0)
    rfq, (quote,) = await evaluated(deal, buyer, await deal.world.company("One"))
    award = await deal.award(buyer, rfq, quote)
    async with deal.api.tx(buyer) as tx:
        assert (await awards.cancel_rfq(tx, rfq.id, "Changed plans")).status == "cancelled"
        assert award.approval_id is not None
        assert (await approvals.get(tx, award.approval_id)).status == "recalled"
    await deal.act()
    assert await status(deal, quote) == ("lost", "cancelled")


async def test_an_rfq_may_end_without_an_award(deal: Buying) -> None:
    """The buyer takes none; the suppliers are told and nothing can be awarded any more."""
    buyer = await deal.world.company("Buyer")
    rfq, (quote,) = await evaluated(deal, buyer, await deal.world.company("One"))
    async with deal.api.tx(buyer) as tx:
        assert (await rfqs.end_without_award(tx, rfq.id, "All too dear")).outcome_reason == "All too dear"
    await deal.act()
    assert await status(deal, quote) == ("lost", "no-award")
    with pytest.raises(WrongState):
        await deal.award(buyer, rfq, quote)


async def test_only_its_buyer_awards_an_rfq(deal: Buying) -> None:
    """Another company finds no such RFQ; a quote of another RFQ is no candidate."""
    buyer, other, seller = [await deal.world.company(name) for name in ("Buyer", "Other", "Seller")]
    rfq, (quote,) = await evaluated(deal, buyer, seller)
    second, _ = await evaluated(deal, buyer, seller)
    with pytest.raises(NotFound):
        await deal.award(other, rfq, quote)
    with pytest.raises(NotFound):
        await deal.award(buyer, second, quote)
