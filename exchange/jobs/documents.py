"""The end of a document comes near, and comes: its company is warned, then the badge counts it no longer."""

from collections.abc import Mapping
from typing import Final

from exchange.db import Tx
from exchange.domain.document import service
from exchange.jobs.kinds import Handler, Internal, Job

MONTH_DAYS: Final = 30
WEEK_DAYS: Final = 7


async def warn_month(tx: Tx, job: Job) -> None:
    await service.warn(tx, job.uuid("id"), MONTH_DAYS)


async def warn_week(tx: Tx, job: Job) -> None:
    await service.warn(tx, job.uuid("id"), WEEK_DAYS)


async def expire(tx: Tx, job: Job) -> None:
    await service.expire(tx, job.uuid("id"))


HANDLERS: Final[Mapping[str, Handler]] = {
    "warn_document_month": Internal(warn_month),
    "warn_document_week": Internal(warn_week),
    "expire_document": Internal(expire),
}
