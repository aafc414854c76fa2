"""How written words become comparable."""

import math

from matching.text import document_tokens, fold, part_key, query_parts, query_words, rarity, words_of


def test_vietnamese_marks_do_not_matter() -> None:
    """Text typed without marks finds text written with them, đ included."""
    assert fold("Máy tính ĐỎ, Đồng") == "may tinh do, dong"


def test_trade_marks_separate_words() -> None:
    """A trade mark sign between two words does not glue them together."""
    assert [word.whole for word in words_of("Intel® Core™2 Duo")] == ["intel", "core", "2", "duo"]


def test_part_numbers_stay_whole_and_fall_apart() -> None:
    """A part number is found whole and by the pieces between its punctuation."""
    assert set(document_tokens('HP dv7-1211ea (17")', "")) == {"hp", "dv7-1211ea", "dv7", "1211ea", "17"}


def test_a_part_number_is_the_same_with_and_without_punctuation() -> None:
    """Buyers leave out dashes, dots and spaces."""
    assert part_key("006-R 903.21") == part_key("006r90321")
    assert "006r90321" in query_parts("Xerox 006R-90321")


def test_plural_finds_singular() -> None:
    """Toners are found by toner, and glass is not cut."""
    assert [word.whole for word in query_words("toners glass gas 12s")] == ["toner", "glass", "gas", "12s"]


def test_small_words_are_left_out_unless_alone() -> None:
    """ "toner for HP" asks for two words; "for" alone asks for itself."""
    assert [word.whole for word in query_words("toner for HP")] == ["toner", "hp"]
    assert [word.whole for word in query_words("for")] == ["for"]


def test_rarity_is_the_rounded_down_logarithm() -> None:
    """The integer logarithm agrees with the real one to its last digit."""
    for documents, containing in [(1, 0), (1, 1), (10, 3), (19_406, 1), (19_406, 19_406), (10**6, 17)]:
        exact = 1_024 * math.log2((documents + 1) / (containing + 0.5))
        assert math.floor(exact + 1e-6) - 1 <= rarity(documents, containing) <= math.floor(exact + 1e-6)
