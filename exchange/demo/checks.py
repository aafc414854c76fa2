"""The facts of the deal and of the short way, each looked up from outside."""

import hashlib
from typing import Any, Final

import asyncpg

from exchange.demo.actor import until
from exchange.demo.deal import ACCEPTED, ASKED, DEPOSIT, PRICES, Deal
from exchange.demo.facts import Facts
from exchange.demo.receivers import Hooks, Mailbox
from exchange.demo.short import NET, VAT, Short
from exchange.stack import Stack

GROSS: Final = int(ASKED) * int(PRICES["near"]) * 105 // 100
TAKEN_NET: Final = int(ACCEPTED) * int(PRICES["near"])
TAKEN: Final = TAKEN_NET * 105 // 100
FEE: Final = TAKEN_NET // 100
FEE_VAT: Final = FEE // 10
# Events that hold a number: not as a part of an id.
PRICED: Final = "SELECT count(*) FROM event WHERE payload::text ~ ('(?<![0-9a-f-])' || $1 || '(?![0-9a-f-])')"


async def check(stack: Stack, deal: Deal, short: Short, mailbox: Mailbox, hooks: Hooks, facts: Facts) -> None:
    """All of them, in the order of the story."""
    _matching(deal, facts)
    _sealed(deal, facts)
    await _secrecy(stack, deal, facts)
    _award(deal, facts)
    await _contract(deal, facts)
    await _money(deal, facts)
    _order(deal, facts)
    short_way(short, facts)
    await _told(deal, mailbox, hooks, facts)
    await _record(deal, facts)


def _matching(deal: Deal, facts: Facts) -> None:
    line = deal.matches["lines"][0]
    facts.equal("three suppliers' offers match the RFQ", 3, line["suppliers"])
    facts.equal("the cheapest is ranked first", "CN-01", line["matches"][0]["offer"]["mpn"].removeprefix("MT-"))
    facts.least("each match says why", 3, min(len(item["reasons"]) for item in line["matches"]))
    own = {seller.id for seller in deal.sellers.values()}
    misses = {item["reason"] for item in line["near_misses"] if item["offer"]["company_id"] in own}
    facts.equal("near misses name the one thing that fails", ["attribute:nacl_percent", "moq"], sorted(misses))
    facts.holds("exclusions are counted by reason", {item["reason"] for item in line["exclusions"]} >= misses)


def _sealed(deal: Deal, facts: Facts) -> None:
    facts.equal("a sealed quote is hidden from the buyer", 404, deal.before["foreign"][0])
    facts.equal("the number of sealed quotes is hidden too", 0, deal.before["count"])
    facts.equal("a late quote is refused", (409, "deadline-passed"), _code(deal.before["late"]))
    facts.equal("three quotes opened at the deadline", 3, len(deal.comparison["quotes"]))
    best = [item["quote"]["seller_id"] for item in deal.comparison["quotes"] if item["best_net"]]
    facts.equal("the comparison marks the lowest complete quote", [deal.sellers["near"].id], best)
    covers = sorted(item["covers"] for item in deal.comparison["quotes"])
    facts.equal("part quantities are shown as coverage", ["100", "100", "60"], covers)


async def _secrecy(stack: Stack, deal: Deal, facts: Facts) -> None:
    owner = await asyncpg.connect(stack.database_url("exchange_owner"))
    try:
        bodies = await owner.fetchval("SELECT count(*) FROM quote_body WHERE rfq_id = $1::text::uuid", deal.rfq["id"])
        events = await owner.fetchval(PRICED, PRICES["far"])
    finally:
        await owner.close()
    facts.equal("prices stand in one table", 3, bodies)
    facts.equal("no event carries a price", 0, events)


def _award(deal: Deal, facts: Facts) -> None:
    facts.equal("nobody approves their own award", 403, deal.before["own approval"][0])
    facts.equal("the award binds after a second person's yes", "binding", deal.award["status"])
    facts.equal("its gross value", str(GROSS), deal.award["gross"])


async def _contract(deal: Deal, facts: Facts) -> None:
    contract = deal.contract
    digest = hashlib.sha256(contract["body"].encode()).hexdigest()
    facts.equal("a signature over another digest is refused", 409, deal.before["wrong digest"][0])
    facts.equal("the contract is active", "active", contract["status"])
    facts.equal("its digest is that of its text", digest, contract["digest"])
    facts.equal("both signed this digest", [digest, digest], [item["digest"] for item in contract["signatures"]])
    pdf = await deal.buyer.owner.bytes(f"/contracts/{contract['id']}/pdf")
    facts.equal("the PDF is the one that was recorded", contract["pdf_digest"], hashlib.sha256(pdf).hexdigest())


