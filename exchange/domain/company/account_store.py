"""SQL of the bank account that a company applies with; its number is sealed here and opened here."""

from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.company.model import BankAccount
from exchange.domain.privacy import fields

GET: Final = """
SELECT b.id, b.company_id, b.holder, b.bank_name, b.number, b.currency, b.verified_at, b.verified_by
FROM bank_account AS b WHERE b.company_id = $1 AND b.status IN ('verified', 'proposed', 'confirmed')
ORDER BY b.status = 'verified' DESC, b.verified_at, b.proposed_at, b.id LIMIT 1
"""


async def get(tx: Tx, company: UUID) -> BankAccount | None:
    """The first account in force, or the one that was applied with."""
    found = await tx.maybe(BankAccount, GET, company)
    if found is None:
        return None
    number = await fields.open_text(tx, company, found.number, at=fields.ACCOUNT, row=found.id)
    return msgspec.structs.replace(found, number=number)


WITHDRAW: Final = """
UPDATE bank_account SET status = 'withdrawn', version = version + 1
WHERE company_id = $1 AND status IN ('proposed', 'confirmed')
"""


async def withdraw(tx: Tx, company: UUID) -> None:
    await tx.execute(WITHDRAW, company)


INSERT: Final = """
INSERT INTO bank_account (id, company_id, holder, bank_name, number, number_hash, currency, proposed_by, proposed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, market_now())
"""


async def insert(
    tx: Tx, account: UUID, company: UUID, holder: str, bank_name: str, number: str, currency: str, person: UUID
) -> None:
    sealed = await fields.seal_text(tx, company, number, at=fields.ACCOUNT, row=account)
    hashed = fields.account_hash(tx, number)
    await tx.execute(INSERT, account, company, holder, bank_name, sealed, hashed, currency, person)


VERIFY: Final = """
UPDATE bank_account SET status = 'verified', version = version + 1, verified_at = market_now(), verified_by = $2,
    decided_at = market_now(), decided_by = $2
WHERE company_id = $1 AND status IN ('proposed', 'confirmed')
"""


async def verify(tx: Tx, company: UUID, operator: UUID) -> None:
    await tx.execute(VERIFY, company, operator)
