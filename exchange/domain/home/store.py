"""SQL of what surrounds the acting person, and of what needs them now."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.home.model import OpenBusiness, Surroundings, Task

SURROUNDINGS: Final = """
SELECT market_now() AS now, p.name, p.email,
    (SELECT count(*) FROM (
        SELECT FROM notification AS n
        WHERE n.person_id = p.id AND n.company_id IS NOT DISTINCT FROM $2::uuid AND n.read_at IS NULL LIMIT 100
    ) AS counted) AS unread,
    (SELECT count(*) FROM (
        SELECT t.thread_id, t.last_at, greatest(w.read_at,
            (SELECT b.began_at FROM membership AS b WHERE b.person_id = p.id AND b.company_id = $2)) AS read_at
        FROM (SELECT x.thread_id, x.last_at FROM thread_side AS x WHERE x.company_id = $2
            ORDER BY x.last_at DESC, x.thread_id DESC LIMIT 200) AS t
        LEFT JOIN thread_read AS w ON w.person_id = p.id AND w.company_id = $2 AND w.thread_id = t.thread_id
    ) AS s WHERE s.last_at > s.read_at AND EXISTS (
        SELECT FROM message AS m WHERE m.thread_id = s.thread_id AND m.created_at > s.read_at AND m.author_id <> p.id)
    ) AS threads,
    coalesce((
        SELECT jsonb_agg(jsonb_build_object('company_id', m.company_id, 'name', c.display_name, 'status', c.status)
            ORDER BY c.sort_key, c.id)
        FROM membership AS m JOIN company AS c ON c.id = m.company_id
        WHERE m.person_id = p.id AND m.ended_at IS NULL
    ), '[]') AS workplaces
