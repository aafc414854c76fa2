"""The deadline of an RFQ, acted on by the exchange: bids end, quotes open, and what is left of them ends with the RFQ."""

from uuid import UUID

from exchange import events
from exchange.db import Tx
from exchange.domain.rfq import store
from exchange.domain.rfq.model import LIFECYCLE


async def close(tx: Tx, rfq: UUID) -> bool:
    """End the time for quotes when the deadline has passed by the clock after the lock; False: nothing to do."""
    step = LIFECYCLE.step("close")
    moved = await store.close(tx, rfq, step.from_, step.to)
    if moved is None:
        return False
    await events.append(tx, step.event, rfq, moved.version, from_state=moved.was, to_state=step.to, audience=(moved.buyer_id,))
    return True
