"""The statements of the ledger. Reads go to the tables under row security, writes through the owner's functions."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.ledger.model import Balance, Deposit, EnterDeposit, Hold, StatementLine

OPEN_ACCOUNT: Final = "SELECT ledger_open($1, $2, $3)"


async def open_account(tx: Tx, company_id: UUID | None, kind: str, currency: str) -> UUID:
    return await tx.value(OPEN_ACCOUNT, company_id, kind, currency)


POST: Final = "SELECT ledger_post($1, $2, $3, $4, $5)"


async def post(tx: Tx, ref: str, kind: str, accounts: list[UUID], amounts: list[int], reason: dict[str, str]) -> UUID:
    return await tx.value(POST, ref, kind, accounts, amounts, reason)


PLACE_HOLD: Final = "SELECT ledger_hold_place($1, $2, $3, $4)"


async def place_hold(tx: Tx, ref: str, account_id: UUID, amount_minor: int, expires_at: datetime | None) -> UUID:
    return await tx.value(PLACE_HOLD, ref, account_id, amount_minor, expires_at)


POST_HOLD: Final = "SELECT ledger_hold_post($1, $2, $3, $4, $5, $6)"


async def post_hold(
    tx: Tx, hold_id: UUID, ref: str, kind: str, accounts: list[UUID], amounts: list[int], reason: dict[str, str]
) -> UUID:
    return await tx.value(POST_HOLD, hold_id, ref, kind, accounts, amounts, reason)


VOID_HOLD: Final = "SELECT ledger_hold_void($1, $2)"


async def void_hold(tx: Tx, hold_id: UUID, ref: str) -> None:
    await tx.execute(VOID_HOLD, hold_id, ref)


EXPIRE_HOLD: Final = "SELECT ledger_hold_expire($1, $2)"


async def expire_hold(tx: Tx, hold_id: UUID, ref: str) -> None:
    await tx.execute(EXPIRE_HOLD, hold_id, ref)


# A hold with its end, if it has ended.
HOLD: Final = """
SELECT h.id, h.account_id, h.company_id, h.amount_minor, h.currency, h.ref, h.at, h.expires_at,
    r.kind AS ended, r.at AS ended_at, r.posted_minor, r.transfer_id
FROM ledger_hold AS h LEFT JOIN ledger_hold_resolution AS r ON r.hold_id = h.id
WHERE h.id = $1
"""


async def hold(tx: Tx, hold_id: UUID) -> Hold | None:
    return await tx.maybe(Hold, HOLD, hold_id)


# What a company has set aside now, oldest first.
OPEN_HOLDS: Final = """
SELECT h.id, h.account_id, h.company_id, h.amount_minor, h.currency, h.ref, h.at, h.expires_at,
    r.kind AS ended, r.at AS ended_at, r.posted_minor, r.transfer_id
FROM ledger_hold AS h LEFT JOIN ledger_hold_resolution AS r ON r.hold_id = h.id
WHERE h.company_id = $1 AND r.hold_id IS NULL
ORDER BY h.id LIMIT $2
"""


async def open_holds(tx: Tx, company_id: UUID, limit: int) -> list[Hold]:
    return await tx.many(Hold, OPEN_HOLDS, company_id, limit)


# A company's money by currency.
BALANCES: Final = """
SELECT a.currency,
    coalesce(sum(a.balance_minor) FILTER (WHERE a.kind = 'member'), 0)::bigint AS balance_minor,
    sum(a.held_minor)::bigint AS held_minor,
    coalesce(-sum(a.balance_minor) FILTER (WHERE a.kind = 'receivable'), 0)::bigint AS owed_minor
FROM ledger_account AS a
WHERE a.company_id = $1 AND ($2::text IS NULL OR a.currency = $2)
GROUP BY a.currency ORDER BY a.currency
"""


async def balances(tx: Tx, company_id: UUID, currency: str | None) -> list[Balance]:
    return await tx.many(Balance, BALANCES, company_id, currency)


# The balance of one account of the exchange: its last roll-up and the entries after it.
APPENDED_BALANCE: Final = """
WITH last AS (
    SELECT u.up_to_entry, u.balance_minor FROM ledger_rollup AS u
    WHERE u.account_id = $1 ORDER BY u.up_to_entry DESC LIMIT 1
)
SELECT (coalesce((SELECT l.balance_minor FROM last AS l), 0) + coalesce(sum(e.amount_minor), 0))::bigint
FROM ledger_entry AS e
WHERE e.account_id = $1 AND e.account_version IS NULL AND e.id > coalesce((SELECT l.up_to_entry FROM last AS l), 0)
"""


async def appended_balance(tx: Tx, account_id: UUID) -> int:
    return await tx.value(APPENDED_BALANCE, account_id)


ROLL_UP: Final = "SELECT ledger_roll_up($1)"


async def roll_up(tx: Tx, account_id: UUID) -> int:
    return await tx.value(ROLL_UP, account_id)


class AccountId(msgspec.Struct, frozen=True):
    id: UUID


# The accounts that are rolled up: the exchange's own.
APPEND_ONLY_ACCOUNTS: Final = """
SELECT a.id FROM ledger_account AS a WHERE a.company_id IS NULL ORDER BY a.id
"""


async def append_only_accounts(tx: Tx) -> list[AccountId]:
    return await tx.many(AccountId, APPEND_ONLY_ACCOUNTS)


# Newest first, below an entry id. Ids of one account follow its versions.
STATEMENT: Final = """
SELECT e.id, e.transfer_id, a.kind AS account, e.currency, e.amount_minor, e.balance_after_minor, t.kind, t.ref, t.reason, t.at
FROM ledger_entry AS e
JOIN ledger_account AS a ON a.id = e.account_id
JOIN ledger_transfer AS t ON t.id = e.transfer_id
WHERE e.company_id = $1 AND e.id < $2 AND ($3::text IS NULL OR e.currency = $3)
ORDER BY e.id DESC LIMIT $4
"""


async def statement(tx: Tx, company_id: UUID, before: int, currency: str | None, limit: int) -> list[StatementLine]:
    return await tx.many(StatementLine, STATEMENT, company_id, before, currency, limit)


class DepositSubjects(msgspec.Struct, frozen=True):
    company_exists: bool
    currency_traded: bool


# Whether the company and the currency of a new deposit exist.
DEPOSIT_SUBJECTS: Final = """
SELECT EXISTS (SELECT FROM company AS c WHERE c.id = $1) AS company_exists,
    EXISTS (SELECT FROM currency AS y WHERE y.code = $2) AS currency_traded
