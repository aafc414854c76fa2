"""A published RFQ meets the offers: asks the matcher, keeps what it found, tells suppliers in the same transaction."""

import asyncio
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.pairing import pairing, store
from exchange.jobs.kinds import Handler, Internal, Job, Later
from exchange.jobs.tell import tell
from matching.client import MatcherClient, MatcherUnavailable
from schemas.matching import Freshness

# The sequencer places the RFQ's event within 50 ms; then the matcher knows every offer published before it.
PLACING_S: Final = 1.0
LOOK_EVERY_S: Final = 0.01
AGAIN_S: Final = 0.5


class Pairing:
    """The job `pair_rfq` over one connection to the matcher."""

    def __init__(self, matcher: MatcherClient, *, placing_s: float = PLACING_S) -> None:
        self._matcher = matcher
        self._placing_s = placing_s

    async def pair(self, tx: Tx, job: Job) -> None:
        rfq = await store.asked(tx, job.uuid("aggregate_id"))
        if rfq is None or rfq.status != "open":
            return
        needs = await pairing.needs(tx, rfq)
        position = await self._position(tx, job.uuid("event_id"))
        try:
            answers = await self._matcher.match(needs, Freshness(position=position))
        except MatcherUnavailable:
            raise Later(AGAIN_S) from None
        await pairing.record(tx, rfq, answers, tell)

    async def _position(self, tx: Tx, event: UUID) -> int:
        for _ in range(max(1, int(self._placing_s / LOOK_EVERY_S))):
            position = await store.position(tx, event)
            if position is not None:
                return position
            await asyncio.sleep(LOOK_EVERY_S)
        raise Later(AGAIN_S)


def handlers(matcher: MatcherClient) -> Mapping[str, Handler]:
    """Pairing is short, and comes before everything else that waits."""
    return {"pair_rfq": Internal(Pairing(matcher).pair)}
