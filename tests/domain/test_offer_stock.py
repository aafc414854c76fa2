"""What orders took of an offer stays taken, whatever its seller writes about the stock and however that is sent."""

import asyncio
import json
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest

from exchange.ctx import Ctx
from exchange.db import Database, Tx
from exchange.domain.offer import importing
from exchange.domain.offer import service as offers
from exchange.domain.offer.importing import import_file
from exchange.domain.offer.model import Offer, Stock, StockMoved, restated
from exchange.domain.order import placing
from exchange.errors import DomainError, Unavailable
from schemas.offer import ImportReport, OfferIn
from tests.domain.firm_orders import left, live_offer, parties, placed
from tests.world import World, offer_json

SOLD = Stock(Decimal(60), Decimal(40))


@pytest.mark.parametrize(
    ("said", "seen", "then"),
    [
        ("60", None, SOLD),  # what is left, as an edit that was just read sends it
        ("100", None, SOLD),  # what was said before
        ("60", "60", SOLD),
        ("70", "70", Stock(Decimal(60), Decimal(40))),  # read before the last ten went
        ("90", "70", Stock(Decimal(80), Decimal(10))),  # twenty more than was seen
        (None, None, Stock(None)),
        ("0", "60", Stock(Decimal(0), Decimal(0))),
    ],
)
def test_a_figure_is_read_against_what_was_seen(said: str | None, seen: str | None, then: Stock) -> None:
    """The same figure says nothing new; a change is applied to what is left."""
    assert restated(SOLD, said and Decimal(said), seen and Decimal(seen)) == then


@pytest.mark.parametrize(("said", "seen"), [("80", None), ("5", "70")])
def test_a_figure_that_may_have_overlooked_orders_is_refused(said: str, seen: str | None) -> None:
    """Unless it is a count, as in a file."""
    with pytest.raises(StockMoved):
        restated(SOLD, Decimal(said), seen and Decimal(seen))
    if seen is None:
        assert restated(SOLD, Decimal(said), None, counted=True) == Stock(Decimal(said))


async def revised(api: Database, seller: Ctx, offer: Offer, **changes: Any) -> Offer:
    async with api.tx(seller) as tx:
        return await offers.revise(tx, offer.id, msgspec.convert(offer_json(**changes), OfferIn), version=offer.version)


async def imported(api: Database, seller: Ctx, **changes: Any) -> ImportReport:
    row = json.dumps(offer_json(external_id="P-1", **changes))
    async with api.tx(seller) as tx:
        return await import_file(tx, "offers.jsonl", row.encode())


async def test_a_new_price_does_not_bring_back_what_was_sold(world: World) -> None:
    """A seller who opened the form before an order saves it after the order."""
    api, buyer, seller = await parties(world)
    offer = await live_offer(api, seller, available="100")
    await placed(api, buyer, (offer, "40"))
    prices = [{"min_quantity": "10", "price": "63000"}]
    offer = await revised(api, seller, offer, tiers=prices, available="100", available_seen="100")
    assert await left(world, offer) == 60
    with pytest.raises(StockMoved):
        await revised(api, seller, offer, tiers=prices, available="90")
    offer = await revised(api, seller, offer, tiers=prices, available="160", available_seen="60")
    assert await left(world, offer) == 160
    offer = await revised(api, seller, offer, available="0", available_seen="160")
    assert (await left(world, offer), offer.available) == (0, 0)


async def test_the_same_file_again_changes_nothing_after_an_order(world: World) -> None:
    """Another figure in a file is a new count."""
    api, buyer, seller = await parties(world)
    await imported(api, seller, available="100")
    async with api.tx(seller) as tx:
        offer = (await offers.store.all_own(tx, seller.company, ["live"], [], 1))[0]
    await placed(api, buyer, (offer, "40"))
    assert (await imported(api, seller, available="100")).unchanged == 1
    assert (await imported(api, seller, available="60", available_seen="60")).unchanged == 1
    assert await left(world, offer) == 60
    await imported(api, seller, available="500")
    assert await left(world, offer) == 500


async def test_two_uploads_of_a_new_file_never_bring_back_what_was_sold(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One looks before the other has written, an order comes between: the slower one writes nothing and may come again."""
    api, buyer, seller = await parties(world)
    looked, go_on = asyncio.Event(), asyncio.Event()
    look = importing.lock_stocks

    async def slow(tx: Tx, company: UUID, external_ids: list[str]) -> dict[str, importing.Known]:
        found = await look(tx, company, external_ids)
        looked.set()
        await go_on.wait()
        return found

    monkeypatch.setattr(importing, "lock_stocks", slow)
    slower = asyncio.create_task(imported(api, seller, available="100"))
    await looked.wait()
    monkeypatch.setattr(importing, "lock_stocks", look)
    await imported(api, seller, available="100", title="The same, sent again")
    async with api.tx(seller) as tx:
        offer = (await offers.store.all_own(tx, seller.company, ["live"], [], 1))[0]
    await placed(api, buyer, (offer, "40"))
    go_on.set()
    with pytest.raises(Unavailable):
        await slower
    assert await left(world, offer) == 60


async def test_orders_and_edits_at_once_never_sell_more_than_there_is(world: World) -> None:
    """Fifty orders of 1 while the seller saves the price ten times: what was taken and what is left are the stock."""
    api, buyer, seller = await parties(world)
    offer = await live_offer(api, seller, available="40", moq="1")
    wide = await world.db.api(8)
    sold = 0

    async def buy() -> None:
        nonlocal sold
        for _ in range(5):
            async with wide.tx(buyer) as tx:
                now = await offers.get(tx, offer.id)
            try:
                await placed(wide, buyer, (now, "1"))
                sold += 1
            except DomainError:
                continue

    async def edit() -> None:
        for _ in range(5):
            async with wide.tx(seller) as tx:
                now = await offers.get(tx, offer.id)
            seen = str(int(now.available or 0))
            try:
                await revised(wide, seller, now, available=seen, available_seen=seen, moq="1")
            except DomainError:
                continue

    await asyncio.gather(*(buy() for _ in range(10)), edit(), edit())
    assert sold > 0
    assert await left(world, offer) == 40 - sold


async def test_what_was_never_taken_is_not_given_back(world: World) -> None:
    """An order from an offer without a limit ends after its seller has said how much there is."""
    api, buyer, seller = await parties(world, approval_limit=0)
    offer = await live_offer(api, seller, available=None)
    waiting = await placed(api, buyer, (offer, "100"))
    await revised(api, seller, offer, available="1000")
    async with api.tx(buyer) as tx:
        await placing.return_to_draft(tx, waiting.id)
    assert await left(world, offer) == 1000
