"""SQL of a company's file, which it and the operators read; personal fields are sealed here and opened here."""

from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.company.model import CompanyFile
from exchange.domain.privacy import fields

GET: Final = """
SELECT f.company_id, f.address, f.representative, f.representative_title, f.phone, f.contact_email,
    f.signing_limit_minor, f.decision_reason, f.decided_by, f.decided_at, f.reviewer_id
FROM company_file AS f WHERE f.company_id = $1
"""


async def get(tx: Tx, company: UUID) -> CompanyFile | None:
    """Nothing for another company's file."""
    found = await tx.maybe(CompanyFile, GET, company)
    if found is None:
        return None
    return msgspec.structs.replace(
        found,
        representative=await fields.open_text(tx, company, found.representative, at=fields.REPRESENTATIVE, row=company),
        phone=await fields.open_text(tx, company, found.phone, at=fields.PHONE, row=company),
        contact_email=await fields.open_text(tx, company, found.contact_email, at=fields.CONTACT_EMAIL, row=company),
    )


FILL: Final = """
UPDATE company_file SET address = $2, representative = $3, representative_title = $4, phone = $5, contact_email = $6
WHERE company_id = $1
"""


async def fill(tx: Tx, company: UUID, address: str, representative: str, title: str, phone: str, contact_email: str) -> None:
    await _write(tx, FILL, company, address, representative, title, phone, contact_email)


INSERT: Final = """
INSERT INTO company_file (company_id, address, representative, representative_title, phone, contact_email)
VALUES ($1, $2, $3, $4, $5, $6)
"""


async def insert(tx: Tx, company: UUID, address: str, representative: str, title: str, phone: str, contact_email: str) -> None:
    await _write(tx, INSERT, company, address, representative, title, phone, contact_email)


async def _write(
    tx: Tx, sql: str, company: UUID, address: str, representative: str, title: str, phone: str, contact_email: str
) -> None:
    representative = await fields.seal_text(tx, company, representative, at=fields.REPRESENTATIVE, row=company)
    phone = await fields.seal_text(tx, company, phone, at=fields.PHONE, row=company)
    contact_email = await fields.seal_text(tx, company, contact_email, at=fields.CONTACT_EMAIL, row=company)
    await tx.execute(sql, company, address, representative, title, phone, contact_email)


EDIT: Final = """
UPDATE company_file SET address = $2, phone = $3, contact_email = $4, signing_limit_minor = $5
WHERE company_id = $1
"""


async def edit(
    tx: Tx,
    company: UUID,
    address: str,
    phone: str,
    contact_email: str,
    signing_limit_minor: int | None,
) -> None:
    phone = await fields.seal_text(tx, company, phone, at=fields.PHONE, row=company)
    contact_email = await fields.seal_text(tx, company, contact_email, at=fields.CONTACT_EMAIL, row=company)
    await tx.execute(EDIT, company, address, phone, contact_email, signing_limit_minor)


ASSIGN: Final = "UPDATE company_file SET reviewer_id = $2 WHERE company_id = $1"


async def assign(tx: Tx, company: UUID, reviewer: UUID) -> None:
    await tx.execute(ASSIGN, company, reviewer)


DECIDE: Final = """
UPDATE company_file SET decision_reason = $2, decided_by = $3, decided_at = market_now() WHERE company_id = $1
"""


async def decide(tx: Tx, company: UUID, reason: str | None, operator: UUID) -> None:
    await tx.execute(DECIDE, company, reason, operator)
