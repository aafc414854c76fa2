"""A company's money at the exchange, and the deposits that operators enter and release."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from schemas.common import Amount, Currency, Line, OptionalLine

DepositStatus = Literal["entered", "released", "rejected"]


class BalanceView(Struct, frozen=True, kw_only=True):
    """`held` is the part of `balance` in protection; `available` is what is left of it; `owed` is owed for fees."""

    currency: str
    balance: str
    held: str
    available: str
    owed: str


class StatementRow(Struct, frozen=True, kw_only=True):
    """One entry: plus is into the company's account, minus out of it. `reason` holds ids."""

    id: int
    transfer_id: UUID
    account: Literal["member", "receivable"]
    currency: str
    amount: str
    balance_after: str
    kind: str
    ref: str
    reason: dict[str, str]
    at: datetime


class DepositIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A payment that an operator saw on the bank statement; another operator releases it."""

    company_id: UUID
    amount: Amount
    currency: Currency
    bank_reference: Annotated[Line, Meta(max_length=100)]
    note: Annotated[OptionalLine, Meta(max_length=500)] = ""


class DepositReject(Struct, frozen=True, forbid_unknown_fields=True):
    note: Annotated[Line, Meta(max_length=500)]


class DepositView(Struct, frozen=True, kw_only=True):
    id: UUID
    version: int
    company_id: UUID
    amount: str
    currency: str
    bank_reference: str
    status: DepositStatus
    entered_by: UUID
    entered_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    note: str


class PayingInAccount(Struct, frozen=True, kw_only=True):
    """An account of the exchange. A transfer with another reference, or from an account in another name, is not credited."""

    currency: str
    bank: str
    holder: str
    number: str
    reference: str
