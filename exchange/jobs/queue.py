"""The one door to the job table: claim, hold, finish, try again, bury. Every statement names the lease it acts under."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import msgspec

from exchange.db import Tx
from exchange.jobs.kinds import Job, LeaseLost

# Takes due jobs of the given kinds, woken or not, new or with an expired lease. next_at moves forward by the kind's
# lease, so a job whose worker dies is due again then; a job that is locked by its own transaction is passed over.
# $2 is how far the runner's clock is ahead of the database's: zero in service.
CLAIM: Final = """
WITH due AS MATERIALIZED (
    SELECT d.id FROM job AS d
    WHERE d.state IN ('new', 'running') AND d.next_at <= (SELECT clock_timestamp() + $2::interval) AND d.kind = ANY ($3::text[])
    ORDER BY d.priority, d.next_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
UPDATE job AS j SET state = 'running', attempts = j.attempts + 1, lease_token = gen_random_uuid(),
    next_at = clock_timestamp() + $2::interval + make_interval(secs => k.lease_s)
FROM due, unnest($3::text[], $4::float8[]) AS k (kind, lease_s)
WHERE j.id = due.id AND k.kind = j.kind
RETURNING j.id, j.kind, j.payload, j.attempts, j.lease_token
"""


async def claim(tx: Tx, most: int, lease_s: Mapping[str, float], ahead: timedelta) -> list[Job]:
    """At most `most` due jobs of the kinds in `lease_s`, which are ours for that many seconds after the commit."""
    return await tx.many(Job, CLAIM, most, ahead, list(lease_s), list(lease_s.values()))


# The row lock of an internal job's transaction; nothing when it is done or another worker's.
HOLD: Final = "SELECT true FROM job WHERE id = $1 AND lease_token = $2 AND state = 'running' FOR UPDATE"


async def hold(tx: Tx, job: Job) -> bool:
    """Lock the job to the end of this transaction; False: there is nothing left to do."""
    return bool(await tx.value(HOLD, job.id, job.lease_token))


DONE: Final = """
UPDATE job SET state = 'done', done_at = clock_timestamp()
WHERE id = $1 AND lease_token = $2 AND state = 'running' RETURNING true
"""


async def finish(tx: Tx, job: Job) -> None:
    """Mark it done in the transaction of its effects. Raises LeaseLost, which undoes them all."""
    if not await tx.value(DONE, job.id, job.lease_token):
        raise LeaseLost


FINISHED: Final = "SELECT true FROM job WHERE id = $1 AND lease_token = $2 AND state = 'done'"


async def conclude(tx: Tx, job: Job) -> bool:
    """Mark an outside job done unless its handler did; False: the lease is another worker's, whose outcome counts."""
    return bool(await tx.value(DONE, job.id, job.lease_token) or await tx.value(FINISHED, job.id, job.lease_token))


# Back to new, to be claimed after $3 seconds. $4 = attempts to give back, $5 = why, or null to keep the last reason.
AGAIN: Final = """
UPDATE job SET state = 'new', lease_token = NULL, attempts = attempts - $4,
    next_at = clock_timestamp() + $6::interval + make_interval(secs => $3), last_error = coalesce($5, last_error)
WHERE id = $1 AND lease_token = $2 AND state = 'running' RETURNING true
"""


async def again(tx: Tx, job: Job, delay_s: float, *, ahead: timedelta, why: str | None = None) -> bool:
    """Put it back for `delay_s`. With a reason the attempt counts as failed; without one it is given back."""
    return bool(await tx.value(AGAIN, job.id, job.lease_token, delay_s, 1 if why is None else 0, why, ahead))


BURY: Final = """
UPDATE job SET state = 'dead', lease_token = NULL, last_error = coalesce($3, last_error)
WHERE id = $1 AND lease_token = $2 AND state = 'running' RETURNING true
"""


async def bury(tx: Tx, job: Job, why: str | None) -> bool:
    """A dead letter: it keeps its payload and its last error until an operator decides."""
    return bool(await tx.value(BURY, job.id, job.lease_token, why))


class State(msgspec.Struct, frozen=True):
    """How the queue and the sequencer do; ages in seconds, 0 when nothing waits."""

    oldest_due_s: float
    dead: int
    sequencer_lag_s: float


# The health of the queue in one row.
STATE: Final = """
SELECT
    (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(j.next_at)), 0)::float8 FROM job AS j
     WHERE j.state IN ('new', 'running') AND j.next_at <= clock_timestamp()) AS oldest_due_s,
    (SELECT count(*) FROM job AS j WHERE j.state = 'dead') AS dead,
    (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(e.recorded_at)), 0)::float8 FROM event AS e
     WHERE e.position IS NULL) AS sequencer_lag_s
"""


async def state(tx: Tx) -> State:
    return await tx.one(State, STATE)
