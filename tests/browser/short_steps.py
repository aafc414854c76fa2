"""The chapters of the short way as people click through them."""

from tests.browser.person import Visitor
from tests.scenarios.story import Story

TRIES = 20


async def find(buyer: Visitor, title: str) -> None:
    """By words of the title; a listing that has just gone on sale is found within a moment."""
    await buyer.go("/search")
    await buyer.fill("Words", title)
    for _ in range(TRIES):
        await buyer.press("Search")
        if await buyer.shows(title):
            break
    await buyer.open(title)


async def order(buyer: Visitor, story: Story, quantity: int) -> None:
    """Price at one's own quantity, everything once more, then the order that binds at once."""
    await buyer.fill("Your quantity", buyer.amount(quantity))
    await buyer.press("Show the price")
    await buyer.follow("Order now")
    await buyer.fill("Delivery address", "Lô B7, KCN Tân Bình")
    await buyer.choose("Province or country", story.region)
    await buyer.fill("Your order number", "PO-2026-0441")
    await buyer.press("Check the order")
    await buyer.sees("This binds your company")
    await buyer.press("Place the order")
    await buyer.sees_status("order", "Confirmed")


async def accept(buyer: Visitor, number: str, quantity: int) -> None:
    """All of it arrived and is accepted."""
    await buyer.go("/orders")
    await buyer.open(number)
    await buyer.press("Record the arrival")
    await buyer.follow("Inspect the goods")
    await buyer.fill("Accepted", buyer.amount(quantity))
    await buyer.fill("Rejected", "0")
    await buyer.press("Record the inspection")


async def invoice_wrongly(seller: Visitor, document: str, net: int) -> None:
    """The page of the order shows what differs."""
    await seller.follow("Record the invoice")
    await seller.fill("Invoice number", document)
    await seller.fill("Net", seller.amount(net))
    await seller.press("Record the invoice")
    await seller.sees("This differs from the goods accepted")


async def correct_invoice(seller: Visitor, document: str, net: int) -> None:
    """The next document takes its place."""
    await seller.follow("Correct the invoice")
    await seller.fill("Invoice number", document)
    await seller.fill("Net", seller.amount(net))
    await seller.press("Record the invoice")
    await seller.sees_invoice("Matched")


async def pay_directly(buyer: Visitor, seller: Visitor, gross: int) -> None:
    """The buyer pays at its bank and says so; the seller sees the money and confirms."""
    await buyer.follow("Pay instalment")
    await buyer.sees(buyer.amount(gross))
    await buyer.press("I have paid")
    await seller.press("Payment received")


async def repeat(buyer: Visitor, number: str) -> int:
    """A returning buyer at the list of orders wants one of them again; returns the clicks that it took."""
    await buyer.go("/orders")
    before = buyer.clicks
    await buyer.open(number)
    await buyer.follow("Repeat")
    await buyer.press("Order again")
    await buyer.sees_status("order", "Confirmed")
    return buyer.clicks - before
