"""The tree of goods and services: its nodes, the attributes they inherit, and the check of an object's attributes."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from exchange.errors import FieldError, NotFound
from exchange.i18n import N_
from schemas.category import AttributeKind, Link

AttributeValue = float | int | str | bool

NUMBER_MAX: Final = 10**15
TEXT_MAX: Final = 4000
EXTRA_TEXT_MAX: Final = 10_000


class CategoryRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `category`."""

    code: str
    parent_code: str | None
    path: str
    name_en: str
    name_vi: str
    links: tuple[Link, ...]


class AttributeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `category_attribute`, with the symbol of its unit."""

    category_code: str
    key: str
    kind: AttributeKind
    unit: str | None
    unit_symbol: str | None
    name_en: str
    name_vi: str
    required: bool
    filterable: bool
    choices: tuple[str, ...]


class TreeVersion(msgspec.Struct, frozen=True):
    """Which tree it is, and market time."""

    version: UUID
    at: datetime


class UnitRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `unit`."""

    code: str
    symbol: str
    name_en: str
    name_vi: str


class Category(msgspec.Struct, frozen=True, kw_only=True):
    """A node with its children's codes and all attributes that apply to it, those of the root first."""

    row: CategoryRow
    children: tuple[str, ...]
    attributes: Mapping[str, AttributeRow]


class Tree(msgspec.Struct, frozen=True, kw_only=True):
    """The whole tree at one version, parents before children, and the units."""

    version: UUID
    nodes: Mapping[str, Category]
    roots: tuple[str, ...]
    units: Mapping[str, UnitRow]

    def get(self, code: str) -> Category:
        """Raises NotFound."""
        try:
            return self.nodes[code]
        except KeyError:
            raise NotFound(noun="category") from None

    def ancestors(self, code: str) -> tuple[Category, ...]:
        """From the root down to the category itself."""
        return tuple(self.nodes[step] for step in self.get(code).row.path.split("/"))

    def descendants(self, code: str) -> tuple[str, ...]:
        """The category itself and all below it."""
        path = self.get(code).row.path
        return tuple(key for key, node in self.nodes.items() if node.row.path == path or node.row.path.startswith(path + "/"))


def build_tree(version: UUID, rows: Sequence[CategoryRow], attributes: Sequence[AttributeRow], units: Sequence[UnitRow]) -> Tree:
    """Puts the rows together; `rows` come in their order of display, parents in any place."""
    own: dict[str, list[AttributeRow]] = {}
    for attribute in attributes:
        own.setdefault(attribute.category_code, []).append(attribute)
    children: dict[str | None, list[str]] = {}
    for row in rows:
        children.setdefault(row.parent_code, []).append(row.code)
    nodes: dict[str, Category] = {}
    for row in sorted(rows, key=lambda row: row.path.count("/")):
        inherited = nodes[row.parent_code].attributes if row.parent_code is not None else {}
        nodes[row.code] = Category(
            row=row,
            children=tuple(children.get(row.code, ())),
            attributes={**inherited, **{attribute.key: attribute for attribute in own.get(row.code, ())}},
        )
    known = {unit.code: unit for unit in units}
    return Tree(version=version, nodes=nodes, roots=tuple(children.get(None, ())), units=known)


class CheckedAttributes(msgspec.Struct, frozen=True):
    """`declared` by the category and filterable by it; `extra` is kept and shown; `errors` says what is wrong."""

    declared: dict[str, AttributeValue]
    extra: dict[str, AttributeValue]
    errors: tuple[FieldError, ...]


def check_attributes(category: Category, attributes: Mapping[str, object]) -> CheckedAttributes:
    """Sorts an object's attributes into declared and extra, and finds every one that is wrong or missing."""
    declared: dict[str, AttributeValue] = {}
    extra: dict[str, AttributeValue] = {}
    errors: list[FieldError] = []
    for key, value in attributes.items():
        attribute = category.attributes.get(key)
        problem = _extra_problem(value) if attribute is None else _problem(attribute, value)
        if problem is not None:
            code, detail = problem
            choices = ", ".join(attribute.choices) if attribute is not None else ""
            errors.append(FieldError(attribute_pointer(key), code, detail, {"choices": choices}))
        elif isinstance(value, float | int | str | bool):
            (extra if attribute is None else declared)[key] = value
    errors += [
        FieldError(attribute_pointer(attribute.key), "required", "This category needs this attribute.")
        for attribute in category.attributes.values()
        if attribute.required and attribute.key not in attributes
    ]
    return CheckedAttributes(declared, extra, tuple(errors))


def attribute_pointer(key: str) -> str:
    """The JSON pointer of an attribute."""
    return "/attributes/" + key.replace("~", "~0").replace("/", "~1")


Problem = tuple[str, str]


def _problem(attribute: AttributeRow, value: object) -> Problem | None:
    match attribute.kind:
        case "number":
            if isinstance(value, bool) or not isinstance(value, int | float):
                return "not-a-number", N_("This attribute is a number.")
            return _number_problem(value)
        case "boolean":
            return None if isinstance(value, bool) else ("not-a-boolean", N_("This attribute is true or false."))
        case "choice":
            if value in attribute.choices:
                return None
            return "not-a-choice", N_("This attribute is one of: %(choices)s.")
        case "text":
            return _text_problem(value, TEXT_MAX) if isinstance(value, str) else ("not-a-text", N_("This attribute is a text."))


def _extra_problem(value: object) -> Problem | None:
    """An attribute that nobody declared may be anything plain."""
    if isinstance(value, str):
        return _text_problem(value, EXTRA_TEXT_MAX)
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _number_problem(value)
    return "not-plain", N_("An attribute is a number, a text, true or false.")


def _number_problem(value: float) -> Problem | None:
    if not math.isfinite(value) or abs(value) > NUMBER_MAX:
        return "out-of-range", N_("A number must be finite and at most 15 digits long.")
    return None


def _text_problem(value: str, most: int) -> Problem | None:
    if not value.strip() or len(value) > most:
        return "bad-length", N_("A text must not be empty or too long.")
    if "\x00" in value:
        return "bad-character", N_("A text must not contain control characters.")
    return None
