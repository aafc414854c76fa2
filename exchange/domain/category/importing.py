"""Importing units and categories from files, by the owner of the database: all rows or none, every bad row named."""

from typing import Any, Final

import asyncpg
import msgspec

from exchange.domain.category import store
from exchange.errors import DomainError, FieldError
from schemas.category import AttributeIn, CategoryIn, UnitIn

DEPTH_MAX: Final = 8
ROWS_MAX: Final = 50_000


class ImportRefused(DomainError):
    """Nothing was imported; `errors` names every bad row by its place in the file."""

    status = 422
    code = "import-refused"
    title = "The file was not imported"
    detail = "%(bad)s rows are not valid. Nothing was changed."


class Imported(msgspec.Struct, frozen=True):
    """How many rows the file holds and how many changed something; the second import of a file changes none."""

    rows: int
    written: int


class _Problems:
    """Every error of a file, with the place of its row."""

    def __init__(self, list_name: str) -> None:
        self._list = list_name
        self.found: list[FieldError] = []

    def add(self, index: int, code: str, detail: str, /, **data: str | int) -> None:
        self.found.append(FieldError(f"/{self._list}/{index}", code, detail, {**data}))

    def refuse(self) -> None:
        if self.found:
            raise ImportRefused(errors=tuple(self.found), bad=len({error.pointer for error in self.found}))


def _rows(raw: bytes, list_name: str) -> list[Any]:
    """The rows of ``{"<list_name>": […]}``, not checked yet."""
    refused = FieldError(
        "", "not-this-format", "The file must be a JSON object with one list named %(name)s.", {"name": list_name}
    )
    try:
        body: Any = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        raise ImportRefused(errors=(refused,), bad=0) from None
    rows: Any = body.get(list_name) if isinstance(body, dict) else None
    if not isinstance(rows, list) or len(rows) > ROWS_MAX:
        raise ImportRefused(errors=(refused,), bad=0)
    return list(rows)


async def import_units(connection: asyncpg.Connection, raw: bytes) -> Imported:
    """Insert or update the units of ``{"units": […]}``. Raises ImportRefused."""
    problems = _Problems("units")
    units: dict[str, UnitIn] = {}
    rows = _rows(raw, "units")
    for index, row in enumerate(rows):
        try:
            unit = msgspec.convert(row, UnitIn)
        except msgspec.ValidationError as error:
            problems.add(index, "schema", "%(problem)s", problem=str(error))
            continue
        if unit.code in units:
            problems.add(index, "twice", "Unit %(code)s stands in the file twice.", code=unit.code)
        units[unit.code] = unit
    problems.refuse()
    async with connection.transaction():
        await store.hold_tree(connection)
        written = await store.upsert_units(connection, msgspec.json.encode(list(units.values())).decode())
        if written:
            await store.renew_version(connection)
    return Imported(len(rows), written)


async def import_categories(connection: asyncpg.Connection, raw: bytes) -> Imported:
    """Insert or update the categories of ``{"categories": […]}``, parents before children. Raises ImportRefused.

    A category keeps its parent and an attribute its kind: objects refer to them. Nothing is removed.
    """
    rows = _rows(raw, "categories")
    async with connection.transaction():
        await store.hold_tree(connection)
        problems = _Problems("categories")
        checked = _checked(
            rows,
            problems,
            await store.known_categories(connection),
            await store.known_attributes(connection),
            await store.known_units(connection),
        )
        problems.refuse()
        written = await store.upsert_categories(connection, _category_rows(checked))
        written += await store.upsert_attributes(connection, _attribute_rows(checked))
        if written:
            await store.renew_version(connection)
    return Imported(len(rows), written)


Placed = tuple[CategoryIn, str]


def _checked(
    rows: list[Any],
    problems: _Problems,
    known: dict[str, tuple[str | None, str]],
    known_attributes: dict[tuple[str, str], str],
    units: set[str],
) -> list[Placed]:
    """The categories with their paths."""
    paths = {code: path for code, (_, path) in known.items()}
    kinds = dict(known_attributes)
    seen: set[str] = set()
    placed: list[Placed] = []
    for index, row in enumerate(rows):
        try:
            category = msgspec.convert(row, CategoryIn)
        except msgspec.ValidationError as error:
            problems.add(index, "schema", "%(problem)s", problem=str(error))
            continue
        if category.code in seen:
            problems.add(index, "twice", "Category %(code)s stands in the file twice.", code=category.code)
            continue
        seen.add(category.code)
        if category.code in known and known[category.code][0] != category.parent:
            problems.add(index, "moved", "Category %(code)s exists under another parent.", code=category.code)
        if category.parent is not None and category.parent not in paths:
            problems.add(index, "unknown-parent", "Parent %(parent)s does not stand before it.", parent=category.parent)
            continue
        path = category.code if category.parent is None else f"{paths[category.parent]}/{category.code}"
        if path.count("/") >= DEPTH_MAX:
            problems.add(index, "too-deep", "The tree has at most %(most)s levels.", most=DEPTH_MAX)
        paths[category.code] = path
        _check_attributes(index, category, path, problems, kinds, units)
        placed.append((category, path))
    return placed


def _check_attributes(
    index: int, category: CategoryIn, path: str, problems: _Problems, kinds: dict[tuple[str, str], str], units: set[str]
) -> None:
    """An attribute stands once, has a known unit, and keeps its kind over time and below a category that declares it."""
    seen: set[str] = set()
    for item in category.attributes:
        if item.key in seen:
            problems.add(index, "twice", "Attribute %(key)s stands in the category twice.", key=item.key)
        seen.add(item.key)
        if item.unit is not None and item.unit not in units:
            problems.add(index, "unknown-unit", "Attribute %(key)s: unit %(unit)s is not known.", key=item.key, unit=item.unit)
        for code in path.split("/"):
            kind = kinds.get((code, item.key))
            if kind is not None and kind != item.kind:
                problems.add(
                    index, "other-kind", "Attribute %(key)s is a %(kind)s in %(code)s.", key=item.key, kind=kind, code=code
                )
        kinds[category.code, item.key] = item.kind


def _category_rows(placed: list[Placed]) -> str:
    return msgspec.json.encode(
        [
            {
                "code": category.code,
                "parent_code": category.parent,
                "path": path,
                "position": position,
                "name_en": category.name_en,
                "name_vi": category.name_vi,
                "links": category.links,
            }
            for position, (category, path) in enumerate(placed)
        ]
    ).decode()


def _attribute_rows(placed: list[Placed]) -> str:
    def fields(code: str, position: int, item: AttributeIn) -> dict[str, object]:
        return {"category_code": code, "position": position, **msgspec.structs.asdict(item)}

    return msgspec.json.encode(
        [fields(category.code, position, item) for category, _ in placed for position, item in enumerate(category.attributes)]
    ).decode()
