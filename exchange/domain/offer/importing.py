"""Offers by file: every row checked first, then written in batches; what a file says twice changes nothing.

The key of an offer is (company, external id), so an import that was cut off is simply run again.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec

from exchange import events
from exchange.db import Tx
from exchange.domain.moderation import service as moderation
from exchange.domain.offer import files, inspecting
from exchange.domain.offer.files import Told, told
from exchange.domain.offer.model import Stock, restated
from exchange.domain.offer.service import Checked, Rules, check, columns, rules
from exchange.domain.permission import need
from exchange.domain.screening import service as screening
from exchange.errors import FieldError, Invalid, Unavailable, invalid
from exchange.i18n import N_
from exchange.ids import new_id
from schemas.offer import ImportReport, OfferIn, RowError

BATCH: Final = 500
# A member's upload; larger files go through the command line.
IMPORT_MAX_BYTES: Final = 10_000_000
IMPORT_MAX_ROWS: Final = 5_000
TOO_LARGE: Final = N_("The file is larger than %(most)s MB. Cut it into parts.")
TOO_MANY: Final = N_("The file has more than %(most)s rows. Cut it into parts.")
NO_ID: Final = N_("Each row needs its own external_id: it is the key of the offer.")
TWICE: Final = N_("Row %(row)s has the same external_id.")
UNKNOWN_FIELD: Final = N_("There is no field %(field)s.")
REQUIRED: Final = N_("This field is required.")
_FIELDS: Final = {field.encode_name: field for field in msgspec.structs.fields(OfferIn)}


class Prepared(msgspec.Struct, frozen=True):
    """One row that passed all checks."""

    command: OfferIn
    checked: Checked


def read_row(number: int, row: Mapping[str, Any]) -> OfferIn | list[RowError]:
    """A row as an offer, or everything that is wrong with it, field by field."""
    errors: list[RowError] = [told(number, name, UNKNOWN_FIELD, {"field": name}) for name in row if name not in _FIELDS]
    values: dict[str, Any] = {}
    for name, field in _FIELDS.items():
        if name not in row:
            if field.required:
                errors.append(told(number, name, REQUIRED, {}))
            continue
        try:
            values[name] = msgspec.convert(row[name], field.type, strict=False)
        except (msgspec.ValidationError, ValueError) as error:
            errors.append(RowError(number, name, str(error)))
    return errors or OfferIn(**values)


def prepare(against: Rules, rows: Iterable[tuple[int, OfferIn | list[RowError]]]) -> tuple[list[Prepared], list[RowError]]:
    """The rows that may be written, and every error of the others."""
    good: list[Prepared] = []
    bad: list[RowError] = []
    seen: dict[str, int] = {}
    for number, command in rows:
        if isinstance(command, list):
            bad += command
            continue
        if command.external_id is None:
            bad.append(told(number, "external_id", NO_ID, {}))
            continue
        before = seen.setdefault(command.external_id, number)
        if before != number:
            bad.append(told(number, "external_id", TWICE, {"row": before}))
            continue
        try:
            good.append(Prepared(command, check(against, command)))
        except Invalid as refused:
            bad += [told(number, item.pointer.strip("/").replace("/", "."), item.detail, item.data) for item in refused.errors]
    return good, bad


class Written(msgspec.Struct, frozen=True):
    """An offer that the import made or changed."""

    id: UUID
    version: int
    created: bool
    status: str
    external_id: str


_COLUMNS: Final = (
    "external_id", "title", "description", "category_code", "mpn", "gtins", "unit", "currency", "tiers", "price_micro",
    "vat_code", "vat_percent", "firm", "moq", "increment", "available", "taken", "lead_time_days", "ship_from", "regions",
    "terms", "attributes", "extra", "visibility", "valid_until",
)  # fmt: skip

# One batch: new rows go live or into review, as the screening said, changed ones become a new version, equal ones are not
# touched and not returned.
UPSERT: Final = """
INSERT INTO offer AS o (id, company_id, status, external_id, title, description, category_code, mpn, gtins, unit, currency,
    tiers, price_micro, vat_code, vat_percent, firm, moq, increment, available, taken, lead_time_days, ship_from, regions, terms,
    attributes, extra, visibility, valid_until, created_at, updated_at)
