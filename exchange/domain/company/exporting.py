"""A copy of all that a company has on the exchange: asked for by an owner, packed by a job, read by the company alone."""

import csv
import io
import zipfile
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from exchange import events
from exchange.db import Tx
from exchange.domain import access_log
from exchange.domain.permission import need, need_step_up
from exchange.domain.privacy import fields
from exchange.errors import Conflict, Forbidden, NotFound
from exchange.ids import new_id
from schemas.company import ExportView

# How much of the stored files one archive holds; those that do not fit are listed and downloaded one by one.
FILES_MOST: Final = 15 * 1024 * 1024
ROWS_MOST: Final = 100_000


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `company_export`."""

    id: UUID
    version: int
    status: Literal["asked", "ready"]
    company_id: UUID
    asked_at: datetime
    file_id: UUID | None
    ready_at: datetime | None


def view(row: Export) -> ExportView:
    return ExportView(id=row.id, status=row.status, asked_at=row.asked_at, file_id=row.file_id, ready_at=row.ready_at)


GET: Final = """
SELECT x.id, x.version, x.status, x.company_id, x.asked_at, x.file_id, x.ready_at FROM company_export AS x WHERE x.id = $1
"""


async def get(tx: Tx, export: UUID) -> Export:
    found = await tx.maybe(Export, GET, export)
    if found is None:
        raise NotFound(noun="export")
    return found


LISTED: Final = """
SELECT x.id, x.version, x.status, x.company_id, x.asked_at, x.file_id, x.ready_at FROM company_export AS x
WHERE x.company_id = $1 ORDER BY x.asked_at DESC LIMIT 20
"""


async def listed(tx: Tx) -> list[Export]:
    need(tx.ctx, "company.write")
    return await tx.many(Export, LISTED, tx.ctx.company)


ASK: Final = """
INSERT INTO company_export (id, company_id, asked_by, asked_at) VALUES ($1, $2, $3, market_now())
ON CONFLICT DO NOTHING RETURNING id
"""


async def ask(tx: Tx) -> Export:
    """An owner who has just proved who they are asks for the copy. Raises Conflict while one is packed."""
    need(tx.ctx, "company.write")
    need_step_up(tx.ctx)
    if "owner" not in tx.ctx.roles:
        raise Forbidden(needed="owner")
    made = new_id()
    if await tx.value(ASK, made, tx.ctx.company, tx.ctx.person) is None:
        raise Conflict(what="An export that is being packed")
    await access_log.record(tx, "company.export", made, tx.ctx.company)
    await events.append(tx, "company_export.asked", made, 1, to_state="asked")
    return await get(tx, made)


# What is copied: a name in the archive and the rows as JSON objects; $1 is the company. Prices of others that are still sealed
# stand in no table that the job can read. The worker reads both sides of a deal, so what is one side's own stands here: a buyer's
# orders before they are placed and its cost centres, a seller's fees.
TABLES: Final[dict[str, str]] = {
    "company": "SELECT to_jsonb(t) AS row FROM company AS t WHERE t.id = $1 LIMIT $2",
    "file": "SELECT to_jsonb(t) AS row FROM company_file AS t WHERE t.company_id = $1 LIMIT $2",
    "bank_accounts": "SELECT to_jsonb(t) AS row FROM bank_account AS t WHERE t.company_id = $1 LIMIT $2",
    "documents": "SELECT to_jsonb(t) AS row FROM document AS t WHERE t.company_id = $1 LIMIT $2",
    "affiliations": "SELECT to_jsonb(t) AS row FROM affiliation AS t WHERE $1 IN (t.company_id, t.other_id) LIMIT $2",
    "people": "SELECT jsonb_build_object('name', p.name, 'email', p.email, 'roles', m.roles, 'ended_at', m.ended_at) AS row "
    "FROM membership AS m JOIN person AS p ON p.id = m.person_id WHERE m.company_id = $1 LIMIT $2",
    "offers": "SELECT to_jsonb(t) AS row FROM offer AS t WHERE t.company_id = $1 LIMIT $2",
    "requests": "SELECT to_jsonb(t) AS row FROM rfq AS t WHERE t.buyer_id = $1 LIMIT $2",
    "contracts": "SELECT to_jsonb(t) AS row FROM contract AS t WHERE $1 IN (t.buyer_id, t.seller_id) LIMIT $2",
    "orders": "SELECT CASE WHEN t.buyer_id = $1 THEN to_jsonb(t) - '{fee_percent,fee_vat_percent}'::text[] "
    "ELSE to_jsonb(t) - '{cost_centre,placed_by}'::text[] END AS row FROM purchase_order AS t "
    "WHERE t.buyer_id = $1 OR (t.seller_id = $1 AND t.placed_at IS NOT NULL) LIMIT $2",
    "order_lines": "SELECT to_jsonb(t) AS row FROM order_line AS t JOIN purchase_order AS o ON o.id = t.order_id "
    "WHERE o.buyer_id = $1 OR (o.seller_id = $1 AND o.placed_at IS NOT NULL) LIMIT $2",
    "deliveries": "SELECT to_jsonb(t) AS row FROM delivery AS t JOIN purchase_order AS o ON o.id = t.order_id "
    "WHERE $1 IN (o.buyer_id, o.seller_id) LIMIT $2",
    "invoices": "SELECT to_jsonb(t) AS row FROM invoice AS t WHERE $1 IN (t.buyer_id, t.seller_id) LIMIT $2",
    "instalments": "SELECT CASE WHEN t.seller_id = $1 THEN to_jsonb(t) "
    "ELSE to_jsonb(t) - '{fee_minor,fee_vat_minor,to_seller_minor}'::text[] END AS row FROM instalment AS t "
    "WHERE $1 IN (t.buyer_id, t.seller_id) LIMIT $2",
    "files": "SELECT jsonb_build_object('id', t.id, 'name', t.name, 'media_type', t.media_type, 'size', t.size, 'purpose', "
    "t.purpose, 'created_at', t.created_at) AS row FROM file AS t WHERE t.company_id = $1 ORDER BY t.created_at DESC LIMIT $2",
}
# Columns that stand sealed in their tables; the copy says what they say.
SEALED: Final = (
    ("file", "representative", fields.REPRESENTATIVE),
    ("file", "phone", fields.PHONE),
    ("file", "contact_email", fields.CONTACT_EMAIL),
    ("bank_accounts", "number", fields.ACCOUNT),
)


class Row(msgspec.Struct, frozen=True):
    row: dict[str, Any]


class Asked(msgspec.Struct, frozen=True):
    company_id: UUID


ASKED: Final = "SELECT x.company_id FROM company_export AS x WHERE x.id = $1 AND x.status = 'asked'"


async def asked(tx: Tx, export: UUID) -> UUID | None:
    """Whose export waits to be packed."""
    found = await tx.maybe(Asked, ASKED, export)
    return None if found is None else found.company_id


async def rows(tx: Tx, company: UUID) -> dict[str, list[dict[str, Any]]]:
    """All of it, in the transaction of the worker."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, statement in TABLES.items():
        found[name] = [item.row for item in await tx.many(Row, statement, company, ROWS_MOST)]
    for name, column, at in SEALED:
        for item in found[name]:
            row = UUID(item.get("id", str(company)))
            item[column] = await fields.open_text(tx, company, item[column], at=at, row=row)
    return found


