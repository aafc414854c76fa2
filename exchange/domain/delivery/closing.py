"""The remainder of an order: one side proposes to close what is undelivered, the other agrees or declines."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal
from uuid import UUID

from exchange import events
from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.delivery import deal as deals
from exchange.domain.delivery import store
from exchange.domain.delivery.deal import Deal
from exchange.domain.delivery.model import (
    ANSWER_WORKING_DAYS,
    CLOSING,
    AlreadyProposed,
    Closing,
    NothingOpen,
    OtherSideAnswers,
)
from exchange.domain.delivery.store import Growth
from exchange.domain.order.model import ClosedLine, OrderLine
from exchange.domain.permission import need, show
from exchange.errors import Forbidden, NotFound, WrongState, invalid
from exchange.ids import new_id


async def get(tx: Tx, proposal: UUID) -> Closing:
    """A proposal as one of its parties may see it."""
    found = await store.closing(tx, proposal)
    if found is None:
        raise NotFound(noun="closing proposal")
    show(tx.ctx, "closing proposal", found.buyer_id, found.seller_id)
    return found


def _need_side(ctx: Ctx, deal: Deal) -> None:
    """The buyer's people who order, or the seller's who confirm orders."""
    if ctx.company not in deal.parties:
        raise Forbidden(needed="a party of the order")
    need(ctx, "order.write" if ctx.company == deal.buyer_id else "order.confirm")


async def propose(tx: Tx, order: UUID, reason: str) -> Closing:
    """Ask the other side to close what is not despatched. Raises NothingOpen and AlreadyProposed."""
    deal = await deals.lock(tx, order)
    _need_side(tx.ctx, deal)
    deal.need_running()
    if not reason.strip():
        raise invalid("/reason", "required", "Say why the remainder should be closed.")
    lines = tuple(ClosedLine(line.id, line.open) for line in await deals.lock_lines(tx, order) if line.open > 0)
    if not lines:
        raise NothingOpen()
    answering = deal.seller_profile if tx.ctx.company == deal.buyer_id else deal.buyer_profile
    answer_by = deals.deadline(answering, deal.at, ANSWER_WORKING_DAYS)
    proposal = new_id()
    if not await store.insert_closing(
        tx, proposal, order, *deal.parties, tx.ctx.company, tx.ctx.person, reason.strip(), deal.at, answer_by, lines
    ):
        raise AlreadyProposed()
    await _told(tx, deal, "order.closing_proposed", proposal)
    return await get(tx, proposal)


async def answer(tx: Tx, proposal: UUID, said: Literal["agree", "decline"]) -> Closing:
    """The other side's answer; agreed, what was proposed is no longer owed, as far as it is still open."""
    step = CLOSING.step(said)
    found = await get(tx, proposal)
    deal = await deals.lock(tx, found.order_id)
    _need_side(tx.ctx, deal)
    if tx.ctx.company != found.other:
        raise OtherSideAnswers()
    lines = await deals.lock_lines(tx, deal.id)
    if not await store.move_closing(tx, proposal, step.from_, step.to, deal.at):
        raise WrongState(noun="closing proposal", current=(await get(tx, proposal)).status)
    if said == "agree":
        deal.need_running()
        proposed = {item.order_line_id: item.quantity for item in found.lines}
        await _close(tx, deal, {line.id: min(line.open, proposed.get(line.id, Decimal(0))) for line in lines})
    await _told(tx, deal, step.event, proposal)
    return await get(tx, proposal)


async def escalate(tx: Tx, proposal: UUID) -> None:
    """Nobody answered in time. The worker alone."""
    step = CLOSING.step("escalate")
    found = await store.closing(tx, proposal)
    if found is None:
        return
    deal = await deals.lock(tx, found.order_id)
    overdue = found.answer_by <= deal.at and deal.status in deals.RUNNING
    if overdue and await store.move_closing(tx, proposal, step.from_, step.to, deal.at):
        await _told(tx, deal, step.event, proposal)


async def close_open(tx: Tx, deal: Deal, lines: Sequence[OrderLine]) -> bool:
    """Close what may still be despatched; whether there was anything."""
    return await _close(tx, deal, {line.id: line.open for line in lines})


async def _close(tx: Tx, deal: Deal, quantities: Mapping[UUID, Decimal]) -> bool:
    growth = [Growth(line=line, closed=quantity) for line, quantity in quantities.items() if quantity > 0]
    if growth:
        await store.grow(tx, deal.id, growth)
    return bool(growth)


async def _told(tx: Tx, deal: Deal, event: str, proposal: UUID) -> None:
    """A proposal is told of as a change of its order."""
    version = await deals.touch(tx, deal)
    await events.append(
        tx,
        event,
        deal.id,
        version,
        from_state=deal.status,
        to_state=deal.status,
        audience=deal.parties,
        payload={"order_id": str(deal.id), "closing_id": str(proposal)},
    )
