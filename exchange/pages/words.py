"""Amounts of money in words, as contracts, payment slips and invoices write them in Vietnamese and English."""

from decimal import Decimal

from babel.numbers import get_currency_name, get_currency_precision

_ONES_EN = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
_TENS_EN = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES_EN = ("", "thousand", "million", "billion", "trillion", "quadrillion")
_DIGITS_VI = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_LIMIT = 10**18
LARGE_AMOUNT = Decimal(1_000_000)
_PLAIN_NAMES = {("vi", "VND"): "đồng", ("en", "VND"): "dong"}


def amount_in_words(amount: Decimal, currency: str, locale: str) -> str:
    """The amount spelled out with its currency; a fraction is written as hundredths: "… US dollars and 95/100".

    `amount` is in whole currency units, not negative and below 10^18.
    """
    if not 0 <= amount < _LIMIT:
        raise ValueError(f"cannot spell {amount}")
    digits = get_currency_precision(currency)
    minor = int(amount.scaleb(digits).to_integral_value())
    whole, fraction = divmod(minor, 10**digits)
    spelled = integer_in_vietnamese(whole) if locale == "vi" else integer_in_english(whole)
    name = _PLAIN_NAMES.get((locale, currency)) or get_currency_name(currency, count=whole, locale=locale)
    joint = "và" if locale == "vi" else "and"
    tail = f" {joint} {fraction:0{digits}d}/{10**digits}" if fraction else ""
    return f"{spelled} {name}{tail}"


def spelled_if_large(amount: Decimal, currency: str, locale: str) -> str:
    """The amount in words as a sentence when it is large enough to misread, else nothing."""
    if not LARGE_AMOUNT <= amount < _LIMIT:
        return ""
    spelled = amount_in_words(amount, currency, locale)
    return spelled[0].upper() + spelled[1:]


def integer_in_english(number: int) -> str:
    if number == 0:
        return "zero"
    parts: list[str] = []
    for power, group in _groups(number):
        parts.append(f"{_hundreds_en(group)} {_SCALES_EN[power]}".strip())
    return " ".join(parts)


def _groups(number: int) -> list[tuple[int, int]]:
    """The non-zero groups of three digits, largest first, each with its power of a thousand."""
    groups: list[tuple[int, int]] = []
    power = 0
    while number:
        number, group = divmod(number, 1000)
        if group:
            groups.append((power, group))
        power += 1
    return groups[::-1]


def _hundreds_en(group: int) -> str:
    hundreds, rest = divmod(group, 100)
    parts = [f"{_ONES_EN[hundreds]} hundred"] if hundreds else []
    if 0 < rest < 20:
        parts.append(_ONES_EN[rest])
    elif rest:
        tens, ones = divmod(rest, 10)
        parts.append(_TENS_EN[tens] + (f"-{_ONES_EN[ones]}" if ones else ""))
    return " ".join(parts)


def integer_in_vietnamese(number: int) -> str:
    """Spelled in the reading that invoices use: linh, mốt, tư, lăm; above a billion counts billions again."""
    if number == 0:
        return _DIGITS_VI[0]
    billions, rest = divmod(number, 10**9)
    parts: list[str] = []
    if billions:
        parts.append(f"{integer_in_vietnamese(billions)} tỷ")
    for power, group in _groups(rest):
        scale = ("", "nghìn", "triệu")[power]
        parts.append(f"{_hundreds_vi(group, after_larger=bool(parts))} {scale}".strip())
    return " ".join(parts)


def _hundreds_vi(group: int, *, after_larger: bool) -> str:
    """Three digits; behind a larger group the empty hundreds are spoken: một triệu không trăm linh năm nghìn."""
    hundreds, rest = divmod(group, 100)
    tens, ones = divmod(rest, 10)
    parts: list[str] = []
    if hundreds or after_larger:
        parts.append(f"{_DIGITS_VI[hundreds]} trăm")
    if tens == 0 and ones:
        parts.append(f"linh {_DIGITS_VI[ones]}" if parts else _DIGITS_VI[ones])
    elif tens:
        parts.append("mười" if tens == 1 else f"{_DIGITS_VI[tens]} mươi")
        if ones:
            parts.append(_last_digit_vi(tens, ones))
    return " ".join(parts)


def _last_digit_vi(tens: int, ones: int) -> str:
    if ones == 5:
        return "lăm"
    if tens > 1 and ones == 1:
        return "mốt"
    return "tư" if tens > 1 and ones == 4 else _DIGITS_VI[ones]
