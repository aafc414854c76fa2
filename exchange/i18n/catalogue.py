"""Reads the message files and gives one translator for a language."""

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = ("vi", "en")
SOURCE_LOCALE = "en"
HERE = Path(__file__).parent

Key = tuple[str | None, str]


class ConflictingTranslation(ValueError):
    """Two files translate the same message differently."""


def marked(message: str) -> str:
    """Marks a message for translation where it is written; it is translated where it is shown."""
    return message


N_ = marked


def key_of(message: Message) -> Key:
    """Context and singular msgid: what makes a message one message."""
    text = message.id if isinstance(message.id, str) else message.id[0]
    return (message.context, text)


def area_files(locale: str) -> list[Path]:
    return sorted((HERE / locale).glob("*.po"))


def read_area(path: Path, locale: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=locale, domain=path.stem, abort_invalid=True)


def merged(locale: str) -> Catalog:
    """All areas of a language as one catalogue. Raises ConflictingTranslation."""
    whole = Catalog(locale=locale)
    seen: dict[Key, tuple[object, str]] = {}
    for path in area_files(locale):
        for message in read_area(path, locale):
            if not message.id:
                continue
            key = key_of(message)
            known = seen.get(key)
            if known is not None and known[0] != message.string:
                raise ConflictingTranslation(f"{key[1]!r} differs in {known[1]} and {path.name}")
            if known is None:
                seen[key] = (message.string, path.name)
                whole.add(message.id, message.string, flags=message.flags, context=message.context)
    return whole


@cache
def translator(locale: str) -> gettext.NullTranslations:
    """Gives gettext, ngettext, pgettext and npgettext in a language; of the source language, the msgids themselves."""
    if locale == SOURCE_LOCALE:
        return gettext.NullTranslations()
    if locale not in LOCALES:
        raise LookupError(f"no catalogue for {locale}")
    compiled = BytesIO()
    write_mo(compiled, merged(locale))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
