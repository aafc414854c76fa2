"""The sweeper: finds what is due by market time and inserts one job for each, once per object, action and deadline.

A sweep stands here only together with the handler of its job kind, which decides again, under lock, whether the object
is still due.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Database, Tx
from exchange.ids import new_id

PAGE: Final = 500
PRIORITY: Final = 3


class Sweep(msgspec.Struct, frozen=True):
    """One deadline: job `kind` does `action` to a `noun` that statement `due` finds.

    `due` selects id and due_at of what is due, ordered by both, behind the place ($2, $3), at most $1 rows.
    """

    noun: str
    action: str
    kind: str
    due: str


# Its price and quantity hold no longer than it said.
OFFER_EXPIRES: Final = """
SELECT o.id, o.valid_until AS due_at FROM offer AS o
WHERE o.status IN ('live', 'paused') AND o.valid_until <= (SELECT market_now())
    AND o.valid_until >= $2 AND (o.valid_until, o.id) > ($2, $3)
ORDER BY o.valid_until, o.id LIMIT $1
"""

# The other side did not write one in time: what there is, is published.
REVIEW_PUBLISHES: Final = """
SELECT r.id, r.publish_at AS due_at FROM review AS r
WHERE r.status = 'written' AND r.publish_at <= (SELECT market_now())
    AND r.publish_at >= $2 AND (r.publish_at, r.id) > ($2, $3)
ORDER BY r.publish_at, r.id LIMIT $1
"""

# No bid counts from this instant on.
RFQ_CLOSES: Final = """
SELECT r.id, r.due_at FROM rfq AS r
WHERE r.status = 'open' AND r.due_at <= (SELECT market_now()) AND r.due_at >= $2 AND (r.due_at, r.id) > ($2, $3)
ORDER BY r.due_at, r.id LIMIT $1
"""

# A quarter of the time of a step has passed, half of it, and all of it.
APPROVAL_REMINDED: Final = """
SELECT a.id, a.remind_at AS due_at FROM approval_request AS a
WHERE a.status = 'pending' AND a.remind_at <= (SELECT market_now()) AND a.remind_at >= $2 AND (a.remind_at, a.id) > ($2, $3)
ORDER BY a.remind_at, a.id LIMIT $1
"""
APPROVAL_ESCALATES: Final = """
SELECT a.id, a.escalate_at AS due_at FROM approval_request AS a
WHERE a.status = 'pending' AND a.escalate_at <= (SELECT market_now())
    AND a.escalate_at >= $2 AND (a.escalate_at, a.id) > ($2, $3)
ORDER BY a.escalate_at, a.id LIMIT $1
"""
APPROVAL_EXPIRES: Final = """
SELECT a.id, a.due_at FROM approval_request AS a
WHERE a.status = 'pending' AND a.due_at <= (SELECT market_now()) AND a.due_at >= $2 AND (a.due_at, a.id) > ($2, $3)
ORDER BY a.due_at, a.id LIMIT $1
"""

# A protected instalment was not paid in time.
INSTALMENT_LAPSES: Final = """
SELECT i.id, i.due_at FROM instalment AS i
WHERE i.status = 'due' AND i.method = 'protected' AND i.due_at <= (SELECT market_now())
    AND i.due_at >= $2 AND (i.due_at, i.id) > ($2, $3)
ORDER BY i.due_at, i.id LIMIT $1
"""

# The buyer did not inspect in time: what was not reported defective is accepted.
DELIVERY_ACCEPTED: Final = """
SELECT d.id, d.inspect_by AS due_at FROM delivery AS d
WHERE d.status = 'arrived' AND d.inspect_by <= (SELECT market_now())
    AND d.inspect_by >= $2 AND (d.inspect_by, d.id) > ($2, $3)
ORDER BY d.inspect_by, d.id LIMIT $1
"""

# The other side did not say whether the remainder may be closed.
CLOSING_ESCALATES: Final = """
SELECT c.id, c.answer_by AS due_at FROM closing_proposal AS c
WHERE c.status = 'proposed' AND c.answer_by <= (SELECT market_now())
    AND c.answer_by >= $2 AND (c.answer_by, c.id) > ($2, $3)
ORDER BY c.answer_by, c.id LIMIT $1
"""

# The seller has not said whether an announced payment came: half of the time has passed, and all of it.
PAYMENT_REMINDED: Final = """
SELECT i.id, i.announced_at + (i.confirm_by - i.announced_at) / 2 AS due_at FROM instalment AS i
WHERE i.status = 'announced' AND i.announced_at + (i.confirm_by - i.announced_at) / 2 <= (SELECT market_now())
    AND (i.announced_at + (i.confirm_by - i.announced_at) / 2, i.id) > ($2, $3)
