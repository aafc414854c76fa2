"""What a message can be found by: its words without accents. Pure."""

import re
import unicodedata
from typing import Final

WORD_MOST: Final = 60
WORDS_MOST: Final = 1500
BEGINNINGS_MOST: Final = 8
_WORD: Final = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """The different words of a text in lower case without accents, đ as d: how they are kept, and how they are asked for."""
    letters = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d"))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return list(dict.fromkeys(found[:WORD_MOST] for found in _WORD.findall(bare)))[:WORDS_MOST]


def beginnings(asked: str) -> list[str]:
    """What a search looks for: every word of it, or the beginning of one."""
    return words(asked)[:BEGINNINGS_MOST]
