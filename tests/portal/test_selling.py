"""The seller's pages of requests and quotations: what stands there, what a form refuses, what its buttons do."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
import pytest_asyncio

from exchange.ctx import Ctx
from exchange.domain.rfq.model import Rfq
from exchange.ids import new_id
from tests.domain.buying import Buying, buying, line
from tests.world import Site

HOSTILE = "<script>alert(1)</script>\"'>"
REQUIRED = [{"attribute": "memory_gb", "op": ">=", "value": 8}]


class Sales:
    """A buyer with requests, a seller in its browser."""

    def __init__(self, site: Site, deal: Buying, buyer: Ctx, seller: Ctx, browser: httpx2.AsyncClient) -> None:
        self.site = site
        self.deal = deal
        self.buyer = buyer
        self.seller = seller
        self.browser = browser

    async def page(self, path: str, locale: str = "en", status: int = 200) -> str:
        self.browser.cookies.set("locale", locale)
        answer = await self.browser.get(path)
        assert (answer.status_code, path) == (status, path), answer.text[:2000]
        return answer.text

    async def send(self, path: str, fields: dict[str, str], at: str | None = None) -> httpx2.Response:
        """Post a form as the page `at` drew it, with its token and key."""
        drawn = await self.page(at or path)
        hidden = dict(re.findall(r'<input type="hidden" name="(_[a-z_]+)" value="([^"]*)"', drawn))
        return await self.browser.post(path, data={**hidden, **fields})

    async def tell(self, rfq: Rfq) -> UUID:
        """The seller is told of a request, as the pairing does."""
        invitation = new_id()
        await self.deal.world.owner.execute(
            """INSERT INTO invitation (rfq_id, seller_id, buyer_id, id, status, created_at)
            VALUES ($1, $2, $3, $4, 'sent', market_now())""",
            rfq.id, self.seller.company_id, self.buyer.company_id, invitation,
        )  # fmt: skip
        return invitation

    async def answer(self, rfq: Rfq) -> tuple[str, str | None]:
        row = await self.deal.world.owner.fetchrow("SELECT status, reason FROM invitation WHERE rfq_id = $1", rfq.id)
        return row["status"], row["reason"]


@pytest_asyncio.fixture
async def sales(site: Site) -> AsyncIterator[Sales]:
    """A market with two companies."""
    deal = await buying(site.world)
    buyer = await site.world.company("Buyer")
    seller = await site.world.company("Seller")
    yield Sales(site, deal, buyer, seller, await site.client(seller))


def filled(rfq: Rfq, **changes: str) -> dict[str, str]:
    """A quotation on every line as it is typed in English."""
    fields = {"valid_until": (rfq.due_at + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M"), "terms_choice": "accept"}
    for place, _ in enumerate(rfq.lines):
        at = f"lines.{place}"
        fields |= {f"{at}.quoted": "on", f"{at}.quantity": "100", f"{at}.price": "60,000", f"{at}.vat_code": "VN10"}
        fields[f"{at}.lead_time_days"] = "5"
    return {**fields, **changes}


@pytest.mark.parametrize("locale", ["en", "vi"])
async def test_every_page_answers_in_both_languages(sales: Sales, locale: str) -> None:
    """Lists, a request, its form and a quotation are pages in English and in Vietnamese, empty or not."""
    empty = {"en": "No opportunities yet", "vi": "Chưa có cơ hội nào"}[locale]
    assert empty in await sales.page("/opportunities", locale)
    assert "Sealed" not in await sales.page("/quotes", locale)
    rfq = await sales.deal.rfq(sales.buyer, sealed=True)
    await sales.tell(rfq)
    quote = await sales.deal.quote(sales.seller, rfq)
    for path in (
        "/opportunities", "/opportunities?show=answered", "/opportunities/open", f"/rfqs/{rfq.id}", f"/rfqs/{rfq.id}/quote",
        "/quotes", "/quotes?status=submitted", f"/quotes/{quote.id}",
    ):  # fmt: skip
        assert rfq.title in await sales.page(path, locale), path


async def test_a_request_says_what_is_asked_and_is_seen_once_read(sales: Sales) -> None:
    """Lines, wishes in words, terms and the meaning of sealed stand there; reading it tells the buyer that it was seen."""
    rfq = await sales.deal.rfq(
        sales.buyer, sealed=True, lines=[line(category="notebooks", text="Notebooks", requirements=REQUIRED)]
    )
    await sales.tell(rfq)
    assert "New" not in await sales.page("/opportunities?show=declined")
    shown = await sales.page(f"/rfqs/{rfq.id}")
    assert "Memory: at least 8" in shown
    assert "Nobody can read a quotation before the deadline" in shown
    assert "within 7 days of acceptance" in shown
    assert await sales.answer(rfq) == ("seen", None)
    events = await sales.deal.events("invitation.seen")
    await sales.page(f"/rfqs/{rfq.id}")
    assert len(events) == len(await sales.deal.events("invitation.seen")) == 1


async def test_the_answer_reaches_the_buyer(sales: Sales) -> None:
    """A promise and a decline with its reason are kept; the filters show them apart."""
    rfq = await sales.deal.rfq(sales.buyer)
    await sales.tell(rfq)
    at = f"/rfqs/{rfq.id}"
    said = await sales.send(f"{at}/answer", {"answer": "will_quote"}, at)
    assert (said.status_code, said.headers["location"]) == (303, at)
    assert await sales.answer(rfq) == ("will_quote", None)
    assert rfq.title in await sales.page("/opportunities?show=answered")
    await sales.send(f"{at}/answer", {"answer": "declined", "reason": "Out of stock"}, at)
    assert await sales.answer(rfq) == ("declined", "Out of stock")
    assert "Out of stock" in await sales.page(at)
    assert rfq.title in await sales.page("/opportunities?show=declined")
    assert rfq.title not in await sales.page("/opportunities?show=open")


async def test_a_quotation_is_checked_submitted_replaced_and_withdrawn(sales: Sales) -> None:
    """Check sends nothing; submitting makes a quotation with the fee said; a new version replaces it; it can be taken back."""
    rfq = await sales.deal.rfq(sales.buyer, sealed=True)
    form = f"/rfqs/{rfq.id}/quote"
    checked = await sales.send(form, {**filled(rfq), "_action": "check"})
    assert checked.status_code == 200
    assert "Everything is in order" in checked.text
    assert "₫6,600,000" in checked.text
    assert "No quotations yet" in await sales.page("/quotes")
    sent = await sales.send(form, {**filled(rfq), "_action": "submit"})
    assert sent.status_code == 303
    place = sent.headers["location"]
    shown = await sales.page(place)
    assert "₫6,600,000" in shown
    assert "Net to you" in shown
    assert "before the deadline: not the buyer" in shown
    assert 'value="60,000"' in await sales.page(form)
    again = await sales.send(form, {**filled(rfq, **{"lines.0.price": "59,000"}), "_action": "submit"})
    assert again.headers["location"] == place
    assert "₫6,490,000" in await sales.page(place)
    taken = await sales.send(f"{place}/withdraw", {}, place)
    assert taken.status_code == 303
    assert "You took it back" in await sales.page(place)


async def test_a_refused_quotation_keeps_what_was_typed(sales: Sales) -> None:
    """Every wrong field is named beside it, in the line it belongs to, and nothing typed is lost."""
    rfq = await sales.deal.rfq(sales.buyer, lines=[line(), line(text="Binders")])
    fields = filled(
        rfq, **{"lines.0.quoted": "", "lines.1.quantity": "101", "lines.1.price": "sixty", "note": HOSTILE, "own_number": "A-7"}
    )
    wrong = await sales.send(f"/rfqs/{rfq.id}/quote", {**fields, "_action": "submit"})
    assert wrong.status_code == 422
    assert 'id="f-lines-1-price-wrong"' in wrong.text
    assert 'value="sixty"' in wrong.text
    assert 'value="A-7"' in wrong.text
    assert HOSTILE not in wrong.text
    assert "&lt;script&gt;" in wrong.text
    too_much = await sales.send(f"/rfqs/{rfq.id}/quote", {**fields, "lines.1.price": "60,000", "_action": "submit"})
    assert 'id="f-lines-1-quantity-wrong"' in too_much.text
    assert "At most 100 is asked for." in too_much.text


async def test_own_terms_and_a_line_left_out_are_sent(sales: Sales) -> None:
    """A quotation of one line of two, with terms of its own: the page says where they differ and what is not quoted."""
    rfq = await sales.deal.rfq(sales.buyer, lines=[line(), line(text="Binders")])
    fields = filled(
        rfq, **{"lines.1.quoted": "", "terms_choice": "own", "terms.payment": "advance", "terms.delivery.rule": "collect"}
    )
    sent = await sales.send(f"/rfqs/{rfq.id}/quote", {**fields, "_action": "submit"})
    assert sent.status_code == 303, sent.text[:3000]
    shown = await sales.page(sent.headers["location"])
    assert "Differs from the request" in shown
    assert "not quoted" in shown


async def test_totals_are_counted_while_typing(sales: Sales) -> None:
    """The part of the page with the totals follows what can be read of the form, without keeping anything."""
    rfq = await sales.deal.rfq(sales.buyer)
    form = f"/rfqs/{rfq.id}/quote"
    found = await sales.send(f"{form}/totals", filled(rfq), form)
    assert found.status_code == 200
    assert "₫6,600,000" in found.text
    assert "<html" not in found.text
    nothing = await sales.send(f"{form}/totals", filled(rfq, **{"lines.0.price": "?"}), form)
    assert "Enter quantities and prices" in nothing.text


async def test_too_late_is_said_clearly(sales: Sales) -> None:
    """After the deadline the form gives way to a page that says so, and a late submission changes nothing."""
    rfq = await sales.deal.rfq(sales.buyer)
    path = f"/rfqs/{rfq.id}/quote"
    drawn = await sales.page(path)
    hidden = dict(re.findall(r'<input type="hidden" name="(_[a-z_]+)" value="([^"]*)"', drawn))
    await sales.deal.world.advance("4 days")
    late = await sales.browser.post(path, data={**hidden, **filled(rfq), "_action": "submit"})
    assert late.status_code == 409
    assert "The deadline has passed" in late.text
    assert "Nothing was submitted" in late.text
    assert "The deadline has passed" in await sales.page(path)
    assert "No quotations yet" in await sales.page("/quotes")


async def test_lost_quotations_say_why(sales: Sales) -> None:
    """The exchange's own reasons are said in the reader's words, a buyer's as it was written."""
    rfq = await sales.deal.rfq(sales.buyer)
    quote = await sales.deal.quote(sales.seller, rfq)
    for reason, said in (("cancelled", "Bên mua đã hủy yêu cầu."), ("Too far away <b>", "Too far away &lt;b&gt;")):
        await sales.deal.world.owner.execute("UPDATE quote SET status = 'lost', lost_reason = $2 WHERE id = $1", quote.id, reason)
        assert said in await sales.page(f"/quotes/{quote.id}", "vi")


