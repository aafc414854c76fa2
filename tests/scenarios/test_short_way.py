"""The short way through HTTP: an order from a firm offer that binds at once, a direct payment, a repeat."""

import asyncio

from exchange.demo import checks
from exchange.demo.facts import Facts
from exchange.demo.short import BAGS
from tests.scenarios.story import Story, code


async def test_the_short_way_leaves_every_fact_true(story: Story) -> None:
    """Two companies that never met deal in one order: bound without signatures, invoiced, paid directly, completed, repeated."""
    buyer, seller = await story.company("Công ty TNHH Gạo Long An"), await story.company("Công ty TNHH Bao bì Tân Phú")
    facts = Facts()
    checks.short_way(await story.play_short(buyer, seller), facts)
    assert [fact for fact in facts.found if not fact.ok] == []


async def test_a_firm_offer_sells_what_it_has_and_no_more(story: Story) -> None:
    """Eight orders at once for a third of the stock each: three bind, five are refused, and the offer shows what is left."""
    buyer, seller = await story.company("Công ty TNHH Gạo Cửu Long"), await story.company("Công ty TNHH Bao bì Phú Mỹ")
    offer = await seller.owner.post("/offers", {**BAGS, "available": "6100"})
    place = {
        "lines": [{"offer_id": offer["id"], "offer_version": offer["version"], "quantity": "2000"}],
        "deliver_to": "Kho gạo số 3, Tân An",
        "region": "VN-41",
    }
    answers = await asyncio.gather(*(buyer.owner.status("POST", "/orders", place) for _ in range(8)))
    assert sorted(answer[0] for answer in answers) == [201] * 3 + [409] * 5
    assert {code(answer) for answer in answers if answer[0] == 409} == {(409, "not-enough")}
    assert (await buyer.owner.get(f"/offers/{offer['id']}"))["available"] == "100"


async def test_an_offer_that_changed_is_not_bought_at_the_old_price(story: Story) -> None:
    """The buyer orders the version that it saw: after a new price that is refused, and the new version binds."""
    buyer, seller = await story.company("Công ty TNHH Thủy sản Gành Hào"), await story.company("Công ty TNHH Bao bì Sóc Trăng")
    seen = await seller.owner.post("/offers", BAGS)
    dearer = {**BAGS, "tiers": [{"min_quantity": "500", "price": "5000"}]}
    revised = await seller.owner.put(f"/offers/{seen['id']}", dearer, version=seen["version"])

    def place(version: int) -> dict[str, object]:
        line = {"offer_id": seen["id"], "offer_version": version, "quantity": "500"}
        return {"lines": [line], "deliver_to": "Xưởng 1, Gành Hào", "region": "VN-55"}

    assert code(await buyer.owner.status("POST", "/orders", place(seen["version"]))) == (409, "offer-changed")
    order = await buyer.owner.post("/orders", place(revised["version"]))
    assert (order["status"], order["net"]) == ("confirmed", "2500000")


async def test_a_payment_that_did_not_arrive_is_due_again(story: Story) -> None:
    """The seller says no to an announced payment: it is due once more, and settles when it is announced and confirmed again."""
    buyer, seller = await story.company("Công ty CP Phân bón An Giang"), await story.company("Công ty TNHH Bao bì Long Xuyên")
    offer = await seller.owner.post("/offers", BAGS)
    place = {
        "lines": [{"offer_id": offer["id"], "offer_version": offer["version"], "quantity": "500"}],
        "deliver_to": "Nhà máy 2, Long Xuyên",
        "region": "VN-44",
    }
    order = await buyer.owner.post("/orders", place)
    path, line = f"/orders/{order['id']}", order["lines"][0]["id"]
    sent = await seller.owner.post(f"{path}/deliveries", {"lines": [{"order_line_id": line, "quantity": "500"}]})
    await buyer.owner.post(f"/deliveries/{sent['id']}/arrive")
    await buyer.owner.post(f"/deliveries/{sent['id']}/inspect", {"lines": [{"order_line_id": line, "accepted": "500"}]})
    await seller.owner.post(
        f"/deliveries/{sent['id']}/invoice",
        {
            "number": "1C26TLX-0000009",
            "issued_on": await seller.owner.today(),
            "net": "2250000",
            "vat": "225000",
            "seller_tax_id": seller.tax_id,
            "buyer_tax_id": buyer.tax_id,
        },
    )
    due = await buyer.owner.until(path, lambda one: one["instalments"][0]["status"] == "due")
    instalment = f"/instalments/{due['instalments'][0]['id']}"
    assert code(await seller.owner.status("POST", f"{instalment}/confirm", {"received": True})) == (409, "wrong-state")
    await buyer.owner.post(f"{instalment}/announce")
    refused = await seller.owner.post(f"{instalment}/confirm", {"received": False})
    assert refused["status"] == "due"
    await buyer.owner.post(f"{instalment}/announce")
    settled = await seller.owner.post(f"{instalment}/confirm", {"received": True})
    assert (settled["status"], settled["amount"]) == ("settled", "2475000")
    assert (await buyer.owner.until(path, lambda one: one["status"] == "completed"))["progress"]["paid_percent"] == 100
