"""What an uploaded file is: decided by its bytes, never by its name or by what the sender says. Pure."""

import re
import unicodedata
import zipfile
from io import BytesIO
from typing import Final
from xml.parsers import expat

import msgspec
import puremagic

# Media type -> the endings that may stay; the first one is given to a name that has another.
ENDINGS: Final[dict[str, tuple[str, ...]]] = {
    "application/pdf": (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/webp": (".webp",),
    "application/xml": (".xml",),
    "text/csv": (".csv", ".tsv", ".txt"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (".xlsx",),
    "application/json": (".json",),
    "application/jsonl": (".jsonl", ".ndjson"),
}
BINARY: Final = frozenset({"application/pdf", "image/png", "image/jpeg", "image/webp"})
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NAME_LENGTH: Final = 200
# What a browser would look at to decide that text is a page.
SNIFFED_BYTES: Final = 2048
_MARKUP: Final = re.compile(rb"<\s*(!doctype|html|head|body|script|svg|iframe|object|embed|meta|link|style|img)\b", re.IGNORECASE)
_PAGE_NAMESPACES: Final = ("http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg")
_PAGE_ROOTS: Final = frozenset({"html", "svg"})
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FORBIDDEN: Final = re.compile(r'[<>:"/\\|?*%]')
_MAX_ENTRIES: Final = 5000
_MAX_UNPACKED: Final = 400 * 1024 * 1024


def media_type(content: bytes) -> str | None:
    """The media type of the bytes, or None when it is not one of those that the exchange stores."""
    guesses = _magic(content)
    found = next((guess for guess in guesses if guess in BINARY), None)
    if found is not None and guesses[0] in BINARY:
        return found
    if content.startswith(b"PK\x03\x04"):
        return XLSX if _is_workbook(content) else None
    return _text_type(content)


def _magic(content: bytes) -> list[str]:
    try:
        return [match.mime_type for match in puremagic.magic_string(content[:4096])]
    except (puremagic.PureError, ValueError):
        return []


def _is_workbook(content: bytes) -> bool:
    """A zip with a workbook's parts, no macros, and a size that can be unpacked."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, RuntimeError):
        # RuntimeError: packed in a way that this reader does not know.
        return False
    names = {entry.filename for entry in entries}
    small = len(entries) <= _MAX_ENTRIES and sum(entry.file_size for entry in entries) <= _MAX_UNPACKED
    macros = any(name.lower().endswith("vbaproject.bin") for name in names)
    return small and not macros and {"[Content_Types].xml", "xl/workbook.xml"} <= names


def _text_type(content: bytes) -> str | None:
    bare = content.removeprefix(b"\xef\xbb\xbf").strip()
    try:
        bare.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if not bare or _CONTROL.search(bare):
        return None
    if bare.startswith(b"<"):
        return "application/xml" if _is_data_xml(bare) else None
    if _MARKUP.search(bare[:SNIFFED_BYTES]):
        return None
    if _is_json(bare):
        return "application/json"
    # By its first line: a list with a broken line is still a list, and who reads it says which line.
    return "application/jsonl" if bare.startswith(b"{") and _is_json(bare.splitlines()[0]) else "text/csv"


def _is_json(text: bytes) -> bool:
    if text[:1] not in (b"{", b"["):
        return not text.strip()
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


class _NotData(Exception):
    """The XML is a page, or says something about its own type."""


def _is_data_xml(text: bytes) -> bool:
    """Well-formed XML without a document type, in which nothing is HTML or SVG."""
    parser = expat.ParserCreate(namespace_separator=" ")

    def doctype(*_: object) -> None:
        raise _NotData

    def start(name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        if namespace in _PAGE_NAMESPACES or local.lower() in _PAGE_ROOTS:
            raise _NotData

    def instruction(target: str, data: str) -> None:
        if target.lower() == "xml-stylesheet":
            raise _NotData

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = start
    parser.ProcessingInstructionHandler = instruction
    try:
        parser.Parse(text, True)
    except (expat.ExpatError, _NotData):
        return False
    return True


def safe_name(name: str, kind: str) -> str:
    """A file name that is safe in a header, on a disk and on a screen, with an ending that fits the media type `kind`."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    # Cc control, Cf format (turns the reading direction), Cs surrogates, Zl and Zp line separators.
    kept = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn"))
    clean = " ".join(_FORBIDDEN.sub("_", kept).split()).strip(". ")
    stem, dot, ending = clean.rpartition(".")
    endings = ENDINGS[kind]
    if not dot or f".{ending.lower()}" not in endings:
        stem, ending = clean, endings[0][1:]
    stem = stem.strip(". ")[: NAME_LENGTH - len(ending) - 1] or "file"
    return f"{stem}.{ending.lower()}"
