"""Quotes: written, submitted, replaced and withdrawn by their supplier, each before the deadline by the clock after the lock."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from exchange import events
from exchange.country import profile, required_currency
from exchange.cursor import page_of, read_cursor
from exchange.db import Tx
from exchange.domain.permission import need, show
from exchange.domain.quote import store
from exchange.domain.quote.comparing import compare
from exchange.domain.quote.model import LIFECYCLE, Asked, Moved, OwnRfq, Quote, QuoteSummary, Setting, Standing
from exchange.domain.quote.pricing import body_of
from exchange.domain.rfq import service as rfqs
from exchange.domain.rfq.model import CurrencyNotAllowed
from exchange.errors import DeadlinePassed, NotFound, WrongState
from exchange.ids import new_id, new_number
from schemas.common import Page
from schemas.quote import Comparison, QuoteBody, QuoteIn


async def get(tx: Tx, quote: UUID) -> Quote:
    """The quote as the reader may see it; NotFound also for one that is hidden or sealed."""
    found = await store.get(tx, quote)
    if found is None:
        raise NotFound(noun="quote")
    show(tx.ctx, "quote", found.seller_id, found.buyer_id if found.opened_at is not None else None)
    return found


async def own_on(tx: Tx, rfq: UUID) -> Quote | None:
    """The acting supplier's quote on an RFQ, or None."""
    quote = await store.own_on(tx, rfq, tx.ctx.company)
    return None if quote is None else await get(tx, quote)


async def list_own(tx: Tx, status: str | None, cursor: str | None, limit: int) -> Page[QuoteSummary]:
    """The acting supplier's quotes, newest change first."""
    need(tx.ctx, "quote.read")
    states = sorted(LIFECYCLE.states) if status is None else [status]
    after, after_id = (None, None) if cursor is None else read_cursor(cursor, tuple[datetime, UUID])
    rows = await store.list_own(tx, tx.ctx.company, states, after, after_id, limit + 1)
    return page_of(rows, limit, lambda row: (row.updated_at, row.id))


async def put(tx: Tx, rfq: UUID, command: QuoteIn) -> Quote:
    """The acting supplier's quote on an RFQ, as a draft or submitted; a submitted one is replaced by its next version.

    Raises DeadlinePassed, CurrencyNotAllowed, and Invalid with every wrong field.
    """
    asked, body = await _priced(tx, rfq, command)
    seller = tx.ctx.company
    action = "save" if not command.submit else "submit" if asked.sealed else "submit_visible"
    was, now = await _written(tx, rfq, asked, action)
    await store.insert_body(tx, now, rfq, asked.buyer_id, seller, body)
    step = LIFECYCLE.step(action)
    version = now.version
    if action == "submit_visible":
        await store.open_all(tx, rfq)
        version = await store.version(tx, now.id)
    await events.append(
        tx,
        step.event,
        now.id,
        version,
        from_state=was,
        to_state=step.to,
        audience=(asked.buyer_id,) if action == "submit_visible" else (),
        payload={"rfq_id": str(rfq), "body_version": now.body_version},
    )
    return await get(tx, now.id)


async def check(tx: Tx, rfq: UUID, command: QuoteIn) -> QuoteBody:
    """What `put` would write, and everything that it would refuse; nothing is kept."""
    return (await _priced(tx, rfq, command))[1]


async def setting(tx: Tx, buyer: UUID) -> Setting:
    """The countries of both sides, the day and the fee in force for a quote of the acting supplier."""
    return await store.setting(tx, tx.ctx.company, buyer)


async def _priced(tx: Tx, rfq: UUID, command: QuoteIn) -> tuple[Asked, QuoteBody]:
    """The RFQ, held still, and the quote on it with every amount."""
    need(tx.ctx, "quote.write")
    asked = await _asked(tx, rfq)
    decides = await setting(tx, asked.buyer_id)
    _check_currency(asked, decides)
    offers = await store.own_offers(tx, tx.ctx.company, [line.offer_id for line in command.lines if line.offer_id])
    return asked, body_of(command, asked, decides, offers)


