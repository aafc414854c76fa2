"""SQL of approval requests and of what was said about them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.approval.model import STEP_DAYS, Approval, Away, Colleague, Held, Place, Request, Said, Settled
from exchange.domain.approval.rules import Rule

# The active policy of a company for one kind of commitment.
RULE: Final = """
SELECT p.version, p.currency, p.tiers FROM approval_policy AS p WHERE p.company_id = $1 AND p.kind = $2 AND p.active
"""


async def rule(tx: Tx, company: UUID, kind: str) -> Rule | None:
    return await tx.maybe(Rule, RULE, company, kind)


# The times of the first step: a quarter of them to a reminder, half to the owners. $15: the object waits no longer.
INSERT: Final = """
INSERT INTO approval_request (id, company_id, kind, object_id, object_version, status, currency, gross_minor, requested_by,
    policy_version, from_minor, why, steps, opinion_roles, opinion_people, until, requested_at, remind_at, escalate_at, due_at)
SELECT $1, $2, $3, $4, $5, 'pending', $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, t.now, t.now + t.span / 4,
    t.now + t.span / 2, t.now + t.span
FROM (SELECT market_now() AS now,
    least(make_interval(days => $16), $15::timestamptz - market_now()) AS span) AS t
"""


async def insert(tx: Tx, request: UUID, asked: Request) -> None:
    await tx.execute(
        INSERT,
        request,
        asked.company_id,
        asked.kind,
        asked.object_id,
        asked.object_version,
        asked.currency,
        asked.gross_minor,
        asked.requested_by,
        asked.route.policy_version,
        asked.route.from_minor,
        asked.route.why,
        asked.route.steps,
        asked.route.opinion_roles,
        asked.route.opinion_people,
        asked.until,
        STEP_DAYS,
    )


GET: Final = """
SELECT a.id, a.version, a.company_id, a.kind, a.object_id, a.object_version, a.status, a.currency, a.gross_minor,
    a.requested_by, coalesce(p.name, '') AS requested_by_name, a.requested_at, a.due_at, a.decided_by, a.decided_at, a.comment,
    a.policy_version, a.from_minor, a.why, a.step, a.steps, a.opinion_roles, a.opinion_people, a.remind_at, a.escalate_at,
    a.escalated_at, a.own, coalesce(r.number || ' ' || r.title, o.number, k.number, b.bank_name || ' ' || b.currency, '')
        AS title
FROM approval_request AS a
LEFT JOIN company_people() AS p ON p.person_id = a.requested_by
LEFT JOIN award AS w ON a.kind = 'award' AND w.id = a.object_id
LEFT JOIN rfq AS r ON r.id = CASE a.kind WHEN 'award' THEN w.rfq_id ELSE a.object_id END
LEFT JOIN purchase_order AS o ON a.kind = 'order' AND o.id = a.object_id
LEFT JOIN contract AS k ON a.kind = 'contract' AND k.id = a.object_id
LEFT JOIN bank_account AS b ON a.kind = 'bank_account' AND b.id = a.object_id
WHERE a.id = $1
"""


async def get(tx: Tx, approval: UUID) -> Approval | None:
    return await tx.maybe(Approval, GET, approval)


# The acting company's requests in one of these states, newest first.
LIST: Final = """
SELECT a.id, a.version, a.company_id, a.kind, a.object_id, a.object_version, a.status, a.currency, a.gross_minor,
    a.requested_by, coalesce(p.name, '') AS requested_by_name, a.requested_at, a.due_at, a.decided_by, a.decided_at, a.comment,
    a.policy_version, a.from_minor, a.why, a.step, a.steps, a.opinion_roles, a.opinion_people, a.remind_at, a.escalate_at,
    a.escalated_at, a.own, coalesce(r.number || ' ' || r.title, o.number, k.number, b.bank_name || ' ' || b.currency, '')
        AS title