"""


async def deposit_subjects(tx: Tx, company_id: UUID, currency: str) -> DepositSubjects:
    return await tx.one(DepositSubjects, DEPOSIT_SUBJECTS, company_id, currency)


# No row: another deposit in this currency that was not rejected has the bank reference.
ENTER_DEPOSIT: Final = """
INSERT INTO deposit (id, company_id, amount_minor, currency, bank_reference, note, status, entered_by, entered_at)
VALUES ($1, $2, $3, $4, $5, $6, 'entered', $7, market_now())
ON CONFLICT DO NOTHING
RETURNING id, company_id, amount_minor, currency, bank_reference, status, version, entered_by, entered_at,
    decided_by, decided_at, note
"""


async def enter_deposit(tx: Tx, deposit_id: UUID, command: EnterDeposit, entered_by: UUID) -> Deposit | None:
    return await tx.maybe(
        Deposit,
        ENTER_DEPOSIT,
        deposit_id,
        command.company_id,
        command.amount_minor,
        command.currency,
        command.bank_reference,
        command.note,
        entered_by,
    )


LOCK_DEPOSIT: Final = """
SELECT d.id, d.company_id, d.amount_minor, d.currency, d.bank_reference, d.status, d.version, d.entered_by, d.entered_at,
    d.decided_by, d.decided_at, d.note
FROM deposit AS d WHERE d.id = $1 FOR UPDATE
"""


async def lock_deposit(tx: Tx, deposit_id: UUID) -> Deposit | None:
    return await tx.maybe(Deposit, LOCK_DEPOSIT, deposit_id)


# Of a locked deposit. The note of the decision replaces that of the entry when there is one.
DECIDE_DEPOSIT: Final = """
UPDATE deposit
SET status = $2, version = version + 1, decided_by = $3, decided_at = market_now(), note = coalesce(nullif($4, ''), note)
WHERE id = $1 AND status = 'entered'
RETURNING id, company_id, amount_minor, currency, bank_reference, status, version, entered_by, entered_at,
    decided_by, decided_at, note
"""


async def decide_deposit(tx: Tx, deposit_id: UUID, status: str, decided_by: UUID, note: str) -> Deposit:
    return await tx.one(Deposit, DECIDE_DEPOSIT, deposit_id, status, decided_by, note)


DEPOSIT_BY_ID: Final = """
SELECT d.id, d.company_id, d.amount_minor, d.currency, d.bank_reference, d.status, d.version, d.entered_by, d.entered_at,
    d.decided_by, d.decided_at, d.note
FROM deposit AS d WHERE d.id = $1
"""


async def deposit(tx: Tx, deposit_id: UUID) -> Deposit | None:
    return await tx.maybe(Deposit, DEPOSIT_BY_ID, deposit_id)


# All deposits, newest first, below an id (uuid v7, so by time).
DEPOSITS: Final = """
SELECT d.id, d.company_id, d.amount_minor, d.currency, d.bank_reference, d.status, d.version, d.entered_by, d.entered_at,
    d.decided_by, d.decided_at, d.note
FROM deposit AS d WHERE d.id < least($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
ORDER BY d.id DESC LIMIT $2
"""
# Those in one state: the operators' queue.
DEPOSITS_IN: Final = """
SELECT d.id, d.company_id, d.amount_minor, d.currency, d.bank_reference, d.status, d.version, d.entered_by, d.entered_at,
    d.decided_by, d.decided_at, d.note
FROM deposit AS d WHERE d.id < least($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff') AND d.status = $3
ORDER BY d.id DESC LIMIT $2
"""
# Those of one company, in any state or in one.
DEPOSITS_OF: Final = """
SELECT d.id, d.company_id, d.amount_minor, d.currency, d.bank_reference, d.status, d.version, d.entered_by, d.entered_at,
    d.decided_by, d.decided_at, d.note
FROM deposit AS d WHERE d.id < least($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff') AND d.company_id = $3
    AND ($4::text IS NULL OR d.status = $4)
ORDER BY d.id DESC LIMIT $2
"""


async def deposits(tx: Tx, company_id: UUID | None, status: str | None, before: UUID | None, limit: int) -> list[Deposit]:
    if company_id is not None:
        return await tx.many(Deposit, DEPOSITS_OF, before, limit, company_id, status)
    if status is not None:
        return await tx.many(Deposit, DEPOSITS_IN, before, limit, status)
    return await tx.many(Deposit, DEPOSITS, before, limit)
