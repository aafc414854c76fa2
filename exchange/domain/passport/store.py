"""SQL of member passports."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.passport.model import Paper, Passport
from exchange.domain.privacy import fields
from schemas.passport import PassportDossier

COLUMNS: Final = """
SELECT p.id, p.version, p.status, p.company_id, c.display_name AS company, p.reader_id, r.display_name AS reader, p.fields,
    p.until, p.granted_at, p.revoked_at, p.status = 'granted' AND p.until > (SELECT market_now())
        AND c.status IN ('active', 'suspended') AS live
FROM passport AS p JOIN company AS c ON c.id = p.company_id JOIN company AS r ON r.id = p.reader_id
"""
GET: Final = COLUMNS + "WHERE p.id = $1"


async def get(tx: Tx, passport: UUID) -> Passport | None:
    return await tx.maybe(Passport, GET, passport)


OF_COMPANY: Final = COLUMNS + "WHERE $1 IN (p.company_id, p.reader_id) ORDER BY p.granted_at DESC, p.id LIMIT 200"


async def of_company(tx: Tx, company: UUID) -> list[Passport]:
    return await tx.many(Passport, OF_COMPANY, company)


# Nothing comes back when this counterparty has one already.
INSERT: Final = """
INSERT INTO passport (id, company_id, reader_id, fields, until, granted_by, granted_at)
VALUES ($1, $2, $3, $4, $5, $6, market_now()) ON CONFLICT DO NOTHING RETURNING id
"""


async def insert(
    tx: Tx, passport: UUID, company: UUID, reader: UUID, fields: Sequence[str], until: datetime, person: UUID
) -> bool:
    return await tx.value(INSERT, passport, company, reader, list(fields), until, person) is not None


REVOKE: Final = """
UPDATE passport SET status = 'revoked', version = version + 1, revoked_by = $3, revoked_at = market_now()
WHERE id = $1 AND company_id = $2 AND status = 'granted' RETURNING version
"""


async def revoke(tx: Tx, passport: UUID, company: UUID, person: UUID) -> int | None:
    version: int | None = await tx.value(REVOKE, passport, company, person)
    return version


# One that is over makes room for the next.
REVOKE_OVER: Final = """
UPDATE passport SET status = 'revoked', version = version + 1, revoked_by = $3, revoked_at = market_now()
WHERE company_id = $1 AND reader_id = $2 AND status = 'granted' AND until <= market_now()
"""


async def revoke_over(tx: Tx, company: UUID, reader: UUID, person: UUID) -> None:
    await tx.execute(REVOKE_OVER, company, reader, person)


DOSSIER: Final = "SELECT passport_dossier($1)"


async def dossier(tx: Tx, passport: UUID, company: UUID) -> PassportDossier | None:
    """Nothing once it is revoked or over. What stands sealed in the file of `company` is opened."""
    found = await tx.value(DOSSIER, passport)
    if found is None:
        return None
    shown = msgspec.convert(found, PassportDossier)

    async def opened(text: str | None, at: str) -> str | None:
        return None if text is None else await fields.open_text(tx, company, text, at=at, row=company)

    accounts = [
        msgspec.structs.replace(item, number=await fields.open_text(tx, company, item.number, at=fields.ACCOUNT, row=item.id))
        for item in shown.bank or ()
    ]
    return msgspec.structs.replace(
        shown,
        representative=await opened(shown.representative, fields.REPRESENTATIVE),
        phone=await opened(shown.phone, fields.PHONE),
        contact_email=await opened(shown.contact_email, fields.CONTACT_EMAIL),
        bank=None if shown.bank is None else tuple(accounts),
    )


PAPER: Final = "SELECT x.id, x.name, x.media_type FROM passport_file($1, $2) AS x"


async def paper(tx: Tx, passport: UUID, document: UUID) -> Paper | None:
    return await tx.maybe(Paper, PAPER, passport, document)
