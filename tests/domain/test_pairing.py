"""Pairing: the buyer's ranked offers, the suppliers' opportunities, and who learns nothing. The matcher is the real one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from exchange.ctx import Ctx
from exchange.domain.affiliation import service as affiliations
from exchange.domain.pairing import service as pairing
from exchange.domain.pairing.view import opportunity
from exchange.domain.rfq.model import Rfq
from exchange.errors import NotFound, Unavailable
from exchange.ids import new_id
from exchange.jobs.kinds import Job, Later
from exchange.jobs.pair import Pairing
from matching.client import MatcherClient
from matching.service import run
from schemas.affiliation import AffiliationDeclare
from schemas.pairing import LineMatches
from schemas.rfq import InvitationAnswer
from tests.domain.buying import Buying, buying, line
from tests.world import World

Serve = Callable[[], Awaitable[MatcherClient]]
NOTEBOOK: dict[str, Any] = {
    "title": "Notebook 14 inch, 16 GB",
    "category": "notebooks",
    "tiers": [{"min_quantity": "1", "price": "15000000"}],
    "attributes": {"memory_gb": 16, "weight_g": 1400},
    "mpn": None,
}
WANTED = line(category="notebooks", text="Notebooks", requirements=[{"attribute": "memory_gb", "op": ">=", "value": 8}])


@pytest_asyncio.fixture
async def deal(world: World) -> AsyncIterator[Buying]:
    """A market and the two roles that act in it."""
    yield await buying(world)


@pytest_asyncio.fixture
async def serve(deal: Buying, tmp_path: Path) -> AsyncIterator[Serve]:
    """Starts the matcher over this database once its companies are there, and gives a client of it."""
    stop, ready = asyncio.Event(), asyncio.Event()
    client = MatcherClient(tmp_path / "m.sock")
    tasks: list[asyncio.Task[None]] = []

    async def start() -> MatcherClient:
        url = deal.world.db.url("exchange_matcher")
        socket = str(tmp_path / "m.sock")
        tasks.append(asyncio.create_task(run(database_url=url, socket_path=socket, stop=stop, on_ready=ready.set)))
        await asyncio.wait_for(ready.wait(), 10)
        return client

    yield start
    await client.close()
    stop.set()
    await asyncio.gather(*tasks)


async def pair(deal: Buying, matcher: MatcherClient, rfq: Rfq) -> None:
    """What the sequencer and the worker do after the publication commits."""
    await deal.place_events()
    row = await deal.world.owner.fetchrow(
        "SELECT id, payload FROM job WHERE kind = 'pair_rfq' AND payload ->> 'aggregate_id' = $1", str(rfq.id)
    )
    job = Job(id=row["id"], kind="pair_rfq", payload=msgspec.json.decode(row["payload"]), attempts=1, lease_token=new_id())
    async with deal.worker.system() as tx:
        await Pairing(matcher, placing_s=0.0).pair(tx, job)


async def matched(deal: Buying, buyer: Ctx, rfq: Rfq) -> LineMatches:
    async with deal.api.tx(buyer, "any") as tx:
        return (await pairing.matches(tx, rfq.id)).lines[0]


async def told(deal: Buying, seller: Ctx) -> list[Any]:
    async with deal.api.tx(seller, "any") as tx:
        return [opportunity(item) for item in (await pairing.opportunities(tx, None, 10)).items]


async def test_the_buyer_sees_ranked_offers_and_why_others_are_out(deal: Buying, serve: Serve) -> None:
    """Matches by rank with reasons in decimals, the near miss with what it lacks, counts of the excluded."""
    buyer, one, two = [await deal.world.company(name) for name in ("Buyer", "One", "Two")]
    dear = await deal.offer(one, **NOTEBOOK)
    cheap = await deal.offer(two, **{**NOTEBOOK, "tiers": [{"min_quantity": "1", "price": "14000000.5"}]})
    weak = await deal.offer(two, **{**NOTEBOOK, "attributes": {"memory_gb": 4, "weight_g": 1400}})
    own = await deal.offer(buyer, **NOTEBOOK)
    rfq = await deal.rfq(buyer, lines=[WANTED])
    await pair(deal, await serve(), rfq)
    found = await matched(deal, buyer, rfq)
    assert [(item.rank, item.offer.id, item.price) for item in found.matches] == [
        (1, cheap.id, "14000000.5"),
        (2, dear.id, "15000000"),
    ]
    price = next(reason for reason in found.matches[0].reasons if reason.criterion == "price")
    assert price.value == "14000000.5"
    assert [(item.offer.id, item.reason, item.needed, item.has) for item in found.near_misses] == [
        (weak.id, "attribute:memory_gb", 8, 4)
    ]
    assert [(item.reason, item.count, item.only) for item in found.exclusions] == [("attribute:memory_gb", 1, 1)]
    assert own.id not in {item.offer.id for item in found.matches}


async def test_each_supplier_is_told_of_its_own_offer_alone(deal: Buying, serve: Serve) -> None:
    """One invitation, one event and one inbox row per supplier in the pairing's transaction; pairing again adds nothing."""
    buyer, one, two, idle = [await deal.world.company(name) for name in ("Buyer", "One", "Two", "Idle")]
    first, _, second = [await deal.offer(seller, **NOTEBOOK) for seller in (one, one, two)]
    rfq = await deal.rfq(buyer, lines=[WANTED])
    matcher = await serve()
    await pair(deal, matcher, rfq)
    await pair(deal, matcher, rfq)
    events = await deal.events("opportunity.found")
    assert sorted(row["audience"][0] for row in events) == sorted([one.company, two.company])
    assert [len(row["audience"]) for row in events] == [1, 1]
    for seller, offers in ((one, 2), (two, 1)):
        (view,) = await told(deal, seller)
        assert (view.rfq_id, view.offers, view.status, view.line_text) == (rfq.id, offers, "sent", "Notebooks")
        assert view.offer_id in {first.id, second.id} or seller is one
        assert {reason.criterion for reason in view.reasons} >= {"price", "lead_time"}
    assert await told(deal, idle) == []
    rows = await deal.world.owner.fetch("SELECT person_id FROM notification WHERE kind = 'opportunity.found'")
    assert {row["person_id"] for row in rows} == {one.person, two.person}
    assert (await deal.read(buyer, rfq)).invited == 2


