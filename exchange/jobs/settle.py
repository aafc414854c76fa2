"""What the money does once goods were accepted: settle an order, complete it, end one that was not paid for."""

from collections.abc import Mapping
from typing import Final

from exchange.db import Tx
from exchange.domain.payment import settling, store
from exchange.jobs.kinds import Handler, Internal, Job


async def settle_order(tx: Tx, job: Job) -> None:
    """Follows an event of the order, or of one of its deliveries, invoices or instalments."""
    order = await store.order_of(tx, job.uuid("aggregate_id"))
    if order is not None:
        await settling.settle_order(tx, order)


async def complete_order(tx: Tx, job: Job) -> None:
    order = await store.order_of(tx, job.uuid("aggregate_id"))
    if order is not None:
        await settling.complete_order(tx, order)


async def lapse_instalment(tx: Tx, job: Job) -> None:
    """The time to pay into protection has passed."""
    await settling.lapse_unpaid(tx, job.uuid("id"))


HANDLERS: Final[Mapping[str, Handler]] = {
    "settle_order": Internal(settle_order),
    "complete_order": Internal(complete_order),
    "lapse_instalment": Internal(lapse_instalment),
}
