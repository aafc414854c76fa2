"""The time for the other side's review has passed: the one that was written is published, and both are told."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.review import service
from exchange.jobs.kinds import Handler, Internal, Job

ORDER_OF: Final = "SELECT r.order_id FROM review AS r WHERE r.id = $1"


async def publish_review(tx: Tx, job: Job) -> None:
    order: UUID | None = await tx.value(ORDER_OF, job.uuid("id"))
    if order is not None:
        await service.publish(tx, order)


HANDLERS: Final[Mapping[str, Handler]] = {"publish_review": Internal(publish_review)}