async def test_only_the_invited_are_told_of_an_invited_rfq(deal: Buying, serve: Serve) -> None:
    """A guest without a fitting offer is told all the same, a fitting stranger is not."""
    buyer, guest, stranger = [await deal.world.company(name) for name in ("Buyer", "Guest", "Stranger")]
    await deal.offer(stranger, **NOTEBOOK)
    rfq = await deal.rfq(buyer, lines=[WANTED], mode="invited", invite=[str(guest.company)])
    await pair(deal, await serve(), rfq)
    (view,) = await told(deal, guest)
    assert (view.rfq_id, view.offer_id, view.offers) == (rfq.id, None, 0)
    assert await told(deal, stranger) == []
    assert await deal.world.owner.fetchval("SELECT count(*) FROM opportunity") == 0
    assert len((await matched(deal, buyer, rfq)).matches) == 1


async def test_a_supplier_answers_and_the_buyer_alone_sees_it(deal: Buying, serve: Serve) -> None:
    """Seen, declined with a reason; no other supplier finds the invitation, and who was not told has none to answer."""
    buyer, one, two, idle = [await deal.world.company(name) for name in ("Buyer", "One", "Two", "Idle")]
    for seller in (one, two):
        await deal.offer(seller, **NOTEBOOK)
    rfq = await deal.rfq(buyer, lines=[WANTED])
    await pair(deal, await serve(), rfq)
    for answer in ("seen", "declined", "seen"):
        async with deal.api.tx(one) as tx:
            found = await pairing.answer(tx, rfq.id, InvitationAnswer(answer, "No stock" if answer == "declined" else None))
    assert (found.status, found.reason, found.version) == ("declined", "No stock", 3)
    async with deal.api.tx(buyer, "any") as tx:
        page = await pairing.invitations(tx, rfq.id, None, 10)
    assert {(item.seller, item.status) for item in page.items} == {("One", "declined"), ("Two", "sent")}
    assert (await deal.read(buyer, rfq)).declined == 1
    with pytest.raises(NotFound):
        async with deal.api.tx(two, "any") as tx:
            await pairing.invitations(tx, rfq.id, None, 10)
    with pytest.raises(NotFound):
        async with deal.api.tx(idle) as tx:
            await pairing.answer(tx, rfq.id, InvitationAnswer("will_quote"))


