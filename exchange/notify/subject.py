"""What an event is about, as far as telling people needs it: the parties, the document's number and the pages to link."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from exchange.db import Tx


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One event as the worker reads it, with everybody who may know."""

    id: UUID
    type: str
    position: int | None
    aggregate: str
    aggregate_id: UUID
    version: int
    actor_id: UUID | None
    company_id: UUID | None
    audience: list[UUID]
    from_state: str | None
    to_state: str | None
    at: datetime
    payload: dict[str, Any]

    @property
    def recipients(self) -> frozenset[UUID]:
        """The acting company and the audience."""
        return frozenset(self.audience) | ({self.company_id} if self.company_id else frozenset[UUID]())


HAPPENING: Final = """
SELECT e.id, e.type, e.position, e.aggregate, e.aggregate_id, e.version, e.actor_id, e.company_id, e.audience,
    e.from_state, e.to_state, e.at, e.payload
FROM event AS e WHERE e.id = $1
"""


async def happening(tx: Tx, event_id: UUID) -> Happening:
    return await tx.one(Happening, HAPPENING, event_id)


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """`number` is the one that both sides know: of the request, the contract or the order."""

    number: str | None = None
    buyer_id: UUID | None = None
    seller_id: UUID | None = None
    own_id: UUID | None = None
    person_id: UUID | None = None
    rfq_id: UUID | None = None
    contract_id: UUID | None = None
    order_id: UUID | None = None