FROM approval_request AS a
LEFT JOIN company_people() AS p ON p.person_id = a.requested_by
LEFT JOIN award AS w ON a.kind = 'award' AND w.id = a.object_id
LEFT JOIN rfq AS r ON r.id = CASE a.kind WHEN 'award' THEN w.rfq_id ELSE a.object_id END
LEFT JOIN purchase_order AS o ON a.kind = 'order' AND o.id = a.object_id
LEFT JOIN contract AS k ON a.kind = 'contract' AND k.id = a.object_id
LEFT JOIN bank_account AS b ON a.kind = 'bank_account' AND b.id = a.object_id
WHERE a.company_id = $4 AND a.status = ANY ($5) AND (a.requested_at, a.id)
    < (least($1::timestamptz, 'infinity'), least($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY a.requested_at DESC, a.id DESC LIMIT $3
"""


async def page(
    tx: Tx, company: UUID, states: list[str], after: datetime | None, after_id: UUID | None, limit: int
) -> list[Approval]:
    return await tx.many(Approval, LIST, after, after_id, limit, company, states)


# Where it belongs, without a lock.
PLACE: Final = "SELECT a.id, a.kind, a.object_id, a.company_id FROM approval_request AS a WHERE a.id = $1"


async def place(tx: Tx, approval: UUID) -> Place | None:
    return await tx.maybe(Place, PLACE, approval)


# Locked to the end of the transaction; the clock is read after the wait.
HOLD: Final = """
WITH l AS MATERIALIZED (SELECT a.* FROM approval_request AS a WHERE a.id = $1 FOR UPDATE)
SELECT l.id, l.version, l.kind, l.object_id, l.company_id, l.status, l.requested_by, l.due_at, market_now() < l.due_at AS in_time,
    l.policy_version, l.step, l.steps, l.opinion_roles, l.opinion_people, l.escalated_at
FROM l
"""


async def hold(tx: Tx, approval: UUID) -> Held | None:
    return await tx.maybe(Held, HOLD, approval)


OF_OBJECT: Final = """
SELECT a.id FROM approval_request AS a WHERE a.object_id = $1 AND a.status = 'pending' AND a.company_id = $2
"""


async def of_object(tx: Tx, of: UUID, company: UUID) -> UUID | None:
    return await tx.value(OF_OBJECT, of, company)


# How many requests about an object still wait, at whichever company.
WAITING: Final = "SELECT count(*) FROM approval_request AS a WHERE a.object_id = $1 AND a.status = 'pending'"


async def waiting(tx: Tx, of: UUID) -> int:
    found: int = await tx.value(WAITING, of)
    return found


# Whether an approved request of this company about an object covers a value in that currency.
COVERED: Final = """
SELECT EXISTS (SELECT FROM approval_request AS a WHERE a.object_id = $1 AND a.company_id = $2 AND a.status = 'approved'
    AND a.currency = $3 AND a.gross_minor >= $4)
"""


async def covered(tx: Tx, by: UUID, company: UUID, currency: str, gross_minor: int) -> bool:
    found: bool = await tx.value(COVERED, by, company, currency, gross_minor)
    return found


PEOPLE: Final = "SELECT m.person_id, m.roles FROM membership AS m WHERE m.company_id = $1 AND m.ended_at IS NULL"


async def people(tx: Tx, company: UUID) -> list[Colleague]:
    return await tx.many(Colleague, PEOPLE, company)


AWAY: Final = """
SELECT s.person_id, s.deputy_id, s.ends_at FROM absence AS s
WHERE s.company_id = $1 AND s.ended_at IS NULL AND s.starts_at <= (SELECT market_now()) AND s.ends_at > (SELECT market_now())
"""


async def away(tx: Tx, company: UUID) -> list[Away]:
    return await tx.many(Away, AWAY, company)


SAID: Final = """
SELECT d.request_id, d.step, d.person_id, d.principal_id, d.decision, d.comment, d.escalated, d.at
FROM approval_decision AS d WHERE d.request_id = ANY ($1) ORDER BY d.request_id, d.step = 0, d.step, d.at, d.person_id
"""


async def said_of(tx: Tx, approvals: Sequence[UUID]) -> list[Said]:
    return await tx.many(Said, SAID, list(approvals))


async def said(tx: Tx, approval: UUID) -> list[Said]:
    return await said_of(tx, [approval])


# One voice of one step, once; nothing when that person or that voice was heard.
SAY: Final = """
INSERT INTO approval_decision (request_id, company_id, step, person_id, principal_id, decision, comment, escalated, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, market_now())
ON CONFLICT DO NOTHING RETURNING true
"""


async def say(tx: Tx, held: Held, step: int, person: UUID, principal: UUID, decision: str, comment: str, escalated: bool) -> bool:
    return bool(
        await tx.value(SAY, held.id, held.company_id, step, person, principal, decision, comment, escalated)
    )  # fmt: skip


# The next step has its own time; the row is locked.
ADVANCE: Final = """
UPDATE approval_request AS a SET step = a.step + 1, version = a.version + 1, escalated_at = NULL, remind_at = t.now + t.span / 4,
    escalate_at = t.now + t.span / 2, due_at = t.now + t.span
FROM (SELECT b.id, market_now() AS now, least(make_interval(days => $2), b.until - market_now()) AS span
    FROM approval_request AS b WHERE b.id = $1) AS t
WHERE a.id = t.id RETURNING a.id, a.version, a.company_id
"""


async def advance(tx: Tx, approval: UUID) -> Settled:
    return await tx.one(Settled, ADVANCE, approval, STEP_DAYS)


# A voice that leaves the request where it is; the row is locked.
TOUCH: Final = "UPDATE approval_request AS a SET version = a.version + 1 WHERE a.id = $1 RETURNING a.id, a.version, a.company_id"


async def touch(tx: Tx, approval: UUID) -> Settled:
    return await tx.one(Settled, TOUCH, approval)


# The end of a request; the row is locked.
SETTLE: Final = """
UPDATE approval_request AS a SET status = $3, version = a.version + 1, decided_by = $4, decided_at = market_now(), comment = $5,
    own = $6
WHERE a.id = $1 AND a.status = ANY ($2) RETURNING a.id, a.version, a.company_id
"""


async def settle(
    tx: Tx, approval: UUID, from_: Sequence[str], to: str, person: UUID | None, comment: str, *, own: bool = False
) -> Settled | None:
    return await tx.maybe(Settled, SETTLE, approval, list(from_), to, person, comment, own)


# By the clock; the row is locked. A deadline that was acted on is gone.
REMIND: Final = """
UPDATE approval_request AS a SET remind_at = NULL, version = a.version + 1
WHERE a.id = $1 AND a.status = 'pending' AND a.remind_at <= market_now() RETURNING a.id, a.version, a.company_id
"""
ESCALATE: Final = """
UPDATE approval_request AS a SET escalate_at = NULL, escalated_at = market_now(), version = a.version + 1
WHERE a.id = $1 AND a.status = 'pending' AND a.escalate_at <= market_now() RETURNING a.id, a.version, a.company_id
"""


async def remind(tx: Tx, approval: UUID) -> Settled | None:
    return await tx.maybe(Settled, REMIND, approval)


async def escalate(tx: Tx, approval: UUID) -> Settled | None:
    return await tx.maybe(Settled, ESCALATE, approval)
