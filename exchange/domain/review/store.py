"""SQL of reviews."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.review.model import Published, Review

GET: Final = """
SELECT r.id, r.version, r.order_id, r.author_company_id, c.display_name AS author, r.subject_company_id, r.status, r.score,
    r.text, r.created_at, r.publish_at, r.published_at
FROM review AS r JOIN company AS c ON c.id = r.author_company_id WHERE r.id = $1
"""


async def get(tx: Tx, review: UUID) -> Review | None:
    return await tx.maybe(Review, GET, review)


# Those that the reader may see: its own, and the published ones.
OF_ORDER: Final = """
SELECT r.id, r.version, r.order_id, r.author_company_id, c.display_name AS author, r.subject_company_id, r.status, r.score,
    r.text, r.created_at, r.publish_at, r.published_at
FROM review AS r JOIN company AS c ON c.id = r.author_company_id
WHERE r.order_id = $1 AND (r.author_company_id = app_company() OR r.status = 'published' OR app_company() IS NULL)
ORDER BY r.created_at, r.id
"""


async def of_order(tx: Tx, order: UUID) -> list[Review]:
    return await tx.many(Review, OF_ORDER, order)


# What was published about a company, newest first; a cursor is (published_at, id) of the last one shown.
ABOUT: Final = """
SELECT r.id, r.version, r.order_id, r.author_company_id, c.display_name AS author, r.subject_company_id, r.status, r.score,
    r.text, r.created_at, r.publish_at, r.published_at
FROM review AS r JOIN company AS c ON c.id = r.author_company_id
WHERE r.subject_company_id = $1 AND r.status = 'published'
    AND (r.published_at, r.id)
        < (least($2::timestamptz, 'infinity'), least($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY r.published_at DESC, r.id DESC LIMIT $4
"""


async def about(tx: Tx, company: UUID, after: datetime | None, after_id: UUID | None, limit: int) -> list[Review]:
    return await tx.many(Review, ABOUT, company, after, after_id, limit)


# One of each side for an order; the order is locked.
INSERT: Final = """
INSERT INTO review (id, order_id, author_company_id, subject_company_id, status, score, text, author_id, created_at, publish_at)
VALUES ($1, $2, $3, $4, 'written', $5, $6, $7, $8, $9)
"""


async def insert(tx: Tx, *values: Any) -> None:
    await tx.execute(INSERT, *values)


PUBLISH: Final = "SELECT p.id, p.version, p.author_company_id, p.subject_company_id FROM publish_due_reviews($1) AS p"


async def publish(tx: Tx, order: UUID) -> list[Published]:
    """Publish both when there are two, or what is past its time; what became public by this."""
    return await tx.many(Published, PUBLISH, order)
