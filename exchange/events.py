"""The one record of what happened: an event and the jobs that follow from it, in the caller's transaction."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.ids import new_id
from exchange.reactions import QUIET, REACTIONS, TELL

# One event and the jobs that follow, in one round trip.
APPEND: Final = """
WITH recorded AS (
    INSERT INTO event (id, type, aggregate, aggregate_id, version, actor_id, company_id, audience, request_id,
        from_state, to_state, at, payload)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, market_now(), $12)
)
INSERT INTO job (id, kind, dedupe_key, payload, priority)
SELECT j.id, j.kind, $1::text || ':' || j.kind, $13, j.priority
FROM unnest($14::uuid[], $15::text[], $16::smallint[]) AS j (id, kind, priority)
"""


async def append(
    tx: Tx,
    type_: str,
    aggregate_id: UUID,
    version: int,
    *,
    from_state: str | None = None,
    to_state: str | None = None,
    audience: Sequence[UUID] = (),
    payload: Mapping[str, str | int | bool | None] | None = None,
) -> UUID:
    """Record one event of type ``noun.what`` about version `version` of an object; returns its id.

    `audience` names the companies that may know besides the acting one. `payload` holds ids, versions and states only.
    """
    event_id = new_id()
    aggregate = type_.partition(".")[0]
    reactions = REACTIONS.get(type_, ()) + (() if type_ in QUIET else (TELL,))
    job_ids = [new_id() for _ in reactions]
    await tx.execute(
        APPEND,
        event_id,
        type_,
        aggregate,
        aggregate_id,
        version,
        tx.ctx.person_id,
        tx.ctx.company_id,
        list(audience),
        tx.ctx.request_id or None,
        from_state,
        to_state,
        dict(payload or {}),
        {"event_id": str(event_id), "type": type_, "aggregate_id": str(aggregate_id), "version": version},
        job_ids,
        [reaction.kind for reaction in reactions],
        [reaction.priority for reaction in reactions],
    )
    tx.wake.extend(job_ids)
    return event_id


# A job that follows from no event of its own: a deadline, a retry by hand. Nothing when its key exists. The conflict has
# no target: naming dedupe_key would need the right to read jobs, which the api role has not.
ENQUEUE: Final = """
INSERT INTO job (id, kind, dedupe_key, payload, priority) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
"""


async def enqueue(tx: Tx, kind: str, dedupe_key: str, payload: Mapping[str, object], *, priority: int = 5) -> None:
    """Insert a job once per `dedupe_key`; runs after this transaction commits."""
    job_id = new_id()
    await tx.execute(ENQUEUE, job_id, kind, dedupe_key, dict(payload), priority)
    tx.wake.append(job_id)


# Many events of one type that no job follows, in one round trip.
APPEND_QUIET: Final = """
INSERT INTO event (id, type, aggregate, aggregate_id, version, actor_id, company_id, request_id, to_state, at)
SELECT e.id, $1, split_part($1, '.', 1), e.aggregate_id, e.version, $2, $3, $4, e.to_state, market_now()
FROM unnest($5::uuid[], $6::uuid[], $7::integer[], $8::text[]) AS e (id, aggregate_id, version, to_state)
"""


async def append_quiet(tx: Tx, type_: str, changes: Sequence[tuple[UUID, int, str]]) -> None:
    """Record one event each for (object, version, state) of a bulk change; only for types that nobody is told of."""
    assert type_ in QUIET, "somebody waits for this event"
    if not changes:
        return
    await tx.execute(
        APPEND_QUIET,
        type_,
        tx.ctx.person_id,
        tx.ctx.company_id,
        tx.ctx.request_id or None,
        [new_id() for _ in changes],
        [item[0] for item in changes],
        [item[1] for item in changes],
        [item[2] for item in changes],
    )
