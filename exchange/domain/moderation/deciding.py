"""What operators do with cases: see the queue, take one, decide it alone or with others; and what a member says against it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from exchange import events
from exchange.cursor import page_of, read_cursor
from exchange.db import Tx
from exchange.domain.moderation import service, store
from exchange.domain.moderation.effects import EFFECTS
from exchange.domain.moderation.model import (
    DUE_HOURS,
    LIFECYCLE,
    AppealedAlready,
    AppealTooLate,
    Case,
    Decided,
    Decision,
    Kind,
    QueueRow,
    TakenByAnother,
    Waiting,
)
from exchange.domain.permission import need
from exchange.errors import DomainError, Forbidden, NotFound, WrongState, invalid
from exchange.ids import new_id
from schemas.common import Page

# How many are decided in one act.
TOGETHER_MOST: Final = 100
REASON_MOST: Final = 2000
# Who appeals speaks for the company.
APPEALS: Final = "company.write"


async def queue(tx: Tx, kinds: Sequence[Kind] | None, *, mine: bool, cursor: str | None, limit: int) -> Page[QueueRow]:
    """Undecided cases, the longest waiting first."""
    need(tx.ctx, "operator.read")
    after = None if cursor is None else read_cursor(cursor, tuple[datetime, UUID])
    rows = await store.queue(tx, after, kinds, tx.ctx.person if mine else None, limit + 1)
    return page_of(rows, limit, lambda row: (row.opened_at, row.id))


async def waiting(tx: Tx) -> list[Waiting]:
    """How much waits of each kind, and since when."""
    need(tx.ctx, "operator.read")
    return await store.waiting(tx)


async def take(tx: Tx, case: UUID) -> Case:
    """The acting operator looks at it from now on; whoever looked before sees that."""
    before = await _mine_to_decide(tx, case)
    step = LIFECYCLE.step("take")
    moved = await store.take(tx, case, tx.ctx.person, step.from_)
    if moved is None:
        if before.owner_id == tx.ctx.person and before.status == "taken":
            return before
        raise WrongState(noun="case", current=before.outcome or before.status)
    await events.append(tx, step.event, case, moved.version, from_state=before.status, to_state=step.to)
    return await service.get(tx, case)


async def decide(tx: Tx, case: UUID, decision: Decision) -> Case:
    """Approve or refuse, with what follows for the object, in one transaction.

    Raises WrongState when the case was decided or its object changed since it was read, TakenByAnother, Forbidden for an
    operator of the company or of the decision that is appealed, Invalid for a refusal without a reason.
    """
    before = await _mine_to_decide(tx, case)
    if before.status == "decided":
        raise WrongState(noun="case", current=before.outcome or "decided")
    if before.version != decision.version:
        raise WrongState(noun="case", current=f"v{before.version}")
    if before.owner_id not in (None, tx.ctx.person):
        raise TakenByAnother(owner=before.owner or "")
    await _reason(tx, before, decision)
    subject = before if before.appeal_of is None else await service.get(tx, before.appeal_of)
    effect = EFFECTS.get(subject.kind)
    if effect is not None and (before.kind != "appeal" or decision.accept):
        await effect(tx, subject, decision.accept)
    step = LIFECYCLE.step("approve" if decision.accept else "reject")
    outcome = "approved" if decision.accept else "rejected"
    moved = await store.decide(tx, case, decision.version, outcome, decision.template, decision.reason.strip(), tx.ctx.person)
    if moved is None:
        raise WrongState(noun="case", current="another version")
    await events.append(tx, step.event, case, moved.version, from_state=before.status, to_state=step.to)
    if before.kind == "appeal":
        told = "appeal.accepted" if decision.accept else "appeal.refused"
        await events.append(tx, told, case, moved.version, to_state=outcome, audience=(before.company_id,))
    return await service.get(tx, case)


async def decide_together(tx: Tx, decisions: Sequence[tuple[UUID, Decision]]) -> list[Decided]:
    """Each for itself: what cannot be decided is named with its reason, all others are."""
    need(tx.ctx, "operator.case")
    if len(decisions) > TOGETHER_MOST:
        raise invalid("/cases", "too-many", "At most %(most)s in one act.", most=TOGETHER_MOST)
    results: list[Decided] = []
    for case, decision in sorted(decisions, key=lambda item: item[0]):
        try:
            async with tx.savepoint():
                await decide(tx, case, decision)
        except DomainError as problem:
            results.append(Decided(case, problem))
        else:
            results.append(Decided(case))
    return results


async def appeal(tx: Tx, case: UUID, words: str) -> Case:
    """The company says once why a refusal is wrong; another operator decides."""
    need(tx.ctx, APPEALS)
    if not 10 <= len(words.strip()) <= REASON_MOST:
        raise invalid("/text", "length", "Say why, in 10 to %(most)s characters.", most=REASON_MOST)
    appeal_id = new_id()
    match await store.appeal(tx, case, appeal_id, words.strip(), DUE_HOURS["appeal"]):
        case "opened":
            await events.append(tx, "appeal.made", appeal_id, 1, to_state="open")
            return await service.get(tx, appeal_id)
        case "late":
            raise AppealTooLate
        case "again":
            raise AppealedAlready
        case _:
            raise NotFound(noun="case")


async def _mine_to_decide(tx: Tx, case: UUID) -> Case:
    """The case, for an operator with the right who is none of the company's people and did not decide it before."""
    need(tx.ctx, "operator.case")
    found = await service.get(tx, case)
    if await store.belongs(tx, found.company_id, tx.ctx.person):
        raise Forbidden(needed="an operator who is none of its people")
    if found.not_by == tx.ctx.person:
        raise Forbidden(needed="another operator than the one who decided first")
    return found


async def _reason(tx: Tx, case: Case, decision: Decision) -> None:
    if len(decision.reason) > REASON_MOST:
        raise invalid("/reason", "too-long", "At most %(most)s characters.", most=REASON_MOST)
    if decision.template is not None and decision.template not in {item.code for item in await service.templates(tx, case.kind)}:
        raise invalid("/template", "unknown-template", "There is no such reason for this kind of case.")
    if not decision.accept and decision.template is None and not decision.reason.strip():
        raise invalid("/reason", "reason-missing", "Give a reason: the member reads it.")
