"""What operators watch: how the exchange stands, jobs that gave up, members, and the record of everything."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from schemas.company import CompanyStatus, MemberRole

JobState = Literal["new", "running", "done", "dead"]


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of this moment, each counted up to 1,000. `head` is the last position of the record, `late_s` how long the
    oldest due job has waited."""

    applied: int
    in_review: int
    oldest_applied_at: datetime | None
    deposits: int
    oldest_deposit_at: datetime | None
    members: int
    suspended: int
    jobs_due: int
    jobs_dead: int
    late_s: float
    unsequenced: int
    head: int | None
    head_hash: bytes | None
    head_at: datetime | None
    webhooks_failed: int


class JobRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `job` as operators see it. `last_error` is what the last attempt met."""

    id: UUID
    kind: str
    state: JobState
    attempts: int
    payload: dict[str, Any]
    last_error: str | None
    created_at: datetime
    next_at: datetime
    done_at: datetime | None


class Retried(msgspec.Struct, frozen=True):
    """A job put back; its version is how often it was tried."""

    id: UUID
    attempts: int

    @property
    def version(self) -> int:
        return self.attempts


class MemberRow(msgspec.Struct, frozen=True, kw_only=True):
    """A company in the operators' list of all."""

    id: UUID
    status: CompanyStatus
    legal_name: str
    display_name: str
    registration_id: str
    country: str
    region: str
    sort_key: str
    applied_at: datetime
    active_at: datetime | None


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """One event of the record with who acted; an operator sees every company's people here, and no price anywhere."""

    id: UUID
    position: int
    type: str
    aggregate: str
    aggregate_id: UUID
    version: int
    actor_id: UUID | None
    actor_name: str | None
    company_id: UUID | None
    company_name: str | None
    request_id: str | None
    from_state: str | None
    to_state: str | None
    at: datetime
    payload: dict[str, Any]


class Named(msgspec.Struct, frozen=True):
    """A person or a company by its name."""

    id: UUID
    name: str


class Lookalike(msgspec.Struct, frozen=True, kw_only=True):
    """Another company, and what it has the same: its bank account, its address or both."""

    id: UUID
    name: str
    registration_id: str
    status: CompanyStatus
    bank: bool
    address: bool


class Staff(msgspec.Struct, frozen=True, kw_only=True):
    """A person of a company, for operators."""

    id: UUID
    name: str
    email: str
    roles: tuple[MemberRole, ...]