ORDER BY due_at, i.id LIMIT $1
"""
PAYMENT_ESCALATES: Final = """
SELECT i.id, i.confirm_by AS due_at FROM instalment AS i
WHERE i.status = 'announced' AND i.confirm_by <= (SELECT market_now())
    AND i.confirm_by >= $2 AND (i.confirm_by, i.id) > ($2, $3)
ORDER BY i.confirm_by, i.id LIMIT $1
"""

# Not both have signed in time.
CONTRACT_LAPSES: Final = """
SELECT k.id, k.sign_by AS due_at FROM contract AS k
WHERE k.status IN ('draft', 'pending_approval', 'signing') AND k.sign_by <= (SELECT market_now())
    AND k.sign_by >= $2 AND (k.sign_by, k.id) > ($2, $3)
ORDER BY k.sign_by, k.id LIMIT $1
"""

# The day on which operators wanted to look at a suspension again.
SUSPENSION_REMINDS: Final = """
SELECT s.id, s.until AS due_at FROM suspension AS s
WHERE s.lifted_at IS NULL AND s.until <= (SELECT market_now()) AND s.until >= $2 AND (s.until, s.id) > ($2, $3)
ORDER BY s.until, s.id LIMIT $1
"""

# A certificate ends in 30 days, in 7 days, and has ended.
DOCUMENT_MONTH: Final = """
SELECT d.id, d.warn_month_at AS due_at FROM document AS d
WHERE d.status = 'verified' AND d.warn_month_at <= (SELECT market_now())
    AND d.warn_month_at >= $2 AND (d.warn_month_at, d.id) > ($2, $3)
ORDER BY d.warn_month_at, d.id LIMIT $1
"""
DOCUMENT_WEEK: Final = """
SELECT d.id, d.warn_week_at AS due_at FROM document AS d
WHERE d.status = 'verified' AND d.warn_week_at <= (SELECT market_now())
    AND d.warn_week_at >= $2 AND (d.warn_week_at, d.id) > ($2, $3)
ORDER BY d.warn_week_at, d.id LIMIT $1
"""
DOCUMENT_EXPIRES: Final = """
SELECT d.id, d.expires_at AS due_at FROM document AS d
WHERE d.status = 'verified' AND d.expires_at <= (SELECT market_now())
    AND d.expires_at >= $2 AND (d.expires_at, d.id) > ($2, $3)
ORDER BY d.expires_at, d.id LIMIT $1
"""

# No operator has decided in time.
CASE_OVERDUE: Final = """
SELECT m.id, m.due_at FROM moderation_case AS m
WHERE m.status <> 'decided' AND m.due_at <= (SELECT market_now()) AND m.due_at >= $2 AND (m.due_at, m.id) > ($2, $3)
ORDER BY m.due_at, m.id LIMIT $1
"""

# Nobody took it back in time.
PERSON_ERASED: Final = """
SELECT r.id, r.due_at FROM erasure_request AS r
WHERE r.status = 'waiting' AND r.due_at <= (SELECT market_now()) AND r.due_at >= $2 AND (r.due_at, r.id) > ($2, $3)
ORDER BY r.due_at, r.id LIMIT $1
"""

# Second factors that a person has lost: nobody confirmed their removal in time, or the day has passed.
FACTORS_REMOVED: Final = """
SELECT r.id, r.due_at FROM factor_removal AS r
WHERE r.status IN ('asked', 'confirmed') AND r.due_at <= (SELECT clock_timestamp())
    AND r.due_at >= $2 AND (r.due_at, r.id) > ($2, $3)
ORDER BY r.due_at, r.id LIMIT $1
"""

# An invitation to a colleague that nobody took up.
INVITATION_EXPIRES: Final = """
SELECT i.id, i.due_at FROM member_invitation AS i
WHERE i.status = 'pending' AND i.due_at <= (SELECT market_now()) AND i.due_at >= $2 AND (i.due_at, i.id) > ($2, $3)
ORDER BY i.due_at, i.id LIMIT $1
"""

# A key ends within a week, by the clock on the wall as every proof of who acts.
KEY_WARNS: Final = """
SELECT k.id, k.warn_at AS due_at FROM api_key AS k
WHERE k.warn_at IS NOT NULL AND k.revoked_at IS NULL AND k.warn_at <= (SELECT clock_timestamp())
    AND k.warn_at >= $2 AND (k.warn_at, k.id) > ($2, $3)
