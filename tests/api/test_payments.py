"""Direct payments and deposits over HTTP: bad input is answered with its place, lists are paged."""

from tests.api.test_deliveries import deposit, post, read
from tests.domain.deals import Deals
from tests.world import Site


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