def pack(tables: dict[str, list[dict[str, Any]]], stored: dict[str, bytes]) -> bytes:
    """The archive: each table as JSON and as CSV, and files under their names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, items in tables.items():
            archive.writestr(f"{name}.json", msgspec.json.format(msgspec.json.encode(items), indent=1))
            archive.writestr(f"{name}.csv", _csv(items))
        for name, content in stored.items():
            archive.writestr(f"files/{name}", content)
    return buffer.getvalue()


# What a spreadsheet would run as a formula.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def _csv(items: list[dict[str, Any]]) -> str:
    columns = sorted({key for item in items for key in item})
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for item in items:
        writer.writerow([_cell(item.get(column)) for column in columns])
    return "\ufeff" + text.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        return msgspec.json.encode(value).decode()
    return f"'{value}" if value.startswith(FORMULA) else value


READY: Final = """
UPDATE company_export SET status = 'ready', version = version + 1, file_id = $2, ready_at = market_now()
WHERE id = $1 AND status = 'asked' RETURNING version
"""


async def ready(tx: Tx, export: UUID, company: UUID, file: UUID) -> bool:
    """The archive is stored; its company is told. False when it was ready before."""
    version: int | None = await tx.value(READY, export, file)
    if version is None:
        return False
    await events.append(tx, "company_export.ready", export, version, from_state="asked", to_state="ready", audience=(company,))
    return True
