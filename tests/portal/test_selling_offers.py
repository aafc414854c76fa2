"""The seller's own offers in the portal: the list, the form, the way on and off the market, import and export."""

import re
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from exchange.ctx import Ctx
from exchange.domain.offer.model import Offer
from exchange.ids import new_id
from tests.domain.buying import Buying, buying
from tests.world import Site

HOSTILE = "<script>alert(1)</script>"


class Shop:
    """A seller in its browser."""

    def __init__(self, site: Site, deal: Buying, seller: Ctx, browser: httpx2.AsyncClient) -> None:
        self.site = site
        self.deal = deal
        self.seller = seller
        self.browser = browser

    async def page(self, path: str, locale: str = "en", status: int = 200) -> str:
        self.browser.cookies.set("locale", locale)
        answer = await self.browser.get(path)
        assert (answer.status_code, path) == (status, path), answer.text[:2000]
        return answer.text

    async def hidden(self, at: str) -> dict[str, str]:
        return dict(re.findall(r'<input type="hidden" name="(_[a-z_]+)" value="([^"]*)"', await self.page(at)))

    async def send(self, path: str, fields: dict[str, Any], at: str | None = None) -> httpx2.Response:
        """Post a form as the page `at` drew it, with its token and key."""
        return await self.browser.post(path, data={**await self.hidden(at or path), **fields})

    async def upload(self, name: str, content: bytes) -> httpx2.Response:
        files = {"file": (name, content, "application/octet-stream")}
        return await self.browser.post("/offers/import", data=await self.hidden("/offers/import"), files=files)

    async def offer(self, **changes: Any) -> Offer:
        return await self.deal.offer(self.seller, **changes)

    async def state(self, offer: Offer) -> tuple[str, int]:
        row = await self.deal.world.owner.fetchrow("SELECT status, version FROM offer WHERE id = $1", offer.id)
        return row["status"], row["version"]


@pytest_asyncio.fixture
async def shop(site: Site) -> AsyncIterator[Shop]:
    """A company that sells."""
    deal = await buying(site.world)
    seller = await site.world.company("Seller")
    yield Shop(site, deal, seller, await site.client(seller))


def typed(**changes: Any) -> dict[str, Any]:
    """A listing as it is typed in English."""
    return {
        "title": "Notebook 14 inch", "category": "notebooks", "unit": "C62", "currency": "VND", "vat_code": "VN10",
        "tiers.0.min_quantity": "1", "tiers.0.price": "15,000,000", "tiers.1.min_quantity": "10", "tiers.1.price": "14,500,000",
        "lead_time_days": "3", "ship_from": "VN-SG", "regions": ["VN-SG", "VN-HN"], "firm": "on", "available": "1,000",
        "visibility": "all", "terms.payment": "net_30", "terms.delivery.rule": "delivered", "attributes.memory_gb": "16",
        "gtins": "", **changes,
    }  # fmt: skip


@pytest.mark.parametrize("locale", ["en", "vi"])
async def test_every_page_answers_in_both_languages(shop: Shop, locale: str) -> None:
    """List, listing, form and import are pages in English and in Vietnamese, empty or not."""
    empty = {"en": "Nothing is listed yet", "vi": "Chưa có tin chào bán nào"}[locale]
    assert empty in await shop.page("/offers", locale)
    offer = await shop.offer()
    for path in ("/offers", "/offers?status=live&find=paper", f"/offers/{offer.id}", f"/offers/{offer.id}/edit"):
        assert offer.title in await shop.page(path, locale), path
    for path in ("/offers/new", "/offers/new?category=notebooks", "/offers/import"):
        await shop.page(path, locale)


async def test_the_list_finds_own_offers_by_state_and_words(shop: Shop) -> None:
    """Words match title, part number and own number, each of them; a percent sign is only a percent sign."""
    paper = await shop.offer(external_id="P-70")
    binder = await shop.offer(title="Ring binder 100% recycled", mpn="RB-1")
    assert "2</span></h1>" in await shop.page("/offers")
    for find, found, missed in (("copy P-70", paper, binder), ("rb-1", binder, paper), ("100%25", binder, paper)):
        shown = await shop.page(f"/offers?find={find}")
        assert found.title in shown
        assert missed.title not in shown
    assert "Nothing matches these filters" in await shop.page("/offers?status=draft")
    other = await shop.site.world.company("Other")
    foreign = await shop.deal.offer(other, title="Foreign paper")
    assert foreign.title not in await shop.page("/offers")


