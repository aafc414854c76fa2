"""What the ledger knows: accounts, lines, holds and deposits as rows, and the ways it refuses."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange.domain.transition import Lifecycle, Transition
from exchange.errors import DomainError

# member and receivable belong to a company, the others to the exchange; what each holds is told in the migration.
AccountKind = Literal["member", "receivable", "fee", "fee_vat", "clearing"]

DEPOSIT: Final = Lifecycle(
    noun="deposit",
    table="deposit",
    initial=("entered",),
    transitions=(
        Transition("release", ("entered",), "released", "operator.deposit", "deposit.released"),
        Transition("reject", ("entered",), "rejected", "operator.deposit", "deposit.rejected"),
    ),
)


class Line(msgspec.Struct, frozen=True):
    """One side of a transfer to be posted: plus goes into the account, minus comes out of it."""

    account_id: UUID
    amount_minor: int


class Balance(msgspec.Struct, frozen=True):
    """A company's money in one currency: `held_minor` is part of the balance; `owed_minor` it owes for fees."""

    currency: str
    balance_minor: int = 0
    held_minor: int = 0
    owed_minor: int = 0

    @property
    def available_minor(self) -> int:
        return self.balance_minor - self.held_minor


class StatementLine(msgspec.Struct, frozen=True):
    """One entry on a company's accounts with the transfer it belongs to; `reason` holds ids."""

    id: int
    transfer_id: UUID
    account: AccountKind
    currency: str
    amount_minor: int
    balance_after_minor: int
    kind: str
    ref: str
    reason: dict[str, str]
    at: datetime


class Hold(msgspec.Struct, frozen=True):
    """Money set aside; `ended` says how, once it is over, and `posted_minor` how much of it moved."""

    id: UUID
    account_id: UUID
    company_id: UUID
    amount_minor: int
    currency: str
    ref: str
    at: datetime
    expires_at: datetime | None
    ended: Literal["post", "void", "expire"] | None
    ended_at: datetime | None
    posted_minor: int | None
    transfer_id: UUID | None


class EnterDeposit(msgspec.Struct, frozen=True):
    """A payment that one operator saw on the bank statement."""

    company_id: UUID
    amount_minor: int
    currency: str
    bank_reference: str
    note: str = ""


class Deposit(msgspec.Struct, frozen=True):
    id: UUID
    company_id: UUID
    amount_minor: int
    currency: str
    bank_reference: str
    status: Literal["entered", "released", "rejected"]
    version: int
    entered_by: UUID
    entered_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    note: str


class InsufficientFunds(DomainError):
    """The available balance, or the hold that is posted, is smaller than what leaves the account."""

    status = 409
    code = "insufficient-funds"
    title = "Not enough money"
    detail = "The available balance does not cover this amount."


class HoldEnded(DomainError):
    """A hold ends once: it was posted, voided or has expired before."""

    status = 409
    code = "hold-ended"
    title = "No longer held"
    detail = "This money is no longer held."


class HoldOutOfTime(DomainError):
    """Posting a hold whose time is over, or expiring one whose time is not."""

    status = 409
    code = "hold-out-of-time"
    title = "Not possible at this time"
    detail = "The time of this hold does not allow it."


class RefReused(DomainError):
    """The natural reference has moved or held something else; the first record stands."""

    status = 409
    code = "ledger-ref-reused"
    title = "Already recorded differently"
    detail = "The reference %(ref)s stands in the ledger with other content."


class Unbalanced(DomainError):
    status = 422
    code = "ledger-unbalanced"
    title = "The transfer does not balance"
    detail = "The entries of a transfer must sum to zero."


class AccountCurrencyDiffers(DomainError):
    status = 422
    code = "ledger-currency-differs"
    title = "Accounts of several currencies"
    detail = "All accounts of a transfer must have one currency."


class MalformedPosting(DomainError):
    """An unknown account or hold, an account named twice, an amount of zero, too few or too many lines."""

    status = 422
    code = "ledger-malformed"
    title = "Not a valid transfer"
    detail = "The transfer is not valid: %(reason)s."


class NotYoursToDebit(DomainError):
    status = 403
    code = "not-yours-to-debit"
    title = "Not your account"
    detail = "Money can be taken from an account of your own company only."


class Overpaid(DomainError):
    status = 409
    code = "more-than-owed"
    title = "More than is owed"
    detail = "The amount is larger than what is owed."


class SecondPersonNeeded(DomainError):
    """Who entered a deposit cannot also release or reject it."""

    status = 403
    code = "second-person-needed"
    title = "Another operator decides"
    detail = "You entered this deposit, so another operator has to decide on it."


class BankReferenceUsed(DomainError):
    status = 409
    code = "bank-reference-used"
    title = "This payment is already entered"
    detail = "A deposit in %(currency)s with the bank reference %(bank_reference)s exists."
