"""Orders and contracts over HTTP: the short way, repeated, refused with a reason; signatures; the paper."""

import hashlib
from typing import Any
from uuid import UUID

import msgspec
import pytest

from exchange.domain.identity import keys
from exchange.jobs import contracts as jobs
from exchange.jobs.kinds import Deps, Job
from exchange.verify_contract import verify_contract
from schemas.identity import KeyCreate
from tests.domain.awards import drafted
from tests.world import ALL_SCOPES, PASSWORD, Site, key, offer_json


def order_json(offer: dict[str, Any], quantity: str = "100", **more: object) -> dict[str, object]:
    return {
        "lines": [{"offer_id": offer["id"], "offer_version": offer["version"], "quantity": quantity}],
        "deliver_to": "12 Nguyen Hue, District 1",
        "region": "VN-SG",
        **more,
    }


async def offered(site: Site, **changes: object) -> tuple[Any, Any, dict[str, Any]]:
    """A buyer's and a seller's client and a live firm offer."""
    seller = await site.client(await site.world.company("Seller"))
    buyer = await site.client(await site.world.company("Buyer"))
    made = await seller.post("/api/v1/offers", json=offer_json(**changes), headers=key())
    assert made.status_code == 201, made.text
    return buyer, seller, made.json()


async def print_all(site: Site) -> None:
    """Run the print job of every contract, as the worker does, into the site's own files."""
    worker = await site.world.db.worker()
    deps = Deps(db=worker, settings=site.deps.settings)
    rows = await site.world.owner.fetch("SELECT id, payload->>'aggregate_id' AS contract FROM job WHERE kind = 'print_contract'")
    for row in rows:
        token = await site.world.owner.fetchval(
            "UPDATE job SET state = 'running', lease_token = gen_random_uuid() WHERE id = $1 RETURNING lease_token", row["id"]
        )
        payload = {"aggregate_id": row["contract"]}
        await jobs.print_contract(deps, Job(id=row["id"], kind="print_contract", payload=payload, attempts=1, lease_token=token))


async def test_the_short_way_over_http(site: Site) -> None:
    """One POST binds; both sides read the order and its contract; the PDF verifies offline against the contract's answer."""
    buyer, seller, offer = await offered(site)
    placed = await buyer.post("/api/v1/orders", json=order_json(offer, buyer_reference="R-1"), headers=key())
    assert placed.status_code == 201, placed.text
    order = placed.json()
    assert (order["status"], order["gross"], order["buyer_reference"], order["fee"]) == ("confirmed", "6380000", "R-1", None)
    assert (await buyer.get(f"/api/v1/orders/{order['id']}")).json() == order
    sold = (await seller.get(f"/api/v1/orders/{order['id']}")).json()
    assert (sold["fee"], sold["fee_vat"], sold["net_to_you"]) == ("58000", "5800", "6316200")
    listed = (await seller.get("/api/v1/orders?side=sell&status=confirmed")).json()["items"]
    assert [(row["id"], row["side"], row["counterparty"]) for row in listed] == [(order["id"], "sell", "Buyer")]
    contract_url = f"/api/v1/contracts/{order['contract_id']}"
    early = await buyer.get(f"{contract_url}/pdf")
    assert (early.status_code, early.json()["code"]) == (409, "not-printed")
    await print_all(site)
    await print_all(site)
    answer = await seller.get(contract_url)
    contract = answer.json()
    assert (contract["kind"], contract["status"], contract["order_id"]) == ("standard", "active", order["id"])
    assert hashlib.sha256(contract["body"].encode()).hexdigest() == contract["digest"]
    for client in (buyer, seller):
        pdf = await client.get(f"{contract_url}/pdf")
        assert (pdf.status_code, pdf.headers["content-type"], pdf.content[:5]) == (200, "application/pdf", b"%PDF-")
        assert hashlib.sha256(pdf.content).hexdigest() == contract["pdf_digest"]
        assert verify_contract(answer.content, pdf=pdf.content) == []
    assert await site.world.owner.fetchval("SELECT count(*) FROM file WHERE purpose = 'contract'") == 1
    assert [row["id"] for row in (await buyer.get("/api/v1/contracts")).json()["items"]] == [contract["id"]]


