"""An approval request: a commitment above the company's limit that waits for another person."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange.domain.transition import Lifecycle, Transition
from exchange.errors import DomainError

Kind = Literal["rfq", "award", "order"]
Status = Literal["pending", "approved", "rejected", "recalled", "expired"]
LIFECYCLE: Final = Lifecycle(
    noun="approval",
    table="approval_request",
    initial=("pending",),
    transitions=(
        Transition("approve", ("pending",), "approved", "approval.decide", "approval.decided"),
        Transition("reject", ("pending",), "rejected", "approval.decide", "approval.decided"),
        Transition("recall", ("pending",), "recalled", "award.write", "approval.recalled"),
        Transition("expire", ("pending",), "expired", "job", "approval.expired", deadline="due_at"),
    ),
)
DUE_IN_DAYS: Final = 2


class OwnRequest(DomainError):
    status = 403
    code = "own-request"
    title = "Another person must decide"
    detail = "Nobody approves their own request. Ask a colleague with the role approver or owner."


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `approval_request` with the requester's name and the number and title of what it is about."""

    id: UUID
    version: int
    company_id: UUID
    kind: Kind
    object_id: UUID
    object_version: int
    status: Status
    currency: str
    gross_minor: int
    requested_by: UUID
    requested_by_name: str
    requested_at: datetime
    due_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    comment: str
    title: str


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """A request as the exchange itself reads it."""

    id: UUID
    kind: Kind
    object_id: UUID
    company_id: UUID
    status: Status


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """Above what gross value, in which currency, the acting company asks a second person; null: never."""

    limit_minor: int | None
    currency: str


class Settled(msgspec.Struct, frozen=True):
    """A request that is no longer pending."""

    id: UUID
    version: int
    company_id: UUID
