"""Which offers hold the asked words, and how well: the index side of text."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.frame import Frame
from matching.text import EXACT_PART_BONUS, Word, part_key, query_parts, query_words, rarity, token_hash


@dataclass(slots=True)
class Hits:
    """Per asked word the times it stands in each row; the words found per row; and each row's integer score."""

    words: list[Word]
    times: list[NDArray[np.int64]]
    found: NDArray[np.int64]
    score: NDArray[np.int64]


def find(frame: Frame, text: str, seen: NDArray[np.bool_]) -> Hits:
    """Scores like BM25 (k1 = 1.2, b = 0.75, mean length 12) in integers; an exactly named part number stands above all.

    How rare a word is counts among the `seen` rows alone, so that an offer which the viewer cannot see moves nothing.
    """
    words = query_words(text)
    times = [_times(frame, word, text) for word in words]
    found = np.zeros(frame.size, dtype=np.int64)
    score = np.zeros(frame.size, dtype=np.int64)
    if not words:
        return Hits(words, times, found, score)
    documents = int(np.count_nonzero(seen))
    length = 75 * frame.column("tokens").astype(np.int64) + 300
    for counts in times:
        holds = counts > 0
        weight = rarity(documents, int(np.count_nonzero(holds & seen)))
        found += holds
        score += weight * counts * 2_200 // (1_000 * counts + length)
    parts = [token_hash(key) for key in query_parts(text)]
    score[np.isin(frame.column("part"), parts)] += EXACT_PART_BONUS
    return Hits(words, times, found, score)


def _times(frame: Frame, word: Word, text: str) -> NDArray[np.int64]:
    """How often a word stands in each row: as a whole, or else as often as the rarest of its pieces.

    A part number that equals the word, or all that was written, but for its punctuation counts once.
    """
    times = frame.token(word.whole)
    if word.pieces:
        pieces = np.minimum.reduce([frame.token(piece) for piece in word.pieces])
        times = np.where(times > 0, times, pieces)
    same = [token_hash(part_key(word.whole)), token_hash(part_key(text))]
    return np.maximum(times, np.isin(frame.column("part"), same))
