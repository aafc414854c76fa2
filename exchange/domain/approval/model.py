"""An approval request: a commitment that waits for those whom the company's policy names."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange.domain.approval.rules import Asked, Route, Step, Tier, Vote
from exchange.domain.transition import Lifecycle, Transition
from exchange.errors import DomainError
from schemas.approval import CommitmentKind, Why
from schemas.company import MemberRole

Kind = CommitmentKind
Status = Literal["pending", "approved", "rejected", "recalled", "expired"]
LIFECYCLE: Final = Lifecycle(
    noun="approval",
    table="approval_request",
    initial=("pending",),
    transitions=(
        Transition("approve", ("pending",), "approved", "approval.decide", "approval.decided"),
        Transition("reject", ("pending",), "rejected", "approval.decide", "approval.decided"),
        Transition("recall", ("pending",), "recalled", "approval.recall", "approval.recalled"),
        Transition("remind", ("pending",), "pending", "job", "approval.reminded", deadline="remind_at"),
        Transition("escalate", ("pending",), "pending", "job", "approval.escalated", deadline="escalate_at"),
        Transition("expire", ("pending",), "expired", "job", "approval.expired", deadline="due_at"),
    ),
)
# Each step has so long: a quarter of it until those who are asked are reminded, half of it until the owners may decide too.
STEP_DAYS: Final = 4


class OwnRequest(DomainError):
    status = 403
    code = "own-request"
    title = "Another person must decide"
    detail = "Nobody approves their own request. Ask a colleague who is named on its page."


class NotAsked(DomainError):
    status = 403
    code = "not-asked"
    title = "You are not asked"
    detail = "The policy of your company names others for this step. Its page says who."


class AlreadyDecided(DomainError):
    status = 409
    code = "already-decided"
    title = "You have decided"
    detail = "Your voice in this step is recorded already; one counts once."


class StepPassed(DomainError):
    status = 409
    code = "step-passed"
    title = "This step has what it needs"
    detail = "Step %(seen)s is complete; now step %(current)s waits. Look at the request again."


class _Asking(msgspec.Struct, frozen=True, kw_only=True):
    """What both say of whose turn it is."""

    requested_by: UUID
    policy_version: int | None
    step: int
    steps: tuple[Step, ...]
    escalated_at: datetime | None

    @property
    def asked(self) -> Asked:
        return Asked(
            steps=self.steps,
            step=self.step,
            requested_by=self.requested_by,
            policy=self.policy_version is not None,
            escalated=self.escalated_at is not None,
        )


class Approval(_Asking, frozen=True, kw_only=True):
    """A row of `approval_request` with the requester's name and the number and title of what it is about."""

    id: UUID
    version: int
    company_id: UUID
    kind: Kind
    object_id: UUID
    object_version: int
    status: Status
    currency: str
    gross_minor: int | None
    requested_by_name: str
    requested_at: datetime
    due_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    comment: str
    title: str
    from_minor: int | None
    why: Why
    opinion_roles: tuple[MemberRole, ...]
    opinion_people: tuple[UUID, ...]
    remind_at: datetime | None
    escalate_at: datetime | None
    own: bool


class Held(_Asking, frozen=True, kw_only=True):
    """A request under lock, as its rules and the exchange itself read it; `in_time` by the clock after the wait."""

    id: UUID
    version: int
    kind: Kind
    object_id: UUID
    company_id: UUID
    status: Status
    due_at: datetime
    in_time: bool
    opinion_roles: tuple[MemberRole, ...]
    opinion_people: tuple[UUID, ...]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a request belongs, read without a lock: its object is locked first."""

    id: UUID
    kind: Kind
    object_id: UUID
    company_id: UUID


class Settled(msgspec.Struct, frozen=True):
    """A request that has changed."""

    id: UUID
    version: int
    company_id: UUID


class Colleague(msgspec.Struct, frozen=True):
    """A person of the company and their roles."""

    person_id: UUID
    roles: tuple[str, ...]


class Away(msgspec.Struct, frozen=True):
    """Who is away now, and who decides instead."""

    person_id: UUID
    deputy_id: UUID | None
    ends_at: datetime


class Said(Vote, frozen=True, kw_only=True):
    """A row of `approval_decision`."""

    request_id: UUID
    comment: str
    at: datetime


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `approval_policy`."""

    id: UUID
    kind: Kind
    version: int
    active: bool
    currency: str
    tiers: tuple[Tier, ...]
    # Null: the exchange, from the limit that stood before; or there never was a version.
    changed_by: UUID | None
    changed_at: datetime | None


class Absence(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `absence`."""

    id: UUID
    version: int
    person_id: UUID
    deputy_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: a commitment of one company at one version, by one person, under a pinned route."""

    company_id: UUID
    kind: Kind
    object_id: UUID
    object_version: int
    currency: str
    gross_minor: int | None
    requested_by: UUID
    route: Route
    # The object itself waits no longer than this.
    until: datetime | None = None
