"""From written titles, part numbers and queries to comparable words and an integer score."""

import re
import unicodedata
from collections import Counter
from hashlib import blake2b

from msgspec import Struct

QUERY_WORDS_MAX = 16
TERM_COUNT_MAX = 255
EXACT_PART_BONUS = 10_000_000
STOP_WORDS = frozenset(("and", "for", "of", "with"))

_MARKS = str.maketrans({"™": " ", "®": " ", "©": " ", "℠": " ", "đ": "d", "Đ": "d"})
_PIECE = re.compile(r"[^\W_]+")
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")


class Word(Struct, frozen=True):
    """A written word: whole ("dv7-1211ea"), and the pieces between its punctuation when there are several."""

    whole: str
    pieces: tuple[str, ...] = ()


def fold(text: str) -> str:
    """Lower case without diacritics, so that "Máy tính Đỏ" and "may tinh do" are the same."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_MARKS).lower())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def part_key(text: str) -> str:
    """A part number without punctuation and spaces: "006-R 90321" and "006R90321" are the same part."""
    return "".join(_PIECE.findall(fold(text)))


def words_of(text: str) -> list[Word]:
    """Every word in the order written."""
    words: list[Word] = []
    for chunk in fold(text).split():
        pieces = _PIECE.findall(chunk)
        if not pieces:
            continue
        whole = _singular(_EDGES.sub("", chunk))
        words.append(Word(whole, tuple(map(_singular, pieces))) if len(pieces) > 1 else Word(whole))
    return words


def _singular(token: str) -> str:
    """Takes the plural s off a plain word: "toners" finds "toner". Both sides are treated alike, so a wrong guess is harmless."""
    plural = len(token) > 3 and token.endswith("s") and not token.endswith(("ss", "us", "is"))
    return token[:-1] if plural and token.isalpha() else token


def query_words(text: str) -> list[Word]:
    """The distinct words asked for, without words such as "for" unless nothing else was written; at most 16."""
    distinct = list(dict.fromkeys(words_of(text)))
    telling = [word for word in distinct if word.whole not in STOP_WORDS]
    return (telling or distinct)[:QUERY_WORDS_MAX]


def query_parts(text: str) -> frozenset[str]:
    """The part numbers that a query may name: the whole of it, or one of its words."""
    keys = {part_key(text)} | {part_key(chunk) for chunk in text.split()}
    return frozenset(keys - {""})


def document_tokens(title: str, mpn: str) -> Counter[str]:
    """How often each token stands in the title and the part number."""
    counts: Counter[str] = Counter()
    for word in words_of(title) + words_of(mpn):
        counts[word.whole] += 1
        counts.update(word.pieces)
    return counts


def token_hash(token: str) -> int:
    """A signed 64-bit name of a token: the index keeps no words, so it neither grows with dead ones nor shows any."""
    return int.from_bytes(blake2b(token.encode(), digest_size=8).digest(), "little", signed=True)


def rarity(documents: int, containing: int) -> int:
    """BM25's idf, log2((N + 1) / (n + 1/2)), in 1024ths; integer arithmetic, so equal on every machine."""
    numerator, denominator = 2 * documents + 2, 2 * containing + 1
    result = (numerator // denominator).bit_length() - 1
    mantissa = (numerator << 32) // (denominator << result)
    for _ in range(10):
        mantissa = mantissa * mantissa >> 32
        carry = mantissa >> 33
        mantissa >>= carry
        result = 2 * result + carry
    return result
