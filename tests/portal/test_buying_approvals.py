"""The pages of approvals: another person decides, with a comment, on a selection or an order above the limit."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
import pytest_asyncio

from exchange.ctx import Ctx
from exchange.domain.rfq.model import Rfq
from tests.domain.buying import Buying, buying
from tests.portal.browser import Browser, browser, form
from tests.world import Site

HOSTILE = "<script>alert(1)</script>"


class Office:
    """A company with a limit, its buyer, its approver, and a seller."""

    def __init__(self, site: Site, deal: Buying, buyer: Ctx, approver: Ctx, seller: Ctx) -> None:
        self.site = site
        self.deal = deal
        self.buyer = buyer
        self.approver = approver
        self.seller = seller

    async def selection(self) -> tuple[Rfq, UUID]:
        """A selection that waits for the approver, and the request for it."""
        rfq = await self.deal.rfq(self.buyer, sealed=True)
        quote = await self.deal.quote(self.seller, rfq, "61234")
        await self.deal.pass_deadline(rfq)
        award = await self.deal.award(self.buyer, rfq, quote, reason=HOSTILE)
        assert award.status == "proposed"
        assert award.approval_id is not None
        return rfq, award.approval_id

    async def waiting_order(self) -> tuple[UUID, UUID]:
        """An order above the limit, and the request for it."""
        offer = await self.deal.offer(self.seller)
        mine = await self.at(self.buyer)
        at = f"/offers/{offer.id}/order"
        look = await mine.send(f"{at}?quantity=100", at, _action="check")
        assert "Another person must approve" in look.text
        placed = await mine.send(at, at, html=look.text, _action="place")
        order = await self.site.world.owner.fetchrow("SELECT id, status FROM purchase_order")
        assert order is not None
        assert placed.headers["location"] == f"/orders/{order['id']}"
        assert order["status"] == "pending_approval"
        return order["id"], await self.site.world.owner.fetchval("SELECT id FROM approval_request")

    async def at(self, who: Ctx, locale: str = "en") -> Browser:
        return await browser(self.site, who, locale)


@pytest_asyncio.fixture
async def office(site: Site) -> AsyncIterator[Office]:
    """A limit of one million đồng."""
    deal = await buying(site.world)
    buyer = await site.world.company("Buyer", roles=("buyer",), approval_limit=1_000_000)
    approver = await site.world.person(buyer.company, "Buyer", "The Boss", "approver")
    yield Office(site, deal, buyer, approver, await site.world.company("Seller"))


@pytest.mark.parametrize("locale", ["en", "vi"])
async def test_list_and_request_answer_in_both_languages(office: Office, locale: str) -> None:
    """Empty and filled, the list and a request are pages in English and in Vietnamese; what was typed is no markup."""
    boss = await office.at(office.approver, locale)
    assert {"en": "Nothing waits for approval", "vi": "Không có gì chờ duyệt"}[locale] in await boss.see("/approvals")
    rfq, approval = await office.selection()
    assert rfq.title in await boss.see("/approvals?status=pending")
    shown = await boss.see(f"/approvals/{approval}")
    assert {"en": "₫6,735,740", "vi": "6.735.740"}[locale] in shown
    assert HOSTILE not in shown
    assert "6735740" in (await boss.get("/approvals?format=csv")).text


async def test_the_approver_binds_the_deal(office: Office) -> None:
    """Approving with a comment carries the selection out; the request shows who decided and what was said."""
    rfq, approval = await office.selection()
    boss = await office.at(office.approver)
    at = f"/approvals/{approval}"
    said = await boss.follow(await boss.send(at, f"{at}/decide", decision="approve", comment="As planned"))
    assert "Approved. It has been carried out." in said
    assert "As planned" in said
    assert "The Boss" in said
    assert (await office.deal.read(office.buyer, rfq)).status == "awarded"


async def test_a_rejection_returns_the_request_to_the_buyer(office: Office) -> None:
    """Rejected, the RFQ is evaluated again and the buyer reads the comment."""
    rfq, approval = await office.selection()
    boss = await office.at(office.approver)
    at = f"/approvals/{approval}"
    answer = await boss.send(at, f"{at}/decide", decision="reject", comment="Ask for a better price")
    assert "Rejected. The requester is told." in await boss.follow(answer)
    assert (await office.deal.read(office.buyer, rfq)).status == "evaluating"
    assert "Ask for a better price" in await (await office.at(office.buyer)).see(at)


async def test_nobody_decides_on_their_own_request(office: Office) -> None:
    """The requester sees no buttons; one who may approve is refused for an own request, with what was typed kept."""
    owner = await office.site.world.person(office.buyer.company, "Buyer", "Owner", "owner", "buyer")
    rfq = await office.deal.rfq(owner, sealed=True)
    quote = await office.deal.quote(office.seller, rfq, "60000")
    await office.deal.pass_deadline(rfq)
    approval = (await office.deal.award(owner, rfq, quote)).approval_id
    mine = await office.at(owner)
    page = await mine.see(f"/approvals/{approval}")
    assert "Nobody decides on their own request." in page
    assert f"/approvals/{approval}/decide" not in page
    token = form(page, "/sign-out").value("_csrf_token")
    answer = await mine.client.post(
        f"/approvals/{approval}/decide", data={"_csrf_token": token, "decision": "approve", "comment": "Mine is fine"}
    )
    assert answer.status_code == 403
    assert "Another person must decide" not in answer.text
    assert "Ask a colleague who is named on its page." in answer.text
    assert (await office.deal.read(owner, rfq)).status == "award_pending"


async def test_the_requester_takes_the_selection_back(office: Office) -> None:
    """A recalled selection ends its request for approval; both pages say so."""
    rfq, approval = await office.selection()
    mine = await office.at(office.buyer)
    at = f"/rfqs/{rfq.id}"
    assert "The selection is taken back." in await mine.follow(await mine.send(at, f"{at}/award/recall"))
    assert (await office.deal.read(office.buyer, rfq)).status == "evaluating"
    assert "Recalled" in await mine.see(f"/approvals/{approval}")


async def test_an_order_above_the_limit_waits_and_is_approved(office: Office) -> None:
    """The last look says that somebody must agree; the order waits, and approving confirms it."""
    _order, approval = await office.waiting_order()
    boss = await office.at(office.approver)
    answer = await boss.send(f"/approvals/{approval}", f"/approvals/{approval}/decide", decision="approve")
    assert "Approved." in await boss.follow(answer)
    assert await office.site.world.owner.fetchval("SELECT status FROM purchase_order") == "confirmed"


async def test_a_waiting_order_names_who_decides_and_leads_there(office: Office) -> None:
    """The buyer reads whom it waits for, the approver decides from the order, the seller learns nothing."""
    order, approval = await office.waiting_order()
    buyer, boss = await office.at(office.buyer), await office.at(office.approver)
    seen = await buyer.see(f"/orders/{order}")
    assert "Who may decide: The Boss." in seen
    assert f'href="/approvals/{approval}">See the request' in seen
    assert f'href="/approvals/{approval}">Decide' in await boss.see(f"/orders/{order}")
    owner = office.site.world.owner
    await owner.execute("UPDATE membership SET ended_at = now() WHERE person_id = $1", office.approver.person)
    assert "give a colleague the role of an approver" in await buyer.see(f"/orders/{order}")
    supplier = await (await office.at(office.seller)).get(f"/orders/{order}")
    assert "The Boss" not in supplier.text


async def test_another_companys_request_is_not_there(office: Office) -> None:
    """404 for the page and for the decision; the list stays empty."""
    _, approval = await office.selection()
    other = await office.at(office.seller)
    assert (await other.get(f"/approvals/{approval}")).status_code == 404
    token = form(await other.see("/approvals"), "/sign-out").value("_csrf_token")
    answer = await other.client.post(f"/approvals/{approval}/decide", data={"_csrf_token": token, "decision": "approve"})
    assert answer.status_code == 404
