"""What people type the local way becomes the plain text of the wire, and nothing else does."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.pages.formats import number
from exchange.pages.typed import Unreadable, read_day, read_instant, read_number

AMOUNTS = st.decimals(min_value=0, max_value=10**12, places=6)


@pytest.mark.parametrize(
    ("text", "locale", "plain"),
    [
        ("1.250.000,5", "vi", "1250000.5"),
        ("1250000,5", "vi", "1250000.5"),
        ("24.000", "vi", "24000"),
        (" 1.000 ", "vi", "1000"),
        ("0,75", "vi", "0.75"),
        ("1,250,000.5", "en", "1250000.5"),
        ("24,000", "en", "24000"),
        ("1 250 000", "en", "1250000"),
    ],
)
def test_local_numbers_are_read(text: str, locale: str, plain: str) -> None:
    """Separators are read the way the language places them."""
    assert read_number(text, locale) == plain


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("1.5", "vi"),
        ("1,250.5", "vi"),
        ("12.50", "vi"),
        ("1,5", "en"),
        ("abc", "vi"),
        ("NaN", "en"),
        ("1e9", "en"),
        ("∞", "vi"),
        ("--1", "en"),
    ],
)
def test_ambiguous_numbers_are_refused(text: str, locale: str) -> None:
    """A separator in the wrong place never changes an amount by a thousand times."""
    with pytest.raises(Unreadable):
        read_number(text, locale)


@given(AMOUNTS, st.sampled_from(["vi", "en"]))
def test_a_number_written_for_a_reader_reads_back(value: Decimal, locale: str) -> None:
    """What a page shows can be typed back unchanged."""
    assert Decimal(read_number(number(value, locale), locale)) == value


@pytest.mark.parametrize("text", ["30/11/2026", "30-11-2026", "30.11.2026", "2026-11-30"])
def test_days_are_read_day_first(text: str) -> None:
    """A typed date is day, month, year; a date picker sends ISO 8601."""
    assert read_day(text, "vi") == "2026-11-30"


@pytest.mark.parametrize("text", ["31/02/2026", "11/30/2026", "tomorrow", "2026"])
def test_days_that_do_not_exist_are_refused(text: str) -> None:
    """An impossible date is an error, not another date."""
    with pytest.raises(Unreadable):
        read_day(text, "en")


@pytest.mark.parametrize("text", ["2026-11-30T17:00", "30/11/2026 17:00", "17:00, 30/11/2026"])
def test_instants_get_the_zone_of_the_reader(text: str) -> None:
    """A local time carries the offset of the zone it was typed in."""
    assert read_instant(text, "vi", "Asia/Ho_Chi_Minh") == "2026-11-30T17:00:00+07:00"


@pytest.mark.parametrize("text", ["2026-11-30", "30/11/2026 25:00", "17:00"])
def test_half_an_instant_is_refused(text: str) -> None:
    """A deadline needs both its day and its time."""
    with pytest.raises(Unreadable):
        read_instant(text, "en", "Asia/Ho_Chi_Minh")
