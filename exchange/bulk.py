"""`exchange import offers`: a file of any size into the market, every bad row reported, nothing written before all are good."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec

from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.offer import files, importing
from exchange.domain.offer.files import ImportMap
from exchange.domain.offer.importing import Prepared, read_row
from exchange.domain.offer.service import rules
from exchange.market.classify import ProductRow, attributes_of, category_of
from schemas.offer import ImportReport, OfferIn, RowError

COMPANIES: Final = "SELECT c.id, c.display_name AS name FROM company AS c WHERE c.status = 'active'"
Progress = Callable[[str, int], None]


class CompanyName(msgspec.Struct, frozen=True):
    id: UUID
    name: str


def _ctx(company: UUID) -> Ctx:
    """The importer acts for the company by the right of who may start it: it has the database's password."""
    return Ctx(company_id=company, roles=frozenset({"seller"}), request_id="import")


def _read(path: Path, how: ImportMap | None, company_field: str | None) -> Iterator[tuple[int, str, OfferIn | list[RowError]]]:
    """(row number, company named in the row, offer or what is wrong with it)."""
    with files.open_file(path) as stream:
        for number, row in files.rows(stream, files.format_of(path)):
            if isinstance(row, list):
                yield number, "", row
                continue
            name = str(row.get(company_field, "")) if company_field else ""
            if company_field and not how:
                row = {key: value for key, value in row.items() if key != company_field}
            values = files.mapped(row, how)
            if how is not None and how.title_rules:
                problem = _classified(number, row, values)
                if problem is not None:
                    yield number, name, [problem]
                    continue
            yield number, name, read_row(number, values)


def _classified(number: int, row: dict[str, Any], values: dict[str, Any]) -> RowError | None:
    """Category from the title, attributes declared by it in its units, all others kept as they are."""
    try:
        product = msgspec.convert(row, ProductRow)
    except msgspec.ValidationError as error:
        return RowError(number, "", str(error))
    category = category_of(product.title)
    declared, extra = attributes_of(product, category)
    values["category"] = category
    values["attributes"] = {**extra, **declared}
    return None


async def import_offers(
    database_url: str,
    path: Path,
    *,
    company: UUID | None,
    company_field: str | None,
    how: ImportMap | None,
    progress: Progress,
) -> ImportReport:
    """Check every row, then write; with errors nothing is written. Running it again goes on where it was cut off."""
    db = await Database.open(database_url, size=2, name="exchange import")
    try:
        by_company, errors, count = await _check(db, path, company, company_field, how, progress)
        if errors:
            return ImportReport(rows=count, created=0, updated=0, unchanged=0, errors=tuple(sorted(errors, key=_place)))
        created = updated = held = 0
        for owner, prepared in by_company.items():
            for start in range(0, len(prepared), importing.BATCH):
                batch = prepared[start : start + importing.BATCH]
                async with db.tx(_ctx(owner)) as tx:
                    written = await importing.write(tx, batch)
                created += sum(item.created for item in written)
                updated += sum(not item.created for item in written)
                held += sum(item.status == "in_review" for item in written)
                progress("written", len(batch))
        unchanged = count - created - updated
        return ImportReport(rows=count, created=created, updated=updated, unchanged=unchanged, in_review=held)
    finally:
        await db.close()


def _place(error: RowError) -> tuple[int, str]:
    return error.row, error.field


async def _check(
    db: Database, path: Path, company: UUID | None, company_field: str | None, how: ImportMap | None, progress: Progress
) -> tuple[dict[UUID, list[Prepared]], list[RowError], int]:
    """All rows by company, and every error."""
    async with db.tx(Ctx(request_id="import"), "any") as tx:
        known = {item.name: item.id for item in await tx.many(CompanyName, COMPANIES)}
    rows: dict[UUID, list[tuple[int, OfferIn | list[RowError]]]] = defaultdict(list)
    errors: list[RowError] = []
    count = 0
    for number, name, offer in _read(path, how, company_field):
        count = number
        owner = company if company is not None else known.get(name)
        if owner is None:
            errors.append(RowError(number, company_field or "company", f"there is no active company named {name!r}"))
        else:
            rows[owner].append((number, offer))
        if number % 200 == 0:
            progress("read", 200)
            await asyncio.sleep(0)
    by_company: dict[UUID, list[Prepared]] = {}
    for owner, items in rows.items():
        async with db.tx(_ctx(owner), "any") as tx:
            good, bad = importing.prepare(await rules(tx), items)
        by_company[owner] = good
        errors += bad
    return by_company, errors, count