async def test_what_is_not_ours_is_not_there(sales: Sales) -> None:
    """A draft of another buyer, a foreign sealed quotation and made-up ids are 404; an own request is not quoted on."""
    draft = await sales.deal.rfq(sales.buyer, publish=False)
    await sales.page(f"/rfqs/{draft.id}", status=404)
    await sales.page(f"/rfqs/{draft.id}/quote", status=404)
    rfq = await sales.deal.rfq(sales.buyer, sealed=True)
    other = await sales.site.world.company("Other")
    quote = await sales.deal.quote(other, rfq)
    await sales.page(f"/quotes/{quote.id}", status=404)
    await sales.page(f"/quotes/{new_id()}", status=404)
    own = await sales.deal.rfq(sales.seller)
    await sales.page(f"/rfqs/{own.id}/quote", status=409)


async def test_hostile_text_is_shown_as_text(sales: Sales) -> None:
    """A title and a description full of markup stay text on every page."""
    title = "Paper <img src=x onerror=alert(1)>"
    rfq = await sales.deal.rfq(sales.buyer, title=title, description=HOSTILE, lines=[line(text=title)])
    await sales.tell(rfq)
    quote = await sales.deal.quote(sales.seller, rfq, note=HOSTILE)
    for path in (
        "/opportunities",
        "/opportunities/open",
        f"/rfqs/{rfq.id}",
        f"/rfqs/{rfq.id}/quote",
        "/quotes",
        f"/quotes/{quote.id}",
    ):
        shown = await sales.page(path)
        assert "<img src=x" not in shown
        assert "<script>alert" not in shown


async def test_a_reader_without_the_right_may_only_read(sales: Sales) -> None:
    """Who may not quote sees the request without its button, and the form is refused."""
    rfq = await sales.deal.rfq(sales.buyer)
    company: Any = sales.seller.company_id
    viewer = await sales.site.world.person(company, "Seller", "Viewer", "viewer")
    sales.browser = await sales.site.client(viewer)
    assert "Write a quotation" not in await sales.page(f"/rfqs/{rfq.id}")
    await sales.page(f"/rfqs/{rfq.id}/quote", status=403)
