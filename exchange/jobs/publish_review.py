"""The time for the other side's review has passed: the one that was written is published, and both are told."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec

from exchange import events
from exchange.db import Tx
from exchange.jobs.kinds import Handler, Internal, Job


class Waiting(msgspec.Struct, frozen=True):
    """A review that is not published, with the version it will have."""

    id: UUID
    order_id: UUID
    author_company_id: UUID
    subject_company_id: UUID
    next_version: int


WAITING: Final = """
SELECT r.id, r.order_id, r.author_company_id, r.subject_company_id, r.version + 1 AS next_version
FROM review AS r WHERE r.id = $1 AND r.status = 'written' AND r.publish_at <= market_now() FOR UPDATE
"""

PUBLISH: Final = "SELECT publish_reviews($1)"


async def publish_review(tx: Tx, job: Job) -> None:
    review = await tx.maybe(Waiting, WAITING, job.uuid("id"))
    if review is None:
        return
    await tx.value(PUBLISH, review.order_id)
    await events.append(
        tx,
        "review.published",
        review.id,
        review.next_version,
        from_state="written",
        to_state="published",
        audience=(review.author_company_id, review.subject_company_id),
        payload={"order_id": str(review.order_id)},
    )


HANDLERS: Final[Mapping[str, Handler]] = {"publish_review": Internal(publish_review)}