async def test_a_repeat_is_one_look_and_one_order(site: Site) -> None:
    """The proposal can be sent as it stands, and names what has changed since."""
    buyer, seller, offer = await offered(site)
    first = (await buyer.post("/api/v1/orders", json=order_json(offer), headers=key())).json()
    again = (await buyer.get(f"/api/v1/orders/{first['id']}/repeat")).json()
    assert (again["gross"], again["lines"][0]["differences"]) == ("6380000", [])
    second = await buyer.post("/api/v1/orders", json=again["place"], headers=key())
    assert (second.status_code, second.json()["gross"]) == (201, "6380000")
    dearer = offer_json(tiers=[{"min_quantity": "150", "price": "60000"}], increment="50")
    revised = await seller.put(f"/api/v1/offers/{offer['id']}?version=1", json=dearer)
    assert revised.status_code == 200, revised.text
    changed = (await buyer.get(f"/api/v1/orders/{first['id']}/repeat")).json()
    (line,) = changed["lines"]
    assert (line["differences"], line["quantity"], line["price_before"], line["price"]) == (
        ["price", "quantity"],
        "150",
        "58000",
        "60000",
    )
    assert changed["place"]["lines"][0]["offer_version"] == 2
    assert (await buyer.post("/api/v1/orders", json=changed["place"], headers=key())).status_code == 201
    assert (await seller.get(f"/api/v1/orders/{first['id']}/repeat")).status_code == 404
    await seller.post(f"/api/v1/offers/{offer['id']}/pause", headers=key())
    gone = (await buyer.get(f"/api/v1/orders/{first['id']}/repeat")).json()
    assert (gone["place"], gone["lines"][0]["differences"]) == (None, ["gone"])


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"region": "US"}, 422, "invalid"),
        ({"lines": []}, 422, None),
        ({"seller_id": "x"}, 422, None),
        ({"region": "sg"}, 422, None),
    ],
)
async def test_wrong_orders_are_refused(site: Site, change: dict[str, object], status: int, code: str | None) -> None:
    """Unserved regions, empty and unknown fields get a problem document; nothing is ordered."""
    buyer, _, offer = await offered(site)
    answer = await buyer.post("/api/v1/orders", json={**order_json(offer), **change}, headers=key())
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert code is None or answer.json()["code"] == code
    assert (await buyer.get("/api/v1/orders")).json()["items"] == []


@pytest.mark.parametrize("quantity", ["NaN", "Infinity", "-1", "0", "1e400000", "1.0000001", "9" * 19, 5, 5.0, None])
async def test_a_quantity_is_a_finite_decimal_string(site: Site, quantity: object) -> None:
    """Anything else is refused before it is a number."""
    buyer, _, offer = await offered(site)
    lines = [{"offer_id": offer["id"], "offer_version": 1, "quantity": quantity}]
    answer = await buyer.post("/api/v1/orders", json={**order_json(offer), "lines": lines}, headers=key())
    assert answer.status_code == 422, answer.text


async def test_a_changed_offer_is_refused_with_its_version(site: Site) -> None:
    """409 with the version that is live now; one key places one order however often it is sent."""
    buyer, seller, offer = await offered(site)
    await seller.put(f"/api/v1/offers/{offer['id']}?version=1", json=offer_json(lead_time_days=9))
    stale = await buyer.post("/api/v1/orders", json=order_json(offer), headers=key())
    assert (stale.status_code, stale.json()["code"], stale.json()["data"]["current_version"]) == (409, "offer-changed", 2)
    headers = key()
    current = order_json({**offer, "version": 2})
    first = await buyer.post("/api/v1/orders", json=current, headers=headers)
    again = await buyer.post("/api/v1/orders", json=current, headers=headers)
    other = await buyer.post("/api/v1/orders", json=order_json(offer, "200"), headers=headers)
    assert again.json() == first.json()
    assert (other.status_code, other.json()["code"]) == (422, "key-reused")
    assert len((await buyer.get("/api/v1/orders")).json()["items"]) == 1


async def test_an_order_above_the_limit_is_approved_by_a_colleague(site: Site) -> None:
    """Its requester may not decide; the colleague's yes binds it, and a no gives the quantity back."""
    world = site.world
    boss = await world.company("Buyer", approval_limit=1_000_000)
    buyer = await site.client(await world.person(boss.company, "Buyer", "Purchaser", "buyer", "approver"))
    approver = await site.client(boss)
    seller = await site.client(await world.company("Seller"))
    offer = (await seller.post("/api/v1/offers", json=offer_json(), headers=key())).json()
    orders = [(await buyer.post("/api/v1/orders", json=order_json(offer), headers=key())).json() for _ in range(2)]
    assert {order["status"] for order in orders} == {"pending_approval"}
    assert (await seller.get("/api/v1/orders?side=sell")).json()["items"] == []
    requests = {item["object_id"]: item["id"] for item in (await approver.get("/api/v1/approvals")).json()["items"]}
    url = "/api/v1/approvals/{}/decide"
    own = await buyer.post(url.format(requests[orders[0]["id"]]), json={"decision": "approve"}, headers=key())
    assert (own.status_code, own.json()["code"]) == (403, "own-request")
    yes = await approver.post(url.format(requests[orders[0]["id"]]), json={"decision": "approve"}, headers=key())
    assert yes.status_code == 200, yes.text
    no = await approver.post(url.format(requests[orders[1]["id"]]), json={"decision": "reject"}, headers=key())
    assert no.status_code == 200, no.text
    states = [(await buyer.get(f"/api/v1/orders/{order['id']}")).json()["status"] for order in orders]
    assert states == ["confirmed", "draft"]
    assert (await seller.get(f"/api/v1/orders/{orders[0]['id']}")).json()["status"] == "confirmed"
    assert await world.owner.fetchval("SELECT available FROM offer") == 900


