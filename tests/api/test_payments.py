"""Direct payments and deposits over HTTP: bad input is answered with its place, lists are paged."""

from tests.api.test_deliveries import deposit, post, read
from tests.domain.deals import Deals
from tests.world import Site, offer_json


async def test_the_short_way_from_a_firm_offer_to_a_completed_order(site: Site) -> None:
    """Ordered at once, delivered, invoiced, announced, confirmed: the order says delivered, invoiced and paid."""
    deals = await Deals.open(site.world)
    buyer, seller = await site.client(deals.buyer), await site.client(deals.seller)
    offer = await post(seller, "/offers", offer_json(), status=201)
    wanted = {"offer_id": offer["id"], "offer_version": offer["version"], "quantity": "100"}
    placed = {"lines": [wanted], "deliver_to": "1 Test Street", "region": "VN-SG"}
    order = await post(buyer, "/orders", placed, status=201)
    assert (order["status"], order["net"], order["gross"]) == ("confirmed", "5800000", "6380000")
    line = order["lines"][0]["id"]
    sent = {"lines": [{"order_line_id": line, "quantity": "100"}]}
    delivery = await post(seller, f"/orders/{order['id']}/deliveries", sent, status=201)
    await post(buyer, f"/deliveries/{delivery['id']}/arrive")
    await post(buyer, f"/deliveries/{delivery['id']}/inspect", {"lines": [{"order_line_id": line, "accepted": "100"}]})
    await deals.settle()
    tax = dict(await site.world.owner.fetch("SELECT id, tax_id FROM company"))
    document = {
        "number": "7", "issued_on": (await deals.today()).isoformat(), "net": "5800000", "vat": "580000",
        "seller_tax_id": tax[deals.seller.company], "buyer_tax_id": tax[deals.buyer.company],
    }  # fmt: skip
    assert (await post(seller, f"/deliveries/{delivery['id']}/invoice", document, status=201))["status"] == "matched"
    payment = order["instalments"][0]["id"]
    assert (await post(buyer, f"/instalments/{payment}/announce"))["status"] == "announced"
    await post(seller, f"/instalments/{payment}/confirm", {"received": True})
    await deals.settle()
    done = await read(seller, f"/orders/{order['id']}")
    assert (done["status"], done["instalments"][0]["fee"], done["fee"]) == ("completed", "58000", "58000")
    shares = [done["progress"][name] for name in ("delivered_percent", "invoiced_percent", "paid_percent")]
    assert shares == [100, 100, 100]
    assert (await read(buyer, f"/contracts/{order['contract_id']}"))["status"] == "completed"
    await deals.verified()


async def test_a_direct_payment_is_announced_and_confirmed(site: Site) -> None:
    """The buyer says it paid, the seller says it came; the fee is what the seller owes."""
    deals = await Deals.open(site.world)
    order = await deals.order([("1", "1000000", "10")], payment="advance")
    buyer, seller = await site.client(deals.buyer), await site.client(deals.seller)
    path = f"/instalments/{order.instalments[0]}"
    assert (await read(buyer, path))["actions"] == ["announce"]
    assert (await post(seller, f"{path}/confirm", {"received": True}, status=409))["current"] == "due"
    assert (await post(buyer, f"{path}/announce"))["status"] == "announced"
    assert (await post(seller, f"{path}/confirm", {"received": False}))["status"] == "due"
    await post(buyer, f"{path}/announce")
    assert (await post(seller, f"{path}/confirm", {"received": True}))["status"] == "settled"
    assert (await read(seller, "/ledger/balance"))[0]["owed"] == "11000"
    await deals.verified()


async def test_instalments_are_listed_in_pages_for_both_sides(site: Site) -> None:
    """Three payments in pages of two, none twice, each with its side."""
    deals = await Deals.open(site.world)
    for _ in range(3):
        await deals.order([("1", "1000", "10")], payment="advance")
    for ctx, side in ((deals.buyer, "buy"), (deals.seller, "sell")):
        client = await site.client(ctx)
        first = await read(client, "/instalments?limit=2")
        second = await read(client, f"/instalments?limit=2&cursor={first['next']}")
        rows = first["items"] + second["items"]
        assert (len({row["id"] for row in rows}), {row["side"] for row in rows}, second["next"]) == (3, {side}, None)
    assert (await client.get("/api/v1/instalments?status=lost")).status_code in (400, 422)


async def test_a_deposit_is_refused_with_its_reason(site: Site) -> None:
    """An unknown company, decimals that the currency has not, a bank reference entered twice, a member who tries."""
    deals = await Deals.open(site.world)
    operator = await site.client(await site.world.operator("finance"))
    good = deposit(deals.buyer.company, "1000")
    await post(operator, "/operator/deposits", good, status=201)
    assert (await post(operator, "/operator/deposits", good, status=409))["code"] == "bank-reference-used"
    wrong = await post(operator, "/operator/deposits", {**good, "amount": "10.5"}, status=422)
    assert [(item["pointer"], item["code"]) for item in wrong["errors"]] == [("/amount", "too-many-decimals")]
    other = {**good, "company_id": str(deals.seller.person), "bank_reference": "B-2"}
    assert (await post(operator, "/operator/deposits", other, status=404))["code"] == "not-found"
    for body in ({**good, "amount": "NaN"}, {**good, "amount": "1e400000"}, {**good, "balance": "1"}):
        await post(operator, "/operator/deposits", body, status=422)
    member = await site.client(deals.buyer)
    assert (await post(member, "/operator/deposits", good, status=403))["code"] == "forbidden"
    listed = await read(operator, "/operator/deposits?status=entered")
    assert [row["bank_reference"] for row in listed["items"]] == ["BANK-1"]
    rejected = await site.client(await site.world.operator("finance"))
    answer = await post(rejected, f"/operator/deposits/{listed['items'][0]['id']}/reject", {"note": "Not on the statement"})
    assert answer["status"] == "rejected"
