"""SQL of companies, their files, bank accounts and people."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.company.model import BankAccount, Company, CompanyFile, CompanyName, Member, Queued
from exchange.domain.privacy import fields

GET: Final = """
SELECT c.id, c.status, c.version, c.legal_name, c.display_name, c.sort_key, c.country, c.profile, c.region, c.registration_id,
    c.tax_id, c.base_currency, c.trade_roles, c.about, c.website, c.lei, c.applied_at, c.active_at, c.suspended_until
FROM company AS c WHERE c.id = $1
"""


async def get(tx: Tx, company: UUID) -> Company | None:
    return await tx.maybe(Company, GET, company)


GET_FILE: Final = """
SELECT f.company_id, f.address, f.representative, f.representative_title, f.phone, f.contact_email,
    f.signing_limit_minor, f.decision_reason, f.decided_by, f.decided_at, f.reviewer_id
FROM company_file AS f WHERE f.company_id = $1
"""


async def get_file(tx: Tx, company: UUID) -> CompanyFile | None:
    """Nothing for another company's file."""
    found = await tx.maybe(CompanyFile, GET_FILE, company)
    if found is None:
        return None
    return msgspec.structs.replace(
        found,
        representative=await fields.open_text(tx, company, found.representative, at=fields.REPRESENTATIVE, row=company),
        phone=await fields.open_text(tx, company, found.phone, at=fields.PHONE, row=company),
        contact_email=await fields.open_text(tx, company, found.contact_email, at=fields.CONTACT_EMAIL, row=company),
    )


GET_BANK: Final = """
SELECT b.id, b.company_id, b.holder, b.bank_name, b.number, b.currency, b.verified_at, b.verified_by
FROM bank_account AS b WHERE b.company_id = $1 AND b.status IN ('verified', 'proposed', 'confirmed')
ORDER BY b.status = 'verified' DESC, b.verified_at, b.proposed_at, b.id LIMIT 1
"""


async def get_bank(tx: Tx, company: UUID) -> BankAccount | None:
    """The first account in force, or the one that was applied with."""
    found = await tx.maybe(BankAccount, GET_BANK, company)
    if found is None:
        return None
    number = await fields.open_text(tx, company, found.number, at=fields.ACCOUNT, row=found.id)
    return msgspec.structs.replace(found, number=number)


# Nothing comes back when a company with this number in this country exists, in any state.
INSERT: Final = """
INSERT INTO company (id, status, legal_name, display_name, sort_key, country, profile, region, registration_id, tax_id,
    base_currency, trade_roles, about, website, lei, applied_at)
VALUES ($1, 'applied', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, market_now())
ON CONFLICT DO NOTHING
RETURNING id, status, version, legal_name, display_name, sort_key, country, profile, region, registration_id, tax_id,
    base_currency, trade_roles, about, website, lei, applied_at, active_at, suspended_until
"""


async def insert(tx: Tx, company: UUID, *columns: object) -> Company | None:
    return await tx.maybe(Company, INSERT, company, *columns)


# Its number is given when the application is sent; until then its own id keeps the place.
INSERT_DRAFT: Final = """
INSERT INTO company (id, status, legal_name, display_name, sort_key, country, profile, region, registration_id, tax_id,
    base_currency, applied_at)
VALUES ($1::uuid, 'draft', $2, $3, $4, $5, $6, $5, 'draft:' || $1::uuid::text, '', $7, market_now())
RETURNING id, status, version, legal_name, display_name, sort_key, country, profile, region, registration_id, tax_id,
    base_currency, trade_roles, about, website, lei, applied_at, active_at, suspended_until
"""


async def insert_draft(tx: Tx, company: UUID, *columns: object) -> Company:
    return await tx.one(Company, INSERT_DRAFT, company, *columns)


OTHER_WITH_NUMBER: Final = "SELECT number_is_known($1, $2, $3)"


async def other_with_number(tx: Tx, company: UUID, country: str, registration_id: str) -> bool:
    """Whether another company, in any state, has this number."""
    return bool(await tx.value(OTHER_WITH_NUMBER, company, country, registration_id))


