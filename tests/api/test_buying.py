"""Buying over HTTP: the whole path from the RFQ to the award, and what is refused on the way."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from exchange.ids import new_id
from tests.api.test_orders import order_json
from tests.domain.buying import Buying, buying, line
from tests.world import Site, key, offer_json

API = "/api/v1"


def rfq_json(**changes: Any) -> dict[str, Any]:
    base = {
        "title": "Copy paper for the third quarter",
        "currency": "VND",
        "lines": [line()],
        "terms": {"payment": "direct_after_acceptance"},
        "due_at": (datetime.now(UTC) + timedelta(days=3)).isoformat(),
        "sealed": True,
        "publish": True,
    }
    return {**base, **changes}


def quote_json(rfq: dict[str, Any], price: str, **changes: Any) -> dict[str, Any]:
    lines = [
        {"line_id": item["id"], "quantity": item["quantity"], "price": price, "vat_code": "VN10", "lead_time_days": 4}
        for item in rfq["lines"]
    ]
    until = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    return {"lines": lines, "valid_until": until, **changes}


async def post(client: httpx2.AsyncClient, path: str, data: Any = None, status: int = 201) -> dict[str, Any]:
    answer = await client.post(f"{API}{path}", json=data, headers=key())
    assert answer.status_code == status, answer.text
    return answer.json()


async def get(client: httpx2.AsyncClient, path: str, status: int = 200) -> dict[str, Any]:
    answer = await client.get(f"{API}{path}")
    assert answer.status_code == status, answer.text
    return answer.json()


async def passed(site: Site, rfq: dict[str, Any]) -> Buying:
    """The market after the RFQ's deadline, with the exchange's own jobs done."""
    deal = await buying(site.world)
    await site.world.advance("73 hours")
    await deal.act()
    return deal


async def test_from_the_rfq_to_a_binding_award(site: Site) -> None:
    """Publish sealed, quote twice, wait for the deadline, compare, award above the limit, approve by another person."""
    buyer_ctx = await site.world.company("Buyer", approval_limit=1_000_000)
    approver = await site.client(await site.world.person(buyer_ctx.company, "Buyer", "Approver", "approver"))
    buyer = await site.client(buyer_ctx)
    sellers = [await site.client(await site.world.company(name)) for name in ("One", "Two", "Three")]
    rfq = await post(buyer, "/rfqs", rfq_json())
    assert (rfq["status"], rfq["number"][:4], rfq["actions"]) == ("open", "RFQ-", ["cancel"])
    assert [item["id"] for item in (await get(sellers[0], "/rfqs"))["items"]] == [rfq["id"]]
    quotes = [
        await post(seller, f"/rfqs/{rfq['id']}/quotes", quote_json(rfq, price))
        for seller, price in zip(sellers, ("61000", "60000", "62000"), strict=True)
    ]
    assert (quotes[0]["gross"], quotes[0]["net_to_you"], quotes[0]["status"]) == ("6710000", "6642900", "submitted")
    assert (await get(buyer, f"/rfqs/{rfq['id']}/quotes"))["quotes"] == []
    assert await get(buyer, f"/quotes/{quotes[0]['id']}", 404)
    assert await get(sellers[1], f"/quotes/{quotes[0]['id']}", 404)
    await passed(site, rfq)
    compared = (await get(buyer, f"/rfqs/{rfq['id']}/quotes"))["quotes"]
    assert [(item["quote"]["net"], item["best_net"], item["quote"]["fee"]) for item in compared] == [
        ("6100000", False, None),
        ("6000000", True, None),
        ("6200000", False, None),
    ]
    award = await post(buyer, f"/rfqs/{rfq['id']}/award", {"quote_id": quotes[1]["id"], "reason": "Cheapest"})
    assert award["status"] == "proposed"
    (waiting,) = (await get(approver, "/approvals?status=pending"))["items"]
    assert (waiting["id"], waiting["gross"], waiting["actions"]) == (award["approval_id"], "6600000", ["approve", "reject"])
    own = await post(buyer, f"/approvals/{waiting['id']}/decide", {"decision": "approve"}, 403)
    assert own["code"] == "own-request"
    await post(approver, f"/approvals/{waiting['id']}/decide", {"decision": "approve"}, 200)
    assert (await get(sellers[1], f"/rfqs/{rfq['id']}/award"))["status"] == "binding"
    await get(sellers[0], f"/rfqs/{rfq['id']}/award", 404)
    states = [(await get(seller, "/own/quotes"))["items"][0]["status"] for seller in sellers]
    assert states == ["lost", "awarded", "lost"]


async def test_the_same_key_publishes_once(site: Site) -> None:
    """A repeated request answers the same RFQ; the same key with another body is refused."""
    buyer = await site.client(await site.world.company("Buyer"))
    headers, body = key(), rfq_json()
    first = await buyer.post(f"{API}/rfqs", json=body, headers=headers)
    again = await buyer.post(f"{API}/rfqs", json=body, headers=headers)
    other = await buyer.post(f"{API}/rfqs", json=rfq_json(title="Another"), headers=headers)
    assert (again.json()["id"], other.status_code) == (first.json()["id"], 422)
    assert len((await get(buyer, "/own/rfqs"))["items"]) == 1


async def test_a_late_quote_is_refused_with_the_deadline(site: Site) -> None:
    """409 deadline-passed before and after the closing job ran."""
    buyer = await site.client(await site.world.company("Buyer"))
    seller = await site.client(await site.world.company("Seller"))
    rfq = await post(buyer, "/rfqs", rfq_json())
    await site.world.advance("73 hours")
    late = await post(seller, f"/rfqs/{rfq['id']}/quotes", quote_json(rfq, "1"), 409)
    assert late["code"] == "deadline-passed"
    await passed(site, rfq)
    assert (await post(seller, f"/rfqs/{rfq['id']}/quotes", quote_json(rfq, "1"), 409))["code"] == "deadline-passed"


async def test_a_draft_is_rewritten_and_published(site: Site) -> None:
    """PUT replaces a draft at the version that was read; another version answers 409; actions say what is possible."""
    buyer = await site.client(await site.world.company("Buyer"))
    draft = await post(buyer, "/rfqs", rfq_json(publish=False))
    assert sorted(draft["actions"]) == ["cancel", "edit", "publish"]
    changed = rfq_json(publish=False, title="Changed")
    answer = await buyer.put(f"{API}/rfqs/{draft['id']}?version=1", json=changed)
    assert (answer.status_code, answer.json()["title"]) == (200, "Changed")
    assert (await buyer.put(f"{API}/rfqs/{draft['id']}?version=1", json=changed)).status_code == 409
    published = await post(buyer, f"/rfqs/{draft['id']}/publish", status=200)
    assert published["status"] == "open"
    refused = await post(buyer, f"/rfqs/{draft['id']}/close", status=409)
    assert refused["code"] == "sealed-until-deadline"


async def test_bad_input_says_where(site: Site) -> None:
    """An unknown field, a number as a price, and rule errors name their places."""
    buyer = await site.client(await site.world.company("Buyer"))
    seller = await site.client(await site.world.company("Seller"))
    unknown = await post(buyer, "/rfqs", rfq_json(budget="9"), 422)
    assert unknown["code"] == "invalid"
    wrong = await post(buyer, "/rfqs", rfq_json(lines=[line(unit="QQ")]), 422)
    assert [item["pointer"] for item in wrong["errors"]] == ["/lines/0/unit"]
    rfq = await post(buyer, "/rfqs", rfq_json())
    number = quote_json(rfq, "1")
    number["lines"][0]["price"] = 12.5
    assert (await post(seller, f"/rfqs/{rfq['id']}/quotes", number, 422))["errors"][0]["pointer"] == "/lines/0/price"
    hidden = quote_json(rfq, "1")
    hidden["lines"][0]["attributes"] = {"a\u0000b": "x"}
    assert (await post(seller, f"/rfqs/{rfq['id']}/quotes", hidden, 422))["errors"][0]["code"] == "not-plain"


async def test_another_companys_objects_are_not_found(site: Site) -> None:
    """Every route about an own RFQ answers 404 to a stranger of an invited one, and 401 to a visitor."""
    buyer, guest = await site.world.company("Buyer"), await site.world.company("Guest")
    stranger = await site.client(await site.world.company("Stranger"))
    visitor = await site.client()
    rfq = await post(await site.client(buyer), "/rfqs", rfq_json(mode="invited", invite=[str(guest.company)]))
    at = f"/rfqs/{rfq['id']}"
    for path in (at, f"{at}/matches", f"{at}/invitations", f"{at}/quotes", f"{at}/award"):
        await get(stranger, path, 404)
        await get(visitor, path, 401)
    reason = {"reason": "x"}
    for path, data in (("publish", None), ("close", None), ("cancel", reason), ("no-award", reason)):
        await post(stranger, f"{at}/{path}", data, 404)
    await post(stranger, f"{at}/quotes", quote_json(rfq, "1"), 404)
    await post(stranger, f"{at}/answer", {"answer": "seen"}, 404)
    await post(stranger, f"{at}/award", {"quote_id": rfq["id"]}, 404)


async def test_roles_decide_who_may_buy(site: Site) -> None:
    """A viewer reads but neither publishes nor quotes nor awards: 403."""
    company = await site.world.company("Buyer")
    viewer = await site.client(await site.world.person(company.company, "Buyer", "Viewer", "viewer"))
    refused = await post(viewer, "/rfqs", rfq_json(), 403)
    assert refused["code"] == "forbidden"


async def test_an_applicant_looks_and_drafts_and_binds_nobody(site: Site) -> None:
    """Search, requests and members are open and drafts are kept; publishing, quoting, awarding, signing, ordering are refused."""
    buyer, seller = await site.client(await site.world.company("Buyer")), await site.client(await site.world.company("Seller"))
    rfq, offer = await post(buyer, "/rfqs", rfq_json()), await post(seller, "/offers", offer_json())
    assert offer["status"] == "live"
    applicant = await site.client(await site.world.company("New", status="applied"))
    for path in ("/rfqs", f"/rfqs/{rfq['id']}", f"/offers/{offer['id']}", "/companies", "/own/rfqs"):
        await get(applicant, path)
    draft = await post(applicant, "/rfqs", rfq_json(publish=False))
    listing = await post(applicant, "/offers?publish=false", offer_json())
    quote = await post(applicant, f"/rfqs/{rfq['id']}/quotes", quote_json(rfq, "10", submit=False))
    assert {draft["status"], listing["status"], quote["status"]} == {"draft"}
    contract = new_id()
    bound: tuple[tuple[str, Any], ...] = (
        ("/rfqs", rfq_json()),
        (f"/rfqs/{draft['id']}/publish", None),
        ("/offers", offer_json()),
        (f"/offers/{listing['id']}/publish", None),
        (f"/rfqs/{rfq['id']}/quotes", quote_json(rfq, "10")),
        (f"/rfqs/{draft['id']}/award", {"quote_id": quote["id"]}),
        (f"/contracts/{contract}/sign", {"digest": "0" * 64}),
        ("/orders", order_json(offer)),
    )
    for path, data in bound:
        refused = await post(applicant, path, data, 403)
        assert (path, refused["code"]) == (path, "company-not-active")
