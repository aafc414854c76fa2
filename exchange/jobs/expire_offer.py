"""An offer's validity has passed: it expires, and its seller is told."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec

from exchange import events
from exchange.db import Tx
from exchange.domain.offer.model import LIFECYCLE
from exchange.jobs.kinds import Handler, Internal, Job


class Expired(msgspec.Struct, frozen=True):
    """The offer as it is now, and the state it was in."""

    version: int
    company_id: UUID
    was: str


# Nothing when the seller has withdrawn it or made it valid for longer meanwhile.
EXPIRE: Final = """
WITH l AS MATERIALIZED (SELECT o.id, o.status, o.valid_until FROM offer AS o WHERE o.id = $1 FOR UPDATE)
UPDATE offer AS o SET status = $3, version = o.version + 1, updated_at = market_now()
FROM l WHERE o.id = l.id AND l.status = ANY ($2) AND l.valid_until <= market_now()
RETURNING o.version, o.company_id, l.status AS was
"""


async def expire_offer(tx: Tx, job: Job) -> None:
    step = LIFECYCLE.step("expire")
    offer = job.uuid("id")
    expired = await tx.maybe(Expired, EXPIRE, offer, list(step.from_), step.to)
    if expired is not None:
        await events.append(
            tx,
            step.event,
            offer,
            expired.version,
            from_state=expired.was,
            to_state=step.to,
            audience=(expired.company_id,),
        )


HANDLERS: Final[Mapping[str, Handler]] = {"expire_offer": Internal(expire_offer)}
