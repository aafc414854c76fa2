"""The clock of deliveries: goods accepted by silence, a proposal to close the remainder that nobody answered."""

from collections.abc import Mapping
from typing import Final

from exchange.db import Tx
from exchange.domain.delivery import closing, service
from exchange.jobs.kinds import Handler, Internal, Job


async def accept_delivery(tx: Tx, job: Job) -> None:
    await service.accept_by_silence(tx, job.uuid("id"))


async def escalate_closing(tx: Tx, job: Job) -> None:
    await closing.escalate(tx, job.uuid("id"))


HANDLERS: Final[Mapping[str, Handler]] = {
    "accept_delivery": Internal(accept_delivery),
    "escalate_closing": Internal(escalate_closing),
}
