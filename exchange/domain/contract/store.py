"""SQL of contracts and their signatures."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.contract.model import Contract, ContractSummary

# The contract as a party may see it (row security), with its signatures and its order.
GET: Final = """
SELECT k.id, k.version, k.number, k.kind, k.status, k.buyer_id, b.display_name AS buyer, k.seller_id, s.display_name AS seller,
    k.rfq_id, k.award_id,
    (SELECT o.id FROM purchase_order AS o WHERE o.contract_id = k.id ORDER BY o.created_at LIMIT 1) AS order_id,
    k.currency, k.gross_minor, k.digest, k.body, k.pdf_file_id, k.pdf_digest, k.created_at, k.active_at, k.sign_by, k.refused_by,
    k.refused_reason,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('company_id', g.company_id, 'person_name', g.person_name, 'basis', g.basis,
        'authorisation', g.authorisation, 'method', g.method, 'digest', encode(g.digest, 'hex'), 'at', g.at) ORDER BY g.at), '[]')
     FROM contract_signature AS g WHERE g.contract_id = k.id) AS signatures
FROM contract AS k JOIN company AS b ON b.id = k.buyer_id JOIN company AS s ON s.id = k.seller_id WHERE k.id = $1
"""


async def get(tx: Tx, contract: UUID) -> Contract | None:
    return await tx.maybe(Contract, GET, contract)


# The contracts of one company on either side, newest first; a cursor is (created_at, id) of the last one shown.
LIST: Final = """
WITH mine AS (
    (SELECT k.id, k.version, k.number, k.kind, k.status, k.seller_id AS other_id, k.currency, k.gross_minor, k.created_at,
        k.active_at
     FROM contract AS k WHERE k.buyer_id = $1 AND (k.created_at, k.id)
         < (least($2::timestamptz, 'infinity'), least($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
     ORDER BY k.created_at DESC, k.id DESC LIMIT $4)
    UNION ALL
    (SELECT k.id, k.version, k.number, k.kind, k.status, k.buyer_id AS other_id, k.currency, k.gross_minor, k.created_at,
        k.active_at
     FROM contract AS k WHERE k.seller_id = $1 AND (k.created_at, k.id)
         < (least($2::timestamptz, 'infinity'), least($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
     ORDER BY k.created_at DESC, k.id DESC LIMIT $4)
)
SELECT m.id, m.version, m.number, m.kind, m.status, c.display_name AS counterparty, m.currency, m.gross_minor, m.created_at,
    m.active_at
FROM mine AS m JOIN company AS c ON c.id = m.other_id ORDER BY m.created_at DESC, m.id DESC LIMIT $4
"""


async def listed(tx: Tx, company: UUID, after: datetime | None, after_id: UUID | None, limit: int) -> list[ContractSummary]:
    return await tx.many(ContractSummary, LIST, company, after, after_id, limit)


# A contract under the standard terms: active from its first moment.
INSERT_STANDARD: Final = """
INSERT INTO contract (id, number, kind, buyer_id, seller_id, status, currency, gross_minor, body, digest, created_at, active_at)
VALUES ($1, $2, 'standard', $3, $4, 'active', $5, $6, $7, $8, $9, $9)
"""


async def insert_standard(
    tx: Tx,
    contract: UUID,
    number: str,
    buyer: UUID,
    seller: UUID,
    currency: str,
    gross_minor: int,
    body: str,
    digest: bytes,
    at: datetime,
) -> None:
    await tx.execute(INSERT_STANDARD, contract, number, buyer, seller, currency, gross_minor, body, digest, at)


# The draft of an award, once; nothing when it is there already.
INSERT_DRAFT: Final = """
INSERT INTO contract (id, number, kind, buyer_id, seller_id, rfq_id, award_id, status, currency, gross_minor, body, digest,
    created_at, sign_by)
VALUES ($1, $2, 'signed', $3, $4, $5, $6, 'draft', $7, $8, $9, $10, $11, $12)
ON CONFLICT (award_id) DO NOTHING RETURNING true
"""


async def insert_draft(
    tx: Tx,
    contract: UUID,
    number: str,
    buyer: UUID,
    seller: UUID,
    rfq: UUID,
    award: UUID,
    currency: str,
    gross_minor: int,
    body: str,
    digest: bytes,
    at: datetime,
    sign_by: datetime,
) -> bool:
    values = (contract, number, buyer, seller, rfq, award, currency, gross_minor, body, digest, at, sign_by)
    return bool(await tx.value(INSERT_DRAFT, *values))


class Locked(msgspec.Struct, frozen=True, kw_only=True):
    """What a signature is decided on, while the row is locked."""

    status: str
    version: int
    buyer_id: UUID
    seller_id: UUID
    digest: bytes
    body: str
    in_time: bool
    sign_by: datetime | None
    at: datetime


# Locks the contract first; the clock is read after the wait.
LOCK: Final = """
WITH l AS MATERIALIZED (
    SELECT k.status, k.version, k.buyer_id, k.seller_id, k.digest, k.body, k.sign_by FROM contract AS k WHERE k.id = $1 FOR UPDATE
)
SELECT l.status, l.version, l.buyer_id, l.seller_id, l.digest, l.body, l.sign_by,
    l.sign_by IS NULL OR market_now() < l.sign_by AS in_time, market_now() AS at
FROM l
"""


async def lock(tx: Tx, contract: UUID) -> Locked | None:
    return await tx.maybe(Locked, LOCK, contract)


# One signature of a company; nothing when there is one. Returns how many there were before.
SIGN: Final = """
WITH signed AS (
    INSERT INTO contract_signature (contract_id, company_id, contract_version, buyer_id, seller_id, person_id, person_name,
        digest, method, basis, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'password', $9, $10)
    ON CONFLICT (contract_id, company_id) DO NOTHING RETURNING true
)
SELECT (SELECT count(*) FROM contract_signature AS g WHERE g.contract_id = $1) FROM signed
"""


async def sign(
    tx: Tx,
    contract: UUID,
    company: UUID,
    text_version: int,
    buyer: UUID,
    seller: UUID,
    person: UUID,
    name: str,
    digest: bytes,
    basis: str,
    at: datetime,
) -> int | None:
    before: int | None = await tx.value(
        SIGN, contract, company, text_version, buyer, seller, person, name, digest, basis, at
    )  # fmt: skip
    return before


# A change of the contract that its state does not show, such as a signature; the row is locked.
TOUCH: Final = "UPDATE contract SET version = version + 1 WHERE id = $1 RETURNING version"


async def touch(tx: Tx, contract: UUID) -> int:
    version: int = await tx.value(TOUCH, contract)
    return version


# A new version in another or the same state; nothing when it is in none of those it must come from.
MOVE: Final = """
UPDATE contract SET status = $3, version = version + 1,
    active_at = CASE WHEN $3 = 'active' THEN $4::timestamptz ELSE active_at END
WHERE id = $1 AND status = ANY ($2) RETURNING version
"""


async def move(tx: Tx, contract: UUID, from_: Sequence[str], to: str, at: datetime | None = None) -> int | None:
    version: int | None = await tx.value(MOVE, contract, list(from_), to, at)
    return version


# The state of a contract that the reader may see, locked to the end of the transaction.
HOLD: Final = "SELECT k.status FROM contract AS k WHERE k.id = $1 FOR UPDATE"


async def hold(tx: Tx, contract: UUID) -> str | None:
    return await tx.value(HOLD, contract)


PARTIES: Final = "SELECT ARRAY[k.buyer_id, k.seller_id] FROM contract AS k WHERE k.id = $1"


async def parties(tx: Tx, contract: UUID) -> list[UUID]:
    found: list[UUID] = await tx.value(PARTIES, contract)
    return found


# A party declines; the row is locked.
DECLINE: Final = """
UPDATE contract SET status = $3, version = version + 1, refused_by = $4, refused_reason = $5
WHERE id = $1 AND status = ANY ($2) RETURNING version
"""


async def decline(tx: Tx, contract: UUID, from_: Sequence[str], to: str, company: UUID, reason: str) -> int | None:
    version: int | None = await tx.value(DECLINE, contract, list(from_), to, company, reason)
    return version


HAS_SIGNED: Final = "SELECT EXISTS (SELECT FROM contract_signature AS s WHERE s.contract_id = $1 AND s.company_id = $2)"


async def has_signed(tx: Tx, contract: UUID, company: UUID) -> bool:
    found: bool = await tx.value(HAS_SIGNED, contract, company)
    return found


class Lapsed(msgspec.Struct, frozen=True):
    """A contract that was not signed in time."""

    version: int
    was: str
    buyer_id: UUID
    seller_id: UUID
    award_id: UUID


# Nothing when it was signed by both or is not due.
LAPSE: Final = """
WITH l AS MATERIALIZED (SELECT k.id, k.status, k.sign_by FROM contract AS k WHERE k.id = $1 FOR UPDATE)
UPDATE contract AS k SET status = $3, version = k.version + 1
FROM l WHERE k.id = l.id AND l.status = ANY ($2) AND l.sign_by <= market_now()
RETURNING k.version, l.status AS was, k.buyer_id, k.seller_id, k.award_id
"""


async def lapse(tx: Tx, contract: UUID, from_: Sequence[str], to: str) -> Lapsed | None:
    return await tx.maybe(Lapsed, LAPSE, contract, list(from_), to)


class Unprinted(msgspec.Struct, frozen=True, kw_only=True):
    """A contract that has no PDF yet."""

    number: str
    buyer_id: UUID
    seller_id: UUID
    body: str
    digest: bytes


UNPRINTED: Final = """
SELECT k.number, k.buyer_id, k.seller_id, k.body, k.digest FROM contract AS k WHERE k.id = $1 AND k.pdf_file_id IS NULL
"""


async def unprinted(tx: Tx, contract: UUID) -> Unprinted | None:
    return await tx.maybe(Unprinted, UNPRINTED, contract)


# The paper is appended once; false: there is one.
APPEND_PDF: Final = """
UPDATE contract SET pdf_file_id = $2, pdf_digest = $3 WHERE id = $1 AND pdf_file_id IS NULL RETURNING true
"""


async def append_pdf(tx: Tx, contract: UUID, file_id: UUID, digest: bytes) -> bool:
    return bool(await tx.value(APPEND_PDF, contract, file_id, digest))
