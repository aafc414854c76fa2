"""The short way by clicking: a firm offer found by search, an order that binds at once, a direct payment, and all of it again."""

import pytest
from playwright.async_api import Browser

from exchange.demo.people import PASSWORD
from exchange.demo.short import BAGS, NET, QUANTITY, VAT
from tests.browser import deal_steps as step
from tests.browser import short_steps as short
from tests.browser.looks import QUICK_LOOKS, Look
from tests.browser.person import Cast
from tests.scenarios.story import Story


@pytest.mark.parametrize("look", QUICK_LOOKS, ids=lambda look: look.name)
async def test_people_click_through_the_short_way(browser: Browser, story: Story, look: Look) -> None:
    """Found, ordered, delivered, invoiced wrongly and rightly, paid directly, completed and ordered again, all on the pages."""
    async with Cast(browser, story.live.stack.url, look) as cast:
        await _short_way(cast, story)
    assert cast.problems == []


async def _short_way(cast: Cast, story: Story) -> None:
    buying, selling = await story.company("Công ty TNHH Gạo Long An"), await story.company("Công ty TNHH Bao bì Tân Phú")
    title = f"Bao PP dệt {story.top.partition('.')[0]} 50 kg"
    await selling.owner.post("/offers", {**BAGS, "title": title, "regions": [story.region]})
    buyer = await cast.person("buyer", buying.email, PASSWORD)
    seller = await cast.person("seller", selling.email, PASSWORD)
    await short.find(buyer, title)
    await short.order(buyer, story, int(QUANTITY))
    number = await buyer.number_of()
    assert await buyer.download("Contract as PDF", b"%PDF-")
    await step.despatch(seller, number, int(QUANTITY))
    await short.accept(buyer, number, int(QUANTITY))
    await short.invoice_wrongly(seller, f"1C26T{number[-4:]}-71", NET + 1000)
    await short.correct_invoice(seller, f"1C26T{number[-4:]}-72", NET)
    await short.pay_directly(buyer, seller, NET + VAT)
    for person in (buyer, seller):
        await person.sees_status("order", "Completed")
    assert await short.repeat(buyer, number) == 3
    assert await buyer.number_of() != number
