"""RFQs from publication to a signed contract: quotes, opening, award with or without approval, signatures."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from exchange.market.data import Quote, Rfq
from exchange.market.fill.cast import Cast
from exchange.market.fill.client import Caller, FillFailed, until
from schemas.approval import ApprovalView, Decision
from schemas.common import Page
from schemas.contract import ContractView, SignCommand
from schemas.pairing import MatchesView
from schemas.quote import (
    AwardIn,
    AwardView,
    Comparison,
    QuoteIn,
    QuoteLineIn,
    QuoteView,
)
from schemas.rfq import InvitationAnswer, InvitationView, OpportunityView, ReasonCommand, RfqView

WILL_QUOTE: Final = InvitationAnswer(answer="will_quote")
OTHERS_SAY: Final = (
    InvitationAnswer(answer="declined", reason="Hết năng lực giao trong thời hạn yêu cầu."),
    InvitationAnswer(answer="seen"),
)


async def publish(cast: Cast, rfq: Rfq, now: datetime) -> RfqView:
    """The buyer writes it; published, unless it stays a draft. Suppliers answer at once, each in its own time zone and words."""
    buyer = await cast.who(rfq.buyer, "rfq.write")
    draft = rfq.draft(now + timedelta(days=rfq.due_in_days))
    command = msgspec.structs.replace(draft, publish=rfq.play_to != "draft")
    asked = await buyer.post("/rfqs", RfqView, command)
    if rfq.play_to != "draft":
        await asyncio.gather(*(answer(cast, asked, quote, now) for quote in rfq.quotes))
    return asked


async def answer(cast: Cast, asked: RfqView, quote: Quote, now: datetime) -> None:
    """One supplier's quote: submitted, kept as a draft, or submitted and withdrawn."""
    seller = await cast.who(quote.company, "quote.write")
    lines = tuple(
        QuoteLineIn(
            line_id=asked.lines[line.line].id,
            quantity=line.quantity,
            price=line.price,
            vat_code=line.vat_code,
            lead_time_days=line.lead_time_days,
            offer_id=None if line.offer is None else cast.offers[quote.company, line.offer].id,
            note=line.note,
        )
        for line in quote.lines
    )
    command = QuoteIn(
        lines=lines,
        valid_until=max(now, asked.due_at) + timedelta(days=quote.valid_days),
        terms=quote.terms,
        own_number=quote.own_number,
        note=quote.note,
        submit=quote.left != "draft",
    )
    written = await seller.post(f"/rfqs/{asked.id}/quotes", QuoteView, command)
    if quote.left == "withdrawn":
        await seller.post(f"/quotes/{written.id}/withdraw", QuoteView)


async def paired(cast: Cast, rfq: Rfq, asked: UUID) -> None:
    """Until the matcher's answer has come and suppliers are told."""
    buyer = await cast.who(rfq.buyer, "rfq.write")
    await until(f"RFQ {rfq.key} is paired", lambda: buyer.get(f"/rfqs/{asked}/matches", MatchesView), lambda found: found.ready)


async def react(cast: Cast, company: str, rfqs: Mapping[UUID, Rfq]) -> None:
    """A supplier who was told of open RFQs lets the buyer know: it will quote, not this time, or it has read it."""
    seller = await cast.who(company, "quote.write")
    told = await seller.get("/opportunities", Page[OpportunityView], limit=100)
    for place, item in enumerate(item for item in told.items if item.status == "sent" and item.rfq_id in rfqs):
        quoting = company in {quote.company for quote in rfqs[item.rfq_id].quotes if quote.left != "withdrawn"}
        said = WILL_QUOTE if quoting else OTHERS_SAY[(len(company) + place) % len(OTHERS_SAY)]
        await seller.post(f"/rfqs/{item.rfq_id}/answer", InvitationView, said)


async def opened(cast: Cast, rfq: Rfq, asked: UUID) -> None:
    """Until the deadline job has opened the quotes."""
    buyer = await cast.who(rfq.buyer, "rfq.write")
    await until(
        f"RFQ {rfq.key} is open for evaluation",
        lambda: buyer.get(f"/rfqs/{asked}", RfqView),
        lambda found: found.status == "evaluating",
    )