SELECT r.id, $2, r.status, r.external_id, r.title, r.description, r.category_code, r.mpn, r.gtins, r.unit, r.currency, r.tiers,
    r.price_micro, r.vat_code, r.vat_percent, r.firm, r.moq, r.increment, r.available, r.taken, r.lead_time_days, r.ship_from,
    r.regions, r.terms, r.attributes, r.extra, r.visibility, coalesce(r.valid_until, market_now() + interval '180 days'),
    market_now(), market_now()
FROM jsonb_to_recordset($1) AS r (id uuid, status text, external_id text, title text, description text, category_code text,
    mpn text, gtins text[], unit text, currency text, tiers jsonb, price_micro bigint, vat_code text, vat_percent numeric(6, 3),
    firm boolean, moq numeric(18, 6), increment numeric(18, 6), available numeric(18, 6), taken numeric(18, 6),
    lead_time_days integer, ship_from text, regions text[], terms jsonb, attributes jsonb, extra jsonb, visibility text,
    valid_until timestamptz)
ON CONFLICT (company_id, external_id) DO UPDATE SET
    status = CASE WHEN o.status IN ('draft', 'paused') THEN o.status
        WHEN o.status = 'live' AND (o.title, o.description, o.category_code, o.mpn, o.unit, o.currency, o.tiers)
            IS NOT DISTINCT FROM (excluded.title, excluded.description, excluded.category_code, excluded.mpn, excluded.unit,
                excluded.currency, excluded.tiers) THEN 'live'
        ELSE excluded.status END,
    title = excluded.title, description = excluded.description, category_code = excluded.category_code, mpn = excluded.mpn,
    gtins = excluded.gtins, unit = excluded.unit, currency = excluded.currency, tiers = excluded.tiers,
    price_micro = excluded.price_micro, vat_code = excluded.vat_code, vat_percent = excluded.vat_percent, firm = excluded.firm,
    moq = excluded.moq, increment = excluded.increment, available = excluded.available, taken = excluded.taken,
    lead_time_days = excluded.lead_time_days, ship_from = excluded.ship_from, regions = excluded.regions,
    terms = excluded.terms, attributes = excluded.attributes, extra = excluded.extra, visibility = excluded.visibility,
    valid_until = excluded.valid_until, version = o.version + 1, updated_at = market_now()
WHERE o.status IN ('expired', 'withdrawn')
    OR (o.title, o.description, o.category_code, o.mpn, o.gtins, o.unit, o.currency, o.tiers, o.vat_code, o.firm, o.moq,
        o.increment, o.available, o.lead_time_days, o.ship_from, o.regions, o.terms, o.attributes, o.extra, o.visibility)
    IS DISTINCT FROM (excluded.title, excluded.description, excluded.category_code, excluded.mpn, excluded.gtins,
        excluded.unit, excluded.currency, excluded.tiers, excluded.vat_code, excluded.firm, excluded.moq, excluded.increment,
        excluded.available, excluded.lead_time_days, excluded.ship_from, excluded.regions, excluded.terms,
        excluded.attributes, excluded.extra, excluded.visibility)
