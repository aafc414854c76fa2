"""Jobs that look for companies which belong together: after a change of a company, a sign-in on a new device, a quote."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.connection import service
from exchange.jobs.kinds import Handler, Internal, Job

# Of a bank account's event the company is that of the account, else the object is the company itself.
COMPANY_OF: Final = "SELECT b.company_id FROM bank_account AS b WHERE b.id = $1"


async def _mark(tx: Tx, job: Job) -> None:
    subject = job.uuid("aggregate_id")
    found: UUID | None = await tx.value(COMPANY_OF, subject)
    await service.mark(tx, found or subject)


async def _flag(tx: Tx, job: Job) -> None:
    await service.flag(tx, job.uuid("company_id"))


async def _bids(tx: Tx, job: Job) -> None:
    await service.flag_bids(tx, job.uuid("aggregate_id"))


HANDLERS: Final[Mapping[str, Handler]] = {
    "mark_company": Internal(_mark),
    "flag_company": Internal(_flag),
    "flag_bids": Internal(_bids),
}
