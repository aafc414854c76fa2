"""Money moves here and nowhere else: accounts, transfers, holds, balances, and deposits that two operators confirm.

The database locks, checks and writes in one function each; this module gives its refusals their names. A refusal
ends the transaction, so who wants to go on after one wraps the call in ``tx.savepoint()``.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from exchange import events
from exchange.db import Tx
from exchange.domain.ledger import store
from exchange.domain.ledger.model import (
    DEPOSIT,
    AccountCurrencyDiffers,
    AccountKind,
    Balance,
    BankReferenceUsed,
    Deposit,
    EnterDeposit,
    Hold,
    HoldEnded,
    HoldOutOfTime,
    InsufficientFunds,
    Line,
    MalformedPosting,
    NotYoursToDebit,
    Overpaid,
    RefReused,
    SecondPersonNeeded,
    StatementLine,
    Unbalanced,
)
from exchange.domain.permission import need, need_step_up
from exchange.errors import DomainError, NotFound, WrongState, invalid
from exchange.ids import new_id
from exchange.money import MAX_AMOUNT_MINOR

MAX_PAGE: Final = 200
_NEWEST: Final = 2**63 - 1

# The SQLSTATEs of the migration as what they mean; message and detail are the function's own words.
_REFUSALS: Final[Mapping[str, Callable[[str, str], DomainError]]] = {
    "EX101": lambda message, detail: InsufficientFunds(account_id=detail),
    "EX102": lambda message, detail: HoldEnded(hold_id=detail),
    "EX103": lambda message, detail: RefReused(ref=detail),
    "EX104": lambda message, detail: Unbalanced(),
    "EX105": lambda message, detail: AccountCurrencyDiffers(),
    "EX106": lambda message, detail: MalformedPosting(reason=message),
    "EX107": lambda message, detail: NotYoursToDebit(),
    "EX108": lambda message, detail: HoldOutOfTime(hold_id=detail),
    "EX109": lambda message, detail: Overpaid(account_id=detail),
}


@contextmanager
def _refusals() -> Generator[None]:
    try:
        yield
    except asyncpg.PostgresError as error:
        refusal = _REFUSALS.get(str(getattr(error, "sqlstate", "")))
        if refusal is None:
            raise
        raise refusal(str(error), str(getattr(error, "detail", None) or "")) from error


async def open_account(tx: Tx, company_id: UUID | None, kind: AccountKind, currency: str) -> UUID:
    """The account of a company, or of the exchange for fee, fee_vat and clearing; opened when it is new."""
    return await store.open_account(tx, company_id, kind, currency)


async def post(tx: Tx, ref: str, kind: str, lines: Sequence[Line], reason: Mapping[str, str]) -> UUID:
    """Move money: the lines sum to zero, each on another account. Returns the transfer.

    `ref` says naturally what moves ("instalment:<id>:settle"): the same again returns the first transfer. `reason`
    holds ids only. Raises InsufficientFunds, RefReused, Unbalanced, AccountCurrencyDiffers, MalformedPosting,
    NotYoursToDebit, Overpaid.
    """
    accounts = [line.account_id for line in lines]
    amounts = [line.amount_minor for line in lines]
    with _refusals():
        return await store.post(tx, ref, kind, accounts, amounts, dict(reason))


async def hold(tx: Tx, ref: str, account_id: UUID, amount_minor: int, expires_at: datetime | None = None) -> UUID:
    """Set an amount of a member account aside. The same ref and amount again return the first hold."""
    with _refusals():
        return await store.place_hold(tx, ref, account_id, amount_minor, expires_at)


async def post_hold(tx: Tx, hold_id: UUID, ref: str, kind: str, lines: Sequence[Line], reason: Mapping[str, str]) -> UUID:
    """End a hold by a transfer that debits its account by all or a part of it; the rest is available again.

    Returns the transfer, the first one when ref, hold and lines are the same again. Raises HoldEnded, HoldOutOfTime
    and what `post` raises. The worker alone may.
    """
    accounts = [line.account_id for line in lines]
    amounts = [line.amount_minor for line in lines]
    with _refusals():
        return await store.post_hold(tx, hold_id, ref, kind, accounts, amounts, dict(reason))


async def void_hold(tx: Tx, hold_id: UUID, ref: str) -> None:
    """End a hold without moving anything; the same again is quiet. Raises HoldEnded. The worker alone may."""
    with _refusals():
        await store.void_hold(tx, hold_id, ref)


async def expire_hold(tx: Tx, hold_id: UUID, ref: str) -> None:
    """End a hold whose `expires_at` has passed. Raises HoldEnded, HoldOutOfTime. The worker alone may."""
    with _refusals():
        await store.expire_hold(tx, hold_id, ref)


async def get_hold(tx: Tx, hold_id: UUID) -> Hold:
    found = await store.hold(tx, hold_id)
    if found is None:
        raise NotFound(noun="hold")
    return found


async def open_holds(tx: Tx, company_id: UUID, limit: int = MAX_PAGE) -> list[Hold]:
    """What the company has set aside now, oldest first."""
    return await store.open_holds(tx, company_id, min(limit, MAX_PAGE))


async def balance(tx: Tx, company_id: UUID, currency: str) -> Balance:
    """The company's money in one currency; zeros when it never had any."""
    found = await store.balances(tx, company_id, currency)
    return found[0] if found else Balance(currency)


