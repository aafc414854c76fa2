"""Goods on their way: despatched by the seller, arrived and inspected at the buyer's, accepted by silence."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

import msgspec

from exchange import events
from exchange.db import Tx
from exchange.domain.delivery import deal as deals
from exchange.domain.delivery import store
from exchange.domain.delivery.deal import Deal
from exchange.domain.delivery.model import INSPECT_WORKING_DAYS, LIFECYCLE, Delivery, PaymentNotHeld
from exchange.domain.delivery.store import Growth
from exchange.domain.file import service as files
from exchange.domain.invoice import service as invoices
from exchange.domain.order.model import LIFECYCLE as ORDER
from exchange.domain.order.model import DeliveredLine, OrderLine
from exchange.domain.permission import need, show
from exchange.errors import DeadlinePassed, FieldError, Invalid, NotFound, WrongState
from exchange.ids import new_id, new_number
from exchange.money import decimal_text, decode_quantity
from schemas.delivery import DespatchCommand, InspectCommand, InspectLine

ZERO = Decimal(0)


async def get(tx: Tx, delivery: UUID) -> Delivery:
    """The delivery as one of its parties may see it."""
    found = await store.get(tx, delivery)
    if found is None:
        raise NotFound(noun="delivery")
    show(tx.ctx, "delivery", found.buyer_id, found.seller_id)
    return found


async def despatch(tx: Tx, order: UUID, command: DespatchCommand) -> Delivery:
    """Send a part or all of what is open. Raises PaymentNotHeld, or Invalid with every wrong line."""
    need(tx.ctx, "delivery.despatch")
    deal = await deals.lock(tx, order)
    deal.need_seller(tx.ctx)
    deal.need_running()
    unheld = await store.unheld(tx, order)
    if unheld is not None:
        raise PaymentNotHeld(position=unheld.position, current=unheld.status)
    sent = _sent(command, await deals.lock_lines(tx, order))
    delivery = new_id()
    await store.insert(
        tx, delivery, new_number("DEL"), order, deal.buyer_id, deal.seller_id, sent, command.carrier, command.tracking, deal.at
    )
    await store.grow(tx, order, [Growth(line=line.order_line_id, despatched=line.quantity) for line in sent])
    await _told(tx, deal, "delivery.despatched", await get(tx, delivery), None)
    if deal.status in ORDER.step("start").from_:
        step = ORDER.step("start")
        version = await deals.move(tx, deal, step.to, step.from_)
        await events.append(tx, step.event, order, version, from_state=deal.status, to_state=step.to, audience=deal.parties)
    return await get(tx, delivery)


def _sent(command: DespatchCommand, lines: Sequence[OrderLine]) -> list[DeliveredLine]:
    known = {line.id: line for line in lines}
    sent: dict[UUID, DeliveredLine] = {}
    errors: list[FieldError] = []
    for index, asked in enumerate(command.lines):
        line = known.get(asked.order_line_id)
        quantity = decode_quantity(asked.quantity)
        if line is None:
            errors.append(_unknown_line(index))
        elif line.id in sent:
            errors.append(_line_twice(index))
        elif quantity > line.open:
            errors.append(
                FieldError(
                    f"/lines/{index}/quantity",
                    "more-than-open",
                    "Only %(open)s of this line may still be despatched.",
                    {"open": decimal_text(line.open)},
                )
            )
        else:
            sent[line.id] = DeliveredLine(order_line_id=line.id, quantity=quantity)
    if errors:
        raise Invalid(errors=tuple(errors))
    return [sent[line.id] for line in lines if line.id in sent]


def _unknown_line(index: int) -> FieldError:
    return FieldError(f"/lines/{index}/order_line_id", "unknown-line", "This line does not belong here.")


def _line_twice(index: int) -> FieldError:
    return FieldError(f"/lines/{index}/order_line_id", "line-twice", "Name each line once.")


async def arrive(tx: Tx, delivery: UUID) -> Delivery:
    """The buyer has it: the time to inspect it begins."""
    step = LIFECYCLE.step("arrive")
    need(tx.ctx, step.who)
    before = await get(tx, delivery)
    deal = await deals.lock(tx, before.order_id)
    deal.need_buyer(tx.ctx)
    await deals.lock_lines(tx, deal.id)
    inspect_by = deals.deadline(deal.buyer_profile, deal.at, INSPECT_WORKING_DAYS)
    if not await store.arrive(tx, delivery, step.from_, step.to, deal.at, inspect_by):
        raise WrongState(noun="delivery", current=(await get(tx, delivery)).status)
    await store.grow(tx, deal.id, [Growth(line=line.order_line_id, received=line.quantity) for line in before.lines])
    after = await get(tx, delivery)
    await _told(tx, deal, step.event, after, step.from_[0])
    return after


async def inspect(tx: Tx, delivery: UUID, command: InspectCommand) -> Delivery:
    """Accept and reject line by line, in time. Raises DeadlinePassed, or Invalid with every wrong line."""
    step = LIFECYCLE.step("inspect")
    need(tx.ctx, step.who)
    before = await get(tx, delivery)
    deal = await deals.lock(tx, before.order_id)
    deal.need_buyer(tx.ctx)
    before = await get(tx, delivery)
    if before.status not in step.from_ or before.inspect_by is None:
        raise WrongState(noun="delivery", current=before.status)
    if deal.at >= before.inspect_by:
        raise DeadlinePassed(due_at=before.inspect_by.isoformat())
    counted = _counted(command, before.lines)
    await _share_photos(tx, command, deal.seller_id)
    return await _inspected(tx, deal, before, counted, automatic=False)


async def accept_by_silence(tx: Tx, delivery: UUID) -> None:
    """The time to inspect has passed: nothing was reported, so all of it is accepted. The worker alone."""
    found = await store.get(tx, delivery)
    if found is None:
        return
    deal = await deals.lock(tx, found.order_id)
    found = await get(tx, delivery)
    if found.status in LIFECYCLE.step("accept").from_ and found.inspect_by is not None and found.inspect_by <= deal.at:
        accepted = [msgspec.structs.replace(line, accepted=line.quantity, rejected=ZERO, reason="") for line in found.lines]
        await _inspected(tx, deal, found, accepted, automatic=True)


async def _inspected(tx: Tx, deal: Deal, before: Delivery, counted: Sequence[DeliveredLine], *, automatic: bool) -> Delivery:
    step = LIFECYCLE.step("accept" if automatic else "inspect")
    lines = await deals.lock_lines(tx, deal.id)
    if not await store.inspect(tx, before.id, step.from_, step.to, deal.at, counted):
        raise WrongState(noun="delivery", current=before.status)
    growth = [Growth(line=line.order_line_id, accepted=line.accepted or ZERO, rejected=line.rejected or ZERO) for line in counted]
    await store.grow(tx, deal.id, growth)
    accepted: Mapping[UUID, Decimal] = {item.line: item.accepted for item in growth}
    await invoices.expect(tx, deal, before.id, lines, accepted)
    after = await get(tx, before.id)
    await _told(tx, deal, step.event, after, before.status, automatic=automatic)
    return after


def _counted(command: InspectCommand, delivered: Sequence[DeliveredLine]) -> list[DeliveredLine]:
    """Every delivered line with what became of it."""
    known = {line.order_line_id: line for line in delivered}
    counted: dict[UUID, DeliveredLine] = {}
    errors: list[FieldError] = []
    for index, said in enumerate(command.lines):
        line = known.get(said.order_line_id)
        if line is None:
            errors.append(_unknown_line(index))
        elif line.order_line_id in counted:
            errors.append(_line_twice(index))
        else:
            errors += _line_errors(index, said, line)
            counted[line.order_line_id] = msgspec.structs.replace(
                line,
                accepted=Decimal(said.accepted),
                rejected=Decimal(said.rejected),
                reason=said.reason.strip(),
                photo_file_id=said.photo_file_id,
            )
    if len(counted) < len(known):
        errors.append(FieldError("/lines", "line-missing", "Say for every delivered line what was accepted and rejected."))
    if errors:
        raise Invalid(errors=tuple(errors))
    return [counted[line.order_line_id] for line in delivered]


def _line_errors(index: int, said: InspectLine, line: DeliveredLine) -> list[FieldError]:
    errors: list[FieldError] = []
    if Decimal(said.accepted) + Decimal(said.rejected) != line.quantity:
        errors.append(
            FieldError(
                f"/lines/{index}/accepted",
                "not-the-delivered-quantity",
                "Accepted and rejected together must be %(delivered)s, the quantity delivered.",
                {"delivered": decimal_text(line.quantity)},
            )
        )
    if Decimal(said.rejected) > 0:
        if not said.reason.strip():
            errors.append(FieldError(f"/lines/{index}/reason", "required", "Say why a part is rejected."))
        if said.photo_file_id is None:
            errors.append(FieldError(f"/lines/{index}/photo_file_id", "required", "A rejection needs a photo."))
    return errors


async def _share_photos(tx: Tx, command: InspectCommand, seller: UUID) -> None:
    for index, line in enumerate(command.lines):
        if line.photo_file_id is not None:
            await files.attach(tx, line.photo_file_id, "photo", (seller,), f"/lines/{index}/photo_file_id")


async def _told(tx: Tx, deal: Deal, event: str, delivery: Delivery, came_from: str | None, *, automatic: bool = False) -> None:
    payload: dict[str, str | int | bool | None] = {"order_id": str(deal.id)}
    if automatic:
        payload["automatic"] = True
    await events.append(
        tx,
        event,
        delivery.id,
        delivery.version,
        from_state=came_from,
        to_state=delivery.status,
        audience=deal.parties,
        payload=payload,
    )
