"""The deal: a sealed RFQ, three quotes, an award by two people, a contract by two signatures, delivery, settlement."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec

from exchange.demo import papers
from exchange.demo.actor import Actor
from exchange.demo.people import Company, colleague, join
from exchange.demo.receivers import Hooks
from exchange.stack import Stack

ASKED: Final = Decimal(20_000)
ACCEPTED: Final = Decimal(19_000)
PRICES: Final = {"near": "3150", "middle": "3240", "far": "3390"}
DEPOSIT: Final = 100_000_000
APPROVAL_LIMIT: Final = 50_000_000


class Say(msgspec.Struct):
    """Told to the reader as the story goes."""

    tell: Any

    def __call__(self, text: str) -> None:
        self.tell(text)


class Deal(msgspec.Struct, kw_only=True):
    """What the story made, for the facts."""

    buyer: Company
    approver: Actor
    buyer_signatory: Actor
    sellers: dict[str, Company]
    seller_signatory: Actor
    # The e-mail of the one who sells and signs for the supplier that wins.
    seller_person: str
    region: str
    rfq: dict[str, Any] = {}
    before: dict[str, Any] = {}
    matches: dict[str, Any] = {}
    comparison: dict[str, Any] = {}
    award: dict[str, Any] = {}
    contract: dict[str, Any] = {}
    order: dict[str, Any] = {}
    reviews: dict[str, Any] = {}
    quotes: dict[str, dict[str, Any]] = {}


def salt(title: str, external_id: str, price: str, **changes: Any) -> dict[str, Any]:
    """An offer of refined salt."""
    return {
        "external_id": external_id,
        "title": title,
        "category": "salt",
        "mpn": f"MT-{external_id}",
        "unit": "KGM",
        "currency": "VND",
        "tiers": [{"min_quantity": "1000", "price": str(int(price) + 200)}, {"min_quantity": "10000", "price": price}],
        "moq": "1000",
        "increment": "50",
        "vat_code": "VN5",
        "lead_time_days": 5,
        "ship_from": "VN-36",
        "regions": ["VN"],
        "firm": False,
        "available": "200000",
        "attributes": {"nacl_percent": 99.4, "moisture_percent": 0.3, "iodised": False},
        "terms": {"payment": "protected_full"},
        "description": "Muối tinh sấy khô dùng cho chế biến thực phẩm, bao 50 kg, có COA theo từng lô.",
        **changes,
    }


async def gather(stack: Stack, operators: dict[str, Actor], say: Say, *, top: str = "example", region: str = "VN-SG") -> Deal:
    """Companies apply, an operator approves them, colleagues join, suppliers post offers one by one and by file.

    `top` ends every e-mail address and `region` is where goods go: a second story on one exchange needs its own of both.
    """
    moderator = operators["moderator"]
    served = ["VN"] if region == "VN-SG" else [region]
    seller_person = f"ky@muoicana.{top}"
    buyer = await join(stack, moderator, "Công ty CP Thực phẩm Hương Quê", f"hanh@huongque.{top}")
    sellers = {
        "near": await join(stack, moderator, "Công ty TNHH Muối Cà Ná", f"loan@muoicana.{top}"),
        "middle": await join(stack, moderator, "Công ty CP Muối Biển Đông", f"son@muoibiendong.{top}"),
        "far": await join(stack, moderator, "Công ty TNHH Muối Hải Hậu", f"thu@muoihaihau.{top}"),
        "large": await join(stack, moderator, "Tổng kho Muối Miền Bắc", f"dung@muoimienbac.{top}"),
    }
    say(f"an operator approved {1 + len(sellers)} companies and verified their bank accounts")
    await limits(buyer)
    deal = Deal(
        buyer=buyer,
        approver=await colleague(stack, buyer, "Trần Văn Khải", f"khai@huongque.{top}", "approver"),
        buyer_signatory=await colleague(stack, buyer, "Phạm Minh Châu", f"chau@huongque.{top}", "signatory"),
        sellers=sellers,
        seller_signatory=await colleague(stack, sellers["near"], "Lê Thị Loan", seller_person, "signatory", "seller"),
        seller_person=seller_person,
        region=region,
    )
    await sellers["near"].owner.post("/offers", salt("Muối tinh sấy 99,4% bao 50 kg", "CN-01", PRICES["near"], regions=served))
    await sellers["middle"].owner.post(
        "/offers", salt("Muối tinh chế biến thực phẩm 99%", "BD-01", PRICES["middle"], regions=served)
    )
    rows = [
        salt("Muối tinh Hải Hậu loại 1", "HH-01", PRICES["far"], regions=served),
        salt("Muối thô công nghiệp", "HH-02", "1900", regions=served, attributes={"nacl_percent": 96.5, "iodised": False}),
    ]
    body = b"\n".join(msgspec.json.encode(row) for row in rows)
    report = await sellers["far"].owner.send_file("/own/offers/import", "muoi.jsonl", body)
    await sellers["large"].owner.post(
        "/offers",
        salt("Muối tinh xuất khẩu, giao nguyên tàu", "MB-01", "2900", regions=served, moq="500000", available="5000000"),
    )
    say(f"suppliers posted offers one by one and by file ({report['created']} rows)")
    return deal


async def limits(buyer: Company) -> None:
    """Above 50 million đồng an award needs a second person."""
    await buyer.owner.post("/own/policies/preset", {"preset": "director_above", "above": str(APPROVAL_LIMIT)})


async def publish(deal: Deal, hooks: Hooks, say: Say, *, sealed: bool = True) -> None:
    """A partner system listens; the buyer publishes an RFQ; the matcher pairs it and suppliers are told why."""
    near = deal.sellers["near"].owner
    registered = await near.post("/webhooks", {"url": hooks.url, "events": []})
    hooks.secret = registered["secret"]
    now = datetime.fromisoformat((await deal.buyer.owner.get("/clock"))["now"])
    draft = await deal.buyer.owner.post(
        "/rfqs",
        {
            "title": "20 tấn muối tinh cho quý I",
            "currency": "VND",
            "sealed": sealed,
            "due_at": (now + timedelta(days=2)).isoformat(),
            "own_reference": "PR-2026-118",
            "terms": {"payment": "protected_full", "claim_days": 7, "documents": ["COA"]},
            "lines": [
                {
                    "category": "salt",
                    "text": "Muối tinh sấy khô, bao 50 kg",
                    "quantity": str(ASKED),
                    "unit": "KGM",
                    "region": deal.region,
                    "deliver_within_days": 10,
                    "requirements": [{"attribute": "nacl_percent", "op": ">=", "value": 99}],
                }
            ],
        },
    )
    deal.rfq = await deal.buyer.owner.post(f"/rfqs/{draft['id']}/publish")
    deal.matches = await deal.buyer.owner.until(f"/rfqs/{draft['id']}/matches", lambda found: found["ready"])
    line = deal.matches["lines"][0]
    say(
        f"{deal.rfq['number']} is open{', sealed' if sealed else ''}: {line['total']} offers match, "
        f"{len(line['near_misses'])} miss by one thing"
    )
    for name in ("near", "middle", "far"):
        await deal.sellers[name].owner.until("/opportunities", lambda found: len(found["items"]) == 1)
    say("suppliers found the opportunity in their inbox, with the reason")


async def quote(deal: Deal, say: Say) -> None:
    """Three suppliers quote; nobody but each of them can read its price."""
    now = datetime.fromisoformat((await deal.buyer.owner.get("/clock"))["now"])
    line = deal.rfq["lines"][0]["id"]
    for name, quantity in (("near", ASKED), ("middle", ASKED), ("far", ASKED * Decimal("0.6"))):
        deal.quotes[name] = await deal.sellers[name].owner.post(
            f"/rfqs/{deal.rfq['id']}/quotes",
            {
                "valid_until": (now + timedelta(days=30)).isoformat(),
                "lines": [
                    {
                        "line_id": line,
                        "quantity": str(int(quantity)),
                        "price": PRICES[name],
                        "vat_code": "VN5",
                        "lead_time_days": 6,
                    }
                ],
            },
        )
    near = deal.quotes["near"]
    say(f"three suppliers quoted; {near['seller']} sees net to you {near['net_to_you']} after the fee")
    deal.before = {
        "comparison": (await deal.buyer.owner.status("GET", f"/rfqs/{deal.rfq['id']}/quotes"))[1],
        "foreign": await deal.buyer.owner.status("GET", f"/quotes/{near['id']}"),
        "count": (await deal.buyer.owner.get(f"/rfqs/{deal.rfq['id']}"))["quotes"],
    }


async def award(deal: Deal, administrator: Actor, say: Say) -> None:
    """The deadline passes, quotes open, the buyer compares and awards, a second person approves."""
    await administrator.post("/sandbox/clock", {"seconds": 2 * 86400 + 60})
    rfq = f"/rfqs/{deal.rfq['id']}"
    await deal.buyer.owner.until(rfq, lambda found: found["status"] == "evaluating")
    deal.comparison = await deal.buyer.owner.get(f"{rfq}/quotes")
    say(f"the deadline passed by the market's clock; {len(deal.comparison['quotes'])} quotes opened at once")
    late = await deal.sellers["large"].owner.status("POST", f"{rfq}/quotes", _late(deal))
    deal.before["late"] = late
    proposed = await deal.buyer.owner.post(
        f"{rfq}/award", {"quote_id": deal.quotes["near"]["id"], "reason": "Giá thấp nhất, đủ số lượng"}
    )
    deal.before["own approval"] = await deal.buyer.owner.status(
        "POST", f"/approvals/{proposed['approval_id']}/decide", {"decision": "approve"}
    )
    await deal.approver.post(f"/approvals/{proposed['approval_id']}/decide", {"decision": "approve", "comment": "Đồng ý"})
    deal.award = await deal.buyer.owner.get(f"/awards/{proposed['id']}")
    say(f"above the company's limit a second person approved: the award is {deal.award['status']}")


def _late(deal: Deal) -> dict[str, Any]:
    line = {"line_id": deal.rfq["lines"][0]["id"], "quantity": "20000", "price": "1", "vat_code": "VN5", "lead_time_days": 1}
    return {"valid_until": "2030-01-01T00:00:00+07:00", "lines": [line]}


async def sign(deal: Deal, say: Say) -> None:
    """Both signatories sign the same digest; the last signature confirms the order."""
    found = await deal.buyer.owner.until("/contracts", lambda page: len(page["items"]) == 1)
    path = f"/contracts/{found['items'][0]['id']}"
    draft = await deal.buyer.owner.get(path)
    deal.before["wrong digest"] = await deal.buyer_signatory.status("POST", f"{path}/sign", {"digest": "0" * 64})
    await deal.buyer_signatory.post(f"{path}/sign", {"digest": draft["digest"]})
    await deal.seller_signatory.post(f"{path}/sign", {"digest": draft["digest"]})
    deal.contract = await deal.buyer.owner.until(path, lambda one: one["status"] == "active" and one["pdf_file_id"])
    orders = await deal.buyer.owner.get("/orders", side="buy")
    deal.order = await deal.buyer.owner.get(f"/orders/{orders['items'][0]['id']}")
    say(f"{deal.contract['number']} is signed by both over one digest; {deal.order['number']} is {deal.order['status']}")


async def pay(deal: Deal, operators: dict[str, Actor], say: Say) -> None:
    """A deposit by two operators, then the protected instalment is held."""
    deposit = {
        "company_id": deal.buyer.id,
        "amount": str(DEPOSIT),
        "currency": "VND",
        "bank_reference": f"FT26327-{deal.order['number']}",
    }
    entered = await operators["finance one"].post("/operator/deposits", deposit)
    path = f"/operator/deposits/{entered['id']}/release"
    deal.before["own release"] = await operators["finance one"].status("POST", path)
    await operators["finance two"].post(path)
    instalment = deal.order["instalments"][0]
    await deal.buyer.owner.post(f"/instalments/{instalment['id']}/pay")
    balance = await deal.buyer.owner.get("/ledger/balance")
    deal.before["balance"] = balance
    say(f"the buyer paid {instalment['amount']} VND into protection, from a deposit that two operators confirmed")


async def deliver(deal: Deal, say: Say) -> None:
    """Despatch, receipt, inspection with a rejection and its photo, closing of the remainder, invoice, settlement."""
    seller, buyer = deal.sellers["near"], deal.buyer.owner
    order = f"/orders/{deal.order['id']}"
    line = deal.order["lines"][0]["id"]
    sent = await seller.owner.post(
        f"{order}/deliveries",
        {"lines": [{"order_line_id": line, "quantity": str(ASKED)}], "carrier": "Vận tải Phương Nam", "tracking": "51C-123.45"},
    )
    await buyer.post(f"/deliveries/{sent['id']}/arrive")
    picture = await buyer.upload("photo", "bao-rach.png", papers.photo())
    await buyer.post(
        f"/deliveries/{sent['id']}/inspect",
        {
            "lines": [
                {
                    "order_line_id": line,
                    "accepted": str(ACCEPTED),
                    "rejected": str(ASKED - ACCEPTED),
                    "reason": "20 bao bị rách và ẩm",
                    "photo_file_id": picture,
                }
            ]
        },
    )
    say(f"{ASKED} kg arrived, {ACCEPTED} accepted, {ASKED - ACCEPTED} rejected with a photo")
    proposal = await buyer.post(f"{order}/closing", {"reason": "Không cần giao bù 1 tấn"})
    closing = proposal if "answer_by" in proposal else proposal["closing"]
    await seller.owner.post(f"/closings/{closing['id']}/answer", {"answer": "agree"})
    net = int(ACCEPTED) * int(PRICES["near"])
    vat = net * 5 // 100
    paper = await seller.owner.upload("invoice", "hoa-don.pdf", papers.invoice("1C26TMC-0000118", str(net + vat)))
    await seller.owner.post(
        f"/deliveries/{sent['id']}/invoice",
        {
            "number": "1C26TMC-0000118",
            "issued_on": await buyer.today(),
            "net": str(net),
            "vat": str(vat),
            "seller_tax_id": seller.tax_id,
            "buyer_tax_id": deal.buyer.tax_id,
            "file_id": paper,
        },
    )
    deal.order = await buyer.until(order, lambda one: one["status"] == "completed")
    say(f"the invoice matched; the settlement released what was accepted: {deal.order['number']} is completed")
    await buyer.post(f"{order}/review", {"score": 4, "text": "Giao đúng hạn, một phần bao bị rách."})
    deal.reviews["blind"] = await seller.owner.get(f"{order}/reviews")
    await seller.owner.post(f"{order}/review", {"score": 5, "text": "Thanh toán nhanh, kiểm hàng rõ ràng."})
    deal.reviews["published"] = await seller.owner.get(f"{order}/reviews")