FROM person AS p WHERE p.id = $1
"""


async def surroundings(tx: Tx) -> Surroundings:
    return await tx.one(Surroundings, SURROUNDINGS, tx.ctx.person, tx.ctx.company_id)


# Everything that waits for company $1 and that somebody with the kinds $3 may do, the most urgent first. $2 are the approvals
# that ask the acting person; goods paid into protection are despatched when the money is there. Nobody confirms
# what they ($5) proposed themselves.
TASKS: Final = """
SELECT t.kind, t.id, t.number, t.title, c.display_name AS other, t.amount_minor, t.currency, t.count, t.due_at, t.at
FROM (
    SELECT 'approve' AS kind, a.id, coalesce(r.number, o.number, k.number) AS number, r.title,
        coalesce(o.seller_id, CASE WHEN k.buyer_id = $1 THEN k.seller_id ELSE k.buyer_id END) AS other_id,
        a.gross_minor AS amount_minor, a.currency, NULL::bigint AS count, a.due_at, a.requested_at AS at
    FROM approval_request AS a
    LEFT JOIN award AS w ON a.kind = 'award' AND w.id = a.object_id
    LEFT JOIN rfq AS r ON a.kind IN ('rfq', 'award') AND r.id = CASE a.kind WHEN 'award' THEN w.rfq_id ELSE a.object_id END
    LEFT JOIN purchase_order AS o ON a.kind = 'order' AND o.id = a.object_id
    LEFT JOIN contract AS k ON a.kind = 'contract' AND k.id = a.object_id
    WHERE a.company_id = $1 AND a.status = 'pending' AND a.id = ANY ($2::uuid[])
    UNION ALL
    SELECT 'compare', r.id, r.number, r.title, NULL, NULL, r.currency,
        (SELECT count(*) FROM quote AS q WHERE q.rfq_id = r.id AND q.status IN ('opened', 'shortlisted')), NULL,
        coalesce(r.opened_at, r.updated_at)
    FROM rfq AS r WHERE r.buyer_id = $1 AND r.status = 'evaluating'
    UNION ALL
    SELECT 'quote', r.id, r.number, r.title, r.buyer_id, NULL, NULL, NULL, r.due_at, i.created_at
    FROM invitation AS i JOIN rfq AS r ON r.id = i.rfq_id
    WHERE i.seller_id = $1 AND i.status <> 'declined' AND r.status = 'open' AND r.due_at > (SELECT market_now())
        AND NOT EXISTS (SELECT FROM quote AS q WHERE q.rfq_id = r.id AND q.seller_id = $1 AND q.status <> 'draft')
    UNION ALL
    SELECT 'sign', k.id, k.number, NULL, CASE WHEN k.buyer_id = $1 THEN k.seller_id ELSE k.buyer_id END, k.gross_minor,
        k.currency, NULL, k.sign_by, k.created_at
    FROM contract AS k
    WHERE (k.buyer_id = $1 OR k.seller_id = $1) AND k.status = 'signing'
        AND NOT EXISTS (SELECT FROM contract_signature AS s WHERE s.contract_id = k.id AND s.company_id = $1)
    UNION ALL
    SELECT 'confirm_order', o.id, o.number, NULL, o.buyer_id, o.gross_minor, o.currency, NULL, o.confirm_by, o.created_at
    FROM purchase_order AS o WHERE o.seller_id = $1 AND o.status = 'placed'
    UNION ALL
    SELECT 'despatch', o.id, o.number, NULL, o.buyer_id, o.gross_minor, o.currency, NULL, NULL, o.confirmed_at
    FROM purchase_order AS o
    WHERE o.seller_id = $1 AND o.status IN ('confirmed', 'in_progress')
        AND EXISTS (SELECT FROM order_line AS l
            WHERE l.order_id = o.id AND l.despatched - l.rejected + l.closed < l.quantity)
        AND NOT EXISTS (SELECT FROM instalment AS i
            WHERE i.order_id = o.id AND i.method = 'protected' AND i.status IN ('planned', 'due')
                AND i.trigger IN ('order_confirmation', 'before_despatch'))
        AND NOT EXISTS (SELECT FROM closing_proposal AS p
            WHERE p.order_id = o.id AND p.status IN ('proposed', 'escalated'))
    UNION ALL
    SELECT 'arrive', d.order_id, d.number, NULL, d.seller_id, NULL, NULL, NULL, NULL, d.despatched_at
    FROM delivery AS d WHERE d.buyer_id = $1 AND d.status = 'despatched'
    UNION ALL
    SELECT 'inspect', d.order_id, d.number, NULL, d.seller_id, NULL, NULL, NULL, d.inspect_by, d.arrived_at
    FROM delivery AS d WHERE d.buyer_id = $1 AND d.status = 'arrived'
    UNION ALL
    SELECT 'pay', i.order_id, o.number, i.method, i.seller_id, i.amount_minor, i.currency, NULL, i.due_at, i.created_at
    FROM instalment AS i JOIN purchase_order AS o ON o.id = i.order_id
    WHERE i.buyer_id = $1 AND i.status = 'due' AND o.status NOT IN ('lapsed', 'cancelled')
    UNION ALL
    SELECT 'confirm_payment', i.order_id, o.number, NULL, i.buyer_id, i.amount_minor, i.currency, NULL, i.confirm_by,
        i.announced_at
    FROM instalment AS i JOIN purchase_order AS o ON o.id = i.order_id WHERE i.seller_id = $1 AND i.status = 'announced'
    UNION ALL
    SELECT CASE v.status WHEN 'expected' THEN 'invoice' ELSE 'correct_invoice' END, v.order_id, d.number, NULL, v.buyer_id,
        v.expected_net_minor + v.expected_vat_minor, v.currency, NULL, NULL, coalesce(v.received_at, v.created_at)
    FROM invoice AS v JOIN delivery AS d ON d.id = v.delivery_id
    WHERE v.seller_id = $1 AND v.status IN ('expected', 'difference')
    UNION ALL
    SELECT 'answer_closing', p.order_id, o.number, NULL, p.proposed_by_company, NULL, NULL, NULL, p.answer_by, p.created_at
    FROM closing_proposal AS p JOIN purchase_order AS o ON o.id = p.order_id
    WHERE (p.buyer_id = $1 OR p.seller_id = $1) AND p.status = 'proposed' AND p.proposed_by_company <> $1
    UNION ALL
    SELECT 'review', o.id, o.number, NULL, CASE WHEN o.buyer_id = $1 THEN o.seller_id ELSE o.buyer_id END, NULL, NULL, NULL,
        NULL, o.completed_at
    FROM purchase_order AS o
    WHERE (o.buyer_id = $1 OR o.seller_id = $1) AND o.status = 'completed'
        AND o.completed_at > (SELECT market_now()) - interval '30 days'
        AND NOT EXISTS (SELECT FROM review AS v WHERE v.order_id = o.id AND v.author_company_id = $1)
    UNION ALL
    SELECT 'confirm_bank', b.id, NULL, b.bank_name, NULL, NULL, b.currency, NULL, NULL, b.proposed_at
    FROM bank_account AS b
    WHERE b.company_id = $1 AND b.status = 'proposed' AND NOT b.by_policy AND b.proposed_by <> $5
    UNION ALL
    SELECT 'verify_signatory', s.id, s.number, NULL, NULL, NULL, NULL, NULL, NULL, (SELECT market_now())
    FROM signatory AS s WHERE s.company_id = $1 AND s.status = 'proposed' AND s.person_id <> $5
) AS t
LEFT JOIN company AS c ON c.id = t.other_id
WHERE t.kind = ANY ($3::text[])
ORDER BY t.kind = 'review', t.due_at NULLS LAST, t.at, t.id LIMIT $4
"""


async def tasks(tx: Tx, approvals: Sequence[UUID], kinds: Sequence[str], most: int) -> list[Task]:
    return await tx.many(Task, TASKS, tx.ctx.company, approvals, kinds, most, tx.ctx.person)


# What is under way at company $1, each counted up to 100.
OPEN_BUSINESS: Final = """
SELECT
    (SELECT count(*) FROM (SELECT FROM rfq AS r WHERE r.buyer_id = $1 AND r.status = 'open' LIMIT 100) AS x)
        AS requests_open,
    (SELECT count(*) FROM (SELECT FROM rfq AS r WHERE r.buyer_id = $1
        AND r.status IN ('deadline_passed', 'evaluating', 'award_pending') LIMIT 100) AS x) AS requests_evaluating,
    (SELECT count(*) FROM (SELECT FROM quote AS q WHERE q.seller_id = $1
        AND q.status IN ('submitted', 'opened', 'shortlisted', 'needs_confirmation') LIMIT 100) AS x) AS quotes_waiting,
    (SELECT count(*) FROM (SELECT FROM contract AS k WHERE (k.buyer_id = $1 OR k.seller_id = $1)
        AND k.status = 'signing' LIMIT 100) AS x) AS contracts_signing,
    (SELECT count(*) FROM (SELECT FROM purchase_order AS o WHERE o.buyer_id = $1
        AND o.status IN ('pending_approval', 'placed', 'confirmed', 'in_progress') LIMIT 100) AS x) AS buying,
    (SELECT count(*) FROM (SELECT FROM purchase_order AS o WHERE o.seller_id = $1
        AND o.status IN ('placed', 'confirmed', 'in_progress') LIMIT 100) AS x) AS selling,
    (SELECT count(*) FROM (SELECT FROM instalment AS i WHERE i.buyer_id = $1 AND i.status = 'due' LIMIT 100) AS x) AS to_pay,
    (SELECT count(*) FROM (SELECT FROM instalment AS i WHERE i.seller_id = $1
        AND i.status IN ('due', 'held', 'announced') LIMIT 100) AS x) AS to_receive,
    (SELECT count(*) FROM (SELECT FROM offer AS f WHERE f.company_id = $1 AND f.status = 'live' LIMIT 100) AS x) AS listings
"""


async def open_business(tx: Tx) -> OpenBusiness:
    return await tx.one(OpenBusiness, OPEN_BUSINESS, tx.ctx.company)
