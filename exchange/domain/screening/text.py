"""Finds in a text what does not belong there: contact data in all its disguises, and banned terms. Pure.

A place is (from, to, what was found), in characters of the text as it was written, so that a page can mark it.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import phonenumbers


class Place(NamedTuple):
    """Characters `from_` to `to` of a text, and what stands there, in the form that is compared."""

    from_: int
    to: int
    found: str


class Folded(NamedTuple):
    """A text without case and accents; `at[i]` is where its character i stands in the original."""

    text: str
    at: Sequence[int]

    def place(self, match: re.Match[str], found: str) -> Place:
        return Place(self.at[match.start()], self.at[match.end() - 1] + 1, found)


def folded(text: str) -> Folded:
    """Lower case, accents and tone marks gone, đ as d."""
    if text.isascii():
        return Folded(text.lower(), range(len(text)))
    letters: list[str] = []
    at: list[int] = []
    for index, letter in enumerate(text):
        if letter.isascii():
            letters.append(letter.lower())
            at.append(index)
            continue
        for part in unicodedata.normalize("NFKD", letter.lower().replace("đ", "d")):
            if not unicodedata.combining(part):
                letters.append(part)
                at.append(index)
    return Folded("".join(letters), tuple(at))


# Digits written as words ("không chín không ba"), as many people do to get past a filter; o and O stand for zero.
DIGIT_WORDS: Final = {
    "khong": "0", "mot": "1", "hai": "2", "ba": "3", "bon": "4", "tu": "4", "nam": "5", "lam": "5", "sau": "6", "bay": "7",
    "tam": "8", "chin": "9", "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_WORD: Final = "|".join(sorted(DIGIT_WORDS, key=len, reverse=True))
_ONE: Final = rf"(?:[0-9o]|\b(?:{_WORD})\b)"
SPOKEN: Final = re.compile(rf"\b(?:{_WORD})\b(?:[\s.,\-_/]{{0,3}}{_ONE}){{8,13}}")
# At least nine digits with little between them, not inside a longer code.
DIGITS: Final = re.compile(r"(?<![\w.\-/#+])\+?\(?[0-9o](?:[\s.\-_·/()]{0,3}[0-9o]){8,14}(?![\w])")
PIECES: Final = re.compile(rf"{_WORD}|[0-9o]")
EMAIL: Final = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\]|\ba cong\b)\s?[a-z0-9-]{1,63}"
    r"(?:\s?(?:\.|\(dot\)|\[dot\]|\bcham\b)\s?[a-z0-9-]{2,63}){1,3}\b"
)
# So many labels at most: without an end each of them would begin a search through all that follow.
URL: Final = re.compile(r"\b(?:https?://|www\.)[^\s<>\"]{3,}|\b(?:[a-z0-9-]{2,63}\.){1,6}(?:vn|com|net|org|shop|store)/[^\s<>\"]+|"
                        r"\b(?:[a-z0-9-]{2,63}\.){1,6}(?:com|net|org|edu|gov)?\.?vn\b")  # fmt: skip
HANDLE: Final = re.compile(
    r"\b(?:za\s?lo|tele(?:gram)?|viber|whats\s?app|we\s?chat|skype|messenger|facebook|fb)\s?(?:id|nick|so)?\s?[:=@]\s?@?[\w.+-]{3,}|"
    r"\b(?:za\s?lo|tele(?:gram)?|viber|whats\s?app)\s(?:\+|0)[\d\s.\-]{7,}|\b(?:t\.me|zalo\.me|m\.me|wa\.me)/[\w.+-]+|"
    r"\b(?:nhan|inbox|ib|ket ban|add|chat)\s(?:qua\s)?(?:za\s?lo|telegram|viber|whats\s?app)\b"
)


def phones(text: Folded) -> Iterator[Place]:
    """Telephone numbers that exist: of Vietnam as they are written at home, of elsewhere with their +."""
    for pattern in (DIGITS, SPOKEN):
        for match in pattern.finditer(text.text):
            written = match.group()
            pieces: list[str] = PIECES.findall(written)
            digits = "".join(DIGIT_WORDS.get(piece) or piece.replace("o", "0") for piece in pieces)
            number = _number(digits, plus="+" in written)
            if number:
                yield text.place(match, number)


def _number(digits: str, *, plus: bool) -> str:
    """The number in its international form when it can be called, else nothing."""
    if not plus and not digits.startswith(("0", "84")):
        return ""
    try:
        parsed = phonenumbers.parse(f"+{digits}" if plus or digits.startswith("84") else digits, "VN")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(parsed) or (not plus and parsed.country_code != 84):
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def matches(pattern: re.Pattern[str], text: Folded) -> Iterator[Place]:
    """Every place of a pattern; what was found is the folded text without spaces."""
    for match in pattern.finditer(text.text):
        yield text.place(match, re.sub(r"\s", "", match.group()))


def terms(banned: Sequence[str], written: str, text: Folded) -> Iterator[Place]:
    """Banned terms as whole words: with the accents they are listed with, or with none at all. Accents make another word:
    "hàng giả" is a fake, "hàng gia dụng" goods for the home."""
    if not banned:
        return
    listed = {folded(term).text: _plain(term) for term in banned}
    for match in _any_of(tuple(listed)).finditer(text.text):
        found = " ".join(match.group().split())
        place = text.place(match, found)
        original = written[place.from_ : place.to]
        if original.isascii() or _plain(original) == listed[found]:
            yield place


def _plain(term: str) -> str:
    """Lower case, single spaces, each letter with its accents in one form."""
    return " ".join(unicodedata.normalize("NFC", term).lower().split())


@lru_cache(maxsize=8)
def _any_of(banned: tuple[str, ...]) -> re.Pattern[str]:
    """Longer terms first, words apart by any space."""
    longest = sorted(banned, key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(re.escape(term).replace(r"\ ", r"\s+") for term in longest) + r")(?!\w)")


def digits_of(text: str) -> list[str]:
    """The numbers in a title: what tells variants of one article apart."""
    return sorted(re.findall(r"\d+", text))
