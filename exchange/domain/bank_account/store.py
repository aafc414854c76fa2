"""SQL of bank accounts and of what they mean for payments."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.bank_account.model import Account
from exchange.domain.privacy import fields

GET: Final = """
SELECT b.id, b.version, b.status, b.company_id, c.legal_name, b.holder, b.bank_name, b.number, b.currency, b.proposed_by,
    b.proposed_at, b.confirmed_by, b.confirmed_at, b.verified_at, b.verified_by, b.paused_until, b.reason, b.by_policy
FROM bank_account AS b JOIN company AS c ON c.id = b.company_id WHERE b.id = $1
"""


async def get(tx: Tx, account: UUID) -> Account | None:
    found = await tx.maybe(Account, GET, account)
    return None if found is None else await _opened(tx, found)


async def _opened(tx: Tx, row: Account) -> Account:
    number = await fields.open_text(tx, row.company_id, row.number, at=fields.ACCOUNT, row=row.id)
    return msgspec.structs.replace(row, number=number)


OF_COMPANY: Final = """
SELECT b.id, b.version, b.status, b.company_id, c.legal_name, b.holder, b.bank_name, b.number, b.currency, b.proposed_by,
    b.proposed_at, b.confirmed_by, b.confirmed_at, b.verified_at, b.verified_by, b.paused_until, b.reason, b.by_policy
FROM bank_account AS b JOIN company AS c ON c.id = b.company_id
WHERE b.company_id = $1 ORDER BY b.proposed_at DESC NULLS LAST, b.id LIMIT 100
"""


async def of_company(tx: Tx, company: UUID) -> list[Account]:
    return [await _opened(tx, row) for row in await tx.many(Account, OF_COMPANY, company)]


# What operators verify: confirmed by a second person, or without anybody who could. Applications are decided as a whole. A
# cursor is (proposed_at, id) of the last one shown.
WAITING: Final = """
SELECT b.id, b.version, b.status, b.company_id, c.legal_name, b.holder, b.bank_name, b.number, b.currency, b.proposed_by,
    b.proposed_at, b.confirmed_by, b.confirmed_at, b.verified_at, b.verified_by, b.paused_until, b.reason, b.by_policy
FROM bank_account AS b JOIN company AS c ON c.id = b.company_id
WHERE b.status IN ('proposed', 'confirmed') AND c.active_at IS NOT NULL AND (b.proposed_at, b.id)
    > (greatest($1::timestamptz, '-infinity'), greatest($2::uuid, '00000000-0000-0000-0000-000000000000'))
    AND (b.status = 'confirmed' OR NOT b.by_policy AND NOT EXISTS (SELECT FROM membership AS m WHERE m.company_id = b.company_id
        AND m.ended_at IS NULL AND m.person_id IS DISTINCT FROM b.proposed_by AND m.roles && ARRAY['owner', 'admin', 'finance']))
ORDER BY b.proposed_at, b.id LIMIT $3
"""


async def waiting(tx: Tx, after: tuple[datetime, UUID] | None, limit: int) -> list[Account]:
    return [await _opened(tx, row) for row in await tx.many(Account, WAITING, *(after or (None, None)), limit)]


# Nothing comes back while another change for this currency waits.
INSERT: Final = """
INSERT INTO bank_account (id, company_id, holder, bank_name, number, number_hash, currency, proposed_by, proposed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, market_now()) ON CONFLICT DO NOTHING RETURNING id
"""


async def insert(
    tx: Tx, account: UUID, company: UUID, holder: str, bank_name: str, number: str, currency: str, person: UUID
) -> bool:
    sealed = await fields.seal_text(tx, company, number, at=fields.ACCOUNT, row=account)
    hashed = fields.account_hash(tx, number)
    return await tx.value(INSERT, account, company, holder, bank_name, sealed, hashed, currency, person) is not None


MOVE: Final = """
UPDATE bank_account SET status = $3, version = version + 1,
    confirmed_by = CASE WHEN $3 = 'confirmed' THEN $4 ELSE confirmed_by END,
    confirmed_at = CASE WHEN $3 = 'confirmed' THEN market_now() ELSE confirmed_at END,
    decided_by = CASE WHEN $3 IN ('verified', 'rejected') THEN $4 ELSE decided_by END,
    decided_at = CASE WHEN $3 IN ('verified', 'rejected') THEN market_now() ELSE decided_at END,
    verified_by = CASE WHEN $3 = 'verified' THEN $4 ELSE verified_by END,
    verified_at = CASE WHEN $3 = 'verified' THEN market_now() ELSE verified_at END,
    paused_until = CASE WHEN $3 = 'verified' AND $6::integer > 0 THEN market_now() + make_interval(hours => $6) END,
    replaced_at = CASE WHEN $3 = 'replaced' THEN market_now() END, reason = $5
WHERE id = $1 AND status = ANY ($2) RETURNING version
"""


async def move(
    tx: Tx, account: UUID, from_: Sequence[str], to: str, person: UUID, *, reason: str | None = None, pause_hours: int = 0
) -> int | None:
    """The new version; nothing when it is in another state."""
    version: int | None = await tx.value(MOVE, account, list(from_), to, person, reason, pause_hours)
    return version


HOLD: Final = "SELECT b.status FROM bank_account AS b WHERE b.id = $1 FOR UPDATE"


async def hold(tx: Tx, account: UUID) -> str | None:
    """Its state, locked; none when it is past deciding."""
    found: str | None = await tx.value(HOLD, account)
    return found


# What the company's own people did not agree to.
TAKE_BACK: Final = """
UPDATE bank_account SET status = $2, version = version + 1 WHERE id = $1 AND status = 'proposed' RETURNING version, company_id
"""


class TakenBack(msgspec.Struct, frozen=True):
    version: int
    company_id: UUID


async def take_back(tx: Tx, account: UUID, to: str) -> TakenBack | None:
    return await tx.maybe(TakenBack, TAKE_BACK, account, to)


class InForce(msgspec.Struct, frozen=True):
    id: UUID
    version: int
    currency: str


# The accounts of a company that payments go to now, locked so that two verifications follow each other.
IN_FORCE: Final = """
SELECT b.id, b.version, b.currency FROM bank_account AS b
WHERE b.company_id = $1 AND b.status = 'verified' ORDER BY b.id FOR UPDATE
"""


async def in_force(tx: Tx, company: UUID) -> list[InForce]:
    return await tx.many(InForce, IN_FORCE, company)


# People of the acting company, besides one, who may confirm an account.
SECONDS: Final = """
SELECT EXISTS (SELECT FROM membership AS m WHERE m.company_id = $1 AND m.ended_at IS NULL
    AND m.person_id IS DISTINCT FROM $2 AND m.roles && ARRAY['owner', 'admin', 'finance'])
"""


async def second_person(tx: Tx, company: UUID, proposer: UUID | None) -> bool:
    return bool(await tx.value(SECONDS, company, proposer))


class Counterparty(msgspec.Struct, frozen=True):
    id: UUID


COUNTERPARTIES: Final = "SELECT c AS id FROM open_counterparties($1) AS c"


async def counterparties(tx: Tx, company: UUID) -> list[UUID]:
    """The other sides of its running orders."""
    return [item.id for item in await tx.many(Counterparty, COUNTERPARTIES, company)]


PAUSED_UNTIL: Final = "SELECT a.paused_until FROM order_bank_account($1) AS a"


async def paused_until(tx: Tx, order: UUID) -> datetime | None:
    """Until when nobody announces a direct payment of this order; None: now."""
    found: datetime | None = await tx.value(PAUSED_UNTIL, order)
    return found
