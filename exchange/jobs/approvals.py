"""The clock of approvals: those who are asked are reminded, then the owners may decide too, then the request ends."""

from collections.abc import Mapping
from typing import Final

from exchange.db import Tx
from exchange.domain.approval import deciding, service
from exchange.jobs.kinds import Handler, Internal, Job


async def _remind(tx: Tx, job: Job) -> None:
    await service.remind(tx, job.uuid("id"), "remind")


async def _escalate(tx: Tx, job: Job) -> None:
    await service.remind(tx, job.uuid("id"), "escalate")


async def _expire(tx: Tx, job: Job) -> None:
    await deciding.expire(tx, job.uuid("id"))


HANDLERS: Final[Mapping[str, Handler]] = {
    "remind_approval": Internal(_remind),
    "escalate_approval": Internal(_escalate),
    "expire_approval": Internal(_expire),
}
