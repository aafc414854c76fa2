"""The sealed columns of a company: how they stand in the table, how they are read, and who seals what was written before.

A sealed text is ``sealed:``, the key's number, ``:`` and the rest in base64. A column in clear is read as it is until the worker
has sealed it, so nothing stands still while a release that seals takes over.
"""

import base64
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Database, Tx
from exchange.domain.privacy.keys import REST
from exchange.domain.privacy.sealing import HEAD, VERSION, KeyDestroyed, blind, open_sealed, seal

PREFIX: Final = "sealed:"
REPRESENTATIVE: Final = "company_file.representative"
PHONE: Final = "company_file.phone"
CONTACT_EMAIL: Final = "company_file.contact_email"
ACCOUNT: Final = "bank_account.number"
APPLICATION: Final = "company_application.body"
WEBHOOK: Final = "webhook_endpoint.secret"
PORTION: Final = 200
# What shows of a value whose key was destroyed.
ERASED: Final = "—"


async def seal_text(tx: Tx, company: UUID, text: str, *, at: str, row: UUID) -> str:
    """What to write into the column; an empty text says nothing and stays empty."""
    if not text:
        return text
    sealed = await seal(tx, company, text, at=at, row=row)
    return f"{PREFIX}{int.from_bytes(sealed[1:HEAD])}:{base64.urlsafe_b64encode(sealed[HEAD:]).decode()}"


async def open_text(tx: Tx, company: UUID, stored: str, *, at: str, row: UUID) -> str:
    """What the column says."""
    if not stored.startswith(PREFIX):
        return stored
    number, _, body = stored.removeprefix(PREFIX).partition(":")
    sealed = VERSION + int(number).to_bytes(4) + base64.urlsafe_b64decode(body)
    opened = await open_sealed(tx, company, sealed, at=at, row=row)
    return ERASED if opened is None else opened


def account_hash(tx: Tx, number: str) -> bytes:
    """The keyed hash by which equal account numbers are found."""
    return blind(tx, ACCOUNT, number)


class File(msgspec.Struct, frozen=True):
    """The sealed columns of `company_file`."""

    company_id: UUID
    representative: str
    contact_email: str
    phone: str


class Account(msgspec.Struct, frozen=True):
    """The sealed column of `bank_account`."""

    id: UUID
    company_id: UUID
    number: str


class Application(msgspec.Struct, frozen=True):
    """The sealed column of `company_application`."""

    company_id: UUID
    body: str


class Endpoint(msgspec.Struct, frozen=True):
    """The sealed column of `webhook_endpoint`."""

    id: UUID
    company_id: UUID
    secret: str


# What stands in clear, behind $1 and passing over what another worker holds.
CLEAR_FILES: Final = """
SELECT f.company_id, f.representative, f.contact_email, f.phone FROM company_file AS f
WHERE ((f.representative <> '' AND NOT starts_with(f.representative, 'sealed:'))
        OR (f.contact_email <> '' AND NOT starts_with(f.contact_email, 'sealed:'))
        OR (f.phone <> '' AND NOT starts_with(f.phone, 'sealed:'))) AND f.company_id > $1
ORDER BY f.company_id LIMIT $2 FOR UPDATE SKIP LOCKED
"""
CLEAR_ACCOUNTS: Final = """
SELECT b.id, b.company_id, b.number FROM bank_account AS b
WHERE (NOT starts_with(b.number, 'sealed:') OR b.number_hash IS NULL) AND b.id > $1
ORDER BY b.id LIMIT $2 FOR UPDATE SKIP LOCKED
"""
CLEAR_ENDPOINTS: Final = """
SELECT w.id, w.company_id, w.secret FROM webhook_endpoint AS w WHERE NOT starts_with(w.secret, 'sealed:') AND w.id > $1
ORDER BY w.id LIMIT $2 FOR UPDATE SKIP LOCKED
"""
# What a retired key sealed.
STALE_FILES: Final = """
SELECT f.company_id, f.representative, f.contact_email, f.phone
FROM company_key AS k JOIN company_file AS f ON f.company_id = k.company_id
WHERE k.retired_at IS NOT NULL AND k.destroyed_at IS NULL AND (starts_with(f.representative, 'sealed:' || k.key_no || ':')
    OR starts_with(f.contact_email, 'sealed:' || k.key_no || ':') OR starts_with(f.phone, 'sealed:' || k.key_no || ':'))
LIMIT $1 FOR UPDATE OF f SKIP LOCKED
"""
STALE_ACCOUNTS: Final = """
SELECT b.id, b.company_id, b.number FROM company_key AS k JOIN bank_account AS b ON b.company_id = k.company_id
WHERE k.retired_at IS NOT NULL AND k.destroyed_at IS NULL AND starts_with(b.number, 'sealed:' || k.key_no || ':')
LIMIT $1 FOR UPDATE OF b SKIP LOCKED
"""
STALE_APPLICATIONS: Final = """
SELECT a.company_id, a.body FROM company_key AS k JOIN company_application AS a ON a.company_id = k.company_id
WHERE k.retired_at IS NOT NULL AND k.destroyed_at IS NULL AND starts_with(a.body, 'sealed:' || k.key_no || ':')
LIMIT $1 FOR UPDATE OF a SKIP LOCKED
"""
STALE_ENDPOINTS: Final = """
SELECT w.id, w.company_id, w.secret FROM company_key AS k JOIN webhook_endpoint AS w ON w.company_id = k.company_id
WHERE k.retired_at IS NOT NULL AND k.destroyed_at IS NULL AND starts_with(w.secret, 'sealed:' || k.key_no || ':')
LIMIT $1 FOR UPDATE OF w SKIP LOCKED
"""
SAVE_FILE: Final = "UPDATE company_file SET representative = $2, contact_email = $3, phone = $4 WHERE company_id = $1"
SAVE_ACCOUNT: Final = "UPDATE bank_account SET number = $2, number_hash = $3 WHERE id = $1"
SAVE_APPLICATION: Final = "UPDATE company_application SET body = $2 WHERE company_id = $1"
SAVE_ENDPOINT: Final = "UPDATE webhook_endpoint SET secret = $2 WHERE id = $1"
# Keys that are retired long enough and sealed nothing that is left.
SPENT: Final = """
UPDATE company_key AS k SET wrapped = NULL, master_id = NULL, destroyed_at = clock_timestamp()
WHERE k.retired_at < (SELECT clock_timestamp() - $1::interval) AND k.destroyed_at IS NULL
    AND NOT EXISTS (SELECT FROM bank_account AS b WHERE b.company_id = k.company_id
        AND starts_with(b.number, 'sealed:' || k.key_no || ':'))
    AND NOT EXISTS (SELECT FROM webhook_endpoint AS w WHERE w.company_id = k.company_id
        AND starts_with(w.secret, 'sealed:' || k.key_no || ':'))
    AND NOT EXISTS (SELECT FROM company_file AS f WHERE f.company_id = k.company_id
        AND (starts_with(f.representative, 'sealed:' || k.key_no || ':') OR starts_with(f.phone, 'sealed:' || k.key_no || ':')
            OR starts_with(f.contact_email, 'sealed:' || k.key_no || ':')))
    AND NOT EXISTS (SELECT FROM company_application AS a WHERE a.company_id = k.company_id
        AND starts_with(a.body, 'sealed:' || k.key_no || ':'))
"""
FIRST: Final = UUID(int=0)


