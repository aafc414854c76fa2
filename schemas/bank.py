"""Bank accounts of a company: proposed by one person, confirmed by another, verified by an operator."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from schemas.company import Reason

AccountStatus = Literal["proposed", "confirmed", "verified", "rejected", "withdrawn", "replaced"]


class AccountView(Struct, frozen=True, kw_only=True):
    """One account. `verified` is in force for its currency; payments to it pause until `paused_until`."""

    id: UUID
    version: int
    status: AccountStatus
    company_id: UUID
    holder: str
    bank_name: str
    number: str
    currency: str
    proposed_by: UUID | None
    proposed_at: datetime | None
    confirmed_by: UUID | None
    confirmed_at: datetime | None
    verified_at: datetime | None
    paused_until: datetime | None
    reason: str | None
    # Whom the company's policy names agrees to it, instead of any second person.
    by_policy: bool


class AccountReject(Struct, frozen=True, forbid_unknown_fields=True):
    reason: Reason