async def _asked(tx: Tx, rfq: UUID) -> Asked:
    """The RFQ, held still and open for bids by the clock after the wait."""
    asked = await store.lock_rfq(tx, rfq)
    if asked is None:
        if (await rfqs.get(tx, rfq)).buyer_id == tx.ctx.company:
            raise OwnRfq
        raise NotFound(noun="rfq")
    if not asked.in_time:
        if asked.status == "open" or await rfqs.now(tx) >= asked.due_at:
            raise DeadlinePassed(due_at=asked.due_at.isoformat())
        raise WrongState(noun="rfq", current=asked.status)
    return asked


def _check_currency(asked: Asked, setting: Setting) -> None:
    required = required_currency(profile(setting.seller_profile), profile(setting.buyer_profile))
    if required not in (None, asked.currency):
        raise CurrencyNotAllowed(required=required, currency=asked.currency)


async def _written(tx: Tx, rfq: UUID, asked: Asked, action: str) -> tuple[str | None, Standing]:
    """The quote's row with room for the next body: its state before, and as it stands now."""
    step = LIFECYCLE.step(action)
    seller = tx.ctx.company
    status = "draft" if action == "save" else "submitted"
    before = await store.hold_own(tx, rfq, seller)
    if before is None:
        number = new_number("QUO")
        new = await store.insert(tx, new_id(), number, rfq, asked.buyer_id, seller, status, asked.version)
        if new is not None:
            return None, new
        before = await store.hold_own(tx, rfq, seller)
    if before is None or before.status not in step.from_:
        raise WrongState(noun="quote", current="missing" if before is None else before.status)
    return before.status, await store.renew(tx, before.id, status, asked.version)


async def withdraw(tx: Tx, quote: UUID) -> Quote:
    """Take it back before the deadline. A sealed one is never shown to anybody."""
    need(tx.ctx, "quote.write")
    before = await get(tx, quote)
    if before.seller_id != tx.ctx.company:
        raise NotFound(noun="quote")
    await _asked(tx, before.rfq_id)
    held = await store.hold_own(tx, before.rfq_id, tx.ctx.company)
    step = LIFECYCLE.step("withdraw")
    version = await store.withdraw(tx, quote, step.from_, step.to)
    if held is None or version is None:
        raise WrongState(noun="quote", current=before.status if held is None else held.status)
    await events.append(
        tx,
        step.event,
        quote,
        version,
        from_state=held.status,
        to_state=step.to,
        audience=(before.buyer_id,) if held.opened else (),
        payload={"rfq_id": str(before.rfq_id)},
    )
    return await get(tx, quote)


async def comparison(tx: Tx, rfq: UUID) -> Comparison:
    """All opened quotes of an own RFQ side by side."""
    need(tx.ctx, "rfq.read")
    asked = await rfqs.own(tx, rfq)
    quotes = await store.opened(tx, rfq, tx.ctx.company)
    found = compare(asked, quotes, await rfqs.now(tx), tx.ctx)
    pairs = await store.of_one_group(tx, [quote.seller_id for quote in quotes])
    return msgspec.structs.replace(found, one_group=tuple((pair.one, pair.other) for pair in pairs))


async def decide(tx: Tx, rfq: UUID, awarded: UUID | None, states: tuple[str, ...], lost_reason: str) -> list[Moved]:
    """One quote is awarded (None: none), the others in `states` are lost; each supplier learns of its own alone.

    The caller has locked the RFQ. Returns the quotes that were lost.
    """
    held = await store.hold_in(tx, rfq, states)
    winner = [quote for quote in held if quote.id == awarded]
    if awarded is not None and not winner:
        raise WrongState(noun="quote", current=(await get(tx, awarded)).status)
    losers = [quote for quote in held if quote.id != awarded]
    await _move(tx, rfq, winner, "award", None)
    await _move(tx, rfq, losers, "lose", lost_reason)
    return losers


async def expire_drafts(tx: Tx, rfq: UUID) -> None:
    """What was not submitted in time is nothing any more."""
    await _move(tx, rfq, await store.hold_in(tx, rfq, LIFECYCLE.step("expire").from_), "expire", None)


async def _move(tx: Tx, rfq: UUID, quotes: Sequence[Moved], action: str, reason: str | None) -> None:
    step = LIFECYCLE.step(action)
    await store.move(tx, [quote.id for quote in quotes], step.to, reason)
    for quote in quotes:
        await events.append(
            tx,
            step.event,
            quote.id,
            quote.version + 1,
            from_state=quote.was,
            to_state=step.to,
            audience=(quote.seller_id,),
            payload={"rfq_id": str(rfq)},
        )
