"""The standard terms of the exchange: one pinned text in two languages, part of every contract by version and digest."""

import hashlib
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

from schemas.common import Locale

CURRENT: Final = "2026-1"
LOCALES: Final[tuple[Locale, ...]] = ("vi", "en")


class UnknownTerms(LookupError):
    """The exchange never had standard terms of this version."""


class Clause(msgspec.Struct, frozen=True):
    """One numbered clause: its heading and its paragraphs."""

    heading: str
    paragraphs: tuple[str, ...]


def _source(version: str, locale: Locale) -> bytes:
    try:
        return files("exchange.terms").joinpath(f"{version}.{locale}.md").read_bytes()
    except FileNotFoundError:
        raise UnknownTerms(version) from None


@cache
def digest(version: str) -> str:
    """SHA-256 (hex) over the Vietnamese and the English text, each preceded by its length: what a contract pins."""
    total = hashlib.sha256()
    for locale in LOCALES:
        text = _source(version, locale)
        total.update(len(text).to_bytes(8, "big") + text)
    return total.hexdigest()


@cache
def clauses(version: str, locale: Locale) -> tuple[Clause, ...]:
    """The text, clause by clause, as it is shown and printed."""
    sections = _source(version, locale).decode("utf-8").split("\n## ")[1:]
    return tuple(_clause(section) for section in sections)


def _clause(section: str) -> Clause:
    heading, _, rest = section.partition("\n")
    paragraphs = (" ".join(part.split()) for part in rest.split("\n\n"))
    return Clause(heading.strip(), tuple(text for text in paragraphs if text))