IDENTIFY: Final = """
UPDATE company SET legal_name = $2, display_name = $3, sort_key = $4, country = $5, profile = $6, region = $7,
    registration_id = $8, tax_id = $9, base_currency = $10, trade_roles = $11, about = $12, website = $13, lei = $14,
    applied_at = CASE WHEN status = 'draft' THEN market_now() ELSE applied_at END
WHERE id = $1
"""


async def identify(tx: Tx, company: UUID, *columns: object) -> None:
    await tx.execute(IDENTIFY, company, *columns)


FILL_FILE: Final = """
UPDATE company_file SET address = $2, representative = $3, representative_title = $4, phone = $5, contact_email = $6
WHERE company_id = $1
"""


async def fill_file(tx: Tx, company: UUID, address: str, representative: str, title: str, phone: str, contact_email: str) -> None:
    representative = await fields.seal_text(tx, company, representative, at=fields.REPRESENTATIVE, row=company)
    phone = await fields.seal_text(tx, company, phone, at=fields.PHONE, row=company)
    contact_email = await fields.seal_text(tx, company, contact_email, at=fields.CONTACT_EMAIL, row=company)
    await tx.execute(FILL_FILE, company, address, representative, title, phone, contact_email)


WITHDRAW_BANK: Final = """
UPDATE bank_account SET status = 'withdrawn', version = version + 1
WHERE company_id = $1 AND status IN ('proposed', 'confirmed')
"""


async def withdraw_bank(tx: Tx, company: UUID) -> None:
    await tx.execute(WITHDRAW_BANK, company)


REPRESENTATIVE_IS: Final = "SELECT representative_is($1)"


async def representative_is(tx: Tx, person: UUID | None) -> None:
    """Who of an applicant's owners signs by law, and nobody else; None: the representative is not here."""
    await tx.value(REPRESENTATIVE_IS, person)


FORGET_DRAFT: Final = "DELETE FROM company_application WHERE company_id = $1"


async def forget_draft(tx: Tx, company: UUID) -> None:
    await tx.execute(FORGET_DRAFT, company)


INSERT_FILE: Final = """
INSERT INTO company_file (company_id, address, representative, representative_title, phone, contact_email)
VALUES ($1, $2, $3, $4, $5, $6)
"""


async def insert_file(
    tx: Tx, company: UUID, address: str, representative: str, title: str, phone: str, contact_email: str
) -> None:
    representative = await fields.seal_text(tx, company, representative, at=fields.REPRESENTATIVE, row=company)
    phone = await fields.seal_text(tx, company, phone, at=fields.PHONE, row=company)
    contact_email = await fields.seal_text(tx, company, contact_email, at=fields.CONTACT_EMAIL, row=company)
    await tx.execute(INSERT_FILE, company, address, representative, title, phone, contact_email)


INSERT_BANK: Final = """
INSERT INTO bank_account (id, company_id, holder, bank_name, number, number_hash, currency, proposed_by, proposed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, market_now())
"""


async def insert_bank(
    tx: Tx, account: UUID, company: UUID, holder: str, bank_name: str, number: str, currency: str, person: UUID
) -> None:
    sealed = await fields.seal_text(tx, company, number, at=fields.ACCOUNT, row=account)
    hashed = fields.account_hash(tx, number)
    await tx.execute(INSERT_BANK, account, company, holder, bank_name, sealed, hashed, currency, person)


# The person and the ownership of a company without people; false for an e-mail that exists.
REGISTER: Final = "SELECT person_register($1, $2, $3, $4, $5, $6, $7)"


async def register(
    tx: Tx, person: UUID, email: str, name: str, password_hash: str, locale: str, company: UUID, *, signs: bool
) -> bool:
    """`signs`: the person is the legal representative."""
    registered: bool = await tx.value(REGISTER, person, email, name, password_hash, locale, company, signs)
    return registered


EDIT: Final = """
UPDATE company SET version = version + 1, display_name = $3, sort_key = $4, about = $5, website = $6, trade_roles = $7
WHERE id = $1 AND version = $2
RETURNING id, status, version, legal_name, display_name, sort_key, country, profile, region, registration_id, tax_id,
    base_currency, trade_roles, about, website, lei, applied_at, active_at, suspended_until
"""


