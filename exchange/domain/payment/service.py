"""Paying: into protection by a hold on the ledger, or directly, announced by the buyer and confirmed by the seller."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from exchange import events
from exchange.db import Tx
from exchange.domain.bank_account.store import paused_until as paused
from exchange.domain.delivery import deal as deals
from exchange.domain.delivery.deal import Deal
from exchange.domain.ledger import service as ledger
from exchange.domain.ledger.model import Line
from exchange.domain.payment import shares, store
from exchange.domain.payment.model import (
    CONFIRM_WORKING_DAYS,
    LIFECYCLE,
    Instalment,
    NotEnoughBalance,
    NotOfThisKind,
    PaymentsPaused,
)
from exchange.domain.permission import need, need_step_up, show
from exchange.errors import DeadlinePassed, NotFound, WrongState
from exchange.ids import new_id
from exchange.money import minor_text


async def get(tx: Tx, instalment: UUID) -> Instalment:
    """The instalment as one of its parties may see it."""
    found = await store.get(tx, instalment)
    if found is None:
        raise NotFound(noun="instalment")
    show(tx.ctx, "instalment", found.buyer_id, found.seller_id)
    return found


def ref(instalment: UUID) -> str:
    """Says in the ledger what is held and moved; one hold and one transfer for each instalment."""
    return f"instalment:{instalment}"


async def _locked(tx: Tx, instalment: UUID) -> tuple[Deal, Instalment]:
    """The order first, then the instalment as it is after that wait."""
    found = await get(tx, instalment)
    deal = await deals.lock(tx, found.order_id)
    return deal, await get(tx, instalment)


async def pay(tx: Tx, instalment: UUID) -> Instalment:
    """Set the amount aside on the buyer's balance. Raises NotEnoughBalance with what is available, DeadlinePassed."""
    step = LIFECYCLE.step("pay")
    need(tx.ctx, step.who)
    need_step_up(tx.ctx, key_may=True)
    deal, found = await _locked(tx, instalment)
    deal.need_buyer(tx.ctx)
    if found.method != "protected":
        raise NotOfThisKind(method=found.method)
    if found.status not in step.from_:
        raise WrongState(noun="instalment", current=found.status)
    deal.need_running()
    due_at = found.due_at
    if due_at is not None and deal.at >= due_at and not paid_directly(await store.lock_of_order(tx, deal.id)):
        raise DeadlinePassed(due_at=due_at.isoformat())
    balance = await ledger.balance(tx, deal.buyer_id, found.currency)
    if balance.available_minor < found.amount_minor:
        raise NotEnoughBalance(
            available=minor_text(balance.available_minor, found.currency),
            needed=minor_text(found.amount_minor, found.currency),
            currency=found.currency,
        )
    account = await ledger.open_account(tx, deal.buyer_id, "member", found.currency)
    hold = await ledger.hold(tx, ref(instalment), account, found.amount_minor)
    version = await store.move(tx, instalment, step.from_, step.to, deal.at, hold=hold)
    await told(tx, deal, step.event, instalment, version, found.status, step.to)
    return await get(tx, instalment)


def paid_directly(instalments: Sequence[Instalment]) -> bool:
    """Whether a part of an order was paid, or is said to be, past the exchange."""
    return any(item.method == "direct" and item.status in ("announced", "settled") for item in instalments)


async def announce(tx: Tx, instalment: UUID) -> Instalment:
    """The buyer says that it has paid directly, with the instalment's reference."""
    step = LIFECYCLE.step("announce")
    need(tx.ctx, step.who)
    need_step_up(tx.ctx, key_may=True)
    deal, found = await _locked(tx, instalment)
    deal.need_buyer(tx.ctx)
    if found.method != "direct":
        raise NotOfThisKind(method=found.method)
    paused_until = await paused(tx, deal.id)
    if paused_until is not None:
        raise PaymentsPaused(until=paused_until.isoformat())
    confirm_by = deals.deadline(deal.seller_profile, deal.at, CONFIRM_WORKING_DAYS)
    version = await store.announce(tx, instalment, step.from_, step.to, deal.at, confirm_by)
    if version is None:
        raise WrongState(noun="instalment", current=found.status)
    await told(tx, deal, step.event, instalment, version, found.status, step.to)
    return await get(tx, instalment)