async def test_a_preview_keeps_nothing(deal: Buying, serve: Serve) -> None:
    """The same ranking before publication, for the buyer alone; nobody is told."""
    buyer, seller = await deal.world.company("Buyer"), await deal.world.company("Seller")
    offer = await deal.offer(seller, **NOTEBOOK)
    await deal.place_events()
    command = await deal.rfq_in(lines=[WANTED], publish=False)
    matcher = await serve()
    async with deal.api.tx(buyer, "any") as tx:
        view = await pairing.preview(tx, matcher, command)
    assert [item.offer.id for item in view.lines[0].matches] == [offer.id]
    counts = "SELECT (SELECT count(*) FROM rfq) + (SELECT count(*) FROM rfq_match) + (SELECT count(*) FROM invitation)"
    assert await deal.world.owner.fetchval(counts) == 0


async def test_offers_of_the_own_group_are_a_count_and_nothing_else(deal: Buying, serve: Serve) -> None:
    """A confirmed affiliation takes a sister's offers out of the next preview, and out of what was found before; its end, decided
    by an operator, brings them back. The sister is never told, a stranger always."""
    buyer, sister, other = [await deal.world.company(name) for name in ("Buyer", "Sister", "Other")]
    operator = await deal.world.operator("compliance")
    near, free = await deal.offer(sister, **NOTEBOOK), await deal.offer(other, **NOTEBOOK)
    await deal.offer(sister, **{**NOTEBOOK, "title": "Weak notebook", "attributes": {"memory_gb": 4, "weight_g": 1400}})
    before, matcher = await deal.rfq(buyer, lines=[WANTED]), await serve()
    await pair(deal, matcher, before)
    assert {item.offer.id for item in (await matched(deal, buyer, before)).matches} == {near.id, free.id}

    async def previewed() -> LineMatches:
        command = await deal.rfq_in(lines=[WANTED], publish=False)
        async with deal.api.tx(buyer, "any") as tx:
            return (await pairing.preview(tx, matcher, command)).lines[0]

    async with deal.api.tx(buyer) as tx:
        edge = await affiliations.declare(tx, AffiliationDeclare(kind="sister", other_id=sister.company))
    assert (await previewed()).total == 2, "one side's word alone is no group"
    async with deal.api.tx(sister) as tx:
        await affiliations.act(tx, edge.id, "confirm")
    after = await deal.rfq(buyer, lines=[WANTED])
    await pair(deal, matcher, after)
    for found in (await previewed(), await matched(deal, buyer, after)):
        assert ([item.offer.id for item in found.matches], found.near_misses, found.considered) == ([free.id], (), 1)
        assert [(item.reason, item.count, item.only) for item in found.exclusions] == [("same_group", 2, 0)]
    found = await matched(deal, buyer, before)
    assert ([item.offer.id for item in found.matches], found.near_misses) == ([free.id], ())
    assert ([item.rfq_id for item in await told(deal, sister)], len(await told(deal, other))) == ([before.id], 2)
    async with deal.api.tx(sister) as tx:
        await affiliations.act(tx, edge.id, "ask_end")
    assert (await previewed()).total == 1
    async with deal.api.tx(operator, "any") as tx:
        await affiliations.decide(tx, edge.id, "end")
    assert (await previewed()).total == 2


async def test_without_the_matcher_pairing_waits(deal: Buying, tmp_path: Path) -> None:
    """The job comes back later without losing an attempt, a preview says that it is not available, matches are not ready."""
    buyer = await deal.world.company("Buyer")
    rfq = await deal.rfq(buyer, lines=[WANTED])
    away = MatcherClient(tmp_path / "nobody.sock")
    with pytest.raises(Later):
        await pair(deal, away, rfq)
    with pytest.raises(Unavailable):
        async with deal.api.tx(buyer, "any") as tx:
            await pairing.preview(tx, away, await deal.rfq_in(lines=[WANTED]))
    async with deal.api.tx(buyer, "any") as tx:
        assert not (await pairing.matches(tx, rfq.id)).ready


async def test_an_ended_rfq_is_not_paired(deal: Buying, serve: Serve) -> None:
    """A job that comes after the end tells nobody."""
    buyer, seller = await deal.world.company("Buyer"), await deal.world.company("Seller")
    await deal.offer(seller, **NOTEBOOK)
    rfq = await deal.rfq(buyer, lines=[WANTED])
    await deal.pass_deadline(rfq)
    await pair(deal, await serve(), rfq)
    assert await told(deal, seller) == []
