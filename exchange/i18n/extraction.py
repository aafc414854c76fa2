"""Finds every message in code and templates and compares it with the message files; behind `python -m exchange.i18n`."""

import ast
import os
import re
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import write_po

from exchange.i18n.areas import area_of
from exchange.i18n.catalogue import HERE, LOCALES, SOURCE_LOCALE, Key, area_files, key_of, merged, read_area

PACKAGE = HERE.parent
# _s(noun, state, word, tone) is a row of the status table: its noun is the context of its word.
KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "_s": ((1, "c"), 3),
    # Functions that are handed the catalogue's ngettext under another name.
    "counted": (1, 2),
    "both": (1, 2),
    # What is wrong with a field: pointer, code, sentence.
    "FieldError": (3,),
    "invalid": (3,),
}
# An error class says these to people, and so do these arguments of an error that is raised.
ERROR_TEXTS = ("title", "detail")
ERROR_DATA = ("what", "needed")
# Where handlers speak to people; elsewhere `say` is another word.
PAGES = ("portal/", "console/", "pages/")
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
# Neither a placeholder nor a doubled sign.
LONE_PERCENT = re.compile(r"(?<!%)%(?!%|\(\w+\)s)")
Found = dict[Key, tuple[str, str | tuple[str, ...]]]
HEADER = "# Vietnamese of the exchange, area {area}. Sorted by message; kept by `python -m exchange.i18n extract`."


@cache
def messages_in_use() -> Found:
    """Every message in the package: (context, msgid) to (the file that uses it first, its id or its ids). Not to be changed."""
    with (HERE / "babel.cfg").open() as file:
        method_map, options_map = parse_mapping_cfg(file)
    found: Found = {}
    sources = extract_from_dir(PACKAGE, method_map, options_map, keywords=KEYWORDS, comment_tags=(), directory_filter=_enter)
    for path, _line, message, _comments, context in sorted(sources, key=lambda row: str(row[0])):
        ids: str | tuple[str, ...] = message if isinstance(message, str) else tuple(part for part in message if part)
        key = (context, ids if isinstance(ids, str) else ids[0])
        known = found.get(key)
        if known is None or isinstance(ids, tuple):
            found[key] = (known[0] if known else str(path), ids)
    for text, path in _more_in_use():
        found.setdefault((None, text), (path, text))
    return found


def error_messages(tree: ast.Module) -> Iterator[str]:
    """What the error classes of a module say, and the sentences that errors are raised with."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            texts = {name: text for name, text in map(_assigned, node.body) if text is not None}
            if "code" in texts:
                yield from (texts[name] for name in ERROR_TEXTS if name in texts)
        elif isinstance(node, ast.Call):
            for keyword in node.keywords:
                if keyword.arg in ERROR_DATA and isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, str):
                    yield keyword.value.value


def said_messages(tree: ast.Module) -> Iterator[str]:
    """What handlers say with ``say("…")`` or ``words(request)("…")``, where babel looks for the name `_` alone."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            text = node.args[0].value
            if isinstance(text, str) and (_named(node.func, "say") or _named(getattr(node.func, "func", None), "words")):
                yield text


def _named(node: ast.AST | None, name: str) -> bool:
    return getattr(node, "id", getattr(node, "attr", None)) == name


def _assigned(node: ast.stmt) -> tuple[str, str | None]:
    """Name and text of ``name = "text"``."""
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Constant):
        text = node.value.value
        return node.targets[0].id, text if isinstance(text, str) else None
    return "", None


def _more_in_use() -> Iterator[tuple[str, str]]:
    """Messages that babel does not see: (text, the file whose area keeps it)."""
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text())
        yield from ((text, "errors.py") for text in error_messages(tree))
        place = path.relative_to(PACKAGE).as_posix()
        if place.startswith(PAGES):
            yield from ((text, place) for text in said_messages(tree))


def _enter(folder: str | object) -> bool:
    return not Path(str(folder)).name.startswith((".", "_"))


def update(locale: str, *, prune: bool = False) -> dict[str, int]:
    """Rewrite the message files of a language: new messages added empty, translations kept; `prune` drops unused ones.

    Gives the number of messages without a translation in each file.
    """
    found = messages_in_use()
    areas: dict[str, Catalog] = {}
    placed: set[Key] = set()
    for path in area_files(locale):
        kept = areas.setdefault(path.stem, Catalog(locale=locale, domain=path.stem))
        for message in read_area(path, locale):
            key = key_of(message) if message.id else None
            if key is None or key in placed or (prune and key not in found):
                continue
            ids = found[key][1] if key in found else message.id
            kept.add(ids, _fitting(ids, message.string), context=message.context)
            placed.add(key)
    for key, (path, ids) in found.items():
        if key not in placed:
            area = area_of(path)
            areas.setdefault(area, Catalog(locale=locale, domain=area)).add(ids, context=key[0])
    return {area: _write(locale, area, catalog) for area, catalog in areas.items()}


def _fitting(ids: str | tuple[str, ...] | list[str], text: object) -> str | tuple[str, ...]:
    """A translation in the shape that its message has now: a plain message may have become one with a plural."""
    parts = [str(part) for part in text] if isinstance(text, tuple | list) else [str(text or "")]
    return parts[0] if isinstance(ids, str) else tuple(parts)


def _write(locale: str, area: str, catalog: Catalog) -> int:
    catalog.header_comment = HEADER.format(area=area)
    out = BytesIO()
    write_po(out, catalog, width=0, sort_output=True, no_location=True, omit_header=False, ignore_obsolete=True)
    text = re.sub(r'^"(?!Language:|Plural|MIME|Content-T)[\w-]+: .*\n', "", out.getvalue().decode(), flags=re.M)
    path = HERE / locale / f"{area}.po"
    fresh = path.with_suffix(f".{os.getpid()}.new")
    fresh.write_text(text.replace("#, fuzzy\nmsgid", "msgid", 1))
    fresh.replace(path)
    return sum(1 for message in catalog if message.id and not _is_translated(message.string))


def _is_translated(text: object) -> bool:
    return all(text) if isinstance(text, tuple | list) else bool(text)


def problems() -> Iterator[str]:
    """What is wrong with the message files: missing, empty and unused messages, and placeholders that do not agree."""
    found = messages_in_use()
    for locale in LOCALES:
        if locale == SOURCE_LOCALE:
            continue
        known = {key_of(message): message for message in merged(locale) if message.id}
        for key in sorted(found.keys() - known.keys(), key=str):
            yield f"{locale}: missing {key[1]!r} ({found[key][0]})"
        for key in sorted(known.keys() - found.keys(), key=str):
            yield f"{locale}: no longer used {key[1]!r}"
        for key in sorted(found.keys() & known.keys(), key=str):
            text = known[key].string
            if not _is_translated(text):
                yield f"{locale}: not translated {key[1]!r} ({found[key][0]})"
            elif isinstance(text, str) and set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(key[1])):
                yield f"{locale}: placeholders differ in {key[1]!r}"
            elif isinstance(text, str) and LONE_PERCENT.search(text) and not LONE_PERCENT.search(key[1]):
                yield f"{locale}: a percent sign that formatting would trip over in {key[1]!r}: write %% or a word"
