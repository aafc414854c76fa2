"""The buyer's pages of the market: lists, search, an offer at one's own quantity, order now, and a request to one seller."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from exchange.ctx import Ctx
from exchange.domain.offer.model import Offer
from matching.service import run
from tests.domain.buying import Buying, buying
from tests.portal.browser import Browser, browser, form
from tests.world import Site, World
from tests.world import site as open_site

HOSTILE = "<script>alert(1)</script>"
SALT: dict[str, Any] = {
    "title": "Iodised salt in 25 kg bags",
    "category": "salt",
    "unit": "KGM",
    "tiers": [{"min_quantity": "100", "price": "9200"}, {"min_quantity": "5000", "price": "8800"}],
    "vat_code": "VN5",
    "mpn": "MCN-25",
    "available": "90000",
    "attributes": {"nacl_percent": 97.5, "iodised": True, "bag_note": HOSTILE},
}


class Shop:
    """A buyer in its browser and a seller."""

    def __init__(self, site: Site, deal: Buying, buyer: Ctx, seller: Ctx, at: Browser) -> None:
        self.site = site
        self.deal = deal
        self.buyer = buyer
        self.seller = seller
        self.at = at

    async def salt(self, **changes: Any) -> Offer:
        return await self.deal.offer(self.seller, **{**SALT, **changes})

    async def orders(self) -> int:
        return await self.site.world.owner.fetchval("SELECT count(*) FROM purchase_order")


async def opened(site: Site) -> Shop:
    deal = await buying(site.world)
    buyer = await site.world.company("Buyer")
    return Shop(site, deal, buyer, await site.world.company("Seller"), await browser(site, buyer))


@pytest_asyncio.fixture
async def shop(site: Site) -> Shop:
    """Without a matcher."""
    return await opened(site)


@pytest_asyncio.fixture
async def found(world: World, tmp_path: Path) -> AsyncIterator[Shop]:
    """With one offer and a real matcher that knows it."""
    socket, stop, ready = str(tmp_path / "m.sock"), asyncio.Event(), asyncio.Event()
    async with open_site(world, socket) as site:
        shop = await opened(site)
        await shop.salt()
        await shop.salt(title="Rock salt for softening", mpn="ROCK-1", firm=False, attributes={"nacl_percent": 99})
        url = world.db.url("exchange_matcher")
        task = asyncio.create_task(run(database_url=url, socket_path=socket, stop=stop, on_ready=ready.set))
        await asyncio.wait_for(ready.wait(), 20)
        yield shop
        stop.set()
        await task


@pytest.mark.parametrize("locale", ["en", "vi"])
async def test_list_and_offer_answer_without_a_matcher(shop: Shop, locale: str) -> None:
    """Browsing by category and reading an offer need the database alone, in both languages."""
    offer = await shop.salt()
    at = await browser(shop.site, shop.buyer, locale)
    assert offer.title in await at.see("/market")
    assert offer.title in await at.see("/market?category=salt")
    assert offer.title not in await at.see("/market?category=notebooks")
    shown = await at.see(f"/offers/{offer.id}?quantity={'6,000' if locale == 'en' else '6.000'}")
    assert {"en": "₫55,440,000", "vi": "55.440.000"}[locale] in shown
    assert {"en": "at your quantity", "vi": "ở số lượng của bạn"}[locale] in shown
    assert {"en": "Freight: the seller", "vi": "Cước vận chuyển: bên bán"}[locale] in shown
    assert HOSTILE not in shown
    assert "&lt;script&gt;" in shown


async def test_search_says_when_nobody_answers(shop: Shop) -> None:
    """503 with the way to the list; what was typed stays in the form."""
    answer = await shop.at.get("/search?q=salt&category=salt&quantity=6%2C000")
    assert answer.status_code == 503
    assert "Search is not available now" in answer.text
    assert 'href="/market?category=salt"' in answer.text
    assert 'value="6,000"' in answer.text


async def test_search_finds_by_words_attributes_and_price(found: Shop) -> None:
    """Words, a wish, a quantity with its price, and order-now narrow the result; the offer keeps the quantity."""
    everything = await found.at.see("/search?category=salt")
    assert "Iodised salt" in everything
    assert "Rock salt" in everything
    iodised = await found.at.see("/search?q=salt&category=salt&need.iodised.is=yes&quantity=6,000&firm=on")
    assert "Iodised salt" in iodised
    assert "Rock salt" not in iodised
    assert "₫8,800" in iodised
    assert "?quantity=6%2C000" in iodised
    assert "Rock salt" in await found.at.see("/search?q=ROCK-1")
    assert "No listing fits" in await found.at.see("/search?category=salt&need.nacl_percent.min=99.9")


async def test_search_says_what_it_cannot_read(found: Shop) -> None:
    """A number that is none stands in its field with the error beside it."""
    for query, field in (("quantity=many", "quantity"), ("category=salt&need.nacl_percent.min=much", "need-nacl_percent-min")):
        answer = await found.at.get(f"/search?{query}")
        assert answer.status_code == 422
        assert f'id="f-{field}-wrong"' in answer.text


async def test_a_request_shows_who_would_fit_before_it_is_published(found: Shop) -> None:
    """The preview ranks the offer with its reasons, names near misses, tells nobody and keeps the form."""
    answer = await found.at.send(
        "/rfqs/new", "/rfqs/new", title="Salt", lines__0__category="salt", lines__0__text="Salt", lines__0__quantity="6,000",
        lines__0__unit="KGM", lines__0__need__iodised__is="yes", _action="preview",
    )  # fmt: skip
    assert answer.status_code == 200
    assert "1 offer fits" in answer.text
    assert "Iodised: yes" not in answer.text
    assert "Does not state: Iodised" in answer.text
    assert "₫8,800" in answer.text
    assert form(answer.text, "/rfqs/new").value("lines.0.need.iodised.is") == "yes"
    assert await found.site.world.owner.fetchval("SELECT count(*) FROM rfq") == 0
    assert await found.site.world.owner.fetchval("SELECT count(*) FROM invitation") == 0


async def test_an_order_is_seen_before_it_binds(shop: Shop) -> None:
    """The last look shows net, VAT, gross and the pinned terms and keeps nothing; placing it once makes one order."""
    offer = await shop.salt()
    at = f"/offers/{offer.id}/order"
    look = await shop.at.send(f"{at}?quantity=6000", at, deliver_to="12 Le Loi, District 1", _action="check")
    assert look.status_code == 200
    for amount in ("₫52,800,000", "₫2,640,000", "₫55,440,000"):
        assert amount in look.text
    assert "Standard terms of the exchange, version 2026-1" in look.text
    assert await shop.orders() == 0
    assert await shop.site.world.owner.fetchval("SELECT available FROM offer") == 90000
    changed = await shop.at.send(at, at, html=look.text, _action="change")
    assert form(changed.text, at).value("deliver_to") == "12 Le Loi, District 1"
    first = await shop.at.send(at, at, html=look.text, _action="place")
    again = await shop.at.send(at, at, html=look.text, _action="place")
    assert first.status_code == again.status_code == 303
    assert first.headers["location"] == again.headers["location"]
    assert "The order is confirmed." in await shop.at.follow(first)
    assert await shop.orders() == 1


async def test_a_refused_order_keeps_what_was_typed(shop: Shop) -> None:
    """Below the smallest order, not delivered there, or changed meanwhile: said beside the field, nothing ordered."""
    offer = await shop.salt(regions=["VN-SG"])
    at = f"/offers/{offer.id}/order"
    few = await shop.at.send(at, at, quantity="50", deliver_to="12 Le Loi", region="VN-HN", _action="check")
    assert few.status_code == 422
    assert 'id="f-quantity-wrong"' in few.text
    assert 'id="f-region-wrong"' in few.text
    assert 'value="12 Le Loi"' in few.text
    old = await shop.at.send(at, at, offer_version="7", deliver_to="12 Le Loi", _action="check")
    assert old.status_code == 409
    assert form(old.text, at).value("offer_version") == "1"
    assert await shop.orders() == 0


async def test_one_seller_is_asked_in_two_fields(shop: Shop) -> None:
    """Quantity and deadline make a published request with the offer's goods and terms that its seller alone sees."""
    offer = await shop.salt(firm=False)
    at = f"/offers/{offer.id}/ask"
    assert f"/offers/{offer.id}/order" not in await shop.at.see(f"/offers/{offer.id}")
    refused = await shop.at.send(at, at, due_at="2020-01-01T10:00", quantity="7,500")
    assert refused.status_code == 422
    assert 'value="7,500"' in refused.text
    answer = await shop.at.send(at, at, quantity="7,500", description="Samples first")
    assert "The seller is asked" in await shop.at.follow(answer)
    stranger = await browser(shop.site, await shop.site.world.company("Stranger"))
    assert (await stranger.get(answer.headers["location"])).status_code == 404
    seller = await browser(shop.site, shop.seller)
    page = await seller.see(answer.headers["location"])
    assert "7,500" in page
    assert "Samples first" in page


async def test_what_is_not_there_is_404(shop: Shop) -> None:
    """An unknown offer, another's draft, and an order of one's own goods."""
    own = await shop.deal.offer(shop.buyer)
    for path in (f"/offers/{uuid4()}", f"/offers/{uuid4()}/order", f"/offers/{own.id}/order", f"/offers/{own.id}/ask"):
        assert (await shop.at.get(path)).status_code == 404, path
    assert (await shop.at.get(f"/offers/{own.id}")).status_code == 200


async def test_the_list_exports_without_formulas(shop: Shop) -> None:
    """The file carries every listed offer; a title that begins like a formula is text."""
    await shop.salt(title="=cmd|' /C calc'!A0")
    file = await shop.at.get("/market?category=salt&format=csv")
    assert "\"'=cmd|' /C calc'!A0\"" in file.text or "'=cmd|' /C calc'!A0" in file.text
    assert (await shop.at.get("/market?format=xlsx")).content[:2] == b"PK"
