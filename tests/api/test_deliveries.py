"""The protected deal over HTTP: paid into protection, despatched, inspected, invoiced, settled, reviewed."""

import struct
import zlib
from typing import Any
from uuid import UUID

from tests.domain.deals import Deals
from tests.world import Site, key


def png() -> bytes:
    """One white pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\x00\xff")) + chunk(b"IEND", b"")


async def post(client: Any, path: str, body: object = None, *, status: int = 200) -> Any:
    answer = await client.post(f"/api/v1{path}", json=body, headers=key())
    assert answer.status_code == status, answer.text
    return answer.json()


async def read(client: Any, path: str) -> Any:
    answer = await client.get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_deal_is_delivered_settled_and_reviewed_over_http(site: Site) -> None:
    """From a deposit that two operators confirm to the reviews, each side through its own requests."""
    deals = await Deals.open(site.world)
    order = await deals.order([("100", "10000", "10")])
    line, instalment = str(order.lines[0]), order.instalments[0]
    buyer, seller = await site.client(deals.buyer), await site.client(deals.seller)
    first = await site.client(await site.world.operator("finance"))
    second = await site.client(await site.world.operator("finance"))

    refused = await post(buyer, f"/instalments/{instalment}/pay", status=409)
    assert (refused["code"], refused["data"]["available"]) == ("insufficient-funds", "0")
    entered = await post(first, "/operator/deposits", deposit(deals.buyer.company, "1500000"), status=201)
    assert (await post(first, f"/operator/deposits/{entered['id']}/release", status=403))["code"] == "second-person-needed"
    assert (await post(second, f"/operator/deposits/{entered['id']}/release"))["status"] == "released"
    early = await post(
        seller, f"/orders/{order.id}/deliveries", {"lines": [{"order_line_id": line, "quantity": "1"}]}, status=409
    )
    assert early["code"] == "payment-not-held"
    assert (await post(buyer, f"/instalments/{instalment}/pay"))["status"] == "held"
    held = [{"currency": "VND", "balance": "1500000", "held": "1100000", "available": "400000", "owed": "0"}]
    assert await read(buyer, "/ledger/balance") == held

    sent = {"lines": [{"order_line_id": line, "quantity": "100"}], "carrier": "Post", "tracking": "T-1"}
    delivery = await post(seller, f"/orders/{order.id}/deliveries", sent, status=201)
    assert (delivery["status"], delivery["tracking"]) == ("despatched", "T-1")
    assert (await post(buyer, f"/deliveries/{delivery['id']}/arrive"))["actions"] == ["inspect"]
    upload = await buyer.post("/api/v1/files?purpose=photo", files={"file": ("broken.png", png(), "image/png")}, headers=key())
    assert upload.status_code == 201, upload.text
    counted = {
        "order_line_id": line, "accepted": "95", "rejected": "5", "reason": "Wet", "photo_file_id": upload.json()["id"],
    }  # fmt: skip
    inspected = await post(buyer, f"/deliveries/{delivery['id']}/inspect", {"lines": [counted]})
    assert inspected["lines"][0]["accepted"] == "95"
    closing = await post(buyer, f"/orders/{order.id}/closing", {"reason": "Rainy season"}, status=201)
    assert closing["actions"] == []
    assert (await post(seller, f"/closings/{closing['id']}/answer", {"answer": "agree"}))["status"] == "agreed"

    invoice = await post(seller, f"/deliveries/{delivery['id']}/invoice", await document(deals), status=201)
    assert (invoice["status"], invoice["expected_gross"]) == ("matched", "1045000")
    await deals.settle()
    settled = await read(seller, f"/instalments/{instalment}")
    assert [settled[name] for name in ("status", "to_seller", "returned", "fee", "fee_vat")] == [
        "settled", "1034550", "55000", "9500", "950",
    ]  # fmt: skip
    assert [row["status"] for row in (await read(buyer, "/instalments?status=settled"))["items"]] == ["settled"]
    statement = await read(seller, "/ledger/statement")
    assert [(row["amount"], row["balance_after"], row["kind"]) for row in statement["items"]] == [
        ("1034550", "1034550", "settlement")
    ]
    assert [row["number"] for row in (await read(seller, "/fee-invoices"))["items"]] == ["FEE-2026-000001"]
    assert (await read(buyer, "/fee-invoices"))["items"] == []

    assert (await post(buyer, f"/orders/{order.id}/review", {"score": 4, "text": "Quick"}, status=201))["status"] == "written"
    assert await read(seller, f"/orders/{order.id}/reviews") == []
    await post(seller, f"/orders/{order.id}/review", {"score": 5}, status=201)
    assert [row["score"] for row in (await read(buyer, f"/companies/{deals.seller.company}/reviews"))["items"]] == [4]
    await deals.verified()


def deposit(company: UUID, amount: str) -> dict[str, str]:
    return {"company_id": str(company), "amount": amount, "currency": "VND", "bank_reference": "BANK-1"}


async def document(deals: Deals) -> dict[str, str]:
    tax = dict(await deals.world.owner.fetch("SELECT id, tax_id FROM company"))
    return {
        "number": "0000123", "issued_on": (await deals.today()).isoformat(), "net": "950000", "vat": "95000",
        "seller_tax_id": tax[deals.seller.company], "buyer_tax_id": tax[deals.buyer.company],
    }  # fmt: skip


async def test_a_repeated_request_despatches_once(site: Site) -> None:
    """The same key and body answer the same delivery; another body is refused."""
    deals = await Deals.open(site.world)
    order = await deals.order([("10", "1000", "10")], payment="direct_after_acceptance")
    seller = await site.client(deals.seller)
    body = {"lines": [{"order_line_id": str(order.lines[0]), "quantity": "4"}]}
    path, headers = f"/api/v1/orders/{order.id}/deliveries", key()
    first, again = [await seller.post(path, json=body, headers=headers) for _ in range(2)]
    assert (first.status_code, again.json()) == (201, first.json())
    body["lines"][0]["quantity"] = "5"
    assert (await seller.post(path, json=body, headers=headers)).status_code == 422
    assert await deals.value("SELECT despatched FROM order_line") == 4


async def test_another_company_finds_nothing(site: Site) -> None:
    """Each route answers 404 for an object of others, before it says anything of its state."""
    deals = await Deals.open(site.world)
    order = await deals.order([("10", "1000", "10")], payment="advance")
    delivery = await deals.despatch(order, "10")
    await deals.arrive(delivery.id)
    await deals.inspect(delivery.id, (order.lines[0], "9", "1"))
    proposal = await deals.propose(order.id)
    stranger = await site.client(await site.world.company("Stranger"))
    line = str(order.lines[0])
    requests: dict[str, object] = {
        f"/orders/{order.id}/deliveries": {"lines": [{"order_line_id": line, "quantity": "1"}]},
        f"/deliveries/{delivery.id}/arrive": None,
        f"/deliveries/{delivery.id}/inspect": {"lines": [{"order_line_id": line, "accepted": "10"}]},
        f"/deliveries/{delivery.id}/invoice": await document(deals),
        f"/orders/{order.id}/closing": {"reason": "Mine"},
        f"/closings/{proposal.id}/answer": {"answer": "agree"},
        f"/instalments/{order.instalments[0]}/pay": None,
        f"/instalments/{order.instalments[0]}/announce": None,
        f"/instalments/{order.instalments[0]}/confirm": {"received": True},
        f"/orders/{order.id}/review": {"score": 5},
    }
    for path, body in requests.items():
        assert (await post(stranger, path, body, status=404))["code"] == "not-found", path
    assert (await read(stranger, "/instalments"))["items"] == []
    for path in (f"/deliveries/{delivery.id}", f"/instalments/{order.instalments[0]}"):
        assert (await stranger.get(f"/api/v1{path}")).status_code == 404
