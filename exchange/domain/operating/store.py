"""SQL of what operators watch."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.operating.model import AuditRow, JobRow, Lookalike, MemberRow, Named, Overview, Retried, Staff

OVERVIEW: Final = """
SELECT
    (SELECT count(*) FROM (SELECT FROM company AS c WHERE c.status = 'applied' LIMIT 1000) AS x) AS applied,
    (SELECT count(*) FROM (SELECT FROM company AS c WHERE c.status = 'in_review' LIMIT 1000) AS x) AS in_review,
    (SELECT min(c.applied_at) FROM company AS c WHERE c.status IN ('applied', 'in_review')) AS oldest_applied_at,
    (SELECT count(*) FROM (SELECT FROM deposit AS d WHERE d.status = 'entered' LIMIT 1000) AS x) AS deposits,
    (SELECT d.entered_at FROM deposit AS d WHERE d.status = 'entered' ORDER BY d.id LIMIT 1) AS oldest_deposit_at,
    (SELECT count(*) FROM (SELECT FROM company AS c WHERE c.status = 'active' LIMIT 1000) AS x) AS members,
    (SELECT count(*) FROM (SELECT FROM company AS c WHERE c.status = 'suspended' LIMIT 1000) AS x) AS suspended,
    (SELECT count(*) FROM (SELECT FROM job AS j WHERE j.state IN ('new', 'running')
        AND j.next_at <= (SELECT clock_timestamp()) LIMIT 1000) AS x) AS jobs_due,
    (SELECT count(*) FROM (SELECT FROM job AS j WHERE j.state = 'dead' LIMIT 1000) AS x) AS jobs_dead,
    coalesce((SELECT extract(epoch FROM clock_timestamp() - min(j.next_at)) FROM job AS j
        WHERE j.state = 'new' AND j.next_at <= (SELECT clock_timestamp())), 0)::float8 AS late_s,
    (SELECT count(*) FROM (SELECT FROM event AS e WHERE e.position IS NULL LIMIT 1000) AS x) AS unsequenced,
    h.position AS head, h.hash AS head_hash, h.at AS head_at,
    (SELECT count(*) FROM (SELECT FROM webhook_delivery AS w WHERE w.status = 'failed' LIMIT 1000) AS x) AS webhooks_failed
FROM (SELECT 1) AS one
LEFT JOIN LATERAL (SELECT e.position, e.hash, e.at FROM event AS e WHERE e.position IS NOT NULL
    ORDER BY e.position DESC LIMIT 1) AS h ON true
