"""Rows of an offer file: JSON Lines or CSV, plain or gzip, as an ImportMap says they are to be read."""

import csv
import gzip
import io
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, cast

import msgspec

from exchange.errors import Value
from exchange.i18n import N_
from schemas.offer import RowError

Format = Literal["jsonl", "csv"]
MAX_LINE_BYTES: Final = 1_000_000
MAX_ROWS: Final = 1_000_000
NOT_AN_OBJECT: Final = N_("not a JSON object")
OTHER_COLUMNS: Final = N_("the row has not the columns of the first line")
SAME_NAME: Final = N_("two columns have the same name")
NOT_UTF8: Final = N_("the file is not UTF-8")
NOT_JSON: Final = N_("not JSON: %(problem)s")
NOT_CSV: Final = N_("not CSV: %(problem)s")
MORE_ROWS: Final = N_("more than %(most)s rows")
LONG_ROW: Final = N_("row %(row)s: longer than %(most)s bytes")
OTHER_KIND: Final = N_("%(name)s: only .jsonl and .csv files (and those with .gz) can be imported")
LISTS: Final = frozenset({"regions", "gtins"})


class ImportMap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a foreign file is read: which column is which field, and what every row has in common.

    `fields` maps a field of an offer to a column. `price` names the column of a single price, divided by `price_divisor`
    (100 for cents). `defaults` are fields of an offer as they stand on the wire.
    """

    fields: Mapping[str, str] = {}
    price: str | None = None
    price_divisor: int = 1
    # The category and its attributes come from the title rules of exchange/market and the column `attributes`.
    title_rules: bool = False
    defaults: Mapping[str, Any] = {}


class BadFile(ValueError):
    """The file as a whole cannot be read: `said` is a sentence with places for `data`."""

    def __init__(self, said: str, **data: Value) -> None:
        self.said = said
        self.data = data
        super().__init__(said % data)


class Told(RowError, frozen=True):
    """A wrong place with its sentence before the data went in, so that it can be said in another language."""

    said: str = ""
    data: dict[str, Value] = {}


def told(row: int, field: str, said: str, data: dict[str, Value]) -> Told:
    return Told(row, field, said % data, said, data)


def format_of(path: Path) -> Format:
    """By its name: .jsonl, .csv, each also with .gz."""
    name = path.name.removesuffix(".gz")
    if name.endswith((".jsonl", ".ndjson")):
        return "jsonl"
    if name.endswith(".csv"):
        return "csv"
    raise BadFile(OTHER_KIND, name=path.name)


def open_file(path: Path) -> BinaryIO:
    """The bytes of a file, unpacked."""
    return cast(BinaryIO, gzip.open(path, "rb")) if path.name.endswith(".gz") else path.open("rb")


def rows(stream: BinaryIO, kind: Format) -> Iterator[tuple[int, dict[str, Any] | list[RowError]]]:
    """(number from 1, row as a dict, or what is wrong with the line)."""
    found = _json_lines(stream) if kind == "jsonl" else _csv(stream)
    for number, row in found:
        if number > MAX_ROWS:
            raise BadFile(MORE_ROWS, most=MAX_ROWS)
        yield number, row


def _json_lines(stream: BinaryIO) -> Iterator[tuple[int, dict[str, Any] | list[RowError]]]:
    number = 0
    while line := stream.readline(MAX_LINE_BYTES + 1):
        if not line.strip():
            continue
        number += 1
        if len(line) > MAX_LINE_BYTES:
            raise BadFile(LONG_ROW, row=number, most=MAX_LINE_BYTES)
        try:
            row: Any = msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError) as error:
            yield number, [told(number, "", NOT_JSON, {"problem": str(error)})]
            continue
        yield number, row if isinstance(row, dict) else [told(number, "", NOT_AN_OBJECT, {})]


def _csv(stream: BinaryIO) -> Iterator[tuple[int, dict[str, Any] | list[RowError]]]:
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        reader = csv.DictReader(text, strict=True)
        names = reader.fieldnames or []
        if len(set(names)) != len(names):
            raise BadFile(SAME_NAME)
        for number, row in enumerate(reader, start=1):
            if None in row or None in row.values():
                yield number, [told(number, "", OTHER_COLUMNS, {})]
            else:
                yield number, {name: value for name, value in row.items() if value != ""}
    except UnicodeDecodeError:
        raise BadFile(NOT_UTF8) from None
    except csv.Error as error:
        raise BadFile(NOT_CSV, problem=str(error)) from None


def mapped(row: Mapping[str, Any], how: ImportMap | None) -> dict[str, Any]:
    """A row as the fields of an offer. Without a map, columns are the fields themselves, CSV ones in their flat form."""
    if how is None:
        return flat(row)
    values: dict[str, Any] = dict(how.defaults)
    for field, column in how.fields.items():
        if column in row:
            values[field] = row[column]
    if how.price is not None and how.price in row:
        values["tiers"] = [{"min_quantity": "1", "price": _price(row[how.price], how.price_divisor)}]
    return values


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Columns such as ``price``, ``price_2`` with ``min_quantity_2``, ``attributes.colour``, ``terms.payment`` nested again."""
    if "tiers" in row or "terms" in row:
        return dict(row)
    values: dict[str, Any] = {}
    tiers: dict[str, dict[str, str]] = {}
    for name, value in row.items():
        head, dot, tail = name.partition(".")
        if dot:
            values.setdefault(head, {})[tail] = _scalar(value) if head == "attributes" else value
        elif head.startswith(("price", "min_quantity")):
            field, _, index = head.rpartition("_") if head[-1].isdigit() else (head, "", "1")
            tiers.setdefault(index, {"min_quantity": "1"})[field] = value
        elif head in LISTS:
            values[head] = [item.strip() for item in str(value).replace(";", ",").split(",") if item.strip()]
        else:
            values[head] = value
    if tiers:
        values["tiers"] = [tiers[index] for index in sorted(tiers, key=int)]
    values.setdefault("terms", {})
    return values


def _scalar(text: Any) -> Any:
    """A cell as a boolean, a number or text."""
    match text:
        case "true":
            return True
        case "false":
            return False
        case str():
            try:
                number = Decimal(text)
            except InvalidOperation:
                return text
            return float(number) if number.is_finite() else text
        case _:
            return text


def _price(value: Any, divisor: int) -> str:
    try:
        price = Decimal(str(value)) / divisor
    except InvalidOperation:
        return str(value)
    return format(price.normalize(), "f") if price.is_finite() else str(value)
