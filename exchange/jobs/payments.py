"""The clock of direct payments: a seller who does not answer an announced one is reminded, then it is escalated."""

from collections.abc import Mapping
from typing import Final

from exchange.db import Tx
from exchange.domain.payment import waiting
from exchange.jobs.kinds import Handler, Internal, Job


async def remind_payment(tx: Tx, job: Job) -> None:
    await waiting.remind(tx, job.uuid("id"))


async def escalate_payment(tx: Tx, job: Job) -> None:
    await waiting.escalate(tx, job.uuid("id"))


HANDLERS: Final[Mapping[str, Handler]] = {
    "remind_payment": Internal(remind_payment),
    "escalate_payment": Internal(escalate_payment),
}