"""


async def overview(tx: Tx) -> Overview:
    return await tx.one(Overview, OVERVIEW)


# What waits and runs, newest first; a cursor is the id of the last one shown. The states stand in the statement, so that the
# planner knows how few jobs are in them.
OPEN_JOBS: Final = """
SELECT j.id, j.kind, j.state, j.attempts, j.payload, j.last_error, j.created_at, j.next_at, j.done_at
FROM job AS j WHERE j.state IN ('new', 'running') AND j.id < least($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
ORDER BY j.id DESC LIMIT $2
"""


async def open_jobs(tx: Tx, before: UUID | None, limit: int) -> list[JobRow]:
    return await tx.many(JobRow, OPEN_JOBS, before, limit)


# The dead letters, the same way.
DEAD_JOBS: Final = """
SELECT j.id, j.kind, j.state, j.attempts, j.payload, j.last_error, j.created_at, j.next_at, j.done_at
FROM job AS j WHERE j.state = 'dead' AND j.id < least($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
ORDER BY j.id DESC LIMIT $2
"""


async def dead_jobs(tx: Tx, before: UUID | None, limit: int) -> list[JobRow]:
    return await tx.many(JobRow, DEAD_JOBS, before, limit)


JOB: Final = """
SELECT j.id, j.kind, j.state, j.attempts, j.payload, j.last_error, j.created_at, j.next_at, j.done_at
FROM job AS j WHERE j.id = $1
"""


async def job(tx: Tx, job_id: UUID) -> JobRow | None:
    return await tx.maybe(JobRow, JOB, job_id)


# A dead job lives again, with all its attempts before it. Real time: leases and retries know no market clock.
RETRY: Final = """
UPDATE job SET state = 'new', attempts = 0, next_at = clock_timestamp(), lease_token = NULL
WHERE id = $1 AND state = 'dead' RETURNING id, attempts + 1 AS attempts
"""


async def retry(tx: Tx, job_id: UUID) -> Retried | None:
    """Nothing for a job that is not dead."""
    return await tx.maybe(Retried, RETRY, job_id)


# All companies by name; `find` is a folded part of the name or a registration number, and a cursor the last (name, id).
MEMBERS: Final = """
SELECT c.id, c.status, c.legal_name, c.display_name, c.registration_id, c.country, c.region, c.sort_key, c.applied_at,
    c.active_at
FROM company AS c
WHERE ($1::text IS NULL OR c.status = $1)
    AND ($2::text IS NULL OR strpos(c.sort_key, $2) > 0 OR c.registration_id = $3 OR strpos(upper(c.legal_name), $4) > 0)
    AND (c.sort_key, c.id)
        > (greatest($5::text, ''), greatest($6::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY c.sort_key, c.id LIMIT $7
"""


async def members(
    tx: Tx, status: str | None, folded: str | None, typed: str | None, after: tuple[str, UUID] | None, limit: int
) -> list[MemberRow]:
    upper = None if typed is None else typed.upper()
    return await tx.many(MemberRow, MEMBERS, status, folded, typed, upper, *(after or (None, None)), limit)


# The record of everybody, newest first; a cursor is the position of the last one shown.
AUDIT: Final = """
SELECT e.id, e.position, e.type, e.aggregate, e.aggregate_id, e.version, e.actor_id, p.name AS actor_name, e.company_id,
    c.display_name AS company_name, e.request_id, e.from_state, e.to_state, e.at, e.payload
FROM event AS e
LEFT JOIN person AS p ON p.id = e.actor_id
LEFT JOIN company AS c ON c.id = e.company_id
WHERE e.position < least($1::bigint, 9223372036854775807)
ORDER BY e.position DESC LIMIT $2
"""

# The same of one kind of object $1, of types that begin with $4. BETWEEN, for with = the planner would sort by position alone
# and read all kinds along that index.
AUDIT_OF: Final = """
SELECT e.id, e.position, e.type, e.aggregate, e.aggregate_id, e.version, e.actor_id, p.name AS actor_name, e.company_id,
    c.display_name AS company_name, e.request_id, e.from_state, e.to_state, e.at, e.payload
FROM event AS e
LEFT JOIN person AS p ON p.id = e.actor_id
LEFT JOIN company AS c ON c.id = e.company_id
WHERE e.aggregate BETWEEN $1 AND $1 AND e.position < least($2::bigint, 9223372036854775807) AND starts_with(e.type, $4)
ORDER BY e.aggregate DESC, e.position DESC LIMIT $3
"""

# The same about one of the objects, companies, people or requests $4 and $5: each by an index of its own.
AUDIT_ABOUT: Final = """
SELECT e.id, e.position, e.type, e.aggregate, e.aggregate_id, e.version, e.actor_id, p.name AS actor_name, e.company_id,
    c.display_name AS company_name, e.request_id, e.from_state, e.to_state, e.at, e.payload
FROM event AS e
LEFT JOIN person AS p ON p.id = e.actor_id
LEFT JOIN company AS c ON c.id = e.company_id
WHERE e.position < least($2::bigint, 9223372036854775807) AND ($1::text IS NULL OR starts_with(e.type, $1))
    AND (e.aggregate_id = ANY ($4::uuid[]) OR e.company_id = ANY ($4) OR e.actor_id = ANY ($4) OR e.request_id = $5)
ORDER BY e.position DESC LIMIT $3
"""


POSITION_AT: Final = "SELECT event_position_at($1)"


async def position_at(tx: Tx, moment: datetime) -> int:
    """The last position at a moment, 0 before the first event."""
    position: int = await tx.value(POSITION_AT, moment)
    return position


async def audit(
    tx: Tx, objects: Sequence[UUID] | None, request_id: str | None, type_: str | None, before: int | None, limit: int
) -> list[AuditRow]:
    if objects is None and type_ is not None:
        return await tx.many(AuditRow, AUDIT_OF, type_.partition(".")[0], before, limit, type_)
    if objects is None:
        return await tx.many(AuditRow, AUDIT, before, limit)
    return await tx.many(AuditRow, AUDIT_ABOUT, type_, before, limit, list(objects), request_id)


# What carries a human number, or a company's registration number. Numbers are unique per company, so there may be several.
NUMBERED: Final = """
SELECT array_agg(x.id) FROM (
    SELECT r.id FROM rfq AS r WHERE r.number = $1
    UNION ALL SELECT k.id FROM contract AS k WHERE k.number = $1
    UNION ALL SELECT o.id FROM purchase_order AS o WHERE o.number = $1
    UNION ALL SELECT d.id FROM delivery AS d WHERE d.number = $1
    UNION ALL SELECT c.id FROM company AS c WHERE c.registration_id = $1
    LIMIT 20
) AS x
"""


async def numbered(tx: Tx, number: str) -> list[UUID]:
    found: list[UUID] | None = await tx.value(NUMBERED, number)
    return found or []


PEOPLE: Final = "SELECT p.id, p.name FROM person AS p WHERE p.id = ANY ($1)"


async def people(tx: Tx, ids: Sequence[UUID]) -> list[Named]:
    return await tx.many(Named, PEOPLE, list(ids))


# The people of a company, for operators.
STAFF: Final = """
SELECT p.id, p.name, p.email, m.roles FROM membership AS m JOIN person AS p ON p.id = m.person_id
WHERE m.company_id = $1 AND m.ended_at IS NULL ORDER BY p.name, p.id LIMIT 200
"""


async def staff(tx: Tx, company: UUID) -> list[Staff]:
    return await tx.many(Staff, STAFF, company)


# Other companies that an application may have to do with: the same account or the same address. A draft counts for nothing yet.
LOOKALIKES: Final = """
SELECT c.id, c.display_name AS name, c.registration_id, c.status, x.bank, x.address
FROM (
    SELECT y.company_id, bool_or(y.bank) AS bank, NOT bool_and(y.bank) AS address FROM (
        SELECT b.company_id, true AS bank FROM bank_account AS k JOIN bank_account AS b ON b.number_hash = k.number_hash
        WHERE k.company_id = $1 AND b.company_id <> $1
            AND k.status NOT IN ('rejected', 'withdrawn') AND b.status NOT IN ('rejected', 'withdrawn')
        UNION ALL
        SELECT f.company_id, false FROM company_file AS g JOIN company_file AS f ON lower(f.address) = lower(g.address)
        WHERE g.company_id = $1 AND f.company_id <> $1 AND g.address <> ''
    ) AS y GROUP BY y.company_id
) AS x JOIN company AS c ON c.id = x.company_id
WHERE c.status <> 'draft' ORDER BY name, c.id LIMIT 1000
"""


async def lookalikes(tx: Tx, company: UUID) -> list[Lookalike]:
    return await tx.many(Lookalike, LOOKALIKES, company)
