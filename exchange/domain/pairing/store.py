"""SQL of invitations, opportunities and stored matches."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.pairing.model import Asked, Fit, Found, Invitation, LineResult, MatchedOffer, Opportunity, Part, Told
from exchange.ids import new_id

# For the pairing job: the RFQ with its buyer's group, which must not compete with itself.
ASKED: Final = """
SELECT r.id, r.version, r.status, r.mode, r.buyer_id, r.currency, r.lines, r.audience,
    ARRAY(SELECT o.id FROM company AS o WHERE o.group_id = b.group_id AND o.id <> b.id ORDER BY o.id) AS own_group,
    market_now() AS now
FROM rfq AS r JOIN company AS b ON b.id = r.buyer_id WHERE r.id = $1
"""


async def asked(tx: Tx, rfq: UUID) -> Asked | None:
    return await tx.maybe(Asked, ASKED, rfq)


# Companies of the acting one's group, for the preview.
OWN_GROUP: Final = """
SELECT ARRAY(SELECT o.id FROM company AS o JOIN company AS b ON b.group_id = o.group_id
    WHERE b.id = $1 AND o.id <> b.id ORDER BY o.id)
"""


async def own_group(tx: Tx, company: UUID) -> list[UUID]:
    return list(await tx.value(OWN_GROUP, company))


POSITION: Final = "SELECT e.position FROM event AS e WHERE e.id = $1"


async def position(tx: Tx, event: UUID) -> int | None:
    """Where the event stands in the record; None: the sequencer has not placed it yet."""
    return await tx.value(POSITION, event)


KEEP_RESULTS: Final = """
INSERT INTO rfq_match (rfq_id, rfq_version, line_id, buyer_id, result, at)
SELECT $1, $2, m.line_id, $3, m.result, market_now() FROM unnest($4::uuid[], $5::jsonb[]) AS m (line_id, result)
ON CONFLICT DO NOTHING
"""


async def keep_results(tx: Tx, rfq: Asked, results: Sequence[LineResult]) -> None:
    lines = [item.line_id for item in results]
    await tx.execute(KEEP_RESULTS, rfq.id, rfq.version, rfq.buyer_id, lines, [item.result for item in results])


# Reasons come as JSON text: a list of lists would become one array of two dimensions.
KEEP_OPPORTUNITIES: Final = """
INSERT INTO opportunity (id, rfq_id, rfq_version, line_id, offer_id, offer_version, seller_id, score, reasons, created_at)
SELECT f.id, $1, $2, f.line_id, f.offer_id, f.offer_version, f.seller_id, f.score, f.reasons::jsonb, market_now()
FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::integer[], $7::uuid[], $8::bigint[], $9::text[])
    AS f (id, line_id, offer_id, offer_version, seller_id, score, reasons)
WHERE NOT same_group(f.seller_id, (SELECT r.buyer_id FROM rfq AS r WHERE r.id = $1))
ON CONFLICT DO NOTHING
"""


async def keep_opportunities(tx: Tx, rfq: Asked, found: Sequence[Found]) -> None:
    await tx.execute(
        KEEP_OPPORTUNITIES,
        rfq.id,
        rfq.version,
        [new_id() for _ in found],
        [item.line_id for item in found],
        [item.offer_id for item in found],
        [item.offer_version for item in found],
        [item.seller_id for item in found],
        [item.score for item in found],
        [msgspec.json.encode(item.reasons).decode() for item in found],
    )


# Active companies of other groups only; who was told before is not told again.
INVITE: Final = """
INSERT INTO invitation (rfq_id, seller_id, buyer_id, id, status, created_at)
SELECT $1, s.seller_id, $2, s.id, 'sent', market_now()
FROM unnest($3::uuid[], $4::uuid[]) AS s (seller_id, id) JOIN company AS c ON c.id = s.seller_id AND c.status = 'active'
WHERE NOT same_group(s.seller_id, $2)
ON CONFLICT DO NOTHING RETURNING id, seller_id
"""


async def invite(tx: Tx, rfq: Asked, sellers: Sequence[UUID]) -> list[Told]:
    return await tx.many(Told, INVITE, rfq.id, rfq.buyer_id, list(sellers), [new_id() for _ in sellers])


# What was found for the newest paired version of an own RFQ.
RESULTS: Final = """
SELECT m.line_id, m.result FROM rfq_match AS m
WHERE m.rfq_id = $1 AND m.rfq_version = (SELECT max(n.rfq_version) FROM rfq_match AS n WHERE n.rfq_id = $1)
"""


async def results(tx: Tx, rfq: UUID) -> list[LineResult]:
    return await tx.many(LineResult, RESULTS, rfq)


# Found offers under the reader's own rights: one that was withdrawn since is left out, and so is one whose company has come into
# the reader's group since.
OFFERS: Final = """
SELECT o.id, o.company_id, c.display_name AS company, o.status, o.version, o.title, o.category_code, o.mpn, o.unit,
    o.currency, o.price_micro, o.firm, o.moq, o.available, o.lead_time_days, o.ship_from, o.updated_at