RETURNING o.id, o.version, o.version = 1 AS created, o.status, o.external_id
"""


async def upsert(tx: Tx, rows: list[dict[str, Any]], company: UUID) -> list[Written]:
    return await tx.many(Written, UPSERT, rows, company)


class Known(Stock, frozen=True, kw_only=True):
    """The stock of an offer that is there already."""

    external_id: str
    status: str


# No order takes of them, and no other file is written into them, until this transaction ends.
LOCK_STOCKS: Final = """
SELECT o.external_id, o.status, o.available, o.taken FROM offer AS o WHERE o.company_id = $1 AND o.external_id = ANY ($2)
ORDER BY o.id FOR NO KEY UPDATE
"""


async def lock_stocks(tx: Tx, company: UUID, external_ids: list[str]) -> dict[str, Known]:
    return {item.external_id: item for item in await tx.many(Known, LOCK_STOCKS, company, external_ids)}


def _restated(checked: Checked, now: Stock | None) -> Checked:
    """The row with the stock that it means: a figure in a file is a count of what can be sold from now on."""
    if now is None:
        return checked
    return msgspec.structs.replace(checked, stock=restated(now, checked.stock.available, checked.seen, counted=True))


# The versions that are live now are kept as they are.
KEEP: Final = """
INSERT INTO offer_version (offer_id, version, company_id, visibility, body, at)
SELECT o.id, o.version, o.company_id, o.visibility, to_jsonb(o) - 'market_id', market_now()
FROM offer AS o WHERE o.id = ANY ($1) AND o.status = 'live'
ON CONFLICT (offer_id, version) DO NOTHING
"""


async def keep(tx: Tx, offers: list[UUID]) -> None:
    await tx.execute(KEEP, offers)


async def write(tx: Tx, batch: Sequence[Prepared]) -> list[Written]:
    """Write at most BATCH rows for the acting company; returns those that are new or changed, each with its event."""
    need(tx.ctx, "offer.write")
    assert len(batch) <= BATCH, "the caller cuts the file into batches"
    stocks = await lock_stocks(tx, tx.ctx.company, [item.command.external_id or "" for item in batch])
    verdicts = await screening.inspect(
        tx,
        [
            inspecting.subject(item.command, item.checked.price_micro, n, fresh=item.command.external_id not in stocks)
            for n, item in enumerate(batch)
        ],
    )
    rows = [
        {
            "id": new_id(),
            "status": "in_review" if verdicts[n].holds else "live",
            **dict(zip(_COLUMNS, columns(item.command, _restated(item.checked, now)), strict=True)),
        }
        for n, item in enumerate(batch)
        for now in (stocks.get(item.command.external_id or ""),)
    ]
    written = await upsert(tx, rows, tx.ctx.company)
    if any(not item.created and item.external_id not in stocks for item in written):
        # Made by somebody else after this looked: orders may have taken of it, so its stock is not ours to say.
        raise Unavailable(what="This record")
    await keep(tx, [item.id for item in written])
    for type_, items in _happened(written).items():
        await events.append_quiet(tx, type_, [(item.id, item.version, item.status) for item in items])
    of = {item.command.external_id or "": verdicts[n] for n, item in enumerate(batch)}
    looked_at = [item for item in written if of[item.external_id].hits and (item.created or item.status == "in_review")]
    await inspecting.open_cases(tx, [(item.id, of[item.external_id]) for item in looked_at])
    for item in written:
        if not item.created and item.status != "in_review" and stocks[item.external_id].status == "in_review":
            await moderation.drop(tx, "offer", item.id)
    return written


def _happened(written: Sequence[Written]) -> dict[str, list[Written]]:
    """What became of each, by the type of its event."""
    found: dict[str, list[Written]] = {"offer.published": [], "offer.held": [], "offer.revised": []}
    for item in written:
        held = item.status == "in_review"
        found["offer.held" if held else "offer.published" if item.created else "offer.revised"].append(item)
    return found


async def import_file(tx: Tx, name: str, content: bytes, *, dry_run: bool = False) -> ImportReport:
    """A member's own file, in one transaction. Raises Invalid with every wrong field of every row, or for a bad file."""
    need(tx.ctx, "offer.write")
    if len(content) > IMPORT_MAX_BYTES:
        raise invalid("/file", "too-large", TOO_LARGE, most=IMPORT_MAX_BYTES // 1_000_000)
    try:
        found = list(files.rows(io.BytesIO(content), files.format_of(Path(name))))
    except files.BadFile as error:
        raise invalid("/file", "bad-file", error.said, **error.data) from None
    if len(found) > IMPORT_MAX_ROWS:
        raise invalid("/file", "too-many-rows", TOO_MANY, most=IMPORT_MAX_ROWS)
    read = ((number, row if isinstance(row, list) else read_row(number, files.flat(row))) for number, row in found)
    good, bad = prepare(await rules(tx), read)
    if bad:
        raise problems(bad)
    written: list[Written] = []
    for start in range(0, 0 if dry_run else len(good), BATCH):
        written += await write(tx, good[start : start + BATCH])
    created = sum(item.created for item in written)
    return ImportReport(
        rows=len(good),
        created=created,
        updated=len(written) - created,
        unchanged=len(good) - len(written),
        in_review=sum(item.status == "in_review" for item in written),
    )


def problems(errors: Sequence[RowError]) -> Invalid:
    """Every wrong field of every row as one refusal; pointers are ``/row/field``."""
    return Invalid(errors=tuple(_field_error(item) for item in errors))


def _field_error(item: RowError) -> FieldError:
    pointer = f"/{item.row}/{item.field}"
    if isinstance(item, Told):
        return FieldError(pointer, "row", item.said, item.data)
    return FieldError(pointer, "row", "%(detail)s", {"detail": item.detail})
