"""The place in a list where the next page begins: the sort key of the last row shown, opaque to who sends it back."""

import base64
import binascii
import zlib
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import msgspec

from exchange.errors import Invalid, invalid
from schemas.common import Page

Key = TypeVar("Key")
Row = TypeVar("Row")

_CHECK_BYTES: Final = 4
_TEXT_MAX: Final = 400


def _refused() -> Invalid:
    return invalid("/cursor", "cursor", "This is not a cursor of this list. Take the one that its last page gave you.")


def write_cursor(key: object) -> str:
    """A sort key (a tuple of uuids, times, texts, integers) as text for a URL."""
    body = msgspec.msgpack.encode(key)
    return base64.urlsafe_b64encode(zlib.crc32(body).to_bytes(_CHECK_BYTES, "big") + body).decode().rstrip("=")


def read_cursor(text: str, kind: type[Key]) -> Key:
    """The sort key of type `kind`; raises Invalid for anything but an unchanged cursor of such a list.

    It opens nothing: the rows behind it are read under the reader's own rights.
    """
    if len(text) > _TEXT_MAX or not text.isascii():
        raise _refused()
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _refused() from None
    check, body = data[:_CHECK_BYTES], data[_CHECK_BYTES:]
    if zlib.crc32(body).to_bytes(_CHECK_BYTES, "big") != check:
        raise _refused()
    try:
        return msgspec.msgpack.decode(body, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError):
        raise _refused() from None


def escaped(text: str) -> str:
    """Text that LIKE takes as it was typed."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def anywhere(text: str) -> str | None:
    """What LIKE takes to find a text anywhere; None for no text."""
    return f"%{escaped(text)}%" if text else None


def page_of(rows: Sequence[Row], limit: int, key: Callable[[Row], object]) -> Page[Row]:
    """A page out of `limit` + 1 rows asked for: the row too many only says that there is a next page."""
    shown = tuple(rows[:limit])
    return Page(shown, write_cursor(key(shown[-1])) if len(rows) > limit else None)
