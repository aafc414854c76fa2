"""A review: its states, its row and what can be refused."""

from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange.domain.transition import Lifecycle, Transition
from exchange.errors import DomainError

LIFECYCLE: Final = Lifecycle(
    noun="review",
    table="review",
    initial=("written",),
    transitions=(Transition("publish", ("written",), "published", "job", "review.published", deadline="publish_at"),),
)
BLIND_PERIOD: Final = timedelta(days=7)


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `review` with its author's name."""

    id: UUID
    version: int
    order_id: UUID
    author_company_id: UUID
    author: str
    subject_company_id: UUID
    status: Literal["written", "published"]
    score: int
    text: str
    created_at: datetime
    publish_at: datetime
    published_at: datetime | None


class AlreadyReviewed(DomainError):
    status = 409
    code = "already-reviewed"
    title = "You have reviewed this order"
    detail = "A review of your company stands for this order; one is enough."


class ReviewClosed(DomainError):
    """The other side's review is public, so one written now would not be blind."""

    status = 409
    code = "review-closed"
    title = "The time to review has passed"
    detail = "The other side's review is published already; a review is written before one reads the other's."


class Published(msgspec.Struct, frozen=True):
    """A review that has just become public, at its new version."""

    id: UUID
    version: int
    author_company_id: UUID
    subject_company_id: UUID
