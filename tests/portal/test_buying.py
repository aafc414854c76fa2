"""The buyer's pages of requests: written, previewed, published, compared, awarded, and what their forms refuse."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from exchange.ctx import Ctx
from exchange.domain.quote.model import Quote
from exchange.domain.rfq.model import Rfq
from tests.domain.buying import Buying, buying, line
from tests.portal.browser import Browser, browser, form
from tests.world import Site

HOSTILE = "<script>alert(1)</script>\"'>"
SALT: dict[str, Any] = {
    "category": "salt",
    "text": "Iodised salt",
    "quantity": "24000",
    "unit": "KGM",
    "requirements": [
        {"attribute": "nacl_percent", "op": "between", "value": [96.5, 99]},
        {"attribute": "moisture_percent", "op": "<=", "value": 3},
        {"attribute": "grain_mm", "op": "in", "value": [1, 2]},
        {"attribute": "iodised", "op": "=", "value": True},
        {"attribute": "use", "op": "in", "value": ["food", "feed"]},
    ],
}
TERMS: dict[str, Any] = {
    "payment": [
        {"percent": "40", "trigger": "order_confirmation", "days_after": 2, "method": "protected"},
        {"percent": "60", "trigger": "acceptance", "days_after": 10},
    ],
    "delivery": {"rule": "DAP", "place": "Long An plant"},
    "quantity_tolerance_percent": "2.5",
    "documents": ["Certificate of analysis", "CO form D"],
    "penalty_percent_per_day": "0.1",
    "penalty_cap_percent": "8",
}


class Desk:
    """A buyer in its browser, a supplier and the market around them."""

    def __init__(self, site: Site, deal: Buying, buyer: Ctx, seller: Ctx, at: Browser) -> None:
        self.site = site
        self.deal = deal
        self.buyer = buyer
        self.seller = seller
        self.at = at

    async def in_language(self, locale: str) -> Browser:
        return await browser(self.site, self.buyer, locale)

    async def evaluating(self, *prices: str, **changes: Any) -> tuple[Rfq, list[Quote]]:
        """A request past its deadline with one quotation for each price."""
        rfq = await self.deal.rfq(self.buyer, sealed=True, **changes)
        sellers = [self.seller, *[await self.site.world.company(f"Seller {n}") for n in range(1, len(prices))]]
        quotes = [await self.deal.quote(seller, rfq, price) for seller, price in zip(sellers, prices, strict=True)]
        await self.deal.pass_deadline(rfq)
        return rfq, quotes

    async def status(self, rfq: Rfq) -> str:
        return (await self.deal.read(self.buyer, rfq)).status


@pytest_asyncio.fixture
async def desk(site: Site) -> AsyncIterator[Desk]:
    """A market with two companies."""
    deal = await buying(site.world)
    buyer = await site.world.company("Buyer")
    seller = await site.world.company("Seller")
    yield Desk(site, deal, buyer, seller, await browser(site, buyer))


FILLED = {
    "title": "Salt for the plant",
    "lines__0__category": "salt",
    "lines__0__text": "Iodised salt, 25 kg bags",
    "lines__0__quantity": "24,000",
    "lines__0__unit": "KGM",
    "lines__0__region": "VN-SG",
}


@pytest.mark.parametrize("locale", ["en", "vi"])
async def test_every_page_answers_in_both_languages(desk: Desk, locale: str) -> None:
    """List, form, draft, open and decided request, comparison and selection are pages in both languages."""
    at = await desk.in_language(locale)
    assert {"en": "No requests yet", "vi": "Chưa có yêu cầu nào"}[locale] in await at.see("/rfqs")
    draft = await desk.deal.rfq(desk.buyer, publish=False, lines=[line(**SALT)], terms=TERMS)
    rfq, quotes = await desk.evaluating("60000", "61000")
    assert {"en": "Sealed until the deadline", "vi": "Niêm phong đến hết hạn"}[locale] in await at.see("/rfqs/new")
    for path in (
        "/rfqs", "/rfqs?status=evaluating", f"/rfqs/{rfq.id}", f"/rfqs/{rfq.id}/compare",
        f"/rfqs/{rfq.id}/award?quote={quotes[0].id}", f"/rfqs/{draft.id}", f"/rfqs/{draft.id}/edit",
    ):  # fmt: skip
        assert rfq.title in await at.see(path), path
    wishes = {"en": "NaCl, at least: between 96.5 and 99", "vi": "Hàm lượng NaCl tối thiểu: từ 96,5 đến 99"}
    assert wishes[locale] in await at.see(f"/rfqs/{draft.id}")


async def test_a_form_becomes_a_draft(desk: Desk) -> None:
    """What is typed the local way is kept: lines, wishes about attributes, terms, manner; nothing is published."""
    wish = "lines__0__need__"
    answer = await desk.at.send(
        "/rfqs/new", "/rfqs/new", **FILLED, sealed="on", _action="draft", terms__payment="net_30",
        terms__documents="Certificate of analysis\n\nCO form D", terms__quantity_tolerance_percent="2.5",
        **{f"{wish}nacl_percent__min": "97.5", f"{wish}iodised__is": "yes", f"{wish}use__any": ["food", "feed"]},
    )  # fmt: skip
    assert "Salt for the plant" in await desk.at.follow(answer)
    row = await desk.site.world.owner.fetchrow("SELECT status, sealed, lines, terms FROM rfq")
    assert (row["status"], row["sealed"]) == ("draft", True)
    [stored] = json.loads(row["lines"])
    assert stored["quantity"] == "24000"
    assert stored["requirements"] == [
        {"attribute": "nacl_percent", "op": ">=", "value": 97.5},
        {"attribute": "iodised", "op": "=", "value": True},
        {"attribute": "use", "op": "in", "value": ["food", "feed"]},
    ]
    terms = json.loads(row["terms"])
    assert (terms["payment"], terms["documents"]) == ("net_30", ["Certificate of analysis", "CO form D"])
    assert terms["quantity_tolerance_percent"] == "2.5"


async def test_a_refused_form_keeps_everything_and_says_every_error(desk: Desk) -> None:
    """Schema, numbers, wishes and the rules of the domain stand beside their fields; hostile text is harmless."""
    typed = {**FILLED, "title": "x", "lines__0__quantity": "many", "description": HOSTILE, "_action": "publish"}
    typed |= {"lines__0__need__nacl_percent__min": "99", "lines__0__need__nacl_percent__max": "9"}
    answer = await desk.at.send("/rfqs/new", "/rfqs/new", **typed)
    assert answer.status_code == 422
    for field in ("title", "lines-0-quantity", "lines-0-need-nacl_percent-min"):
        assert f'id="f-{field}-wrong"' in answer.text, field
    assert 'value="many"' in answer.text
    assert HOSTILE not in answer.text
    assert "&lt;script&gt;" in answer.text
    too_soon = await desk.at.send("/rfqs/new", "/rfqs/new", **{**FILLED, "due_at": "2020-01-01T10:00", "_action": "publish"})
    assert too_soon.status_code == 422
    assert "This time has passed." in too_soon.text
    assert 'value="24,000"' in too_soon.text
    unknown = await desk.at.send("/rfqs/new", "/rfqs/new", **{**FILLED, "lines__0__unit": "ZZ", "_action": "draft"})
    assert "is no unit of UN/ECE" in unknown.text
    empty = await desk.at.send("/rfqs/new", "/rfqs/new", title="Only a title", _action="draft")
    assert 'id="f-lines-0-text-wrong"' in empty.text
    assert await desk.site.world.owner.fetchval("SELECT count(*) FROM rfq") == 0


async def test_lines_are_added_without_javascript(desk: Desk) -> None:
    """The button draws the form again with one more line and the wishes of the chosen category; nothing is kept."""
    answer = await desk.at.send("/rfqs/new", "/rfqs/new", **FILLED, _add_row="lines")
    assert answer.status_code == 200
    drawn = form(answer.text, "/rfqs/new")
    assert drawn.value("lines.0.text") == "Iodised salt, 25 kg bags"
    assert drawn.values("lines.1.text") == [""]
    assert drawn.values("lines.0.need.nacl_percent.min") == [""]
    assert await desk.site.world.owner.fetchval("SELECT count(*) FROM rfq") == 0
    part = await desk.at.get("/rfqs/new/wishes?lines.3.category=salt")
    assert 'name="lines.3.need.moisture_percent.max"' in part.text
    assert "<html" not in part.text


async def test_a_draft_comes_back_as_it_was_written(desk: Desk) -> None:
    """Sending the form of a draft unchanged changes nothing, also what was written over the API and fits no field."""
    before = await desk.deal.rfq(
        desk.buyer, publish=False, lines=[line(**SALT), line()], terms=TERMS, own_reference="PR-7", sealed=True,
        mode="invited", invite=[str(desk.seller.company)],
    )  # fmt: skip
    at = f"/rfqs/{before.id}/edit"
    answer = await desk.at.send(at, at, _action="draft")
    assert answer.status_code == 303, answer.text[-3000:]
    after = await desk.deal.read(desk.buyer, before)
    assert (after.version, after.status) == (2, "draft")
    assert [item.requirements for item in after.lines] == [item.requirements for item in before.lines]
    assert (after.terms, after.own_reference, after.invite) == (before.terms, "PR-7", before.invite)
    assert (after.mode, after.sealed, after.due_at.replace(second=0, microsecond=0)) == (
        "invited", True, before.due_at.replace(second=0, microsecond=0),
    )  # fmt: skip
    stale = await desk.at.send(at, at, version="1", _action="draft")
    assert stale.status_code == 409


async def test_the_form_works_while_the_matcher_is_away(desk: Desk) -> None:
    """A preview that nobody can answer says so, keeps the form and publishes nothing."""
    answer = await desk.at.send("/rfqs/new", "/rfqs/new", **FILLED, _action="preview")
    assert answer.status_code == 200
    assert "Who would fit cannot be shown now" in answer.text
    assert form(answer.text, "/rfqs/new").value("title") == "Salt for the plant"
    assert await desk.site.world.owner.fetchval("SELECT count(*) FROM rfq") == 0


async def test_a_draft_is_published_closed_and_cancelled(desk: Desk) -> None:
    """Each button does its one step; cancelling asks for a reason; a repeated press does nothing more."""
    rfq = await desk.deal.rfq(desk.buyer, publish=False)
    at = f"/rfqs/{rfq.id}"
    assert "The request is published." in await desk.at.follow(await desk.at.send(at, f"{at}/publish"))
    assert await desk.status(rfq) == "open"
    no_reason = await desk.at.send(at, f"{at}/cancel", reason="")
    assert no_reason.status_code == 422
    assert 'id="f-reason-wrong"' in no_reason.text
    assert "The time for quotations has ended." in await desk.at.follow(await desk.at.send(at, f"{at}/close"))
    await desk.deal.act()
    assert await desk.status(rfq) == "no_award"
    other = await desk.deal.rfq(desk.buyer)
    at = f"/rfqs/{other.id}"
    cancelled = await desk.at.follow(await desk.at.send(at, f"{at}/cancel", reason="The plant is closed"))
    assert "The plant is closed" in cancelled
    assert (await desk.at.client.get(f"{at}/edit")).headers["location"].endswith(at)


async def test_a_sealed_request_hides_how_many_quoted(desk: Desk) -> None:
    """Before the deadline neither page nor comparison tells a number, a name or a price; closing early is not offered."""
    rfq = await desk.deal.rfq(desk.buyer, sealed=True)
    await desk.deal.quote(desk.seller, rfq, "61234")
    shown = await desk.at.see(f"/rfqs/{rfq.id}")
    compared = await desk.at.see(f"/rfqs/{rfq.id}/compare")
    for text in (shown, compared):
        assert "Sealed until the deadline" in text
        assert "61,234" not in text
        assert "Seller" not in text.replace("Sellers", "")
    assert f"/rfqs/{rfq.id}/close" not in shown


async def test_quotes_are_compared_and_one_is_selected(desk: Desk) -> None:
    """The comparison marks the best, the selection binds at once, and the page shows whom and why."""
    rfq, quotes = await desk.evaluating("62000", "60000")
    compared = await desk.at.see(f"/rfqs/{rfq.id}/compare")
    assert compared.index("₫6,600,000") < compared.rindex("best")
    at = f"/rfqs/{rfq.id}/award"
    chosen = await desk.at.send(f"{at}?quote={quotes[0].id}", at, reason=HOSTILE, reason_for_others="Too slow")
    shown = await desk.at.follow(chosen)
    assert "The supplier is selected." in shown
    assert HOSTILE not in shown
    assert "₫6,820,000" in shown
    assert await desk.status(rfq) == "awarded"
    late = await desk.at.get(f"{at}?quote={quotes[1].id}")
    assert late.status_code in (200, 303)


async def test_a_part_quote_needs_a_tick(desk: Desk) -> None:
    """What does not cover everything is taken only when the buyer says so; the refusal keeps the reason."""
    rfq = await desk.deal.rfq(desk.buyer, lines=[line(), line(text="Binders")])
    quote = await desk.deal.quote(
        desk.seller, rfq, lines=[{"line_id": rfq.lines[0].id, "quantity": "100", "price": "60000", "vat_code": "VN10",
        "lead_time_days": 5}],
    )  # fmt: skip
    await desk.deal.pass_deadline(rfq)
    at = f"/rfqs/{rfq.id}/award"
    refused = await desk.at.send(f"{at}?quote={quote.id}", at, reason="Nobody else quoted")
    assert refused.status_code == 422
    assert "Nobody else quoted" in refused.text
    taken = await desk.at.send(f"{at}?quote={quote.id}", at, accept_part="on")
    assert taken.status_code == 303
    assert await desk.status(rfq) == "awarded"


async def test_other_companies_find_nothing_of_it(desk: Desk) -> None:
    """A stranger's edit, comparison, selection and buttons are not there; its page of an open request is the supplier's."""
    draft = await desk.deal.rfq(desk.buyer, publish=False)
    rfq = await desk.deal.rfq(desk.buyer)
    other = await browser(desk.site, desk.seller)
    for path in (
        f"/rfqs/{draft.id}",
        f"/rfqs/{draft.id}/edit",
        f"/rfqs/{rfq.id}/compare",
        f"/rfqs/{rfq.id}/award?quote={uuid4()}",
    ):
        assert (await other.get(path)).status_code == 404, path
    page = await other.see(f"/rfqs/{rfq.id}")
    assert "Cancel the request" not in page
    token = form(page, "/sign-out").value("_csrf_token")
    answer = await other.client.post(f"/rfqs/{rfq.id}/cancel", data={"_csrf_token": token, "reason": "mine"})
    assert answer.status_code == 404
    assert await desk.status(rfq) == "open"


async def test_who_may_not_buy_gets_no_form(desk: Desk) -> None:
    """A viewer reads the list and the request without a button, and is refused the form."""
    viewer = await desk.site.world.person(desk.buyer.company, "Buyer", "Viewer", "viewer")
    at = await browser(desk.site, viewer)
    rfq = await desk.deal.rfq(desk.buyer)
    assert "/rfqs/new" not in await at.see("/rfqs")
    assert f"/rfqs/{rfq.id}/cancel" not in await at.see(f"/rfqs/{rfq.id}")
    assert (await at.get("/rfqs/new")).status_code == 403


async def test_the_list_filters_pages_and_exports(desk: Desk) -> None:
    """Filters and cursors live in the address; a file holds the same rows and no formula."""
    for index in range(32):
        await desk.deal.rfq(desk.buyer, title=f"=SUM({index}) Paper", publish=index == 0)
    first = await desk.at.see("/rfqs?status=draft")
    assert "=SUM(31)" in first
    assert "=SUM(1)" not in first
    after = first.split("after=")[1].split('"')[0]
    assert "=SUM(1)" in await desk.at.see(f"/rfqs?status=draft&after={after}")
    file = await desk.at.get("/rfqs?status=open&format=csv")
    assert file.text.count("\n") == 2
    assert "'=SUM(0) Paper" in file.text
    assert (await desk.at.get("/rfqs?format=xlsx")).content[:2] == b"PK"
    assert "Nothing matches these filters" in await desk.at.see("/rfqs?status=awarded")


async def test_a_company_page_leads_to_a_request_of_its_own(desk: Desk) -> None:
    """A link names whom to ask and what; it fills the form and nothing else."""
    path = f"/rfqs/new?invite={desk.seller.company}&words=Salt&category=salt&quantity=5&unit=KGM"
    drawn = form(await desk.at.see(path), "/rfqs/new")
    assert drawn.values("invite") == [str(desk.seller.company)]
    assert (drawn.value("mode"), drawn.value("lines.0.category"), drawn.value("lines.0.unit")) == ("invited", "salt", "KGM")
