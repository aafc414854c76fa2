"""The one record of what happened: an event and the jobs that follow from it, in the caller's transaction."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.ids import new_id
from exchange.reactions import QUIET, REACTIONS, TELL

# Events in their order and the jobs that follow, in one round trip.
APPEND: Final = """
WITH recorded AS (
    INSERT INTO event (id, type, aggregate, aggregate_id, version, actor_id, company_id, audience, request_id,
        from_state, to_state, at, payload)
    SELECT e.id, e.type, split_part(e.type, '.', 1), e.aggregate_id, e.version, $1, $2, e.audience, $3, e.from_state, e.to_state,
        market_now(), e.payload
    FROM jsonb_to_recordset($4) AS e (id uuid, type text, aggregate_id uuid, version integer, audience uuid[], from_state text,
        to_state text, payload jsonb)
)
INSERT INTO job (id, kind, dedupe_key, payload, priority)
SELECT j.id, j.kind, j.event_id::text || ':' || j.kind, jsonb_build_object('event_id', j.event_id, 'type', j.type,
    'aggregate_id', j.aggregate_id, 'version', j.version), j.priority
FROM jsonb_to_recordset($5) AS j (id uuid, kind text, event_id uuid, type text, aggregate_id uuid, version integer,
    priority smallint)
"""


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """An event of type ``noun.what`` about version `version` of an object.

    `audience` names the companies that may know besides the acting one. `payload` holds ids, versions and states only.
    """

    id: UUID = msgspec.field(default_factory=new_id)
    type: str
    aggregate_id: UUID
    version: int
    from_state: str | None = None
    to_state: str | None = None
    audience: Sequence[UUID] = ()
    payload: Mapping[str, str | int | bool | None] = {}


class _Job(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from one event."""

    id: UUID = msgspec.field(default_factory=new_id)
    kind: str
    priority: int
    event_id: UUID
    type: str
    aggregate_id: UUID
    version: int


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
    """Record one event; returns its id."""
    event = Happened(
        type=type_,
        aggregate_id=aggregate_id,
        version=version,
        from_state=from_state,
        to_state=to_state,
        audience=audience,
        payload=payload or {},
    )
    await append_all(tx, (event,))
    return event.id


async def append_all(tx: Tx, happened: Sequence[Happened]) -> None:
    """Record several events in their order, in one round trip."""
    jobs = [
        _Job(
            kind=reaction.kind,
            priority=reaction.priority,
            event_id=event.id,
            type=event.type,
            aggregate_id=event.aggregate_id,
            version=event.version,
        )
        for event in happened
        for reaction in REACTIONS.get(event.type, ()) + (() if event.type in QUIET else (TELL,))
    ]
    await tx.execute(APPEND, tx.ctx.person_id, tx.ctx.company_id, tx.ctx.request_id or None, happened, jobs)
    tx.wake.extend(job.id for job in jobs)


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