async def test_a_listing_is_written_and_published(shop: Shop) -> None:
    """Everything typed arrives: price breaks, characteristics of their kind, regions, terms, firm."""
    made = await shop.send("/offers/new", {**typed(gtins="4006381333931"), "_action": "publish"})
    assert made.status_code == 303, made.text[:3000]
    row = await shop.deal.world.owner.fetchrow("SELECT * FROM offer")
    assert (row["status"], row["firm"], row["available"], row["regions"]) == ("live", True, Decimal(1000), ["VN-SG", "VN-HN"])
    assert row["price_micro"] == 15_000_000 * 10**6
    assert row["attributes"] == '{"memory_gb": 16}'
    assert row["gtins"] == ["4006381333931"]
    shown = await shop.page(made.headers["location"])
    assert "₫14,500,000" in shown
    assert "30 days of the invoice" in shown
    draft = await shop.send("/offers/new", {**typed(title="Later"), "_action": "draft"})
    assert "Only your company sees it" in await shop.page(draft.headers["location"])


async def test_a_refused_listing_keeps_what_was_typed(shop: Shop) -> None:
    """Errors of the schema and of the rules stand beside their fields; nothing typed is lost, hostile text stays text."""
    fields = typed(title=HOSTILE, **{"tiers.1.price": "cheap", "lead_time_days": ""})
    wrong = await shop.send("/offers/new", {**fields, "_action": "publish"})
    assert wrong.status_code == 422
    assert 'id="f-tiers-1-price-wrong"' in wrong.text
    assert 'id="f-lead_time_days-wrong"' in wrong.text
    assert 'value="cheap"' in wrong.text
    assert 'value="VN-HN" checked' in wrong.text
    assert HOSTILE not in wrong.text
    falling = await shop.send("/offers/new", {**typed(**{"tiers.1.min_quantity": "1"}), "_action": "publish"})
    assert "Each price break starts at a larger quantity" in falling.text
    assert 'value="16"' in falling.text


async def test_rows_and_characteristics_come_without_javascript(shop: Shop) -> None:
    """The buttons that add a price break and show a category's characteristics draw the form again."""
    more = await shop.send("/offers/new", {**typed(), "_add_row": "tiers"})
    assert (more.status_code, 'name="tiers.2.price"' in more.text) == (200, True)
    other = await shop.send("/offers/new", {**typed(category="salt"), "_action": "category"})
    assert 'name="attributes.nacl_percent"' in other.text
    part = await shop.send("/offers/attributes", typed(category="salt"), "/offers/new")
    assert 'name="attributes.nacl_percent"' in part.text
    assert "<html" not in part.text


async def test_a_change_makes_a_version_and_never_overwrites_another(shop: Shop) -> None:
    """The next version says what changed; a form drawn from an older version is refused with everything kept."""
    offer = await shop.offer(category="notebooks", attributes={"memory_gb": 8, "colour_name": "grey"})
    edit = f"/offers/{offer.id}/edit"
    assert 'value="62,000"' in await shop.page(edit)
    saved = await shop.send(f"{edit}?version=1", {**typed(), "_action": "save"}, edit)
    assert saved.status_code == 303, saved.text[:3000]
    assert await shop.state(offer) == ("live", 2)
    shown = await shop.page(f"/offers/{offer.id}")
    assert "title, price" in shown
    assert "grey" in shown
    late = await shop.send(f"{edit}?version=1", {**typed(title="Mine"), "_action": "save"}, edit)
    assert late.status_code == 409
    assert "Somebody else has changed this listing" in late.text
    assert 'value="Mine"' in late.text
    assert await shop.state(offer) == ("live", 2)


async def test_the_way_on_and_off_the_market(shop: Shop) -> None:
    """Pause, publish and withdraw do what their buttons say; a withdrawn listing has no buttons left."""
    offer = await shop.offer()
    at = f"/offers/{offer.id}"
    for action, state in (("pause", "paused"), ("publish", "live"), ("withdraw", "withdrawn")):
        done = await shop.send(f"{at}/{action}", {}, at)
        assert (done.status_code, (await shop.state(offer))[0]) == (303, state)
    shown = await shop.page(at)
    assert f'action="{at}/publish"' not in shown
    await shop.page(f"{at}/edit", status=409)


async def test_another_companys_listing_is_not_ours_to_change(shop: Shop) -> None:
    """Its page is the market's, its form and buttons are 404; a made-up one too. Who may not sell may not write."""
    other = await shop.site.world.company("Other")
    foreign = await shop.deal.offer(other)
    at = f"/offers/{foreign.id}"
    assert f"{at}/withdraw" not in await shop.page(at)
    await shop.page(f"{at}/edit", status=404)
    assert (await shop.send(f"{at}/withdraw", {}, "/offers/new")).status_code == 404
    await shop.page(f"/offers/{new_id()}", status=404)
    company: Any = shop.seller.company_id
    shop.browser = await shop.site.client(await shop.site.world.person(company, "Seller", "Viewer", "viewer"))
    await shop.page("/offers/new", status=403)
    await shop.page("/offers/import", status=403)