async def balances(tx: Tx, company_id: UUID) -> list[Balance]:
    """The company's money, one row for each currency it has an account in."""
    return await store.balances(tx, company_id, None)


async def exchange_balance(tx: Tx, kind: AccountKind, currency: str) -> int:
    """The balance, in minor units, of an account of the exchange itself; operators and the worker see it."""
    return await store.appended_balance(tx, await open_account(tx, None, kind, currency))


async def append_only_accounts(tx: Tx) -> list[UUID]:
    """The accounts to roll up, each in a transaction of its own."""
    return [account.id for account in await store.append_only_accounts(tx)]


async def roll_up(tx: Tx, account_id: UUID) -> int:
    """Sum one account of the exchange up to now, so that its balance stays cheap to read. The worker alone may."""
    with _refusals():
        return await store.roll_up(tx, account_id)


async def statement(
    tx: Tx, company_id: UUID, *, currency: str | None = None, before: int | None = None, limit: int = 50
) -> list[StatementLine]:
    """A page of the company's entries, newest first; `before` is the id of the last line of the page before."""
    return await store.statement(tx, company_id, before or _NEWEST, currency, min(limit, MAX_PAGE))


async def enter_deposit(tx: Tx, command: EnterDeposit) -> Deposit:
    """Record a payment seen at the bank; nothing moves before another operator releases it."""
    need(tx.ctx, "operator.deposit")
    need_step_up(tx.ctx)
    command = _checked(command)
    subjects = await store.deposit_subjects(tx, command.company_id, command.currency)
    if not subjects.company_exists:
        raise NotFound(noun="company")
    if not subjects.currency_traded:
        raise invalid("/currency", "unknown-currency", "%(currency)s is not traded here.", currency=command.currency)
    deposit = await store.enter_deposit(tx, new_id(), command, tx.ctx.person)
    if deposit is None:
        raise BankReferenceUsed(currency=command.currency, bank_reference=command.bank_reference)
    await events.append(tx, "deposit.entered", deposit.id, deposit.version, to_state="entered")
    return deposit


async def release_deposit(tx: Tx, deposit_id: UUID) -> Deposit:
    """The second operator confirms: the amount moves from clearing to the member."""
    deposit = await _decide(tx, deposit_id, "release", "")
    clearing = await open_account(tx, None, "clearing", deposit.currency)
    member = await open_account(tx, deposit.company_id, "member", deposit.currency)
    lines = [Line(clearing, -deposit.amount_minor), Line(member, deposit.amount_minor)]
    await post(tx, f"deposit:{deposit.id}", "deposit", lines, {"deposit_id": str(deposit.id)})
    return deposit


async def reject_deposit(tx: Tx, deposit_id: UUID, note: str) -> Deposit:
    """The second operator refuses, saying why; the bank reference is free for a right entry."""
    return await _decide(tx, deposit_id, "reject", note.strip())


async def get_deposit(tx: Tx, deposit_id: UUID) -> Deposit:
    """One deposit: an operator's, or the acting company's own."""
    deposit = await store.deposit(tx, deposit_id)
    if deposit is None:
        raise NotFound(noun="deposit")
    return deposit


async def deposits(
    tx: Tx, *, company_id: UUID | None = None, status: str | None = None, before: UUID | None = None, limit: int = 50
) -> list[Deposit]:
    """A page of deposits, newest first; `before` is the id of the last one of the page before."""
    return await store.deposits(tx, company_id, status, before, min(limit, MAX_PAGE))


async def _decide(tx: Tx, deposit_id: UUID, action: str, note: str) -> Deposit:
    step = DEPOSIT.step(action)
    need(tx.ctx, step.who)
    need_step_up(tx.ctx)
    found = await store.lock_deposit(tx, deposit_id)
    if found is None:
        raise NotFound(noun="deposit")
    if found.status not in step.from_:
        raise WrongState(noun="deposit", current=found.status)
    if found.entered_by == tx.ctx.person:
        raise SecondPersonNeeded()
    if action == "reject" and not note:
        raise invalid("/note", "required", "Say why the deposit is rejected.")
    if len(note) > 500:
        raise invalid("/note", "too-long", "At most 500 characters.")
    deposit = await store.decide_deposit(tx, deposit_id, step.to, tx.ctx.person, note)
    audience = [deposit.company_id] if action == "release" else []
    await events.append(
        tx, step.event, deposit.id, deposit.version, from_state=found.status, to_state=deposit.status, audience=audience
    )
    return deposit


def _checked(command: EnterDeposit) -> EnterDeposit:
    """The command with its reference written in one way."""
    reference = " ".join(command.bank_reference.split())
    if not 1 <= len(reference) <= 100:
        raise invalid("/bank_reference", "length", "Give the bank's reference, 1 to 100 characters.")
    if not 0 < command.amount_minor <= MAX_AMOUNT_MINOR:
        raise invalid("/amount", "range", "The amount must be above zero and not beyond the ledger's limit.")
    if len(command.note) > 500:
        raise invalid("/note", "too-long", "At most 500 characters.")
    return EnterDeposit(command.company_id, command.amount_minor, command.currency, reference, command.note.strip())
