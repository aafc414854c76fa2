"""Whether a text holds a way to reach somebody outside of the exchange. Pure."""

import re
from typing import Final

_MAIL: Final = re.compile(r"[\w.+-]+\s*(?:@|\(at\)|\[at\])\s*[\w-]+(?:\s*(?:\.|\(dot\)|\[dot\])\s*[a-z]{2,})+", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"\b(?:https?://|www\.)\S+|\b(?:zalo|t|m|wa)\.me/\S+", re.IGNORECASE)
_HANDLE: Final = re.compile(
    r"\b(?:zalo|viber|whatsapp|telegram|wechat|skype|messenger|facebook|fb|line\s+id)\b\s*(?:[:=@]|is|là|số)?\s*[@\w.]*\d{4,}"
    r"|\b(?:zalo|viber|whatsapp|telegram|wechat|skype|messenger|facebook|fb)\s*(?:[:=]|id|là)\s*@?[\w.]{3,}"
    r"|(?<![\w@])@[A-Za-z][\w.]{4,}",
    re.IGNORECASE,
)
# A number of a telephone: with a country's code or a leading 0, 9 to 15 digits in all, with spaces, points or lines between.
_PHONE: Final = re.compile(r"(?<![\w.,/-])(?:\+|00)?[\d(][\d\s().-]{7,22}\d(?![\w/])")


def has_contact(text: str) -> bool:
    """Telephone numbers, e-mail and web addresses, names at other services."""
    if _MAIL.search(text) or _ADDRESS.search(text) or _HANDLE.search(text):
        return True
    return any(_is_phone(found.group()) for found in _PHONE.finditer(text))


def _is_phone(text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    outside = text.lstrip().startswith(("+", "00"))
    national = digits.startswith("0") and 9 <= len(digits) <= 11
    return (outside and 9 <= len(digits) <= 15) or national
