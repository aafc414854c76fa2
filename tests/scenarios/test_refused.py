"""What the exchange refuses on the way of a deal, and that a refusal leaves the deal where it was."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from exchange.demo import deal
from exchange.demo.deal import Deal
from exchange.demo.short import BAGS
from tests.scenarios.story import Story, code


async def test_a_sealed_round_refuses_whoever_wants_to_look_close_or_bid_out_of_time(story: Story) -> None:
    """Nobody closes a sealed RFQ early, nobody else acts for the buyer, no quote comes in or goes out after the deadline."""
    made = await story.gather()
    await deal.publish(made, story.hooks, story.say)
    await deal.quote(made, story.say)
    buyer, near, far = made.buyer.owner, made.sellers["near"].owner, made.sellers["far"].owner
    rfq, quote = f"/rfqs/{made.rfq['id']}", made.quotes["near"]
    award = {"quote_id": quote["id"], "reason": "Giá thấp nhất"}
    again = {"valid_until": quote["valid_until"], "lines": [_line(made, price="3100")]}
    before = {
        "buyer closes early": code(await buyer.status("POST", f"{rfq}/close")),
        "buyer awards before opening": code(await buyer.status("POST", f"{rfq}/award", award)),
        "buyer quotes itself": code(await buyer.status("POST", f"{rfq}/quotes", again)),
        "rival withdraws": code(await far.status("POST", f"/quotes/{quote['id']}/withdraw")),
        "supplier cancels": code(await near.status("POST", f"{rfq}/cancel", {"reason": "không cần"})),
        "unknown line": code(await far.status("POST", f"{rfq}/quotes", {**again, "lines": [_line(made, line_id=quote["id"])]})),
    }
    assert before == {
        "buyer closes early": (409, "sealed-until-deadline"),
        "buyer awards before opening": (409, "wrong-state"),
        "buyer quotes itself": (409, "own-rfq"),
        "rival withdraws": (404, "not-found"),
        "supplier cancels": (404, "not-found"),
        "unknown line": (422, "invalid"),
    }
    await story.operators["administrator"].post("/sandbox/clock", {"seconds": 2 * 86400 + 60})
    await buyer.until(rfq, lambda found: found["status"] == "evaluating")
    after = {
        "new version": code(await near.status("POST", f"{rfq}/quotes", again)),
        "withdrawal": code(await near.status("POST", f"/quotes/{quote['id']}/withdraw")),
        "supplier awards": code(await near.status("POST", f"{rfq}/award", award)),
        "award of something else": code(await buyer.status("POST", f"{rfq}/award", {**award, "quote_id": made.rfq["id"]})),
    }
    assert after == {
        "new version": (409, "deadline-passed"),
        "withdrawal": (409, "deadline-passed"),
        "supplier awards": (404, "not-found"),
        "award of something else": (404, "not-found"),
    }
    assert (await buyer.get(rfq))["status"] == "evaluating"


async def test_a_running_deal_refuses_money_goods_and_signatures_out_of_turn(story: Story) -> None:
    """Each step of contract, payment and delivery is refused to the wrong person, in the wrong state and in the wrong amount."""
    made = await story.gather()
    await deal.publish(made, story.hooks, story.say)
    await deal.quote(made, story.say)
    await deal.award(made, story.operators["administrator"], story.say)
    buyer, near, far = made.buyer.owner, made.sellers["near"].owner, made.sellers["far"].owner
    contracts = await buyer.until("/contracts", lambda page: len(page["items"]) == 1)
    contract = f"/contracts/{contracts['items'][0]['id']}"
    signature = {"digest": (await buyer.get(contract))["digest"]}
    signing = {
        "not a signatory": code(await made.approver.status("POST", f"{contract}/sign", signature)),
        "wrong password": code(await made.buyer_signatory.status("POST", "/session/step-up", {"password": "không phải"})),
        "a stranger": code(await far.status("POST", f"{contract}/sign", signature)),
    }
    assert signing == {
        "not a signatory": (403, "forbidden"),
        "wrong password": (422, "wrong-password"),
        "a stranger": (404, "not-found"),
    }
    await deal.sign(made, story.say)
    order, line = f"/orders/{made.order['id']}", made.order["lines"][0]["id"]
    instalment = f"/instalments/{made.order['instalments'][0]['id']}"
    goods = {"lines": [{"order_line_id": line, "quantity": "20000"}]}
    unpaid = {
        "signed again": code(await made.buyer_signatory.status("POST", f"{contract}/sign", signature)),
        "despatch before payment": code(await near.status("POST", f"{order}/deliveries", goods)),
        "payment without money": code(await buyer.status("POST", f"{instalment}/pay")),
        "seller pays": code(await near.status("POST", f"{instalment}/pay")),
        "protected announced as direct": code(await buyer.status("POST", f"{instalment}/announce")),
        "a stranger's view": code(await far.status("GET", order)),
    }
    assert unpaid == {
        "signed again": (409, "wrong-state"),
        "despatch before payment": (409, "payment-not-held"),
        "payment without money": (409, "insufficient-funds"),
        "seller pays": (403, "forbidden"),
        "protected announced as direct": (409, "other-payment-method"),
        "a stranger's view": (404, "not-found"),
    }
    await deal.pay(made, story.operators, story.say)
    await _delivered_out_of_turn(made)
    assert (await buyer.get(order))["status"] == "in_progress"


async def _delivered_out_of_turn(made: Deal) -> None:
    buyer, near = made.buyer.owner, made.sellers["near"].owner
    order, line = f"/orders/{made.order['id']}", made.order["lines"][0]["id"]
    instalment = f"/instalments/{made.order['instalments'][0]['id']}"
    too_much = {"lines": [{"order_line_id": line, "quantity": "20001"}]}
    refused = {
        "paid again": code(await buyer.status("POST", f"{instalment}/pay")),
        "more than ordered": code(await near.status("POST", f"{order}/deliveries", too_much)),
        "buyer despatches": code(await buyer.status("POST", f"{order}/deliveries", too_much)),
    }
    sent = await near.post(f"{order}/deliveries", {"lines": [{"order_line_id": line, "quantity": "20000"}]})
    delivery = f"/deliveries/{sent['id']}"
    accepted = {"lines": [{"order_line_id": line, "accepted": "20000"}]}
    unproved = {"lines": [{"order_line_id": line, "accepted": "19000", "rejected": "1000"}]}
    refused |= {
        "inspected before arrival": code(await buyer.status("POST", f"{delivery}/inspect", accepted)),
        "seller records the receipt": code(await near.status("POST", f"{delivery}/arrive")),
    }
    await buyer.post(f"{delivery}/arrive")
    refused |= {
        "arrived twice": code(await buyer.status("POST", f"{delivery}/arrive")),
        "rejected without reason and photo": code(await buyer.status("POST", f"{delivery}/inspect", unproved)),
        "seller inspects": code(await near.status("POST", f"{delivery}/inspect", accepted)),
    }
    assert refused == {
        "paid again": (409, "wrong-state"),
        "more than ordered": (422, "invalid"),
        "buyer despatches": (403, "forbidden"),
        "inspected before arrival": (409, "wrong-state"),
        "seller records the receipt": (403, "forbidden"),
        "arrived twice": (409, "wrong-state"),
        "rejected without reason and photo": (422, "invalid"),
        "seller inspects": (403, "forbidden"),
    }


async def test_residents_of_vietnam_deal_in_dong_only(story: Story) -> None:
    """A Vietnamese buyer's order from a Vietnamese supplier's dollar offer is refused."""
    buyer, seller = await story.company("Công ty TNHH Cà phê Buôn Hồ"), await story.company("Công ty TNHH Bao bì Việt")
    offer = await seller.owner.post("/offers", {**BAGS, "currency": "USD", "tiers": [{"min_quantity": "500", "price": "0.18"}]})
    place = {
        "lines": [{"offer_id": offer["id"], "offer_version": offer["version"], "quantity": "500"}],
        "deliver_to": "Kho 2, Buôn Hồ",
        "region": "VN-33",
    }
    assert code(await buyer.owner.status("POST", "/orders", place)) == (422, "currency-not-allowed")


@pytest.mark.parametrize("who", ["seller", "buyer"])
async def test_a_suspended_company_finishes_its_deal_and_starts_nothing(story: Story, who: str) -> None:
    """Suspended after the contract, either side plays its part to the last review; offers, RFQs and orders are refused."""
    made = await story.until_contract()
    company = made.sellers["near"] if who == "seller" else made.buyer
    moderator = story.operators["moderator"]
    firm = await made.sellers["middle"].owner.post("/offers", BAGS)
    await moderator.post(f"/operator/companies/{company.id}/suspend", {"reason": "Giấy phép đang được kiểm tra lại"})
    now = datetime.fromisoformat((await made.buyer.owner.get("/clock"))["now"])
    order = {
        "lines": [{"offer_id": firm["id"], "offer_version": firm["version"], "quantity": "500"}],
        "deliver_to": "Kho 4, Tân Bình",
        "region": "VN-SG",
    }
    starts = {
        "offer": await company.owner.status("POST", "/offers", {**BAGS, "external_id": "PP-51"}),
        "rfq": await company.owner.status("POST", "/rfqs", _rfq(made, now)),
        "order": await company.owner.status("POST", "/orders", order),
    }
    assert {name: code(answer) for name, answer in starts.items()} == dict.fromkeys(starts, (403, "company-not-active"))
    await deal.pay(made, story.operators, story.say)
    await deal.deliver(made, story.say)
    assert made.order["status"] == "completed"
    assert len(made.reviews["published"]) == 2
    await moderator.post(f"/operator/companies/{company.id}/unsuspend")
    assert (await company.owner.status("POST", "/rfqs", _rfq(made, now)))[0] == 403
    await story.operators["second moderator"].post(f"/operator/companies/{company.id}/unsuspend")
    again = await company.owner.status("POST", "/rfqs", _rfq(made, now))
    assert again[0] == 201


def _line(made: Deal, **changes: Any) -> dict[str, Any]:
    line = {"line_id": made.rfq["lines"][0]["id"], "quantity": "20000", "price": "3150", "vat_code": "VN5", "lead_time_days": 6}
    return {**line, **changes}


def _rfq(made: Deal, now: datetime) -> dict[str, Any]:
    need = {"category": "salt", "text": "Muối tinh", "quantity": "1000", "unit": "KGM", "region": made.region}
    return {
        "title": "1 tấn muối tinh",
        "currency": "VND",
        "due_at": (now + timedelta(days=40)).isoformat(),
        "terms": {"payment": "protected_full"},
        "lines": [need],
        "publish": True,
    }
