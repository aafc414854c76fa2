"""How amounts, quantities, dates and spans of time are written in a language. Pure: the clock and the zone are arguments."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta, get_timezone_gmt, get_timezone_name
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_precision, get_currency_symbol

from exchange.i18n import N_
from exchange.i18n.catalogue import SOURCE_LOCALE, translator

DEFAULT_ZONE = "Asia/Ho_Chi_Minh"
_DATE = {"vi": "dd/MM/y", "en": "d MMM y"}
_DATETIME = {"vi": "HH:mm, dd/MM/y", "en": "d MMM y, HH:mm"}
_SECONDS = {"vi": "HH:mm:ss, EEEE, dd/MM/y", "en": "EEEE, d MMMM y, HH:mm:ss"}

Urgency = Literal["calm", "soon", "urgent", "over"]
Counted = Callable[[str, str, int], str]

# UN/ECE Recommendation 20 codes in the words a reader expects behind a number.
UNIT_WORDS = {
    "C62": N_("pcs"),
    "EA": N_("pcs"),
    "KGM": "kg",
    "GRM": "g",
    "TNE": N_("tonnes"),
    "LTR": N_("litres"),
    "MLT": "ml",
    "MTR": "m",
    "CMT": "cm",
    "MMT": "mm",
    "KMT": "km",
    "MTK": "m²",
    "MTQ": "m³",
    "HUR": N_("hours"),
    "DAY": N_("days"),
    "WEE": N_("weeks"),
    "MON": N_("months"),
    "ANN": N_("years"),
    "E51": N_("jobs"),
    "SET": N_("sets"),
    "PR": N_("pairs"),
    "BX": N_("boxes"),
    "CT": N_("cartons"),
    "PK": N_("packs"),
    "PF": N_("pallets"),
    "RM": N_("reams"),
    "RO": N_("rolls"),
    "BG": N_("bags"),
    "KWH": "kWh",
    "KWT": "kW",
    "WTT": "W",
    "VLT": "V",
    "CEL": "°C",
    "P1": "%",
    "AD": "B",
    "E34": "GB",
    "E35": "TB",
    "4L": "MB",
    "INH": N_("inches"),
    "A86": "GHz",
    "DZN": N_("dozens"),
    "MIL": N_("thousand pcs"),
    "ST": N_("sheets"),
    "ZP": N_("pages"),
    "D68": N_("words"),
    "TKM": "t·km",
}
# English says one of them in its own way; other languages of ours do not.
ONE_OF = {
    "pcs": "pc",
    "tonnes": "tonne",
    "litres": "litre",
    "hours": "hour",
    "days": "day",
    "weeks": "week",
    "months": "month",
    "years": "year",
    "jobs": "job",
    "sets": "set",
    "pairs": "pair",
    "boxes": "box",
    "cartons": "carton",
    "packs": "pack",
    "pallets": "pallet",
    "reams": "ream",
    "rolls": "roll",
    "bags": "bag",
    "inches": "inch",
    "dozens": "dozen",
    "sheets": "sheet",
    "pages": "page",
    "words": "word",
}


def unit(code: str, locale: str, *, one: bool = False) -> str:
    """The word for a unit; a code without a word of ours is shown as it is. `one`: as it stands behind "per"."""
    word = UNIT_WORDS.get(code, code)
    return ONE_OF.get(word, word) if one and locale == SOURCE_LOCALE else translator(locale).gettext(word)


def quantity(value: Decimal | int | str, code: str, locale: str) -> str:
    """A number with its unit."""
    return f"{number(value, locale)}\N{NO-BREAK SPACE}{unit(code, locale, one=Decimal(value) == 1)}"


def money(amount: Decimal | str, currency: str, locale: str) -> str:
    """An amount in whole currency units, with at least the decimals of its currency and all that it carries."""
    value = Decimal(amount)
    digits = get_currency_precision(currency)
    exponent = value.normalize().as_tuple().exponent
    carried = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    shown = max(digits, carried)
    return format_currency(
        value, currency, _pattern(currency, locale, shown), locale=locale, currency_digits=False, decimal_quantization=False
    )


def _pattern(currency: str, locale: str, digits: int) -> str:
    """The locale's own currency pattern with exactly `digits` decimals; a code stands apart from the number."""
    pattern = Locale.parse(locale).currency_formats["standard"].pattern
    if get_currency_symbol(currency, locale)[-1].isalpha():
        pattern = pattern.replace("¤#", "¤\N{NO-BREAK SPACE}#")
    return pattern.replace("0.00", "0." + "0" * digits if digits else "0")


def money_minor(minor: int, currency: str, locale: str) -> str:
    """An amount counted in the smallest unit of its currency: 4995 USD is $49.95, 4995 VND is ₫4,995."""
    return money(Decimal(minor).scaleb(-get_currency_precision(currency)), currency, locale)


def number(value: Decimal | int | str, locale: str) -> str:
    """A number with all the decimals it carries and none that are zero."""
    return format_decimal(Decimal(value).normalize(), locale=locale, decimal_quantization=False)


def percent(ratio: Decimal | str, locale: str) -> str:
    """0.085 is 8.5 %."""
    return format_percent(Decimal(ratio), locale=locale, decimal_quantization=False)


def day(value: date, locale: str, zone: str = DEFAULT_ZONE) -> str:
    """A calendar day; of an instant, the day it falls on in the zone."""
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(zone)).date()
    return format_date(value, _DATE[locale], locale=locale)


def instant(value: datetime, locale: str, zone: str = DEFAULT_ZONE) -> str:
    return format_datetime(value, _DATETIME[locale], tzinfo=ZoneInfo(zone), locale=locale)


def instant_in_full(value: datetime, locale: str, zone: str = DEFAULT_ZONE) -> str:
    """With seconds, weekday and the zone: what a reader sees on hover."""
    local = value.astimezone(ZoneInfo(zone))
    name = get_timezone_name(local, width="long", locale=locale)
    offset = get_timezone_gmt(local, width="long", locale=locale)
    return f"{format_datetime(local, _SECONDS[locale], tzinfo=local.tzinfo, locale=locale)} ({name}, {offset})"


def span(length: timedelta, counted: Counted) -> str:
    """The two largest whole units of a length of time, as in "2 days 4 hours"; under a minute counts as one minute.

    `counted(singular, plural, n)` is the catalogue's ngettext.
    """
    minutes = max(1, int(length.total_seconds() // 60))
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts: list[str] = []
    if days:
        parts.append(counted("%(num)s day", "%(num)s days", days) % {"num": days})
    if hours:
        parts.append(counted("%(num)s hour", "%(num)s hours", hours) % {"num": hours})
    if minutes and not days:
        parts.append(counted("%(num)s minute", "%(num)s minutes", minutes) % {"num": minutes})
    return " ".join(parts)


def urgency(due: datetime, now: datetime) -> Urgency:
    """over: passed · urgent: under 4 hours · soon: under 2 days · calm."""
    left = due - now
    if left <= timedelta(0):
        return "over"
    if left < timedelta(hours=4):
        return "urgent"
    return "soon" if left < timedelta(days=2) else "calm"


def ago(value: datetime, now: datetime, locale: str) -> str:
    """How long ago, in one unit: 2 giờ trước."""
    return format_timedelta(value.astimezone(UTC) - now.astimezone(UTC), add_direction=True, locale=locale)