async def test_a_contract_is_signed_by_people_who_prove_who_they_are(site: Site) -> None:
    """Unproved 403, a wrong proof 422, another digest 409, an API key 403, a stranger 404; both signatures make it active."""
    world = site.world
    buyer_ctx, seller_ctx = await world.company("Buyer"), await world.company("Seller")
    contract = await drafted(world, buyer_ctx, seller_ctx)
    url = f"/api/v1/contracts/{contract}"
    buyer, seller = await site.client(buyer_ctx), await site.client(seller_ctx)
    digest = (await buyer.get(url)).json()["digest"]
    body = {"digest": digest}
    idle = await site.client(msgspec.structs.replace(buyer_ctx, stepped_up=False))
    unproved = await idle.post(f"{url}/sign", json=body, headers=key())
    assert (unproved.status_code, unproved.json()["code"]) == (403, "step-up-required")
    wrong = await idle.post("/api/v1/session/step-up", json={"password": "wrong"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong-password")
    before = idle.cookies["session"]
    assert (await idle.post("/api/v1/session/step-up", json={"password": PASSWORD})).status_code == 201
    assert idle.cookies["session"] != before
    buyer = idle
    other = await buyer.post(f"{url}/sign", json={**body, "digest": "0" * 64}, headers=key())
    assert (other.status_code, other.json()["code"], other.json()["current"]) == (409, "digest-changed", digest)
    stranger = await site.client(await world.company("Stranger"))
    assert (await stranger.post(f"{url}/sign", json=body, headers=key())).status_code == 404
    assert (await stranger.get(url)).status_code == 404
    async with site.deps.db.tx(buyer_ctx) as tx:
        secret = (await keys.create(tx, KeyCreate(name="robot", scopes=tuple(ALL_SCOPES)))).secret
    robot = await site.client()
    refused = await robot.post(f"{url}/sign", json=body, headers={**key(), "Authorization": f"Bearer {secret}"})
    assert (refused.status_code, refused.json()["code"]) == (403, "person-needed")
    headers = key()
    first = await buyer.post(f"{url}/sign", json=body, headers=headers)
    assert first.status_code == 200, first.text
    assert (await buyer.post(f"{url}/sign", json=body, headers=headers)).json() == first.json()
    twice = await buyer.post(f"{url}/sign", json=body, headers=key())
    assert (twice.status_code, twice.json()["code"]) == (409, "already-signed")
    signed = (await seller.post(f"{url}/sign", json=body, headers=key())).json()
    assert (signed["status"], [item["company"] for item in signed["signatures"]]) == ("active", ["Buyer", "Seller"])
    order = (await seller.get(f"/api/v1/orders/{signed['order_id']}")).json()
    assert (order["status"], order["contract_number"], order["instalments"][0]["status"]) == (
        "confirmed",
        signed["number"],
        "due",
    )
    await print_all(site)
    answer = await buyer.get(url)
    pdf = await buyer.get(f"{url}/pdf")
    assert verify_contract(answer.content, pdf=pdf.content) == []


async def test_another_company_sees_none_of_it(site: Site) -> None:
    """Order, repeat, contract and PDF of others are 404, and no list shows them."""
    buyer, _, offer = await offered(site)
    order = (await buyer.post("/api/v1/orders", json=order_json(offer), headers=key())).json()
    await print_all(site)
    stranger = await site.client(await site.world.company("Stranger"))
    paths = (
        f"/orders/{order['id']}",
        f"/orders/{order['id']}/repeat",
        f"/contracts/{order['contract_id']}",
        f"/contracts/{order['contract_id']}/pdf",
    )
    for path in paths:
        assert (await stranger.get(f"/api/v1{path}")).status_code == 404, path
    for path in ("/orders", "/orders?side=sell", "/contracts"):
        assert (await stranger.get(f"/api/v1{path}")).json()["items"] == []
    file_id = UUID((await buyer.get(f"/api/v1/contracts/{order['contract_id']}")).json()["pdf_file_id"])
    assert (await stranger.get(f"/api/v1/files/{file_id}")).status_code == 404


async def test_lists_page(site: Site) -> None:
    """`next` leads to the rows behind, until there are none."""
    buyer, _, offer = await offered(site)
    placed = [(await buyer.post("/api/v1/orders", json=order_json(offer, "10"), headers=key())).json()["id"] for _ in range(3)]
    first = (await buyer.get("/api/v1/orders?limit=2")).json()
    rest = (await buyer.get(f"/api/v1/orders?limit=2&cursor={first['next']}")).json()
    assert [row["id"] for row in first["items"] + rest["items"]] == placed[::-1]
    assert rest["next"] is None
    contracts = (await buyer.get("/api/v1/contracts?limit=2")).json()
    more = (await buyer.get(f"/api/v1/contracts?limit=2&cursor={contracts['next']}")).json()
    assert len({row["id"] for row in contracts["items"] + more["items"]}) == 3