async def test_the_sample_imports_as_it_is(shop: Shop) -> None:
    """Both sample files pass the check and are written; the same file again changes nothing."""
    for query, name in (("", "sample.csv"), ("?format=jsonl", "sample.jsonl")):
        sample = await shop.browser.get(f"/offers/import/sample{query}")
        sent = await shop.upload(name, sample.content)
        assert sent.status_code == 303, sent.text[:2000]
        place = sent.headers["location"]
        assert "2 rows are in order" in await shop.page(place)
        written = await shop.send(place, {})
        assert written.headers["location"] == "/offers"
    assert await shop.deal.world.owner.fetchval("SELECT count(*) FROM offer WHERE status = 'live'") == 2
    assert "0 new, 0 changed, 2 as before" in await shop.page("/offers")


async def test_a_wrong_file_names_every_mistake(shop: Shop) -> None:
    """Each wrong field of each row stands in the table, in the reader's language, and in a file; nothing is written."""
    sample = (await shop.browser.get("/offers/import/sample")).text.splitlines()
    wrong = [
        sample[0],
        sample[1].replace("SAMPLE-1", "A").replace(",C62,", ",XXX,"),
        sample[2].replace("SAMPLE-2", "A"),
        sample[2].replace(",41000,", ",cheap,"),
    ]
    sent = await shop.upload("mine.csv", "\n".join(wrong).encode())
    place = sent.headers["location"]
    shown = await shop.page(place, "vi")
    assert "XXX không phải" in shown
    assert "Dòng 1 có cùng external_id." in shown
    await shop.send(place, {}, "/offers/import")
    assert await shop.deal.world.owner.fetchval("SELECT count(*) FROM offer") == 0
    for kind in ("csv", "xlsx"):
        file = await shop.browser.get(f"{place}/errors?format={kind}")
        assert f"import-errors.{kind}" in file.headers["content-disposition"]
    table = (await shop.browser.get(f"{place}/errors?format=csv")).content.decode("utf-8-sig")
    assert [line.split(",")[:2] for line in table.splitlines()[1:]] == [["1", "unit"], ["2", "external_id"], ["3", "price_2"]]
    other = await shop.site.world.company("Other")
    shop.browser = await shop.site.client(other)
    await shop.page(place, status=404)


async def test_an_upload_that_is_no_list_is_refused_where_it_was_chosen(shop: Shop) -> None:
    """No file, a picture and an empty file come back to the form with what to do."""
    nothing = await shop.send("/offers/import", {})
    assert (nothing.status_code, "Choose a file." in nothing.text) == (422, True)
    picture = await shop.upload("a.csv", b"\x89PNG\r\n\x1a\n" + b"\x00" * 40)
    assert (picture.status_code, "summary" in picture.text) == (422, True)
    empty = await shop.upload("a.csv", b"")
    assert (empty.status_code, "The file is empty." in empty.text) == (422, True)


async def test_a_file_that_cannot_be_read_says_why_in_both_languages(shop: Shop) -> None:
    """A broken line, a list instead of an object, another number of columns, two columns of one name."""
    for name, content, said in (
        ("a.jsonl", b'{"title": "x"}\n{"title": \n', "không phải JSON"),
        ("b.jsonl", b'{"title": "x"}\n[1]\n', "không phải đối tượng JSON"),
        ("c.csv", b"external_id,title\n1,a,b\n", "dòng không khớp các cột của dòng đầu"),
        ("d.csv", b"title,title\n1,a\n", "hai cột trùng tên"),
    ):
        sent = await shop.upload(name, content)
        page = sent.text if sent.status_code == 422 else await shop.page(sent.headers["location"], "vi")
        assert said in page, (name, page[-3000:])


async def test_own_offers_leave_as_files(shop: Shop) -> None:
    """The CSV is an import of itself; no cell becomes a formula; the workbook is one."""
    await shop.offer(external_id="A-1", category="notebooks", attributes={"memory_gb": 16, "touch": True})
    await shop.offer(external_id="A-2", title='=HYPERLINK("http://x")')
    file = (await shop.browser.get("/offers?format=csv")).content
    assert b"\"'=HYPERLINK" in file
    sent = await shop.upload("own.csv", file)
    assert "2 rows are in order" in await shop.page(sent.headers["location"])
    await shop.send(sent.headers["location"], {})
    assert "0 new, 1 changed, 1 as before" in await shop.page("/offers")
    book = await shop.browser.get("/offers?format=xlsx")
    assert book.content[:2] == b"PK"