FROM offer AS o JOIN company AS c ON c.id = o.company_id
WHERE o.id = ANY ($1) AND NOT EXISTS (SELECT FROM company AS b WHERE b.id = $2 AND b.group_id = c.group_id)
"""


async def offers(tx: Tx, ids: list[UUID]) -> dict[UUID, MatchedOffer]:
    return {item.id: item for item in await tx.many(MatchedOffer, OFFERS, ids, tx.ctx.company)}


# The acting supplier's invitations, newest first, each with its best match.
OPPORTUNITIES: Final = """
SELECT i.id, i.version, i.status, i.rfq_id, r.number AS rfq_number, r.title AS rfq_title, r.status AS rfq_status,
    b.display_name AS buyer, r.due_at, i.created_at, r.lines, p.line_id, p.offer_id, f.title AS offer_title, p.score, p.reasons,
    (SELECT count(DISTINCT n.offer_id) FROM opportunity AS n WHERE n.rfq_id = i.rfq_id AND n.seller_id = i.seller_id) AS offers,
    q.id AS quote_id, q.status AS quote_status
FROM invitation AS i JOIN rfq AS r ON r.id = i.rfq_id JOIN company AS b ON b.id = r.buyer_id
LEFT JOIN quote AS q ON q.rfq_id = i.rfq_id AND q.seller_id = i.seller_id
LEFT JOIN LATERAL (
    SELECT o.line_id, o.offer_id, o.score, o.reasons FROM opportunity AS o
    WHERE o.rfq_id = i.rfq_id AND o.seller_id = i.seller_id ORDER BY o.rfq_version DESC, o.score DESC, o.id LIMIT 1
) AS p ON true
LEFT JOIN offer AS f ON f.id = p.offer_id
WHERE i.seller_id = $1 AND (i.created_at, i.id)
    < (least($2::timestamptz, 'infinity'), least($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    AND CASE $5::text
        WHEN 'open' THEN i.status IN ('sent', 'seen') AND r.status = 'open'
            AND coalesce(q.status, 'draft') IN ('draft', 'withdrawn')
        WHEN 'answered' THEN i.status = 'will_quote' OR (q.status <> 'draft' AND q.status <> 'withdrawn')
        WHEN 'declined' THEN i.status = 'declined'
        ELSE true END
ORDER BY i.created_at DESC, i.id DESC LIMIT $4
"""


async def opportunities(
    tx: Tx, seller: UUID, after: datetime | None, after_id: UUID | None, limit: int, part: Part | None
) -> list[Opportunity]:
    return await tx.many(Opportunity, OPPORTUNITIES, seller, after, after_id, limit, part)


# The acting supplier's offers that fit an RFQ, line by line, best first.
FITS: Final = """
SELECT DISTINCT ON (o.line_id, o.offer_id) o.line_id, o.offer_id, f.title, f.status AS offer_status, f.currency, f.unit,
    f.lead_time_days, o.score, o.reasons
FROM opportunity AS o JOIN offer AS f ON f.id = o.offer_id
WHERE o.rfq_id = $1 AND o.seller_id = $2 ORDER BY o.line_id, o.offer_id, o.rfq_version DESC
"""


async def fits(tx: Tx, rfq: UUID, seller: UUID) -> list[Fit]:
    return sorted(await tx.many(Fit, FITS, rfq, seller), key=lambda fit: (-fit.score, fit.offer_id))


# The acting supplier's invitation to one RFQ.
OWN_INVITATION: Final = """
SELECT i.id, i.version, i.rfq_id, i.buyer_id, i.seller_id, c.display_name AS seller, i.status, i.reason, i.created_at
FROM invitation AS i JOIN company AS c ON c.id = i.seller_id WHERE i.rfq_id = $1 AND i.seller_id = $2
"""


async def own_invitation(tx: Tx, rfq: UUID, seller: UUID) -> Invitation | None:
    return await tx.maybe(Invitation, OWN_INVITATION, rfq, seller)


# How the acting buyer's invitations fare.
INVITATIONS: Final = """
SELECT i.id, i.version, i.rfq_id, i.buyer_id, i.seller_id, c.display_name AS seller, i.status, i.reason, i.created_at
FROM invitation AS i JOIN company AS c ON c.id = i.seller_id
WHERE i.rfq_id = $1 AND ($2::uuid IS NULL OR i.seller_id > $2) ORDER BY i.seller_id LIMIT $3
"""


async def invitations(tx: Tx, rfq: UUID, after: UUID | None, limit: int) -> list[Invitation]:
    return await tx.many(Invitation, INVITATIONS, rfq, after, limit)


# One supplier's own invitation, for the answer to a repeated request.
INVITATION: Final = """
SELECT i.id, i.version, i.rfq_id, i.buyer_id, i.seller_id, c.display_name AS seller, i.status, i.reason, i.created_at
FROM invitation AS i JOIN company AS c ON c.id = i.seller_id WHERE i.id = $1
"""


async def invitation(tx: Tx, invitation_id: UUID) -> Invitation | None:
    return await tx.maybe(Invitation, INVITATION, invitation_id)


# The acting supplier's invitation to one RFQ, held for its answer.
HOLD: Final = """
SELECT i.id, i.version, i.rfq_id, i.buyer_id, i.seller_id, c.display_name AS seller, i.status, i.reason, i.created_at
FROM invitation AS i JOIN company AS c ON c.id = i.seller_id WHERE i.rfq_id = $1 AND i.seller_id = $2 FOR UPDATE OF i
"""


async def hold(tx: Tx, rfq: UUID, seller: UUID) -> Invitation | None:
    return await tx.maybe(Invitation, HOLD, rfq, seller)


ANSWER: Final = """
UPDATE invitation SET status = $2, reason = $3, version = version + 1 WHERE id = $1 RETURNING version
"""


async def answer(tx: Tx, invitation_id: UUID, status: str, reason: str | None) -> int:
    version: int = await tx.value(ANSWER, invitation_id, status, reason)
    return version
