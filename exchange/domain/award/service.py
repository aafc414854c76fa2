"""Awards: proposed by the buyer, binding at once or after approval. Locks: RFQ, quotes, award, approval."""

from uuid import UUID

from exchange import events
from exchange.db import Tx
from exchange.domain.approval import service as approvals
from exchange.domain.award import store
from exchange.domain.award.model import LIFECYCLE, Award, Held, QuoteChanged, QuoteExpired, QuoteIncomplete
from exchange.domain.order.refusals import OwnCompany, SellerNotActive
from exchange.domain.permission import need, show
from exchange.domain.quote import service as quotes
from exchange.domain.quote.comparing import coverage, covers_all
from exchange.domain.quote.model import Quote
from exchange.domain.rfq import service as rfqs
from exchange.domain.rfq.model import Rfq
from exchange.errors import NotFound, WrongState
from exchange.ids import new_id
from exchange.money import decimal_text
from schemas.quote import AwardIn, QuoteBody

# Told to the others when the buyer gives no reason of its own.
NOT_SELECTED = "not-selected"


async def get(tx: Tx, award: UUID) -> Award:
    """The award as its buyer sees it; its supplier once it binds."""
    found = await store.get(tx, award)
    if found is None:
        raise NotFound(noun="award")
    show(tx.ctx, "award", found.buyer_id, found.seller_id if found.status == "binding" else None)
    return found


async def of_rfq(tx: Tx, rfq: UUID) -> Award:
    """The award of an RFQ that counts now, or the last that did."""
    award = await store.of_rfq(tx, rfq)
    if award is None:
        raise NotFound(noun="award")
    return await get(tx, award)


async def propose(tx: Tx, rfq: UUID, command: AwardIn) -> Award:
    """Take one opened quote as it stands: it binds at once, or waits when the company's policy asks its people."""
    need(tx.ctx, "award.write")
    held = await rfqs.hold(tx, rfq)
    if held.status != "evaluating":
        raise WrongState(noun="rfq", current=held.status)
    quote = await _candidate(tx, rfq, command.quote_id)
    body = await _still_valid(tx, quote)
    await _may_deal(tx, quote.seller_id)
    if not command.accept_part and not covers_all(held.lines, held.terms, body):
        raise QuoteIncomplete(covers=decimal_text(coverage(held.lines, body)))
    route = await approvals.needed(tx, "award", body.currency, body.gross_minor)
    award = await _insert(tx, quote, body, command, "binding" if route is None else "proposed")
    if route is not None:
        await events.append(tx, "award.proposed", award, 1, to_state="proposed", payload=_payload(quote))
        await rfqs.move(tx, rfq, "propose")
        await approvals.request(tx, "award", award, 1, body.currency, body.gross_minor, route)
    else:
        await _bound(tx, await _place(tx, award), from_state=None)
    return await get(tx, award)


async def _candidate(tx: Tx, rfq: UUID, quote: UUID) -> Quote:
    """An opened quote of this RFQ."""
    found = await quotes.get(tx, quote)
    if found.rfq_id != rfq or found.buyer_id != tx.ctx.company:
        raise NotFound(noun="quote")
    if found.status != "opened":
        raise WrongState(noun="quote", current=found.status)
    return found


async def _still_valid(tx: Tx, quote: Quote) -> QuoteBody:
    """What the quote says, while it binds its supplier."""
    if quote.body is None:
        raise WrongState(noun="quote", current="sealed")
    if quote.body.valid_until <= await rfqs.now(tx):
        raise QuoteExpired(valid_until=quote.body.valid_until.isoformat())
    return quote.body


async def _may_deal(tx: Tx, seller: UUID) -> None:
    """Refuses a seller that starts no new deals, or for which the acting person acts too."""
    standing = await store.standing(tx, seller)
    if standing.shared_person:
        raise OwnCompany
    if standing.status != "active":
        raise SellerNotActive(current=standing.status)


async def _insert(tx: Tx, quote: Quote, body: QuoteBody, command: AwardIn, status: str) -> UUID:
    award = new_id()
    await store.insert(
        tx,
        award,
        quote.rfq_id,
        quote.id,
        quote.body_version,
        quote.buyer_id,
        quote.seller_id,
        status,
        body.currency,
        body.net_minor,
        body.vat_minor,
        body.gross_minor,
        command.reason,
        command.reason_for_others,
        tx.ctx.person,
    )
    return award


