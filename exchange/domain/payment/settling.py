"""Settlement: what follows for the money from what was accepted. Run by the worker after each step that may end an order.

Every function locks the order first and decides from its rows alone, so that running it again, or ten times at once,
changes nothing more.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from exchange import events
from exchange.db import Tx
from exchange.domain.contract import store as contracts
from exchange.domain.contract.model import LIFECYCLE as CONTRACT
from exchange.domain.delivery import deal as deals
from exchange.domain.delivery.closing import close_open
from exchange.domain.delivery.deal import Deal
from exchange.domain.invoice import store as invoices
from exchange.domain.ledger import service as ledger
from exchange.domain.ledger.model import Line
from exchange.domain.order.model import LIFECYCLE as ORDER
from exchange.domain.order.model import OrderLine
from exchange.domain.payment import store
from exchange.domain.payment.model import ENDED, LIFECYCLE, Instalment
from exchange.domain.payment.service import fee_lines, invoice_fee, paid_directly, reason, ref, told
from exchange.domain.payment.shares import Share, shares

NOTHING = Share(0, 0, 0)


async def settle_order(tx: Tx, order: UUID) -> None:
    """Release, refund and let fall due what the accepted quantities and the invoices allow; complete what is done."""
    deal = await deals.lock(tx, order)
    if deal.status not in deals.RUNNING:
        return
    lines = await deals.lock_lines(tx, order)
    if not deals.fulfilled(lines, deal.terms):
        await _arrived(tx, deal, lines)
        return
    await _close_within_tolerance(tx, deal, lines)
    net_minor, vat_minor = deals.accepted_value(lines, deal.currency)
    invoiced = not await invoices.unmatched(tx, order)
    instalments = await store.lock_of_order(tx, order)
    due = shares(
        instalments,
        accepted_net_minor=net_minor,
        accepted_gross_minor=net_minor + vat_minor,
        fee_percent=deal.fee_percent,
        fee_vat_percent=deal.fee_vat_percent,
    )
    for instalment in instalments:
        share = due.get(instalment.id, NOTHING)
        if instalment.status == "held":
            if share.amount_minor == 0:
                await _refund(tx, deal, instalment)
            elif invoiced:
                await _release(tx, deal, instalment, share)
        elif instalment.method == "direct":
            await _direct(tx, deal, instalment, share, invoiced=invoiced)
        elif instalment.status in LIFECYCLE.step("lapse").from_:
            await _lapse(tx, deal, instalment)
    await _complete(tx, deal)


async def complete_order(tx: Tx, order: UUID) -> None:
    """Complete the order if everything is accepted or closed, and paid."""
    deal = await deals.lock(tx, order)
    if deal.status in deals.RUNNING and deals.fulfilled(await deals.lock_lines(tx, order), deal.terms):
        await _complete(tx, deal)


async def lapse_unpaid(tx: Tx, instalment: UUID) -> None:
    """A protected instalment was not paid in time: the order ends, what was set aside for it is free again.

    Not when another part was paid directly already: no job takes goods from who has paid for some of them. Both sides are
    told, the buyer may still pay, and either may propose to close the remainder.
    """
    found = await store.get(tx, instalment)
    if found is None:
        return
    deal = await deals.lock(tx, found.order_id)
    instalments = await store.lock_of_order(tx, deal.id)
    found = next(item for item in instalments if item.id == instalment)
    overdue = found.method == "protected" and found.status == "due" and found.due_at is not None and found.due_at <= deal.at
    step = ORDER.step("lapse")
    if not overdue or deal.status not in step.from_:
        return
    if paid_directly(instalments):
        await told(tx, deal, "instalment.overdue", instalment, found.version, found.status, found.status)
        return
    for item in instalments:
        if item.status in LIFECYCLE.step("lapse").from_:
            await _lapse(tx, deal, item)
        elif item.status == "held":
            await _refund(tx, deal, item)
    version = await deals.move(tx, deal, step.to, step.from_)
    await store.give_back(tx, deal.id)
    await events.append(tx, step.event, deal.id, version, from_state=deal.status, to_state=step.to, audience=deal.parties)


async def _arrived(tx: Tx, deal: Deal, lines: Sequence[OrderLine]) -> None:
    """Everything has come, though not all is inspected: what is paid on arrival is due."""
    if all(line.open <= 0 and line.received == line.despatched for line in lines):
        for instalment in await store.lock_of_order(tx, deal.id):
            if instalment.method == "direct" and instalment.trigger == "arrival" and instalment.status == "planned":
                await _fall_due(tx, deal, instalment, Share(instalment.amount_minor, 0, 0))


async def _close_within_tolerance(tx: Tx, deal: Deal, lines: Sequence[OrderLine]) -> None:
    """What the agreed tolerance leaves open is closed by the settlement: nothing more can be despatched unpaid."""
    if await close_open(tx, deal, lines):
        version = await deals.touch(tx, deal)
        await events.append(
            tx,
            "order.remainder_closed",
            deal.id,
            version,
            from_state=deal.status,
            to_state=deal.status,
            audience=deal.parties,
            payload={"order_id": str(deal.id), "within_tolerance": True},
        )


async def _release(tx: Tx, deal: Deal, instalment: Instalment, share: Share) -> None:
    """Pay the seller its share less the fee, return the rest to the buyer, and invoice the fee."""
    release, settle = LIFECYCLE.step("release"), LIFECYCLE.step("settle")
    assert instalment.hold_id is not None
    to_seller_minor = share.amount_minor - share.fee_minor - share.fee_vat_minor
    version = await store.divide(
        tx,
        instalment.id,
        release.from_,
        release.to,
        deal.at,
        to_seller_minor=to_seller_minor,
        returned_minor=instalment.amount_minor - share.amount_minor,
        fee_minor=share.fee_minor,
        fee_vat_minor=share.fee_vat_minor,
    )
    await told(tx, deal, release.event, instalment.id, version, instalment.status, release.to)
    buyer = await ledger.open_account(tx, deal.buyer_id, "member", deal.currency)
    lines = [Line(buyer, -share.amount_minor)]
    if to_seller_minor:
        lines.append(Line(await ledger.open_account(tx, deal.seller_id, "member", deal.currency), to_seller_minor))
    lines += await fee_lines(tx, deal.currency, share.fee_minor, share.fee_vat_minor)
    await ledger.post_hold(tx, instalment.hold_id, ref(instalment.id), "settlement", lines, reason(deal, instalment.id))
    version = await store.move(tx, instalment.id, settle.from_, settle.to, deal.at)
    await invoice_fee(tx, deal, instalment.id, share.fee_minor, share.fee_vat_minor, deal.at)
    await told(tx, deal, settle.event, instalment.id, version, release.to, settle.to)


async def _refund(tx: Tx, deal: Deal, instalment: Instalment) -> None:
    """Nothing was accepted for it: the buyer has it all again."""
    step = LIFECYCLE.step("refund")
    assert instalment.hold_id is not None
    await ledger.void_hold(tx, instalment.hold_id, ref(instalment.id))
    version = await store.divide(
        tx,
        instalment.id,
        step.from_,
        step.to,
        deal.at,
        to_seller_minor=0,
        returned_minor=instalment.amount_minor,
        fee_minor=0,
        fee_vat_minor=0,
    )
    await told(tx, deal, step.event, instalment.id, version, instalment.status, step.to)


async def _lapse(tx: Tx, deal: Deal, instalment: Instalment) -> None:
    """Nothing is owed on it any more."""
    step = LIFECYCLE.step("lapse")
    version = await store.move(tx, instalment.id, step.from_, step.to, deal.at)
    await told(tx, deal, step.event, instalment.id, version, instalment.status, step.to)


async def _direct(tx: Tx, deal: Deal, instalment: Instalment, share: Share, *, invoiced: bool) -> None:
    """A direct instalment once everything is accepted or closed: lowered to its share, due when its trigger happened."""
    if instalment.status == "announced":
        if (instalment.fee_minor, instalment.fee_vat_minor) != (share.fee_minor, share.fee_vat_minor):
            await _pin(tx, deal, instalment, share, "instalment.adjusted")
    elif instalment.status in LIFECYCLE.step("lapse").from_ and share.amount_minor == 0:
        await _lapse(tx, deal, instalment)
    elif instalment.status == "planned" and (invoiced or instalment.trigger != "invoice"):
        await _fall_due(tx, deal, instalment, share)
    elif instalment.status == "due" and _known(instalment) != share:
        await _pin(tx, deal, instalment, share, "instalment.adjusted")


def _known(instalment: Instalment) -> Share:
    return Share(instalment.amount_minor, instalment.fee_minor, instalment.fee_vat_minor)


async def _pin(tx: Tx, deal: Deal, instalment: Instalment, share: Share, event: str) -> None:
    version = await store.pin(
        tx,
        instalment.id,
        instalment.status,
        share.amount_minor,
        share.fee_minor,
        share.fee_vat_minor,
        instalment.due_at,
    )
    await told(tx, deal, event, instalment.id, version, instalment.status, instalment.status)


async def _fall_due(tx: Tx, deal: Deal, instalment: Instalment, share: Share) -> None:
    step = LIFECYCLE.step("fall_due")
    due_at = deal.at + timedelta(days=instalment.days_after)
    version = await store.pin(tx, instalment.id, step.to, share.amount_minor, share.fee_minor, share.fee_vat_minor, due_at)
    await told(tx, deal, step.event, instalment.id, version, instalment.status, step.to)


async def _complete(tx: Tx, deal: Deal) -> None:
    """Everything is accepted or closed; once everything is paid too, the order is done, and its contract with it."""
    if any(item.status not in ENDED for item in await store.of_order(tx, deal.id)):
        return
    step = ORDER.step("complete")
    version = await deals.move(tx, deal, step.to, step.from_)
    await events.append(tx, step.event, deal.id, version, from_state=deal.status, to_state=step.to, audience=deal.parties)
    if deal.contract_id is not None:
        ended = CONTRACT.step("complete")
        contract_version = await contracts.move(tx, deal.contract_id, ended.from_, ended.to)
        if contract_version is not None:
            await events.append(
                tx,
                ended.event,
                deal.contract_id,
                contract_version,
                from_state=ended.from_[0],
                to_state=ended.to,
                audience=deal.parties,
            )
