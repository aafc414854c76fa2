"""Gives an imported product its category, by ordered title rules, and its declared attributes, by named sources."""

import gzip
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec

from exchange.market.data import Attribute, Value, ancestors, declared_attributes

FALLBACK = "other"
MAX_TITLE = 250
DECIMALS = 6


class BadProductLine(ValueError):
    """One line of a product file is not a product; `number` counts from 1."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(f"line {number}: {reason}")
        self.number = number
        self.reason = reason


class ProductRow(msgspec.Struct, frozen=True):
    """One line of a supplier's product file: `price` in integer cents, keys of `attributes` starting n_, t_ or b_."""

    id: str
    title: str
    supplier: str
    price: int
    mpn: str = ""
    ean: tuple[str, ...] = ()
    short_description: str = ""
    released: str = ""
    attributes: Mapping[str, float | bool | str] = {}


class TitleRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The title is of `category` when one expression of `match` stands in it as whole words and none of `unless`."""

    category: str
    match: tuple[str, ...]
    unless: tuple[str, ...] = ()


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a declared attribute comes from: `key` = value of `source` × `factor`, unless that value exceeds `max`."""

    key: str
    source: str
    factor: float = 1.0
    max: float | None = None


class TitleRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`attributes` is inherited down the tree; of several sources for one key the first that fits wins."""

    rules: tuple[TitleRule, ...]
    attributes: Mapping[str, tuple[Source, ...]]


@cache
def title_rules() -> TitleRules:
    return msgspec.json.decode(files("exchange.market").joinpath("title_rules.json").read_bytes(), type=TitleRules)


def _whole_words(expressions: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(expressions)})(?!\w)", re.IGNORECASE)


@cache
def _compiled() -> tuple[tuple[str, re.Pattern[str], re.Pattern[str] | None], ...]:
    return tuple(
        (rule.category, _whole_words(rule.match), _whole_words(rule.unless) if rule.unless else None)
        for rule in title_rules().rules
    )


@cache
def _sources(category: str) -> tuple[tuple[Source, Attribute], ...]:
    declared = declared_attributes(category)
    own_first = reversed(ancestors(category))
    return tuple((source, declared[source.key]) for code in own_first for source in title_rules().attributes.get(code, ()))


def category_of(title: str) -> str:
    """The category of the first rule that matches; "other" when none does."""
    text = title[:MAX_TITLE]
    for category, match, unless in _compiled():
        if match.search(text) and not (unless and unless.search(text)):
            return category
    return FALLBACK


def _number(value: float | str, source: Source) -> int | float | None:
    try:
        found = float(value)
    except ValueError:
        return None
    if source.max is not None and found > source.max:
        return None
    scaled = round(found * source.factor, DECIMALS)
    return int(scaled) if scaled.is_integer() else scaled


def _converted(value: float | bool | str, source: Source, attribute: Attribute) -> Value | None:
    if attribute.kind == "boolean":
        return value if isinstance(value, bool) else None
    if isinstance(value, bool):
        return None
    if attribute.kind == "number":
        return _number(value, source)
    text = value.strip() if isinstance(value, str) else f"{value:g}"
    if attribute.kind == "choice" and text not in attribute.choices:
        return None
    return text or None


def attributes_of(row: ProductRow, category: str | None = None) -> tuple[dict[str, Value], dict[str, Value]]:
    """(declared, extra): what the category declares, in its units, and every other attribute under its own key."""
    declared: dict[str, Value] = {}
    extra: dict[str, Value] = dict(row.attributes)
    for source, attribute in _sources(category or category_of(row.title)):
        if attribute.key in declared or source.source not in row.attributes:
            continue
        value = _converted(row.attributes[source.source], source, attribute)
        if value is not None:
            declared[attribute.key] = value
            extra.pop(source.source, None)
    return declared, extra


def read_products(path: Path) -> Iterator[ProductRow]:
    """Yields the products of a JSON Lines file, plain or gzip, one line in memory at a time."""
    decoder = msgspec.json.Decoder(ProductRow)
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                yield decoder.decode(line)
            except msgspec.MsgspecError as problem:
                raise BadProductLine(number, str(problem)) from problem