async def end(cast: Cast, rfq: Rfq, asked: UUID) -> None:
    """Cancelled, or ended without an award."""
    buyer = await cast.who(rfq.buyer, "rfq.write")
    action = "cancel" if rfq.play_to == "cancelled" else "no-award"
    await buyer.post(f"/rfqs/{asked}/{action}", RfqView, ReasonCommand(reason=rfq.reason))


async def propose(cast: Cast, rfq: Rfq, asked: UUID, *, to: str | None = None) -> AwardView:
    """The buyer compares and takes one quote as it stands; binding, or proposed to a colleague."""
    buyer = await cast.who(rfq.buyer, "award.write")
    table = await buyer.get(f"/rfqs/{asked}/quotes", Comparison)
    winner = cast.ids[to or rfq.award_to or ""]
    chosen = next(item.quote for item in table.quotes if item.quote.seller_id == winner)
    return await buyer.post(
        f"/rfqs/{asked}/award",
        AwardView,
        AwardIn(quote_id=chosen.id, accept_part=True, reason=rfq.award_reason, reason_for_others=rfq.reason_for_others),
    )


async def recall(cast: Cast, rfq: Rfq, award: AwardView) -> None:
    """The buyer takes a proposed award back."""
    buyer = await cast.who(rfq.buyer, "award.write")
    await buyer.post(f"/awards/{award.id}/recall", AwardView)


async def decide(cast: Cast, company: str, of: UUID, decision: Decision) -> None:
    """A colleague whom the company's policy asks decides on what somebody else of the company asked for."""
    for person in cast.deciders(company):
        caller = await cast.person(person)
        waiting = await caller.get("/approvals", Page[ApprovalView], status="pending", limit=100)
        request = next((item for item in waiting.items if item.object_id == of and decision.decision in item.actions), None)
        if request is not None:
            await caller.post(f"/approvals/{request.id}/decide", ApprovalView, decision)
            return
    raise FillFailed(f"{company}: nobody may decide on {of}")


async def award(cast: Cast, rfq: Rfq, asked: UUID) -> None:
    """Until the award binds: with a second person's yes where the company's limit asks for it."""
    proposed = await propose(cast, rfq, asked)
    if proposed.status == "proposed":
        await decide(cast, rfq.buyer, proposed.id, Decision(decision="approve", comment=rfq.award_reason))


async def sign(cast: Cast, rfq: Rfq, asked: UUID) -> UUID | None:
    """Both sides sign as far as the script says; the order, once it is confirmed by the last signature."""
    signatories = {"buyer": rfq.buyer, "seller": rfq.award_to or ""}
    reader = await cast.who(rfq.buyer, "contract.sign")
    found = await until(
        f"the contract of {rfq.key} is ready to be signed",
        lambda: _award(reader, asked),
        lambda view: view.contract_id is not None,
    )
    path = f"/contracts/{found.contract_id}"
    contract = await _agreed(rfq.key, reader, path)
    if contract.status == "pending_approval":
        yes = Decision(decision="approve")
        for company in await _asked(cast, signatories.values(), contract.id):
            await decide(cast, company, contract.id, yes)
        contract = await _agreed(rfq.key, reader, path, "signing")
    for side in rfq.after.signed_by:
        signatory = await cast.who(signatories[side], "contract.sign")
        command = SignCommand(digest=contract.digest)
        contract = await signatory.post(f"{path}/sign", ContractView, command)
    return contract.order_id


async def _agreed(key: str, reader: Caller, path: str, *states: str) -> ContractView:
    """Until the contract's draft has become one that may be signed, or one that a policy asks about."""
    wanted = states or ("signing", "pending_approval")
    return await until(f"{key}: signing", lambda: reader.get(path, ContractView), lambda view: view.status in wanted)


async def _asked(cast: Cast, companies: Iterable[str], of: UUID) -> list[str]:
    """The companies whose people are asked about it."""
    found: list[str] = []
    for company in companies:
        owner = await cast.who(company, "company.write")
        waiting = await owner.get("/approvals", Page[ApprovalView], status="pending", limit=100)
        found += [company for item in waiting.items if item.object_id == of]
    return found


async def _award(reader: Caller, asked: UUID) -> AwardView:
    return await reader.get(f"/rfqs/{asked}/award", AwardView)