async def _money(deal: Deal, facts: Facts) -> None:
    instalment = deal.order["instalments"][0]
    facts.equal("a deposit needs a second operator", 403, deal.before["own release"][0])
    balance = _vnd(deal.before["balance"])
    facts.equal("the instalment was held", (str(GROSS), str(DEPOSIT - GROSS)), (balance["held"], balance["available"]))
    facts.equal("the seller got what was accepted less the fee", str(TAKEN - FEE - FEE_VAT), instalment["to_seller"])
    facts.equal("the rest went back to the buyer", str(GROSS - TAKEN), instalment["returned"])
    facts.equal("the fee and its VAT", (str(FEE), str(FEE_VAT)), (instalment["fee"], instalment["fee_vat"]))
    seller = _vnd(await deal.sellers["near"].owner.get("/ledger/balance"))
    facts.equal("the seller's balance", str(TAKEN - FEE - FEE_VAT), seller["available"])
    buyer = _vnd(await deal.buyer.owner.get("/ledger/balance"))
    facts.equal("the buyer's balance", (str(DEPOSIT - TAKEN), "0"), (buyer["available"], buyer["held"]))
    fees = (await deal.sellers["near"].owner.get("/fee-invoices"))["items"]
    facts.equal("one numbered fee invoice", [str(FEE + FEE_VAT)], [item["gross"] for item in fees])


def _order(deal: Deal, facts: Facts) -> None:
    line, progress = deal.order["lines"][0], deal.order["progress"]
    facts.equal("the order is completed", "completed", deal.order["status"])
    facts.equal(
        "accepted, rejected and closed quantities",
        ("19000", "1000", "1000"),
        (line["accepted"], line["rejected"], line["closed"]),
    )
    facts.equal("the invoice matched", ["matched"], [item["status"] for item in deal.order["invoices"]])
    facts.equal("invoiced and paid what was accepted", (str(TAKEN),) * 2, (progress["invoiced_gross"], progress["paid_gross"]))
    facts.equal("a first review is blind", 0, len([item for item in deal.reviews["blind"] if item["score"] == 4]))
    facts.equal("two reviews are published together", 2, len(deal.reviews["published"]))


def short_way(short: Short, facts: Facts) -> None:
    """From the firm offer to the repeat."""
    facts.equal("a quantity below MOQ is refused", 422, short.refused["below moq"][0])
    facts.equal("one key made one order", True, short.refused["same key"])
    facts.equal("the key with another body is refused", (422, "key-reused"), _code(short.refused["other body"]))
    facts.equal(
        "a standard contract binds without signatures", ("standard", []), (short.contract["kind"], short.contract["signatures"])
    )
    facts.equal("the short order is completed", "completed", short.order["status"])
    states = [item["status"] for item in short.order["invoices"]]
    facts.equal("a wrong invoice was replaced by one that matches", ["matched", "replaced"], sorted(states))
    paid = short.order["instalments"][0]
    facts.equal("paid directly in full", ("settled", str(NET + VAT)), (paid["status"], paid["amount"]))
    facts.equal("the repeat is confirmed at once", "confirmed", short.repeated["status"])


async def _told(deal: Deal, mailbox: Mailbox, hooks: Hooks, facts: Facts) -> None:
    near = deal.sellers["near"]

    async def mails() -> list[str]:
        return mailbox.to(deal.seller_person)

    found = await until(mails, lambda subjects: len(subjects) >= 3, "the e-mails to the supplier's sales person")
    facts.least("the supplier's sales person got e-mails", 3, len(found))
    inbox = (await near.owner.get("/inbox", limit=100))["items"]
    why = [item["text"] for item in inbox if item["kind"] == "opportunity.found"]
    facts.equal("the inbox says why the RFQ fits", 1, len([text for text in why if ":" in text]))

    async def types() -> list[str]:
        return hooks.types()

    kinds = await until(types, lambda seen: "instalment.settled" in seen and "opportunity.found" in seen, "webhooks")
    facts.holds("webhooks told of opportunity and settlement", {"opportunity.found", "instalment.settled"} <= set(kinds))
    facts.equal("every webhook was genuine", 0, hooks.forged)
    reasons = [item["data"].get("reasons") for item in hooks.genuine if item["type"] == "opportunity.found"]
    facts.holds("the webhook carries the reasons", bool(reasons and reasons[0]))


async def _record(deal: Deal, facts: Facts) -> None:
    feed = await deal.buyer.owner.get("/events", limit=500)
    told = [(item["object_id"], item["version"]) for item in feed["events"]]
    seen: dict[str, list[int]] = {}
    for object_id, version in told:
        seen.setdefault(object_id, []).append(version)
    facts.holds("the feed is in order", all(versions == sorted(versions) for versions in seen.values()))
    pieces: list[Any] = []
    after = ""
    while len(pieces) < len(told) and (page := await deal.buyer.owner.get("/events", limit=20, after=after))["events"]:
        pieces, after = pieces + page["events"], page["after"]
    facts.equal("the feed in pieces misses nothing and repeats nothing", feed["events"], pieces[: len(told)])
    foreign = await deal.sellers["far"].owner.status("GET", f"/orders/{deal.order['id']}")
    facts.equal("another company's order does not exist for a stranger", 404, foreign[0])
    losers = await deal.sellers["far"].owner.get("/own/quotes")
    facts.equal("a losing quote says so", "lost", losers["items"][0]["status"])


def _vnd(answer: Any) -> dict[str, Any]:
    """The balance in đồng of an answer that lists one row a currency."""
    rows = answer if isinstance(answer, list) else answer.get("items") or answer.get("balances") or [answer]
    return next(row for row in rows if row["currency"] == "VND")


def _code(answer: tuple[int, Any]) -> tuple[int, str]:
    return answer[0], answer[1]["code"]