async def edit(
    tx: Tx,
    company: UUID,
    version: int,
    display_name: str,
    sort_key: str,
    about: str,
    website: str | None,
    trade_roles: Sequence[str],
) -> Company | None:
    """Nothing when the company is at another version."""
    return await tx.maybe(Company, EDIT, company, version, display_name, sort_key, about, website, trade_roles)


SET_CAPABILITIES: Final = "UPDATE company SET capabilities = $2 WHERE id = $1"


async def set_capabilities(tx: Tx, company: UUID, lines: Sequence[str]) -> None:
    await tx.execute(SET_CAPABILITIES, company, list(lines))


EDIT_FILE: Final = """
UPDATE company_file SET address = $2, phone = $3, contact_email = $4, signing_limit_minor = $5
WHERE company_id = $1
"""


async def edit_file(
    tx: Tx,
    company: UUID,
    address: str,
    phone: str,
    contact_email: str,
    signing_limit_minor: int | None,
) -> None:
    phone = await fields.seal_text(tx, company, phone, at=fields.PHONE, row=company)
    contact_email = await fields.seal_text(tx, company, contact_email, at=fields.CONTACT_EMAIL, row=company)
    await tx.execute(EDIT_FILE, company, address, phone, contact_email, signing_limit_minor)


PEOPLE: Final = """
SELECT p.person_id, p.name, p.email, p.locale, p.roles, m.version,
    ARRAY(SELECT r.role_id FROM member_role AS r WHERE r.company_id = $1 AND r.person_id = p.person_id ORDER BY 1) AS own_roles
FROM company_people() AS p JOIN membership AS m ON m.company_id = $1 AND m.person_id = p.person_id ORDER BY p.name, p.person_id
"""


async def people(tx: Tx) -> list[Member]:
    return await tx.many(Member, PEOPLE, tx.ctx.company)


ADD_MEMBER: Final = "SELECT member_add($1, $2, $3, $4, $5, $6)"


async def add_member(tx: Tx, person: UUID, email: str, name: str, password_hash: str, locale: str, roles: Sequence[str]) -> bool:
    """False for an e-mail that exists."""
    return await tx.value(ADD_MEMBER, person, email, name, password_hash, locale, roles) is not None


class Closed(msgspec.Struct, frozen=True):
    """Something that ended with the rights of a person, at its new version."""

    id: UUID
    version: int


class Ended(msgspec.Struct, frozen=True):
    """All that ended with them."""

    keys: tuple[Closed, ...] = ()
    webhooks: tuple[Closed, ...] = ()
    invitations: tuple[Closed, ...] = ()


class MemberChanged(msgspec.Struct, frozen=True):
    """What became of a change of roles; `new_version` and `ended` only when it was done."""

    outcome: str
    roles_before: tuple[str, ...] | None
    new_version: int | None
    ended: Ended | None


CHANGE_MEMBER: Final = "SELECT c.outcome, c.roles_before, c.new_version, c.ended FROM member_change($1, $2, $3, $4) AS c"


async def change_member(
    tx: Tx, person: UUID, version: int | None, roles: Sequence[str] | None, own_roles: Sequence[UUID] | None
) -> MemberChanged:
    """`roles` None ends the membership; `version` None takes it at any version; `own_roles` None leaves them as they are."""
    return await tx.one(MemberChanged, CHANGE_MEMBER, person, version, roles, own_roles)


BY_TAX_ID: Final = """
SELECT c.id FROM company AS c WHERE c.tax_id = $1 AND c.status IN ('active', 'suspended') ORDER BY c.id LIMIT 1
"""


async def by_tax_id(tx: Tx, tax_id: str) -> UUID | None:
    found: UUID | None = await tx.value(BY_TAX_ID, tax_id)
    return found


NAMES: Final = """
SELECT c.id, c.display_name, c.legal_name, c.country, c.region, c.status FROM company AS c WHERE c.id = ANY ($1)
"""


async def names(tx: Tx, companies: Sequence[UUID]) -> list[CompanyName]:
    return await tx.many(CompanyName, NAMES, companies)


