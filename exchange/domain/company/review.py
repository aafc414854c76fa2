"""What operators decide about companies: the queue of applications, approval, rejection, suspension."""

from datetime import datetime
from typing import Final
from uuid import UUID

from exchange import events
from exchange.cursor import page_of, read_cursor
from exchange.db import Tx
from exchange.domain.bank_account.model import HolderDiffers
from exchange.domain.company import account_store, dossier, file_store, people_store, store, suspending
from exchange.domain.company.model import LIFECYCLE, Company, Queued, fold
from exchange.domain.permission import need
from exchange.errors import Forbidden, NotFound, WrongState, invalid
from schemas.common import Page
from schemas.company import CompanyReject, CompanyStatus, CompanySuspend

YEARS: Final = range(2020, 2200)


async def queue(tx: Tx, status: CompanyStatus, cursor: str | None, limit: int) -> Page[Queued]:
    """Companies in one state, longest waiting first."""
    need(tx.ctx, "operator.read")
    after = None if cursor is None else read_cursor(cursor, tuple[datetime, UUID])
    return page_of(await store.queue(tx, status, after, limit + 1), limit, lambda row: (row.applied_at, row.id))


async def take(tx: Tx, company: UUID) -> Company:
    """The acting operator begins to look at an application."""
    await _may_decide(tx, company)
    after = await _move(tx, company, "take")
    await file_store.assign(tx, company, tx.ctx.person)
    return after


async def approve(tx: Tx, company: UUID) -> Company:
    """The company becomes a member once every required field is right; its account is verified by the same operator."""
    await _may_decide(tx, company)
    before = await store.get(tx, company)
    if before is not None and before.status == "in_review":
        await dossier.need_all(tx, company)
    after = await _move(tx, company, "approve")
    await file_store.decide(tx, company, None, tx.ctx.person)
    await _verify_bank(tx, after)
    return after


async def ask_changes(tx: Tx, company: UUID) -> Company:
    """Send the dossier back: the company sees beside each marked field what has to change."""
    await _may_decide(tx, company)
    await dossier.need_change(tx, company)
    return await _move(tx, company, "ask_changes")


async def _verify_bank(tx: Tx, company: Company) -> None:
    """The account that the company applied with, if it is in the company's name."""
    bank = await account_store.get(tx, company.id)
    if bank is not None and fold(bank.holder) != fold(company.legal_name):
        raise HolderDiffers(holder=bank.holder, legal_name=company.legal_name)
    await account_store.verify(tx, company.id, tx.ctx.person)


async def reject(tx: Tx, company: UUID, command: CompanyReject) -> Company:
    """The application ends, with a reason that the applicant reads."""
    await _may_decide(tx, company)
    after = await _move(tx, company, "reject")
    await file_store.decide(tx, company, command.reason, tx.ctx.person)
    return after


async def suspend(tx: Tx, company: UUID, command: CompanySuspend) -> Company:
    """The company finishes its deals and begins none; `until` tells it when the operators will look again."""
    await _may_decide(tx, company)
    if command.until is not None and command.until.year not in YEARS:
        raise invalid("/until", "out-of-range", "Give a date between 2020 and 2199.")
    if command.until is not None and command.until <= await tx.value("SELECT market_now()"):
        raise invalid("/until", "in-the-past", "Give a moment that is still to come.")
    await store.hold_standing(tx, company)
    after = await _move(tx, company, "suspend", suspended_until=command.until)
    await suspending.begin(tx, company, command.reason, command.until)
    await file_store.decide(tx, company, command.reason, tx.ctx.person)
    return after


async def unsuspend(tx: Tx, company: UUID) -> Company:
    """One operator proposes that the company trades again, a second one lets it. Raises SameOperator."""
    await _may_decide(tx, company)
    before = await store.get(tx, company)
    if before is not None and before.status == "suspended" and not await suspending.lift(tx, company):
        state = before.status
        await events.append(
            tx, "company.unsuspend_proposed", company, before.version, from_state=state, to_state=state, audience=(company,)
        )
        return before
    after = await _move(tx, company, "unsuspend")
    await file_store.decide(tx, company, None, tx.ctx.person)
    return after


async def _may_decide(tx: Tx, company: UUID) -> None:
    """An operator with the right, who is none of the company's people."""
    need(tx.ctx, "operator.company")
    if await people_store.belongs(tx, company, tx.ctx.person):
        raise Forbidden(needed="an operator who is none of its people")


async def _move(tx: Tx, company: UUID, action: str, *, suspended_until: datetime | None = None) -> Company:
    step = LIFECYCLE.step(action)
    before = await store.get(tx, company)
    if before is None:
        raise NotFound(noun="company")
    after = await store.move(tx, company, (before.status,) if before.status in step.from_ else (), step.to, suspended_until)
    if after is None:
        raise WrongState(noun="company", current=before.status)
    await events.append(tx, step.event, after.id, after.version, from_state=before.status, to_state=step.to, audience=(company,))
    return after
