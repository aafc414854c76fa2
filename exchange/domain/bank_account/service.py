"""Where a company's money goes: changed by two of its people and an operator, told to everybody who pays it."""

from datetime import datetime
from typing import Final
from uuid import UUID

from exchange import events
from exchange.cursor import page_of, read_cursor
from exchange.db import Tx
from exchange.domain import access_log
from exchange.domain.approval import service as approvals
from exchange.domain.bank_account import store
from exchange.domain.bank_account.model import LIFECYCLE, Account, HolderDiffers, PolicyDecides, SamePerson, SecondPersonMissing
from exchange.domain.company import people_store
from exchange.domain.company import store as companies
from exchange.domain.company.applying import account_number
from exchange.domain.company.model import fold
from exchange.domain.permission import need, need_step_up, show
from exchange.errors import Conflict, FieldError, Forbidden, NotFound, WrongState, invalid
from exchange.ids import new_id
from schemas.bank import AccountReject
from schemas.common import Page
from schemas.company import BankAccountIn

# How long nobody announces a payment to a new account, in market time: those who pay have read the notice by then.
PAUSE_HOURS: Final = 24


async def get(tx: Tx, account: UUID) -> Account:
    """The account, for its company and for operators."""
    found = await store.get(tx, account)
    if found is None:
        raise NotFound(noun="bank account")
    show(tx.ctx, "bank account", found.company_id)
    return found


async def listed(tx: Tx, company: UUID) -> list[Account]:
    """All accounts of a company, newest first."""
    need(tx.ctx, "operator.read" if tx.ctx.operator else "company.read")
    return await store.of_company(tx, company)


async def waiting(tx: Tx, cursor: str | None, limit: int) -> Page[Account]:
    """What operators may verify, longest waiting first."""
    need(tx.ctx, "operator.read")
    after = None if cursor is None else read_cursor(cursor, tuple[datetime, UUID])
    rows = await store.waiting(tx, after, limit + 1)
    for row in rows[:limit]:
        await access_log.record(tx, "bank_account.number", row.id, row.company_id)
    return page_of(rows, limit, lambda row: (row.proposed_at or datetime.min, row.id))


async def propose(tx: Tx, command: BankAccountIn) -> Account:
    """A further account, or another one for a currency; the one in force stays in force until this one is verified."""
    _need_person(tx)
    own = await companies.get(tx, tx.ctx.company)
    if own is None:
        raise NotFound(noun="company")
    number = account_number(command.number)
    if number is None:
        raise invalid("/number", "not-an-account", "This is no account number: 5 to 34 digits, or an IBAN.")
    if fold(command.holder) != fold(own.legal_name):
        raise invalid("/holder", "not-the-company", "The account must be in the company's name: %(name)s.", name=own.legal_name)
    made = new_id()
    columns = command.holder, command.bank_name, number, command.currency, tx.ctx.person
    if not await store.insert(tx, made, own.id, *columns):
        detail = "A change for this currency waits already. Withdraw it first."
        raise Conflict(what="A proposed account", errors=(FieldError("/currency", "exists", detail),))
    found = await get(tx, made)
    await events.append(tx, "bank_account.proposed", made, found.version, to_state=found.status)
    route = await approvals.needed(tx, "bank_account", own.base_currency, None)
    if route is not None:
        await approvals.request(tx, "bank_account", made, found.version, own.base_currency, None, route)
    return found


def _need_person(tx: Tx) -> None:
    need(tx.ctx, "bank.write")
    # A stolen session or a key would lead the company's money away.
    need_step_up(tx.ctx)


async def confirm(tx: Tx, account: UUID) -> Account:
    """The second person of the company agrees. Raises SamePerson."""
    _need_person(tx)
    found = await get(tx, account)
    if found.by_policy:
        raise PolicyDecides
    if found.proposed_by == tx.ctx.person:
        raise SamePerson
    return await _move(tx, found, "confirm")


async def withdraw(tx: Tx, account: UUID) -> Account:
    """The company thinks again."""
    _need_person(tx)
    await store.hold(tx, account)
    await approvals.recall(tx, account)
    return await _move(tx, await get(tx, account), "withdraw")


async def hold(tx: Tx, account: UUID) -> str | None:
    return await store.hold(tx, account)


async def approved(tx: Tx, account: UUID) -> None:
    """The last of those whom the policy names agrees: the exchange verifies next."""
    need_step_up(tx.ctx)
    await _move(tx, await get(tx, account), "confirm")


async def take_back(tx: Tx, account: UUID) -> None:
    """They did not agree, or nobody did in time, or whoever asked took it back: the account is not put into force."""
    step = LIFECYCLE.step("withdraw")
    taken = await store.take_back(tx, account, step.to)
    if taken is not None:
        audience = (taken.company_id,)
        await events.append(tx, step.event, account, taken.version, from_state="proposed", to_state=step.to, audience=audience)


async def verify(tx: Tx, account: UUID, *, pause_hours: int = PAUSE_HOURS) -> Account:
    """An operator has seen that it is the company's: in force from now on, those who pay are told, payments to it pause.

    The first account of a company pauses nothing.
    """
    found = await _for_decision(tx, account)
    # The company's money goes where this leads.
    need_step_up(tx.ctx)
    if fold(found.holder) != fold(found.legal_name):
        raise HolderDiffers(holder=found.holder, legal_name=found.legal_name)
    own = await companies.get(tx, found.company_id)
    member = own is not None and own.active_at is not None
    if found.status == "proposed" and member and await store.second_person(tx, found.company_id, found.proposed_by):
        raise SecondPersonMissing
    before = await store.in_force(tx, found.company_id)
    for old in before:
        if old.currency == found.currency:
            step = LIFECYCLE.step("replace")
            version = await store.move(tx, old.id, step.from_, step.to, tx.ctx.person)
            assert version is not None, "the account in force is locked"
            await events.append(
                tx, step.event, old.id, version, from_state="verified", to_state=step.to, audience=(found.company_id,)
            )
    told = await store.counterparties(tx, found.company_id) if before else []
    return await _move(tx, found, "verify", pause_hours=pause_hours if before else 0, told=tuple(told))


async def reject(tx: Tx, account: UUID, command: AccountReject) -> Account:
    """The account is not accepted; the one in force stays."""
    return await _move(tx, await _for_decision(tx, account), "reject", reason=command.reason)


async def _for_decision(tx: Tx, account: UUID) -> Account:
    need(tx.ctx, "operator.company")
    found = await get(tx, account)
    if await people_store.belongs(tx, found.company_id, tx.ctx.person):
        raise Forbidden(needed="an operator who is none of its people")
    if found.by_policy and found.status == "proposed":
        raise SecondPersonMissing
    return found


async def _move(
    tx: Tx, found: Account, action: str, *, reason: str | None = None, pause_hours: int = 0, told: tuple[UUID, ...] = ()
) -> Account:
    step = LIFECYCLE.step(action)
    version = await store.move(tx, found.id, step.from_, step.to, tx.ctx.person, reason=reason, pause_hours=pause_hours)
    if version is None:
        raise WrongState(noun="bank account", current=found.status)
    audience = (found.company_id, *told)
    await events.append(tx, step.event, found.id, version, from_state=found.status, to_state=step.to, audience=audience)
    return await get(tx, found.id)
