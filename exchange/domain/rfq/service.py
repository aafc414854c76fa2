"""RFQs: written, published, closed early and ended by their buyer."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from exchange import events
from exchange.cursor import anywhere, page_of, read_cursor
from exchange.db import Tx
from exchange.domain.category import service as categories
from exchange.domain.permission import need, show
from exchange.domain.rfq import publishing, rules, store
from exchange.domain.rfq.model import LIFECYCLE, Moved, Rfq, RfqSummary, SealedUntilDeadline
from exchange.domain.transition import Transition
from exchange.errors import FieldError, Invalid, NotFound, WrongState
from exchange.ids import new_id, new_number
from exchange.money import decimal_text, decode_quantity
from schemas.common import Page
from schemas.rfq import RfqIn, RfqLine, RfqLineIn
from schemas.terms import terms_view


async def get(tx: Tx, rfq: UUID) -> Rfq:
    """The RFQ as the reader may see it; NotFound also for one that is hidden."""
    found = await store.get(tx, rfq)
    if found is None:
        raise NotFound(noun="rfq")
    if found.published_at is None or (found.mode != "open" and not await store.invited(tx, rfq)):
        show(tx.ctx, "rfq", found.buyer_id)
    return found


async def own(tx: Tx, rfq: UUID) -> Rfq:
    """The same for its buyer alone."""
    found = await get(tx, rfq)
    if found.buyer_id != tx.ctx.company_id:
        raise NotFound(noun="rfq")
    return found


async def hold(tx: Tx, rfq: UUID) -> Rfq:
    """An own RFQ, locked to the end of the transaction: what follows from its state happens once."""
    if not await store.hold(tx, rfq, tx.ctx.company):
        raise NotFound(noun="rfq")
    return await own(tx, rfq)


async def held_state(tx: Tx, rfq: UUID) -> str | None:
    """The state of an RFQ, locked to the end of the transaction, for the exchange itself."""
    return await store.hold_any(tx, rfq)


async def now(tx: Tx) -> datetime:
    """Market time, by which deadlines and validity are judged."""
    return await store.now(tx)


async def list_open(tx: Tx, cursor: str | None, limit: int) -> Page[RfqSummary]:
    """What is asked for now, newest first."""
    need(tx.ctx, "rfq.read")
    after, after_id = (None, None) if cursor is None else read_cursor(cursor, tuple[datetime, UUID])
    rows = await store.list_open(tx, after, after_id, limit + 1)
    return page_of(rows, limit, lambda row: (row.published_at, row.id))


async def list_own(
    tx: Tx, status: str | None, cursor: str | None, limit: int, *, find: str = "", order: store.OwnOrder = "newest"
) -> Page[RfqSummary]:
    """The acting company's own RFQs: those with `find` in title, number or own reference."""
    need(tx.ctx, "rfq.read")
    states = sorted(LIFECYCLE.states) if status is None else [status]
    after = (None, None) if cursor is None else read_cursor(cursor, tuple[datetime, UUID])
    rows = await store.list_own(tx, tx.ctx.company, states, anywhere(find), order, after, limit + 1)
    return page_of(rows, limit, lambda row: (row.created_at if order == "newest" else row.due_at, row.id))


async def create(tx: Tx, command: RfqIn, rfq: UUID | None = None) -> Rfq:
    """A new RFQ of the acting company, published at once when it says so; `rfq` is its id when the caller chose one.

    Raises Invalid with every wrong field.
    """
    need(tx.ctx, "rfq.write")
    await check(tx, command, publishing=command.publish)
    status = "open" if command.publish else "draft"
    number = new_number("RFQ")
    made = await store.insert(
        tx, rfq or new_id(), tx.ctx.company, status, number, tx.ctx.person, *_columns(command, _lines(command))
    )
    event = {"open": LIFECYCLE.step("publish").event, "pending_approval": LIFECYCLE.step("ask").event}
    await events.append(tx, event.get(made.status, "rfq.drafted"), made.id, 1, to_state=made.status)
    if made.status == "pending_approval":
        await publishing.ask(tx, made)
    return made


async def revise(tx: Tx, rfq: UUID, command: RfqIn, *, version: int) -> Rfq:
    """Replace what a draft says, if it is still at `version`; publish it when the command says so."""
    need(tx.ctx, "rfq.write")
    before = await own(tx, rfq)
    if before.status != "draft":
        raise WrongState(noun="rfq", current=before.status)
    await check(tx, command, publishing=command.publish)
    if not await store.revise(tx, rfq, tx.ctx.company, version, *_columns(command, _lines(command))):
        raise WrongState(noun="rfq", current=f"{before.status} v{before.version}")
    await events.append(tx, "rfq.revised", rfq, version + 1, from_state="draft", to_state="draft")
    return await publish(tx, rfq) if command.publish else await get(tx, rfq)


async def publish(tx: Tx, rfq: UUID) -> Rfq:
    """Open a draft, or ask the company's own people first; suppliers are paired and told from its opening on."""
    need(tx.ctx, "rfq.write")
    before = await hold(tx, rfq)
    step = LIFECYCLE.step("publish")
    if before.status not in step.from_:
        raise WrongState(noun="rfq", current=before.status)
    await _may_open(tx, before)
    if await publishing.waits(tx, before):
        moved = await move(tx, rfq, "ask")
        await publishing.ask(tx, msgspec.structs.replace(before, version=moved.version))
    else:
        await _open(tx, before, step)
    return await get(tx, rfq)


