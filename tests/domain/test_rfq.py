"""RFQs: written, checked, published, seen by whom, closed and ended."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from exchange.domain.award import service as awards
from exchange.domain.rfq import service as rfqs
from exchange.domain.rfq.model import SealedUntilDeadline
from exchange.errors import Invalid, NotFound, WrongState
from tests.domain.buying import Buying, buying, line
from tests.world import World


@pytest_asyncio.fixture
async def deal(world: World) -> AsyncIterator[Buying]:
    """A market and the two roles that act in it."""
    yield await buying(world)


async def test_a_published_rfq_is_open_to_every_member(deal: Buying) -> None:
    """Any member reads an open RFQ, without the buyer's own reference and without its counts."""
    buyer, seller = await deal.world.company("Buyer"), await deal.world.company("Seller")
    rfq = await deal.rfq(buyer, own_reference="PR-7")
    seen = await deal.read(seller, rfq)
    assert (seen.status, seen.invited, seen.quotes, seen.invite) == ("open", None, None, None)
    async with deal.api.tx(seller, "any") as tx:
        assert [row.id for row in (await rfqs.list_open(tx, None, 10)).items] == [rfq.id]


async def test_a_draft_is_its_buyers_alone(deal: Buying) -> None:
    """Another company does not find a draft."""
    buyer, seller = await deal.world.company("Buyer"), await deal.world.company("Seller")
    rfq = await deal.rfq(buyer, publish=False)
    assert (await deal.read(buyer, rfq)).status == "draft"
    with pytest.raises(NotFound):
        await deal.read(seller, rfq)


async def test_only_the_invited_see_an_invited_rfq(deal: Buying) -> None:
    """Who was not named does not find it; the buyer reads back whom it named; the audience is readable by nobody else."""
    buyer, guest, stranger = [await deal.world.company(name) for name in ("Buyer", "Guest", "Stranger")]
    rfq = await deal.rfq(buyer, mode="invited", invite=[str(guest.company)])
    assert rfq.invite == (guest.company,)
    assert (await deal.read(guest, rfq)).invite is None
    with pytest.raises(NotFound):
        await deal.read(stranger, rfq)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with deal.api.tx(buyer, "any") as tx:
            await tx.value("SELECT audience FROM rfq")


async def test_every_wrong_field_is_named_at_once(deal: Buying) -> None:
    """Unit, category, undeclared attribute, operator, value, deadline and guests are reported together."""
    buyer = await deal.world.company("Buyer")
    lines = [
        line(unit="ZZZ"),
        line(category="no-such"),
        line(
            category="notebooks",
            requirements=[
                {"attribute": "wings", "op": "=", "value": 2},
                {"attribute": "memory_gb", "op": ">=", "value": "much"},
                {"attribute": "memory_gb", "op": "between", "value": [16, 8]},
            ],
        ),
    ]
    with pytest.raises(Invalid) as refused:
        await deal.rfq(
            buyer, lines=lines, due_at=await deal.now() + timedelta(hours=2), invite=[str(buyer.company), str(uuid4())]
        )
    assert [(error.pointer, error.code) for error in refused.value.errors] == [
        ("/due_at", "too-soon"),
        ("/lines/0/unit", "unknown-unit"),
        ("/lines/1/category", "unknown-category"),
        ("/lines/2/requirements/0/attribute", "unknown-attribute"),
        ("/lines/2/requirements/1/value", "not-a-number"),
        ("/lines/2/requirements/2/value", "value-order"),
        ("/invite/0", "own-company"),
        ("/invite/1", "not-active"),
    ]


async def test_a_draft_is_checked_again_when_it_is_published(deal: Buying) -> None:
    """A draft whose deadline came near while it lay is refused, then published after it is rewritten."""
    buyer = await deal.world.company("Buyer")
    rfq = await deal.rfq(buyer, publish=False)
    await deal.world.advance("60 hours")
    with pytest.raises(Invalid):
        async with deal.api.tx(buyer) as tx:
            await rfqs.publish(tx, rfq.id)
    command = await deal.rfq_in()
    async with deal.api.tx(buyer) as tx:
        published = await rfqs.revise(tx, rfq.id, command, version=1)
    assert (published.status, published.version) == ("open", 3)
    with pytest.raises(WrongState):
        async with deal.api.tx(buyer) as tx:
            await rfqs.revise(tx, rfq.id, command, version=3)


