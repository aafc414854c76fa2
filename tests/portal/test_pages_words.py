"""Amounts in words are right in both languages, as a chief accountant reads them."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.pages.words import amount_in_words, integer_in_english, integer_in_vietnamese


@pytest.mark.parametrize(
    ("number", "spelled"),
    [
        (0, "không"),
        (4, "bốn"),
        (10, "mười"),
        (11, "mười một"),
        (14, "mười bốn"),
        (15, "mười lăm"),
        (21, "hai mươi mốt"),
        (24, "hai mươi tư"),
        (25, "hai mươi lăm"),
        (90, "chín mươi"),
        (101, "một trăm linh một"),
        (105, "một trăm linh năm"),
        (110, "một trăm mười"),
        (115, "một trăm mười lăm"),
        (1_000, "một nghìn"),
        (1_005, "một nghìn không trăm linh năm"),
        (1_050, "một nghìn không trăm năm mươi"),
        (1_000_000, "một triệu"),
        (2_000_005, "hai triệu không trăm linh năm"),
        (1_005_000, "một triệu không trăm linh năm nghìn"),
        (431_354_595, "bốn trăm ba mươi mốt triệu ba trăm năm mươi tư nghìn năm trăm chín mươi lăm"),
        (1_200_000_000, "một tỷ hai trăm triệu"),
        (1_250_000_000_000, "một nghìn hai trăm năm mươi tỷ"),
        (3_000_000_000_000_000, "ba triệu tỷ"),
    ],
)
def test_vietnamese_numbers(number: int, spelled: str) -> None:
    """Linh, mốt, tư, lăm and spoken empty hundreds stand where invoices have them."""
    assert integer_in_vietnamese(number) == spelled


@pytest.mark.parametrize(
    ("number", "spelled"),
    [
        (0, "zero"),
        (13, "thirteen"),
        (42, "forty-two"),
        (100, "one hundred"),
        (1_001, "one thousand one"),
        (1_200_000_000, "one billion two hundred million"),
        (999_999, "nine hundred ninety-nine thousand nine hundred ninety-nine"),
    ],
)
def test_english_numbers(number: int, spelled: str) -> None:
    """English counts in thousands without "and"."""
    assert integer_in_english(number) == spelled


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "words"),
    [
        ("1200000000", "VND", "vi", "một tỷ hai trăm triệu đồng"),
        ("1200000000", "VND", "en", "one billion two hundred million dong"),
        ("49.95", "USD", "en", "forty-nine US dollars and 95/100"),
        ("1", "USD", "en", "one US dollar"),
        ("49.05", "USD", "vi", "bốn mươi chín đô la Mỹ và 05/100"),
        ("7.005", "KWD", "en", "seven Kuwaiti dinars and 005/1000"),
    ],
)
def test_amounts_name_their_currency(amount: str, currency: str, locale: str, words: str) -> None:
    """A fraction is written as parts of the whole unit, in as many digits as the currency has."""
    assert amount_in_words(Decimal(amount), currency, locale) == words


@pytest.mark.parametrize("amount", [Decimal(-1), Decimal(10**18)])
def test_amounts_that_cannot_be_spelled_are_refused(amount: Decimal) -> None:
    """Negative and absurd amounts raise instead of printing nonsense."""
    with pytest.raises(ValueError, match="cannot spell"):
        amount_in_words(amount, "VND", "vi")


ONES = {
    "không": 0,
    "một": 1,
    "mốt": 1,
    "hai": 2,
    "ba": 3,
    "bốn": 4,
    "tư": 4,
    "năm": 5,
    "lăm": 5,
    "sáu": 6,
    "bảy": 7,
    "tám": 8,
    "chín": 9,
}


def read_back(words: str) -> int:
    """An independent reader of Vietnamese numbers."""
    if "tỷ" in words:
        high, _, low = words.rpartition("tỷ")
        return read_back(high) * 10**9 + (read_back(low) if low.strip() else 0)
    total = group = digit = 0
    for word in words.split():
        if word in ONES:
            digit = ONES[word]
        elif word == "mười":
            group, digit = group + 10, 0
        elif word == "mươi":
            group, digit = group + digit * 10, 0
        elif word == "trăm":
            group, digit = group + digit * 100, 0
        elif word in ("nghìn", "triệu"):
            total += (group + digit) * (1_000 if word == "nghìn" else 1_000_000)
            group = digit = 0
        else:
            assert word == "linh"
    return total + group + digit


@given(st.integers(min_value=0, max_value=10**15))
def test_vietnamese_words_read_back_as_the_same_number(number: int) -> None:
    """Whatever is spelled means exactly the number it came from."""
    words = integer_in_vietnamese(number)
    assert read_back(words) == number
    assert not re.search(r"  |^ | $|mươi một\b|mươi năm\b", words)