# The row of an object of kind $1 with id $2. One branch runs; the others are cut off before they look at a row. An
# opportunity may be named by its own id or by that of its invitation, a closing proposal by its order.
SUBJECT: Final = """
SELECT r.number, r.buyer_id, NULL::uuid AS seller_id, NULL::uuid AS own_id, NULL::uuid AS person_id, r.id AS rfq_id,
    NULL::uuid AS contract_id, NULL::uuid AS order_id
FROM rfq AS r WHERE $1::text = 'rfq' AND r.id = $2
UNION ALL
SELECT r.number, NULL, p.seller_id, NULL, NULL, r.id, NULL, NULL
FROM opportunity AS p JOIN rfq AS r ON r.id = p.rfq_id WHERE $1 = 'opportunity' AND p.id = $2
UNION ALL
SELECT r.number, NULL, i.seller_id, NULL, NULL, r.id, NULL, NULL
FROM invitation AS i JOIN rfq AS r ON r.id = i.rfq_id WHERE $1 = 'opportunity' AND i.id = $2
UNION ALL
SELECT r.number, q.buyer_id, q.seller_id, NULL, NULL, r.id, NULL, NULL
FROM quote AS q JOIN rfq AS r ON r.id = q.rfq_id WHERE $1 = 'quote' AND q.id = $2
UNION ALL
SELECT r.number, a.buyer_id, a.seller_id, NULL, NULL, r.id, NULL, NULL
FROM award AS a JOIN rfq AS r ON r.id = a.rfq_id WHERE $1 = 'award' AND a.id = $2
UNION ALL
SELECT coalesce(r.number, o.number, k.number), NULL, NULL, a.company_id, a.requested_by, r.id, k.id, o.id
FROM approval_request AS a
LEFT JOIN award AS w ON a.kind = 'award' AND w.id = a.object_id
LEFT JOIN rfq AS r ON a.kind IN ('rfq', 'award') AND r.id = coalesce(w.rfq_id, a.object_id)
LEFT JOIN purchase_order AS o ON a.kind = 'order' AND o.id = a.object_id
LEFT JOIN contract AS k ON a.kind = 'contract' AND k.id = a.object_id
WHERE $1 IN ('approval', 'approval_request') AND a.id = $2
UNION ALL
SELECT c.number, c.buyer_id, c.seller_id, NULL, NULL, c.rfq_id, c.id, NULL
FROM contract AS c WHERE $1 = 'contract' AND c.id = $2
UNION ALL
SELECT o.number, o.buyer_id, o.seller_id, NULL, NULL, NULL, o.contract_id, o.id
FROM purchase_order AS o WHERE $1 = 'order' AND o.id = $2
UNION ALL
SELECT o.number, o.buyer_id, o.seller_id, NULL, NULL, NULL, o.contract_id, o.id
FROM closing_proposal AS p JOIN purchase_order AS o ON o.id = p.order_id WHERE $1 = 'order' AND p.id = $2
UNION ALL
SELECT o.number, o.buyer_id, o.seller_id, NULL, NULL, NULL, o.contract_id, o.id
FROM delivery AS d JOIN purchase_order AS o ON o.id = d.order_id WHERE $1 = 'delivery' AND d.id = $2
UNION ALL
SELECT o.number, o.buyer_id, o.seller_id, NULL, NULL, NULL, o.contract_id, o.id
FROM invoice AS v JOIN purchase_order AS o ON o.id = v.order_id WHERE $1 = 'invoice' AND v.id = $2
UNION ALL
SELECT o.number, o.buyer_id, o.seller_id, NULL, NULL, NULL, o.contract_id, o.id
FROM instalment AS i JOIN purchase_order AS o ON o.id = i.order_id WHERE $1 = 'instalment' AND i.id = $2
UNION ALL
SELECT o.number, o.buyer_id, o.seller_id, NULL, NULL, NULL, o.contract_id, o.id
FROM review AS v JOIN purchase_order AS o ON o.id = v.order_id WHERE $1 = 'review' AND v.id = $2
UNION ALL
SELECT NULL, NULL, f.company_id, NULL, NULL, NULL, NULL, NULL FROM offer AS f WHERE $1 = 'offer' AND f.id = $2
UNION ALL
SELECT NULL, NULL, NULL, c.id, NULL, NULL, NULL, NULL FROM company AS c WHERE $1 = 'company' AND c.id = $2
UNION ALL
SELECT NULL, a.company_id, a.other_id, a.company_id, NULL, NULL, NULL, NULL
FROM affiliation AS a WHERE $1 = 'affiliation' AND a.id = $2
UNION ALL
SELECT NULL, NULL, NULL, b.company_id, NULL, NULL, NULL, NULL FROM bank_account AS b WHERE $1 = 'bank_account' AND b.id = $2
UNION ALL
SELECT NULL, NULL, NULL, s.company_id, NULL, NULL, NULL, NULL FROM signatory AS s WHERE $1 = 'signatory' AND s.id = $2
UNION ALL
SELECT NULL, NULL, NULL, d.company_id, NULL, NULL, NULL, NULL FROM document AS d WHERE $1 = 'document' AND d.id = $2
UNION ALL
SELECT NULL, NULL, NULL, m.company_id, NULL, NULL, NULL, NULL FROM moderation_case AS m
WHERE $1 IN ('case', 'appeal') AND m.id = $2
UNION ALL
SELECT NULL, p.reader_id, p.company_id, p.company_id, NULL, NULL, NULL, NULL
FROM passport AS p WHERE $1 = 'passport' AND p.id = $2
UNION ALL
SELECT NULL, NULL, NULL, x.company_id, NULL, NULL, NULL, NULL
FROM company_export AS x WHERE $1 = 'company_export' AND x.id = $2
UNION ALL
SELECT NULL, NULL, NULL, d.company_id, NULL, NULL, NULL, NULL FROM deposit AS d WHERE $1 = 'deposit' AND d.id = $2
UNION ALL
SELECT NULL, NULL, NULL, w.company_id, NULL, NULL, NULL, NULL FROM webhook_endpoint AS w WHERE $1 = 'webhook' AND w.id = $2
LIMIT 1
"""


async def subject(tx: Tx, aggregate: str, aggregate_id: UUID) -> Subject | None:
    return await tx.maybe(Subject, SUBJECT, aggregate, aggregate_id)


class Reasons(msgspec.Struct, frozen=True):
    """Why one offer fits, as the matcher said it."""

    reasons: list[dict[str, Any]]


# The best match of a supplier with the newest version of a request.
BEST_REASONS: Final = """
SELECT p.reasons FROM opportunity AS p WHERE p.rfq_id = $1 AND p.seller_id = $2
ORDER BY p.rfq_version DESC, p.score DESC, p.id LIMIT 1
"""


async def best_reasons(tx: Tx, rfq_id: UUID, seller_id: UUID) -> list[dict[str, Any]]:
    found = await tx.maybe(Reasons, BEST_REASONS, rfq_id, seller_id)
    return [] if found is None else found.reasons