async def test_two_publications_make_one(deal: Buying) -> None:
    """Of two people who publish the same draft at once, one succeeds and one pairing job exists."""
    buyer = await deal.world.company("Buyer")
    rfq = await deal.rfq(buyer, publish=False)

    async def publish() -> str:
        async with deal.api.tx(buyer) as tx:
            return (await rfqs.publish(tx, rfq.id)).status

    outcomes = await asyncio.gather(publish(), publish(), return_exceptions=True)
    assert sorted(str(type(item).__name__) for item in outcomes) == ["WrongState", "str"]
    assert await deal.world.owner.fetchval("SELECT count(*) FROM job WHERE kind = 'pair_rfq'") == 1


async def test_the_deadline_closes_and_a_market_without_quotes_ends(deal: Buying) -> None:
    """At the deadline bids stop; without a valid quote the RFQ ends in no_award and the buyer is told."""
    buyer = await deal.world.company("Buyer")
    rfq = await deal.rfq(buyer)
    await deal.act()
    assert (await deal.read(buyer, rfq)).status == "open"
    await deal.pass_deadline(rfq)
    assert (await deal.read(buyer, rfq)).status == "no_award"
    ended = await deal.events("rfq.no_award")
    assert [(row["from_state"], row["audience"]) for row in ended] == [("deadline_passed", [buyer.company])]


async def test_a_visible_rfq_closes_early_and_a_sealed_one_never(deal: Buying) -> None:
    """The deadline of a sealed RFQ is a promise to its suppliers."""
    buyer, seller = await deal.world.company("Buyer"), await deal.world.company("Seller")
    visible, sealed = await deal.rfq(buyer), await deal.rfq(buyer, sealed=True)
    await deal.quote(seller, visible)
    async with deal.api.tx(buyer) as tx:
        await rfqs.close_early(tx, visible.id)
    with pytest.raises(SealedUntilDeadline):
        async with deal.api.tx(buyer) as tx:
            await rfqs.close_early(tx, sealed.id)
    await deal.act()
    assert (await deal.read(buyer, visible)).status == "evaluating"


async def test_a_cancelled_rfq_ends_its_quotes_unread(deal: Buying) -> None:
    """Sealed quotes of a cancelled RFQ are lost, and the buyer still does not know that they existed."""
    buyer, seller = await deal.world.company("Buyer"), await deal.world.company("Seller")
    rfq = await deal.rfq(buyer, sealed=True)
    quote = await deal.quote(seller, rfq)
    async with deal.api.tx(buyer) as tx:
        assert (await awards.cancel_rfq(tx, rfq.id, "Budget cut")).status == "cancelled"
    await deal.act()
    row = await deal.world.owner.fetchrow("SELECT status, lost_reason, opened_at FROM quote WHERE id = $1", quote.id)
    assert tuple(row) == ("lost", "cancelled", None)
    assert (await deal.read(buyer, rfq)).quotes == 0
    lost = await deal.events("quote.lost")
    assert [row["audience"] for row in lost] == [[seller.company]]


async def test_somebody_elses_rfq_cannot_be_touched(deal: Buying) -> None:
    """Publishing, closing and cancelling another company's RFQ answers as if there were none."""
    buyer, other = await deal.world.company("Buyer"), await deal.world.company("Other")
    rfq = await deal.rfq(buyer)
    with pytest.raises(NotFound):
        async with deal.api.tx(other) as tx:
            await rfqs.close_early(tx, rfq.id)
    with pytest.raises(NotFound):
        async with deal.api.tx(other) as tx:
            await awards.cancel_rfq(tx, rfq.id, "no")
    assert (await deal.read(buyer, rfq)).status == "open"
