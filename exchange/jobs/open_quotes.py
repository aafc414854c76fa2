"""The end of an RFQ's time: bids stop at the deadline, quotes open, what is left ends when the RFQ does."""

from collections.abc import Mapping
from typing import Final

from exchange.db import Tx
from exchange.domain.quote import opening
from exchange.domain.rfq import closing
from exchange.jobs.kinds import Handler, Internal, Job


async def _close(tx: Tx, job: Job) -> None:
    await closing.close(tx, job.uuid("id"))


async def _open(tx: Tx, job: Job) -> None:
    await opening.open_quotes(tx, job.uuid("aggregate_id"))


async def _end(tx: Tx, job: Job) -> None:
    await opening.end_quotes(tx, job.uuid("aggregate_id"))


HANDLERS: Final[Mapping[str, Handler]] = {
    "close_rfq": Internal(_close),
    "open_quotes": Internal(_open),
    "end_quotes": Internal(_end),
}