async def _place(tx: Tx, award: UUID) -> Held:
    found = await store.place(tx, award)
    if found is None:
        raise NotFound(noun="award")
    return found


async def _bound(tx: Tx, award: Held, *, from_state: str | None) -> None:
    """The deal is made: the RFQ is awarded, one quote won, the others are lost; each supplier learns of its own alone."""
    step = LIFECYCLE.step("bind")
    await rfqs.move(tx, award.rfq_id, "bind")
    await quotes.decide(tx, award.rfq_id, award.quote_id, ("opened",), award.reason_for_others or NOT_SELECTED)
    await events.append(
        tx,
        step.event,
        award.id,
        award.version,
        from_state=from_state,
        to_state=step.to,
        audience=(award.seller_id,),
        payload={"rfq_id": str(award.rfq_id), "quote_id": str(award.quote_id)},
    )


def _payload(quote: Quote) -> dict[str, str | int | bool | None]:
    return {"rfq_id": str(quote.rfq_id), "quote_id": str(quote.id)}


async def hold(tx: Tx, award: UUID) -> None:
    """Lock the RFQ of an award, before anything about the award is decided."""
    await rfqs.held_state(tx, (await _place(tx, award)).rfq_id)


async def approved(tx: Tx, award: UUID) -> None:
    """A second person agreed: it binds, if the quote is still what was proposed and still valid."""
    held = await _place(tx, award)
    quote = await quotes.get(tx, held.quote_id)
    if quote.status != "opened" or quote.body_version != held.quote_version:
        raise QuoteChanged
    await _still_valid(tx, quote)
    await _may_deal(tx, quote.seller_id)
    await _moved(tx, held, "bind")
    await _bound(tx, await _place(tx, award), from_state=held.status)


async def ended(tx: Tx, award: UUID) -> None:
    """Rejected, or nobody decided in time: the RFQ is evaluated again."""
    await _back(tx, await _place(tx, award), "reject")


async def taken_back(tx: Tx, award: UUID) -> None:
    """The request for its approval was recalled: the RFQ is evaluated again."""
    await _back(tx, await _place(tx, award), "recall")


async def recall(tx: Tx, award: UUID) -> Award:
    """The buyer takes back what is not approved yet; the RFQ is evaluated again."""
    need(tx.ctx, "award.write")
    before = await get(tx, award)
    if before.buyer_id != tx.ctx.company:
        raise NotFound(noun="award")
    await rfqs.hold(tx, before.rfq_id)
    await _back(tx, await _place(tx, award), "recall")
    await approvals.recall(tx, award)
    return await get(tx, award)


async def _back(tx: Tx, award: Held, action: str) -> None:
    await _moved(tx, award, action)
    step = LIFECYCLE.step(action)
    await events.append(
        tx,
        step.event,
        award.id,
        award.version + 1,
        from_state=award.status,
        to_state=step.to,
        audience=(award.buyer_id,) if tx.ctx.company_id is None else (),
        payload={"rfq_id": str(award.rfq_id), "quote_id": str(award.quote_id)},
    )
    await rfqs.move(tx, award.rfq_id, "return")


async def _moved(tx: Tx, award: Held, action: str) -> None:
    step = LIFECYCLE.step(action)
    if await store.move(tx, award.id, step.from_, step.to) is None:
        raise WrongState(noun="award", current=(await _place(tx, award.id)).status)


async def cancel_rfq(tx: Tx, rfq: UUID, reason: str) -> Rfq:
    """The buyer ends its RFQ before an award binds. A proposed award and its approval end too; a job ends the quotes."""
    need(tx.ctx, "rfq.write")
    held = await rfqs.hold(tx, rfq)
    told = [] if held.published_at is None else await rfqs.told(tx, rfq)
    if held.status == "pending_approval":
        await approvals.recall(tx, rfq)
    if held.status == "award_pending":
        award = await store.of_rfq(tx, rfq)
        if award is not None:
            await _back(tx, await _place(tx, award), "recall")
            await approvals.recall(tx, award)
    await rfqs.move(tx, rfq, "cancel", reason=reason, audience=told)
    return await rfqs.get(tx, rfq)
