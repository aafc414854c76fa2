"""SQL of documents and badges."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.document.model import Badges, Document, Scheme

COLUMNS: Final = """
SELECT d.id, d.version, d.status, d.company_id, c.display_name AS company, d.scheme, d.certificate, d.number, d.issuer, d.scope,
    d.valid_from, d.valid_until, d.expires_at, d.file_id, d.submitted_by, d.submitted_at, d.decided_at, d.reason
FROM document AS d JOIN company AS c ON c.id = d.company_id
"""
GET: Final = COLUMNS + "WHERE d.id = $1"


async def get(tx: Tx, document: UUID) -> Document | None:
    return await tx.maybe(Document, GET, document)


OF_COMPANY: Final = COLUMNS + "WHERE d.company_id = $1 ORDER BY d.submitted_at DESC, d.id LIMIT 200"


async def of_company(tx: Tx, company: UUID) -> list[Document]:
    return await tx.many(Document, OF_COMPANY, company)


CERTIFICATES: Final = (
    COLUMNS
    + """WHERE d.company_id = $1 AND d.certificate AND d.status = 'verified'
    AND (d.expires_at IS NULL OR d.expires_at > (SELECT market_now())) ORDER BY d.scheme, d.valid_until DESC, d.id LIMIT 100"""
)


async def certificates(tx: Tx, company: UUID) -> list[Document]:
    """What is valid now, for every member."""
    return await tx.many(Document, CERTIFICATES, company)


# What operators have to decide, longest waiting first; a cursor is (submitted_at, id) of the last one shown.
WAITING: Final = (
    COLUMNS
    + """WHERE d.status = 'submitted' AND (d.submitted_at, d.id)
    > (greatest($1::timestamptz, '-infinity'), greatest($2::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY d.submitted_at, d.id LIMIT $3"""
)


async def waiting(tx: Tx, after: tuple[datetime, UUID] | None, limit: int) -> list[Document]:
    return await tx.many(Document, WAITING, *(after or (None, None)), limit)


SCHEMES: Final = "SELECT s.code, s.name_en, s.name_vi, s.certificate FROM document_scheme AS s ORDER BY s.position, s.code"


async def schemes(tx: Tx) -> list[Scheme]:
    return await tx.many(Scheme, SCHEMES)


# It ends with its last day, in the time zone $11 of the company.
INSERT: Final = """
INSERT INTO document (id, company_id, scheme, certificate, number, issuer, scope, valid_from, valid_until, warn_month_at,
    warn_week_at, expires_at, file_id, submitted_by, submitted_at)
SELECT $1, $2, s.code, s.certificate, $4, $5, $6, $7, $8::date, e.at - interval '30 days', e.at - interval '7 days', e.at, $9,
    $10, market_now()
FROM document_scheme AS s, LATERAL (SELECT ($8::date + 1)::timestamp AT TIME ZONE $11::text AS at) AS e WHERE s.code = $3
RETURNING id
"""


async def insert(
    tx: Tx,
    document: UUID,
    company: UUID,
    scheme: str,
    *,
    number: str,
    issuer: str,
    scope: str,
    valid_from: date,
    valid_until: date | None,
    file_id: UUID,
    person: UUID,
    time_zone: str,
) -> bool:
    """False for an unknown scheme."""
    columns = number, issuer, scope, valid_from, valid_until, file_id, person, time_zone
    return await tx.value(INSERT, document, company, scheme, *columns) is not None


MOVE: Final = """
UPDATE document SET status = $3, version = version + 1, decided_by = coalesce($4, decided_by),
    decided_at = CASE WHEN $4::uuid IS NULL THEN decided_at ELSE market_now() END, reason = coalesce($5, reason)
WHERE id = $1 AND status = ANY ($2) RETURNING version
"""


async def move(tx: Tx, document: UUID, from_: Sequence[str], to: str, decided_by: UUID | None, reason: str | None) -> int | None:
    """The new version; nothing when it is in another state."""
    version: int | None = await tx.value(MOVE, document, list(from_), to, decided_by, reason)
    return version


class Ending(msgspec.Struct, frozen=True):
    """A verified document under lock; `renewed`: a later one of its scheme is verified too."""

    version: int
    company_id: UUID
    due: bool
    renewed: bool


ENDING: Final = """
SELECT d.version, d.company_id, d.expires_at <= market_now() AS due,
    EXISTS (SELECT FROM document AS n WHERE n.company_id = d.company_id AND n.scheme = d.scheme AND n.status = 'verified'
        AND (n.expires_at IS NULL OR n.expires_at > d.expires_at)) AS renewed
FROM document AS d WHERE d.id = $1 AND d.status = 'verified' AND d.expires_at IS NOT NULL FOR UPDATE OF d
"""


async def ending(tx: Tx, document: UUID) -> Ending | None:
    return await tx.maybe(Ending, ENDING, document)


BADGES: Final = "SELECT b.identity_verified, b.tax_checked, b.bank_verified, b.certificates FROM company_badges($1) AS b"


async def badges(tx: Tx, company: UUID) -> Badges:
    return await tx.one(Badges, BADGES, company)
