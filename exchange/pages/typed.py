"""Numbers and dates typed the local way, as the plain texts that schemas take."""

import re
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from babel.numbers import NumberFormatError, parse_decimal

_GROUPING = {"vi": re.compile(r"-?\d{1,3}(\.\d{3})+"), "en": re.compile(r"-?\d{1,3}(,\d{3})+")}


class Unreadable(ValueError):
    """A text cannot be read as what its field takes, or its name fits no field; `code` picks the sentence."""

    def __init__(self, code: Literal["number", "date", "datetime", "name"]) -> None:
        super().__init__(code)
        self.code = code


def read_number(text: str, locale: str) -> str:
    """A number typed the local way as a plain decimal string: vi "1.250.000,5" is "1250000.5". Raises Unreadable.

    Separators must stand where the language puts them, so "1.5" is refused in Vietnamese instead of read as 15.
    """
    compact = re.sub(r"[\s\u00a0\u202f]", "", text)
    group, point = (".", ",") if locale == "vi" else (",", ".")
    whole = compact.split(point)[0]
    if not re.fullmatch(r"-?[0-9.,]+", compact):
        raise Unreadable("number")
    if group in whole and not _GROUPING[locale].fullmatch(whole):
        raise Unreadable("number")
    try:
        value = parse_decimal(compact, locale=locale, strict=group in compact)
    except NumberFormatError:
        raise Unreadable("number") from None
    return format(value, "f")


def read_day(text: str, locale: str) -> str:
    """A day as ISO 8601, from a date picker (2026-11-30) or typed day first (30/11/2026). Raises Unreadable."""
    match = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text)
    try:
        if match:
            return date(int(match[3]), int(match[2]), int(match[1])).isoformat()
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Unreadable("date") from None


def read_instant(text: str, locale: str, zone: str) -> str:
    """A local date and time as ISO 8601 with its offset: "2026-11-30T17:00" or "30/11/2026 17:00". Raises Unreadable."""
    parts = [part for part in re.split(r"[T\s,]+", text) if part]
    if len(parts) != 2:
        raise Unreadable("datetime")
    day_text, time_text = parts if ":" in parts[1] else parts[::-1]
    try:
        moment = datetime.fromisoformat(f"{read_day(day_text, locale)}T{time_text.zfill(5)}")
    except ValueError:
        raise Unreadable("datetime") from None
    return moment.replace(tzinfo=ZoneInfo(zone)).isoformat()