async def _may_open(tx: Tx, rfq: Rfq) -> None:
    errors = rules.due_errors(rfq.due_at, await store.now(tx), rfq.mode, publishing=True)
    errors += await _invite_errors(tx, rfq.invite or (), rfq.mode)
    if errors:
        raise Invalid(errors=tuple(errors))


async def _open(tx: Tx, rfq: Rfq, step: Transition) -> None:
    version = await store.publish(tx, rfq.id, step.from_, step.to)
    if version is None:
        raise WrongState(noun="rfq", current=rfq.status)
    await events.append(tx, step.event, rfq.id, version, from_state=rfq.status, to_state=step.to)


async def approved(tx: Tx, rfq: UUID) -> None:
    """The company's own people agreed: it opens as it was asked, while its deadline leaves suppliers time."""
    before = await hold(tx, rfq)
    step = LIFECYCLE.step("release")
    if before.status not in step.from_:
        raise WrongState(noun="rfq", current=before.status)
    await _may_open(tx, before)
    await _open(tx, before, step)


async def take_back(tx: Tx, rfq: UUID) -> None:
    """Not approved, not in time, or taken back: it is a draft again and may be changed."""
    await move(tx, rfq, "take_back")


async def close_early(tx: Tx, rfq: UUID) -> Rfq:
    """End the time for quotes now. Raises SealedUntilDeadline for a sealed one, whose deadline is a promise."""
    need(tx.ctx, "rfq.write")
    if (await hold(tx, rfq)).sealed:
        raise SealedUntilDeadline
    await move(tx, rfq, "close_early")
    return await get(tx, rfq)


async def told(tx: Tx, rfq: UUID) -> list[UUID]:
    """The suppliers who were told of an own RFQ."""
    return await store.told(tx, rfq)


async def end_without_award(tx: Tx, rfq: UUID, reason: str) -> Rfq:
    """Take none of the quotes; a job tells their suppliers."""
    need(tx.ctx, "rfq.write")
    await hold(tx, rfq)
    await move(tx, rfq, "no_award", reason=reason, audience=await store.told(tx, rfq))
    return await get(tx, rfq)


async def move(tx: Tx, rfq: UUID, action: str, *, reason: str | None = None, audience: list[UUID] | None = None) -> Moved:
    """One step of LIFECYCLE with its event, for services and jobs that have checked who may. Raises WrongState."""
    step = LIFECYCLE.step(action)
    moved = await store.move(tx, rfq, step.from_, step.to, reason)
    if moved is None:
        current = await store.hold_any(tx, rfq)
        raise NotFound(noun="rfq") if current is None else WrongState(noun="rfq", current=current)
    buyer = [moved.buyer_id] if tx.ctx.company_id is None else []
    await events.append(
        tx, step.event, rfq, moved.version, from_state=moved.was, to_state=step.to, audience=[*buyer, *(audience or [])]
    )
    return moved


async def check(tx: Tx, command: RfqIn, *, publishing: bool) -> None:
    """Raises Invalid with every place where the command breaks a rule."""
    tree, at = await categories.tree_and_time(tx)
    errors = rules.due_errors(command.due_at, at, command.mode, publishing=publishing)
    errors += rules.line_errors(tree, command.lines)
    errors += await _invite_errors(tx, command.invite, command.mode)
    if errors:
        raise Invalid(errors=tuple(errors))


async def _invite_errors(tx: Tx, invite: tuple[UUID, ...], mode: str) -> list[FieldError]:
    if not invite:
        if mode == "invited":
            return [FieldError("/invite", "nobody-invited", "Name at least one company, or open the RFQ to all.")]
        return []
    known = {item.id: item for item in await store.invitees(tx, list(invite), tx.ctx.company)}
    errors: list[FieldError] = []
    for index, company in enumerate(invite):
        at = f"/invite/{index}"
        if company == tx.ctx.company:
            errors.append(FieldError(at, "own-company", "Your own company cannot quote."))
        elif company in invite[:index]:
            errors.append(FieldError(at, "named-twice", "This company is invited already."))
        elif company not in known or not known[company].active:
            errors.append(FieldError(at, "not-active", "There is no active member with this id."))
        elif known[company].own_group:
            errors.append(FieldError(at, "own-group", "This company belongs to your own group."))
    return errors


def _lines(command: RfqIn) -> list[RfqLine]:
    return [_line(line) for line in command.lines]


def _line(line: RfqLineIn) -> RfqLine:
    return RfqLine(
        id=new_id(),
        category=line.category,
        text=line.text,
        quantity=decimal_text(decode_quantity(line.quantity)),
        unit=line.unit,
        region=line.region,
        words=line.words,
        requirements=line.requirements,
        deliver_within_days=line.deliver_within_days,
    )


def _columns(command: RfqIn, lines: list[RfqLine]) -> tuple[Any, ...]:
    """The values that insert and revise share, in their order."""
    return (
        command.title,
        command.description,
        command.sealed,
        command.mode,
        list(command.invite),
        command.currency,
        lines,
        terms_view(command.terms),
        command.own_reference,
        command.due_at.astimezone(UTC),
    )
