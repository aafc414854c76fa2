"""A bank account of a company: proposed, confirmed by a second person, verified by an operator, then in force."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from exchange.domain.transition import Lifecycle, Transition
from exchange.errors import DomainError
from schemas.bank import AccountStatus, AccountView

LIFECYCLE: Final = Lifecycle(
    noun="bank_account",
    table="bank_account",
    initial=("proposed",),
    transitions=(
        Transition("confirm", ("proposed",), "confirmed", "bank.write", "bank_account.confirmed"),
        Transition("withdraw", ("proposed", "confirmed"), "withdrawn", "bank.write", "bank_account.withdrawn"),
        Transition("verify", ("proposed", "confirmed"), "verified", "operator.company", "bank_account.verified"),
        Transition("reject", ("proposed", "confirmed"), "rejected", "operator.company", "bank_account.rejected"),
        Transition("replace", ("verified",), "replaced", "operator.company", "bank_account.replaced"),
    ),
)


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `bank_account` with its company's legal name."""

    id: UUID
    version: int
    status: AccountStatus
    company_id: UUID
    legal_name: str
    holder: str
    bank_name: str
    number: str
    currency: str
    proposed_by: UUID | None
    proposed_at: datetime | None
    confirmed_by: UUID | None
    confirmed_at: datetime | None
    verified_at: datetime | None
    verified_by: UUID | None
    paused_until: datetime | None
    reason: str | None
    # The company's policy names who decides, instead of any second person.
    by_policy: bool


class PolicyDecides(DomainError):
    status = 403
    code = "policy-decides"
    title = "Your company's policy decides"
    detail = "The policy of your company names who agrees to this account. Their decision stands under Approvals."


class SamePerson(DomainError):
    """Two people agree on where the company's money goes."""

    status = 403
    code = "same-person"
    title = "A second person confirms"
    detail = "Who proposed an account cannot confirm it. Ask another owner, administrator or finance colleague."


class SecondPersonMissing(DomainError):
    status = 409
    code = "second-person-missing"
    title = "Not confirmed yet"
    detail = "A second person of the company confirms the account before the exchange verifies it."


class HolderDiffers(DomainError):
    status = 409
    code = "holder-differs"
    title = "The account is not in the company's name"
    detail = "The account holder %(holder)s is not the legal name %(legal_name)s."


def view(row: Account) -> AccountView:
    return AccountView(
        id=row.id,
        version=row.version,
        status=row.status,
        company_id=row.company_id,
        holder=row.holder,
        bank_name=row.bank_name,
        number=row.number,
        currency=row.currency,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        confirmed_by=row.confirmed_by,
        confirmed_at=row.confirmed_at,
        verified_at=row.verified_at,
        paused_until=row.paused_until,
        reason=row.reason,
        by_policy=row.by_policy,
    )