async def seal_all(db: Database, rest: timedelta = REST) -> int:
    """Seal what stands in clear or under a retired key, a transaction a portion; then destroy keys that sealed nothing left.

    Returns how many rows were sealed. Cut off anywhere, the next run goes on.
    """
    done = 0
    file_after = account_after = endpoint_after = FIRST
    while True:
        async with db.system() as tx:
            files = await tx.many(File, CLEAR_FILES, file_after, PORTION)
            accounts = await tx.many(Account, CLEAR_ACCOUNTS, account_after, PORTION)
            endpoints = await tx.many(Endpoint, CLEAR_ENDPOINTS, endpoint_after, PORTION)
            # What cannot be sealed, because its company's key is destroyed, is passed.
            file_after = files[-1].company_id if files else file_after
            account_after = accounts[-1].id if accounts else account_after
            endpoint_after = endpoints[-1].id if endpoints else endpoint_after
            files += await tx.many(File, STALE_FILES, PORTION)
            accounts += await tx.many(Account, STALE_ACCOUNTS, PORTION)
            drafts = await tx.many(Application, STALE_APPLICATIONS, PORTION)
            endpoints += await tx.many(Endpoint, STALE_ENDPOINTS, PORTION)
            done += sum([await _save_application(tx, draft) for draft in drafts])
            done += sum([await _save_file(tx, file) for file in files])
            done += sum([await _save_account(tx, account) for account in accounts])
            done += sum([await _save_endpoint(tx, endpoint) for endpoint in endpoints])
        if not files and not accounts and not endpoints and not drafts:
            break
    async with db.system() as tx:
        await tx.execute(SPENT, rest)
    return done


async def _save_file(tx: Tx, file: File) -> int:
    company = file.company_id
    places = ((REPRESENTATIVE, file.representative), (CONTACT_EMAIL, file.contact_email), (PHONE, file.phone))
    try:
        texts = [
            await seal_text(tx, company, await open_text(tx, company, text, at=at, row=company), at=at, row=company)
            for at, text in places
        ]
    except KeyDestroyed:
        return 0
    await tx.execute(SAVE_FILE, company, *texts)
    return 1


async def _save_account(tx: Tx, account: Account) -> int:
    number = await open_text(tx, account.company_id, account.number, at=ACCOUNT, row=account.id)
    try:
        sealed = await seal_text(tx, account.company_id, number, at=ACCOUNT, row=account.id)
    except KeyDestroyed:
        return 0
    await tx.execute(SAVE_ACCOUNT, account.id, sealed, account_hash(tx, number))
    return 1


async def _save_application(tx: Tx, draft: Application) -> int:
    company = draft.company_id
    text = await open_text(tx, company, draft.body, at=APPLICATION, row=company)
    try:
        await tx.execute(SAVE_APPLICATION, company, await seal_text(tx, company, text, at=APPLICATION, row=company))
    except KeyDestroyed:
        return 0
    return 1


async def _save_endpoint(tx: Tx, endpoint: Endpoint) -> int:
    secret = await open_text(tx, endpoint.company_id, endpoint.secret, at=WEBHOOK, row=endpoint.id)
    try:
        sealed = await seal_text(tx, endpoint.company_id, secret, at=WEBHOOK, row=endpoint.id)
    except KeyDestroyed:
        return 0
    await tx.execute(SAVE_ENDPOINT, endpoint.id, sealed)
    return 1