ORDER BY k.warn_at, k.id LIMIT $1
"""

# Nobody has saved an application for long: its people are told before it goes.
DRAFT_WARNS: Final = """
SELECT a.company_id AS id, a.warn_at AS due_at FROM company_application AS a JOIN company AS c ON c.id = a.company_id
WHERE c.status = 'draft' AND a.warn_at <= (SELECT market_now()) AND a.warn_at >= $2 AND (a.warn_at, a.company_id) > ($2, $3)
ORDER BY a.warn_at, a.company_id LIMIT $1
"""

SWEEPS: Final = (
    Sweep("erasure", "erase", "erase_person", PERSON_ERASED),
    Sweep("factor_removal", "end", "end_factor_removal", FACTORS_REMOVED),
    Sweep("suspension", "remind", "remind_suspension", SUSPENSION_REMINDS),
    Sweep("document", "expire", "expire_document", DOCUMENT_EXPIRES),
    Sweep("document", "warn_week", "warn_document_week", DOCUMENT_WEEK),
    Sweep("document", "warn_month", "warn_document_month", DOCUMENT_MONTH),
    Sweep("member_invitation", "expire", "expire_invitation", INVITATION_EXPIRES),
    Sweep("application", "warn", "warn_of_draft", DRAFT_WARNS),
    Sweep("key", "warn", "warn_of_key", KEY_WARNS),
    Sweep("rfq", "close", "close_rfq", RFQ_CLOSES),
    Sweep("approval", "remind", "remind_approval", APPROVAL_REMINDED),
    Sweep("approval", "escalate", "escalate_approval", APPROVAL_ESCALATES),
    Sweep("approval", "expire", "expire_approval", APPROVAL_EXPIRES),
    Sweep("contract", "lapse", "lapse_contract", CONTRACT_LAPSES),
    Sweep("offer", "expire", "expire_offer", OFFER_EXPIRES),
    Sweep("review", "publish", "publish_review", REVIEW_PUBLISHES),
    Sweep("instalment", "lapse", "lapse_instalment", INSTALMENT_LAPSES),
    Sweep("delivery", "accept", "accept_delivery", DELIVERY_ACCEPTED),
    Sweep("closing", "escalate", "escalate_closing", CLOSING_ESCALATES),
    Sweep("instalment", "remind", "remind_payment", PAYMENT_REMINDED),
    Sweep("instalment", "escalate", "escalate_payment", PAYMENT_ESCALATES),
    Sweep("case", "remind", "remind_case", CASE_OVERDUE),
)


class Due(msgspec.Struct, frozen=True):
    """An object whose deadline has passed."""

    id: UUID
    due_at: datetime


# Jobs for due objects, once each; returns the ids of the new ones.
INSERT: Final = """
INSERT INTO job (id, kind, dedupe_key, payload, priority)
SELECT d.id, $1, d.dedupe_key, d.payload, $2
FROM unnest($3::uuid[], $4::text[], $5::jsonb[]) AS d (id, dedupe_key, payload)
ON CONFLICT (dedupe_key) DO NOTHING RETURNING id
"""


def dedupe_key(sweep: Sweep, due: Due) -> str:
    """A deadline that is moved is another one; the same one is acted on once."""
    return f"{sweep.noun}:{due.id}:{sweep.action}:{due.due_at.isoformat()}"


FIRST: Final = Due(UUID(int=0), datetime.fromisoformat("0001-01-01T00:00:00+00:00"))


async def sweep_page(tx: Tx, sweep: Sweep, after: Due) -> tuple[int, Due | None]:
    """Insert the jobs of one page behind `after`; returns how many were new, and the last of a full page."""
    due = await tx.many(Due, sweep.due, PAGE, after.due_at, after.id)
    if not due:
        return 0, None
    arguments = [new_id() for _ in due], [dedupe_key(sweep, item) for item in due], [_payload(item) for item in due]
    inserted = await tx.many(Inserted, INSERT, sweep.kind, PRIORITY, *arguments)
    tx.wake.extend(item.id for item in inserted)
    return len(inserted), due[-1] if len(due) == PAGE else None


class Inserted(msgspec.Struct, frozen=True):
    id: UUID


def _payload(due: Due) -> dict[str, str]:
    return {"id": str(due.id), "due_at": due.due_at.isoformat()}


async def sweep(db: Database, rule: Sweep) -> int:
    """Insert jobs for everything that is due by `rule` and has none yet; returns how many."""
    total, after = 0, FIRST
    while True:
        async with db.system() as tx:
            inserted, last = await sweep_page(tx, rule, after)
        total += inserted
        if last is None:
            return total
        after = last
