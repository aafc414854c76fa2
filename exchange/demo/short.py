"""The short way: an order from a firm offer binds at once, is delivered, invoiced, paid directly, and repeated in three steps."""

from typing import Any, Final

import msgspec

from exchange.demo import papers
from exchange.demo.deal import Say
from exchange.demo.people import Company

BAGS: Final = {
    "external_id": "PP-50",
    "title": "Bao PP dệt tráng màng 50 kg, in một màu",
    "category": "other",
    "mpn": "PP-50-1M",
    "unit": "C62",
    "currency": "VND",
    "tiers": [{"min_quantity": "500", "price": "4500"}, {"min_quantity": "2000", "price": "4200"}],
    "moq": "500",
    "increment": "100",
    "vat_code": "VN10",
    "lead_time_days": 2,
    "ship_from": "VN-SG",
    "regions": ["VN"],
    "firm": True,
    "available": "50000",
    "terms": {"payment": "direct_after_acceptance"},
    "description": "Bao mới 100 %, chịu tải 50 kg, đóng kiện 500 chiếc.",
}
QUANTITY: Final = "2000"
NET: Final = 2000 * 4200
VAT: Final = NET // 10


class Short(msgspec.Struct, kw_only=True):
    """What the short way made."""

    order: dict[str, Any] = {}
    contract: dict[str, Any] = {}
    repeated: dict[str, Any] = {}
    refused: dict[str, Any] = {}


async def play(buyer: Company, seller: Company, say: Say) -> Short:
    """From offer to paid, then the same once more."""
    made = Short()
    offer = await seller.owner.post("/offers", BAGS)
    line_in = {"offer_id": offer["id"], "offer_version": offer["version"], "quantity": QUANTITY}
    wanted: dict[str, Any] = {
        "lines": [line_in],
        "deliver_to": "Lô B7, KCN Tân Bình, Thành phố Hồ Chí Minh",
        "region": "VN-SG",
        "buyer_reference": "PO-2026-0441",
    }
    below = {**wanted, "lines": [{**line_in, "quantity": "100"}]}
    made.refused["below moq"] = await buyer.owner.status("POST", "/orders", below)
    placed = await buyer.owner.post("/orders", wanted, key="short-way-1")
    again = await buyer.owner.post("/orders", wanted, key="short-way-1")
    made.refused["same key"] = again["id"] == placed["id"]
    made.refused["other body"] = await buyer.owner.status(
        "POST", "/orders", {**wanted, "buyer_reference": "PO-2026-0442"}, "short-way-1"
    )
    say(f"{placed['number']} from a firm offer is {placed['status']} at once, under the standard terms")
    path = f"/orders/{placed['id']}"
    made.contract = await buyer.owner.until(f"/contracts/{placed['contract_id']}", lambda one: one["pdf_file_id"])
    line = placed["lines"][0]["id"]
    sent = await seller.owner.post(f"{path}/deliveries", {"lines": [{"order_line_id": line, "quantity": QUANTITY}]})
    await buyer.owner.post(f"/deliveries/{sent['id']}/arrive")
    await buyer.owner.post(f"/deliveries/{sent['id']}/inspect", {"lines": [{"order_line_id": line, "accepted": QUANTITY}]})
    await _invoice(buyer, seller, sent["id"])
    await _pay(buyer, seller, path, say)
    made.order = await buyer.owner.until(path, lambda one: one["status"] == "completed")
    proposal = await buyer.owner.get(f"{path}/repeat")
    made.repeated = await buyer.owner.post("/orders", proposal["place"])
    say(f"repeated in three steps: {made.repeated['number']} is {made.repeated['status']}")
    return made


async def _invoice(buyer: Company, seller: Company, delivery: str) -> None:
    """A first invoice with a wrong amount shows the difference; the next one replaces it and matches."""
    body = {
        "number": "1C26TPP-0000071",
        "issued_on": await buyer.owner.today(),
        "net": str(NET + 1000),
        "vat": str(VAT),
        "seller_tax_id": seller.tax_id,
        "buyer_tax_id": buyer.tax_id,
    }
    wrong = await seller.owner.post(f"/deliveries/{delivery}/invoice", body)
    if wrong["status"] != "difference":
        raise RuntimeError(f"a wrong invoice is {wrong['status']}")
    paper = await seller.owner.upload("invoice", "hoa-don-bao.pdf", papers.invoice("1C26TPP-0000072", str(NET + VAT)))
    right = {**body, "number": "1C26TPP-0000072", "net": str(NET), "file_id": paper}
    await seller.owner.post(f"/deliveries/{delivery}/invoice", right)


async def _pay(buyer: Company, seller: Company, path: str, say: Say) -> None:
    """The buyer announces with the reference the exchange gave; the seller confirms."""
    order = await buyer.owner.until(path, lambda one: one["instalments"][0]["status"] == "due")
    instalment = order["instalments"][0]
    await buyer.owner.post(f"/instalments/{instalment['id']}/announce")
    await seller.owner.post(f"/instalments/{instalment['id']}/confirm", {"received": True})
    say(f"{instalment['amount']} VND went directly to the seller's bank with reference {instalment['reference']}")
