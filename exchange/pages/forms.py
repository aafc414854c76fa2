"""From what a person typed to a typed command, and back to the same form with every error and nothing lost.

A form field is named by its path in the command: `title`, `delivery.place`, `lines.0.quantity`. A page declares for each
path what kind of text it takes (`lines.*.quantity` stands for every row); what it does not declare is plain text.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import cast
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal

from exchange.pages.formats import DEFAULT_ZONE
from exchange.pages.typed import Unreadable, read_number
from exchange.pages.words import spelled_if_large

CSRF_FIELD = "_csrf_token"
KEY_FIELD = "_idempotency_key"
ADD_ROW_FIELD = "_add_row"
REMOVE_ROW_FIELD = "_remove_row"
MAX_ROWS = 500
MAX_DEPTH = 6
_INDEX = re.compile(r"\.\d+(?=\.|$)")


class FormTooDeep(ValueError):
    """A posted name nests deeper or counts further than any form of ours does."""


def _no_typed() -> dict[str, list[str]]:
    return {}


def _no_errors() -> dict[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Form:
    """What stands in the fields of a page and what is wrong with it. Errors are sentences in the reader's language."""

    locale: str
    typed: dict[str, list[str]] = field(default_factory=_no_typed)
    errors: dict[str, str] = field(default_factory=_no_errors)
    extra_row_of: str = ""

    def value(self, path: str, default: str = "") -> str:
        """The text of a field exactly as typed."""
        values = self.typed.get(path)
        return values[-1] if values else default

    def chosen(self, path: str) -> list[str]:
        """Every value sent under one name: check boxes, multiple choice."""
        return self.typed.get(path, [])

    def error(self, path: str) -> str:
        return self.errors.get(path, "")

    def rows(self, name: str, at_least: int = 1) -> range:
        """The row numbers to draw for a repeating group, with the empty row a person asked for."""
        prefix = f"{name}."
        used = [int(key[len(prefix) :].split(".")[0]) for key in self.typed if key.startswith(prefix)]
        count = max(used, default=-1) + 1
        return range(max(count + (1 if self.extra_row_of == name else 0), at_least))

    def with_errors(self, errors: Mapping[str, str]) -> "Form":
        """The same form with more errors; the first message of a field stays."""
        return replace(self, errors={**errors, **self.errors})

    def label_of(self, path: str, labels: Mapping[str, str]) -> str:
        """The words above a field, for the error summary: "Line 2, Quantity: ". Empty when the page gave none."""
        label = labels.get(path) or labels.get(_INDEX.sub(".*", path), "")
        row = _INDEX.search(path)
        number = f"{int(row.group()[1:]) + 1}. " if row and label else ""
        return f"{number}{label}: " if label else ""

    def errors_by(self, labels: Mapping[str, str]) -> list[tuple[str, str]]:
        """The errors in the order of the fields on the page, which is that of `labels`; those of the whole form come first."""
        places = {path: place for place, path in enumerate(("", *labels))}

        def place(path: str) -> tuple[int, list[int]]:
            at = places.get(path, places.get(_INDEX.sub(".*", path), len(places)))
            return at, [int(row) for row in re.findall(r"\d+", path)]

        return sorted(self.errors.items(), key=lambda item: place(item[0]))

    def words_of(self, path: str, currency: str) -> str:
        """A large amount spelled out as the echo below its field."""
        try:
            amount = Decimal(read_number(self.value(path), self.locale))
            return spelled_if_large(amount, currency, self.locale)
        except (Unreadable, ValueError):
            return ""

    @property
    def asks_for_rows(self) -> bool:
        """True when a button added or removed a row: draw the form again instead of acting."""
        return bool(self.extra_row_of)


def blank(locale: str, initial: Mapping[str, object] | None = None, zone: str = DEFAULT_ZONE) -> Form:
    """A form to fill, with values of the object being edited written the local way. `initial` may be nested."""
    typed: dict[str, list[str]] = {}
    _write(typed, "", initial or {}, locale, zone)
    return Form(locale, typed)


def _write(typed: dict[str, list[str]], path: str, value: object, locale: str, zone: str) -> None:
    if value is None:
        return
    if isinstance(value, Mapping):
        for key, inner in cast(Mapping[str, object], value).items():
            _write(typed, f"{path}.{key}" if path else str(key), inner, locale, zone)
    elif isinstance(value, list | tuple):
        items = cast(Sequence[object], value)
        if all(isinstance(item, str) for item in items):
            typed[path] = [str(item) for item in items]
        else:
            for index, inner in enumerate(items):
                _write(typed, f"{path}.{index}", inner, locale, zone)
    else:
        typed[path] = [_local_text(value, locale, zone)]


def _local_text(value: object, locale: str, zone: str) -> str:
    if isinstance(value, bool):
        return "on" if value else ""
    if isinstance(value, Decimal | int):
        return format_decimal(Decimal(value).normalize(), locale=locale, decimal_quantization=False)
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")
    return value.isoformat() if isinstance(value, date) else str(value)


def posted(locale: str, pairs: Iterable[tuple[str, str]], rows: Mapping[str, Sequence[str]] | None = None) -> Form:
    """The form as sent. Rows of the groups named in `rows` are numbered again from 0, without the empty ones.

    `rows` says for each repeating group which of its fields make a row real: {"lines": ("text", "quantity")}; a row in
    which all of those are empty is left out, so a spare row with only a preset unit disappears.
    """
    typed: dict[str, list[str]] = {}
    add_row = ""
    removed = ""
    for name, value in pairs:
        if name == ADD_ROW_FIELD:
            add_row = value
        elif name == REMOVE_ROW_FIELD:
            removed = value
        elif not name.startswith("_"):
            typed.setdefault(_checked(name), []).append(value.replace("\r\n", "\n").strip())
    for group, real_fields in (rows or {}).items():
        typed = _renumbered(typed, group, real_fields, removed)
    return Form(locale, typed, extra_row_of=add_row or ("-" if removed else ""))


def _checked(name: str) -> str:
    parts = name.split(".")
    if len(parts) > MAX_DEPTH or any(p.isdecimal() and (len(p) > 3 or int(p) >= MAX_ROWS) for p in parts):
        raise FormTooDeep(name[:80])
    return name


def _renumbered(typed: dict[str, list[str]], group: str, real_fields: Sequence[str], removed: str) -> dict[str, list[str]]:
    prefix = f"{group}."
    outside = {key: value for key, value in typed.items() if not key.startswith(prefix)}
    by_row: dict[int, dict[str, list[str]]] = {}
    for key, value in typed.items():
        if key.startswith(prefix):
            index, _, rest = key[len(prefix) :].partition(".")
            if index.isdecimal():
                by_row.setdefault(int(index), {})[rest] = value
    place = 0
    for index, row in sorted(by_row.items()):
        real = any(any(row.get(name, [])) for name in real_fields)
        if real and removed != f"{group}.{index}":
            outside |= {f"{prefix}{place}.{rest}": value for rest, value in row.items()}
            place += 1
    return outside