async def answer(tx: Tx, instalment: UUID, *, received: bool) -> Instalment:
    """The seller's answer to an announced payment: settled with its fee, or due again."""
    step = LIFECYCLE.step("confirm" if received else "deny")
    need(tx.ctx, step.who)
    need_step_up(tx.ctx, key_may=True)
    deal, found = await _locked(tx, instalment)
    deal.need_seller(tx.ctx)
    if found.status not in step.from_:
        raise WrongState(noun="instalment", current=found.status)
    if received:
        await _settle_direct(tx, deal, found)
    else:
        version = await store.announce(tx, instalment, step.from_, step.to, None, None)
        await told(tx, deal, step.event, instalment, version, found.status, step.to)
        await _lapse_after_all(tx, deal, instalment, version)
    return await get(tx, instalment)


async def _lapse_after_all(tx: Tx, deal: Deal, denied: UUID, version: int | None) -> None:
    """An overdue protected part waited because another was said to be paid: the clock looks at it again."""
    for item in await store.of_order(tx, deal.id):
        if item.method == "protected" and item.status == "due" and item.due_at is not None and item.due_at <= deal.at:
            key = f"instalment:{item.id}:lapse:{denied}:{version}"
            await events.enqueue(tx, "lapse_instalment", key, {"id": str(item.id)}, priority=3)


async def _settle_direct(tx: Tx, deal: Deal, found: Instalment) -> None:
    """The money is with the seller; the exchange's fee becomes what the seller owes."""
    step = LIFECYCLE.step("confirm")
    fee_minor, fee_vat_minor = found.fee_minor, found.fee_vat_minor
    pinned = fee_minor > 0 and deals.fulfilled(await deals.lock_lines(tx, deal.id), deal.terms)
    if not pinned:  # confirmed before the settlement job divided it: the fee is that of the amount
        early = shares.early_fee(
            found.amount_minor,
            net_minor=deal.net_minor,
            gross_minor=deal.gross_minor,
            fee_percent=deal.fee_percent,
            fee_vat_percent=deal.fee_vat_percent,
        )
        fee_minor, fee_vat_minor = early.fee_minor, early.fee_vat_minor
    version = await store.divide(
        tx,
        found.id,
        step.from_,
        step.to,
        deal.at,
        to_seller_minor=found.amount_minor - fee_minor - fee_vat_minor,
        returned_minor=0,
        fee_minor=fee_minor,
        fee_vat_minor=fee_vat_minor,
    )
    if fee_minor:
        owed = await ledger.open_account(tx, deal.seller_id, "receivable", deal.currency)
        lines = [Line(owed, -fee_minor - fee_vat_minor), *await fee_lines(tx, deal.currency, fee_minor, fee_vat_minor)]
        await ledger.post(tx, ref(found.id), "fee", lines, reason(deal, found.id))
    await invoice_fee(tx, deal, found.id, fee_minor, fee_vat_minor, deal.at)
    await told(tx, deal, step.event, found.id, version, found.status, step.to)


async def fee_lines(tx: Tx, currency: str, fee_minor: int, fee_vat_minor: int) -> list[Line]:
    """What the exchange earns, and the tax on it; a line of nothing is left out."""
    lines: list[Line] = []
    if fee_minor:
        lines.append(Line(await ledger.open_account(tx, None, "fee", currency), fee_minor))
    if fee_vat_minor:
        lines.append(Line(await ledger.open_account(tx, None, "fee_vat", currency), fee_vat_minor))
    return lines


async def invoice_fee(tx: Tx, deal: Deal, instalment: UUID, fee_minor: int, fee_vat_minor: int, at: datetime) -> None:
    """The exchange's own numbered invoice for the fee of one instalment; none for no fee."""
    if fee_minor:
        await store.insert_fee_invoice(
            tx, new_id(), deal.seller_id, instalment, deal.currency, fee_minor, deal.fee_vat_percent, fee_vat_minor, at
        )


def reason(deal: Deal, instalment: UUID) -> dict[str, str]:
    return {"order_id": str(deal.id), "instalment_id": str(instalment)}


async def told(tx: Tx, deal: Deal, event: str, instalment: UUID, version: int | None, came_from: str, to: str) -> None:
    """Record one step of an instalment for both sides; a step that changed nothing is a mistake of ours."""
    assert version is not None
    await events.append(
        tx,
        event,
        instalment,
        version,
        from_state=came_from,
        to_state=to,
        audience=deal.parties,
        payload={"order_id": str(deal.id)},
    )
