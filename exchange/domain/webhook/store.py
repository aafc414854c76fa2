"""SQL of webhooks, as their company."""

from datetime import datetime
from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.webhook.model import Delivery, Endpoint

INSERT: Final = """
INSERT INTO webhook_endpoint (id, company_id, url, secret, events, status, person_id, created_at)
VALUES ($1, $2, $3, $4, $5, 'active', $6, market_now())
RETURNING id, company_id, url, events, status, version, created_at
"""


async def insert(tx: Tx, endpoint_id: UUID, company: UUID, url: str, secret: str, events: tuple[str, ...]) -> Endpoint:
    return await tx.one(Endpoint, INSERT, endpoint_id, company, url, secret, list(events), tx.ctx.person)


LIST: Final = """
SELECT w.id, w.company_id, w.url, w.events, w.status, w.version, w.created_at
FROM webhook_endpoint AS w WHERE w.company_id = $1 ORDER BY w.created_at DESC, w.id DESC LIMIT 200
"""


async def list_all(tx: Tx, company: UUID) -> list[Endpoint]:
    return await tx.many(Endpoint, LIST, company)


GET: Final = """
SELECT w.id, w.company_id, w.url, w.events, w.status, w.version, w.created_at
FROM webhook_endpoint AS w WHERE w.id = $1
"""


async def get(tx: Tx, endpoint_id: UUID) -> Endpoint | None:
    return await tx.maybe(Endpoint, GET, endpoint_id)


ACTIVE_COUNT: Final = "SELECT count(*) FROM webhook_endpoint AS w WHERE w.company_id = $1 AND w.status = 'active'"


async def active_count(tx: Tx, company: UUID) -> int:
    return await tx.value(ACTIVE_COUNT, company)


MOVE: Final = """
UPDATE webhook_endpoint AS w SET status = $3, version = w.version + 1,
    person_id = CASE WHEN $3 = 'active' THEN $4 ELSE w.person_id END
WHERE w.id = $1 AND w.status = ANY ($2)
RETURNING w.id, w.company_id, w.url, w.events, w.status, w.version, w.created_at
"""


async def move(tx: Tx, endpoint_id: UUID, from_: tuple[str, ...], to: str) -> Endpoint | None:
    return await tx.maybe(Endpoint, MOVE, endpoint_id, list(from_), to, tx.ctx.person)


ROTATE: Final = """
UPDATE webhook_endpoint AS w SET secret = $2, version = w.version + 1, person_id = $3 WHERE w.id = $1
RETURNING w.id, w.company_id, w.url, w.events, w.status, w.version, w.created_at
"""


async def rotate(tx: Tx, endpoint_id: UUID, secret: str) -> Endpoint | None:
    return await tx.maybe(Endpoint, ROTATE, endpoint_id, secret, tx.ctx.person)


# A company's deliveries, newest first, of one endpoint or ($5 null) of all.
DELIVERIES: Final = """
SELECT d.id, d.endpoint_id, d.event_id, e.type AS event_type, d.status, d.attempts, d.last_status, d.last_error,
    d.created_at, d.delivered_at
FROM webhook_delivery AS d JOIN event AS e ON e.id = d.event_id
WHERE d.company_id = $4 AND ($5::uuid IS NULL OR d.endpoint_id = $5)
    AND (d.created_at, d.id)
        < (least($1::timestamptz, 'infinity'), least($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY d.created_at DESC, d.id DESC LIMIT $3
"""


async def deliveries(
    tx: Tx, after: datetime | None, after_id: UUID | None, limit: int, company: UUID, endpoint: UUID | None
) -> list[Delivery]:
    return await tx.many(Delivery, DELIVERIES, after, after_id, limit, company, endpoint)


DELIVERY: Final = """
SELECT d.id, d.endpoint_id, d.event_id, e.type AS event_type, d.status, d.attempts, d.last_status, d.last_error,
    d.created_at, d.delivered_at
FROM webhook_delivery AS d JOIN event AS e ON e.id = d.event_id
WHERE d.id = $1 AND (app_company() IS NULL OR d.company_id = app_company())
"""


async def delivery(tx: Tx, delivery_id: UUID) -> Delivery | None:
    return await tx.maybe(Delivery, DELIVERY, delivery_id)


# One more attempt belongs to the one who asks for it, so that each request to send again has its own job.
AGAIN: Final = """
UPDATE webhook_delivery AS d SET status = 'waiting', attempts = d.attempts + 1
WHERE d.id = $1 AND d.status = ANY ($2) RETURNING d.attempts
"""


async def again(tx: Tx, delivery_id: UUID, from_: tuple[str, ...]) -> int | None:
    return await tx.value(AGAIN, delivery_id, list(from_))