# Active members by name; a cursor is (sort_key, id) of the last one shown. $4: a word of the name as it sorts begins so, or $5
# stands in the legal name, or is the tax number.
DIRECTORY: Final = """
SELECT c.id, c.status, c.version, c.legal_name, c.display_name, c.sort_key, c.country, c.profile, c.region, c.registration_id,
    c.tax_id, c.base_currency, c.trade_roles, c.about, c.website, c.lei, c.applied_at, c.active_at, c.suspended_until
FROM company AS c
WHERE c.status = 'active' AND (c.sort_key, c.id)
    > (greatest($1::text, ''), greatest($2::uuid, '00000000-0000-0000-0000-000000000000'))
    AND ($4::text IS NULL OR c.sort_key LIKE $4 || '%' OR c.sort_key LIKE '% ' || $4 || '%'
        OR c.legal_name ILIKE '%' || $5 || '%' OR c.tax_id = $5)
ORDER BY c.sort_key, c.id LIMIT $3
"""


async def directory(
    tx: Tx, after: tuple[str, UUID] | None, limit: int, folded: str | None = None, typed: str | None = None
) -> list[Company]:
    """`folded` and `typed` are one text to find, both escaped for LIKE."""
    return await tx.many(Company, DIRECTORY, *(after or (None, None)), limit, folded, typed)


# The operators' queue, longest waiting first; a cursor is (applied_at, id) of the last one shown.
QUEUE: Final = """
SELECT c.id, c.version, c.status, c.legal_name, c.country, c.registration_id, c.trade_roles, c.applied_at,
    greatest(0, extract(epoch FROM (SELECT market_now()) - c.applied_at))::bigint AS age_s, f.reviewer_id
FROM company AS c JOIN company_file AS f ON f.company_id = c.id
WHERE c.status = $1 AND (c.applied_at, c.id)
    > (greatest($2::timestamptz, '-infinity'), greatest($3::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY c.applied_at, c.id LIMIT $4
"""


async def queue(tx: Tx, status: str, after: tuple[datetime, UUID] | None, limit: int) -> list[Queued]:
    return await tx.many(Queued, QUEUE, status, *(after or (None, None)), limit)


HOLD_STANDING: Final = "SELECT hold_standing($1)"


async def hold_standing(tx: Tx, company: UUID) -> None:
    """Nobody acts in the company's standing until this transaction is over."""
    await tx.execute(HOLD_STANDING, company)


# Every change of standing. active_at stays what the first approval made it.
MOVE: Final = """
UPDATE company SET status = $3, version = version + 1, suspended_until = $4,
    active_at = CASE WHEN $3 = 'active' THEN coalesce(active_at, market_now()) ELSE active_at END
WHERE id = $1 AND status = ANY ($2)
RETURNING id, status, version, legal_name, display_name, sort_key, country, profile, region, registration_id, tax_id,
    base_currency, trade_roles, about, website, lei, applied_at, active_at, suspended_until
"""


async def move(tx: Tx, company: UUID, from_: Sequence[str], to: str, suspended_until: datetime | None) -> Company | None:
    """Nothing when the company is in another state."""
    return await tx.maybe(Company, MOVE, company, from_, to, suspended_until)


ASSIGN: Final = "UPDATE company_file SET reviewer_id = $2 WHERE company_id = $1"


async def assign(tx: Tx, company: UUID, reviewer: UUID) -> None:
    await tx.execute(ASSIGN, company, reviewer)


DECIDE: Final = """
UPDATE company_file SET decision_reason = $2, decided_by = $3, decided_at = market_now() WHERE company_id = $1
"""


async def decide(tx: Tx, company: UUID, reason: str | None, operator: UUID) -> None:
    await tx.execute(DECIDE, company, reason, operator)


VERIFY_BANK: Final = """
UPDATE bank_account SET status = 'verified', version = version + 1, verified_at = market_now(), verified_by = $2,
    decided_at = market_now(), decided_by = $2
WHERE company_id = $1 AND status IN ('proposed', 'confirmed')
"""


async def verify_bank(tx: Tx, company: UUID, operator: UUID) -> None:
    await tx.execute(VERIFY_BANK, company, operator)


BELONGS: Final = "SELECT EXISTS (SELECT FROM membership AS m WHERE m.company_id = $1 AND m.person_id = $2)"


async def belongs(tx: Tx, company: UUID, person: UUID) -> bool:
    """Whether the person is or was one of the company's people."""
    found: bool = await tx.value(BELONGS, company, person)
    return found
