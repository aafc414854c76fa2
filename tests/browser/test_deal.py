"""The whole deal by clicking through portal and console, in both languages, every page examined with axe on the way."""

import pytest
from playwright.async_api import Browser

from exchange.demo.deal import PRICES, salt
from exchange.demo.people import PASSWORD
from tests.browser import deal_steps as step
from tests.browser.looks import QUICK_LOOKS, Look
from tests.browser.person import Cast, Visitor
from tests.scenarios.story import Story

TITLE = "20 tấn muối tinh cho quý I"
NET = step.ACCEPTED_KG * step.PRICE
GROSS = NET * 105 // 100
TO_SELLER = GROSS - NET * 11 // 1000


@pytest.mark.parametrize("look", QUICK_LOOKS, ids=lambda look: look.name)
async def test_people_click_through_the_whole_deal(browser: Browser, story: Story, look: Look) -> None:
    """From two applications to two reviews on the pages alone, and no page has a fault that axe, console or width would show."""
    async with Cast(browser, story.live.stack.url, look) as cast:
        await _deal(cast, story)
    assert cast.problems == []


async def _deal(cast: Cast, story: Story) -> None:
    moderator = await cast.person("moderator", step.operator_email("moderator"), PASSWORD)
    buyer = await step.apply(cast, story, "Công ty CP Thực phẩm Hương Quê", "Nguyễn Thị Hạnh", "hanh")
    near = await step.apply(cast, story, "Công ty TNHH Muối Cà Ná", "Lê Thị Loan", "loan")
    await step.approve(moderator, buyer)
    await step.approve(moderator, near)
    await step.set_limit(buyer.owner)
    approver = await step.colleague(cast, story, buyer, "Trần Văn Khải", "khai", "Approver")
    await step.list_product(near.owner, story, "Muối tinh sấy 99,4% bao 50 kg")
    rivals = await _rivals(cast, story)
    number = await step.publish(buyer.owner, story, TITLE)
    await buyer.owner.sees("Sealed until the deadline")
    await step.quote(near.owner, number, PRICES["near"])
    for rival, price in rivals:
        await step.quote(rival, number, price)
    administrator = await cast.person("administrator", step.operator_email("administrator"), PASSWORD)
    await step.pass_deadline(administrator)
    await step.select(buyer.owner, near.name)
    await step.decide(approver, TITLE)
    await buyer.owner.sees_status("rfq", "Supplier selected")
    await buyer.owner.follow("Go to the contract")
    contract = await buyer.owner.number_of()
    await step.sign(near.owner, contract)
    await step.sign(buyer.owner, contract)
    await buyer.owner.sees_status("contract", "In force")
    await buyer.owner.follow("To the order")
    await _order(cast, story, buyer, near, await buyer.owner.number_of())


async def _rivals(cast: Cast, story: Story) -> list[tuple[Visitor, str]]:
    """Two more suppliers who come to quote; each lists its salt by file."""
    found: list[tuple[Visitor, str]] = []
    for name, price in (("Công ty CP Muối Biển Đông", PRICES["middle"]), ("Công ty TNHH Muối Hải Hậu", PRICES["far"])):
        company = await story.company(name)
        rival = await cast.person(company.email.partition("@")[0], company.email, PASSWORD)
        await step.list_by_file(rival, salt("Muối tinh chế biến thực phẩm", "M-01", price, regions=[story.region]))
        found.append((rival, price))
    return found


async def _order(cast: Cast, story: Story, buyer: step.Firm, near: step.Firm, number: str) -> None:
    """Payment into protection, delivery with a rejected part, closing, invoice, settlement, reviews."""
    first = await cast.person("finance one", step.operator_email("finance one"), PASSWORD)
    second = await cast.person("finance two", step.operator_email("finance two"), PASSWORD)
    await step.deposit(first, second, buyer, f"FT-{number}")
    await step.protect(buyer.owner, number)
    await step.despatch(near.owner, number, step.ASKED_KG)
    await step.receive(buyer.owner, number)
    await step.close_remainder(buyer.owner, near.owner, number)
    await step.invoice(near.owner, f"1C26T{number[-4:]}-118", GROSS)
    for person in (near.owner, buyer.owner):
        await person.sees_status("order", "Completed")
    await step.review(buyer.owner, "★★★★☆", "Giao đúng hạn, một phần bao bị rách.")
    await step.review(near.owner, "★★★★★", "Thanh toán nhanh, kiểm hàng rõ ràng.")
    await near.owner.go("/money")
    await near.owner.sees(near.owner.amount(TO_SELLER))
    await buyer.owner.go("/money")
    await buyer.owner.sees(buyer.owner.amount(step.DEPOSIT - GROSS))
