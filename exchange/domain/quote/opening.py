"""After the deadline: all quotes of an RFQ open in one transaction, or the RFQ ends for want of a valid one."""

from uuid import UUID

from exchange import events
from exchange.db import Tx
from exchange.domain.quote import service, store
from exchange.domain.quote.model import LIFECYCLE
from exchange.domain.rfq import service as rfqs


async def open_quotes(tx: Tx, rfq: UUID) -> bool:
    """Open what was submitted and let the buyer evaluate; False: this was done before, or the RFQ was cancelled."""
    if await rfqs.held_state(tx, rfq) != "deadline_passed":
        return False
    step = LIFECYCLE.step("open")
    sealed = await store.hold_in(tx, rfq, step.from_)
    await store.open_all(tx, rfq)
    await service.expire_drafts(tx, rfq)
    buyer = (await rfqs.move(tx, rfq, "open_quotes" if await store.any_valid(tx, rfq) else "find_none")).buyer_id
    for quote in sealed:
        await events.append(
            tx,
            step.event,
            quote.id,
            quote.version + 1,
            from_state=quote.was,
            to_state=step.to,
            audience=(buyer, quote.seller_id),
            payload={"rfq_id": str(rfq)},
        )
    return True


async def end_quotes(tx: Tx, rfq: UUID) -> int:
    """The RFQ ended without an award: every quote that still waits is lost, unopened ones unread. Returns how many."""
    state = await rfqs.held_state(tx, rfq)
    if state not in ("cancelled", "no_award"):
        return 0
    await service.expire_drafts(tx, rfq)
    reason = "cancelled" if state == "cancelled" else "no-award"
    return len(await service.decide(tx, rfq, None, LIFECYCLE.step("lose").from_, reason))
