"""Country profiles: identifiers, VAT periods, the currency of two residents and working days."""

from datetime import date
from decimal import Decimal

import pytest

from exchange.country import (
    PROFILES,
    CountryProfile,
    InvalidIdentifier,
    UnknownProfile,
    VatCodeNotValid,
    check_identifier,
    is_working_day,
    profile,
    required_currency,
    vat_code_on,
    vat_codes_on,
    vat_percent,
    working_days_after,
)

VN = profile("vn")
DEFAULT = profile("default")


@pytest.mark.parametrize("code", PROFILES)
def test_a_profile_is_read_once_and_knows_its_own_code(code: str) -> None:
    """Both profiles load, carry their own code and are the same object every time."""
    assert profile(code).code == code
    assert profile(code) is profile(code)


def test_an_unknown_profile_is_refused_by_name() -> None:
    """Asking for a profile that does not exist says which ones do."""
    with pytest.raises(UnknownProfile, match="known: vn, default"):
        profile("xx")


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 23), ["VN10", "VN8", "VN5", "VN0", "VNX"]),
        (date(2027, 1, 1), ["VN10", "VN5", "VN0", "VNX"]),
        (date(2023, 3, 1), ["VN10", "VN5", "VN0", "VNX"]),
    ],
)
def test_the_reduced_rate_exists_only_in_its_periods(day: date, expected: list[str]) -> None:
    """8 % is offered while the reduction is in force and disappears with it."""
    assert expected == [vat.code for vat in vat_codes_on(VN, day)]


def test_periods_of_one_code_never_overlap() -> None:
    """No day has two rates for the same code."""
    for country in (VN, DEFAULT):
        for first in country.vat_codes:
            for second in country.vat_codes:
                if first is not second and first.code == second.code:
                    assert not second.valid_on(first.valid_from)


@pytest.mark.parametrize(("code", "percent"), [("VN10", "10"), ("VN8", "8"), ("VN5", "5"), ("VN0", "0"), ("VNX", "0")])
def test_the_percent_of_a_code_is_exact(code: str, percent: str) -> None:
    """A percent is a decimal, taken from the period that covers the day."""
    assert Decimal(percent) == vat_percent(VN, code, date(2026, 12, 31))


def test_an_ended_code_is_refused_and_falls_back_to_what_it_reduced() -> None:
    """After the last day of 8 % a new line is refused at 8 % and a standing offer is at 10 %."""
    with pytest.raises(VatCodeNotValid) as caught:
        vat_percent(VN, "VN8", date(2027, 1, 1))
    assert ("vn", "VN8", date(2027, 1, 1)) == (caught.value.profile_code, caught.value.code, caught.value.on_date)
    assert vat_code_on(VN, "VN8", date(2027, 1, 1)) == "VN10"
    assert vat_code_on(VN, "VN8", date(2026, 12, 31)) == "VN8"
    with pytest.raises(VatCodeNotValid):
        vat_code_on(VN, "STD20", date(2026, 12, 31))


def test_two_residents_of_viet_nam_must_use_dong() -> None:
    """Đồng only between two residents; across the border, or elsewhere, they agree freely."""
    assert required_currency(VN, VN) == "VND"
    assert required_currency(VN, DEFAULT) is None
    assert required_currency(DEFAULT, DEFAULT) is None


def test_one_number_of_ten_or_thirteen_digits_is_accepted_in_viet_nam() -> None:
    """A headquarters number has 10 digits, a branch number 13, and the check digit counts."""
    assert check_identifier(VN, "tax", " 0399999004 ") == "0399999004"
    assert check_identifier(VN, "registration", "0399999004-001") == "0399999004001"
    for wrong in ("0399999005", "039999900", "", "x" * 41):
        with pytest.raises(InvalidIdentifier):
            check_identifier(VN, "tax", wrong)


def test_the_neutral_profile_takes_any_text_as_a_number() -> None:
    """Where no rule is known the number is kept as written, but not left out."""
    assert check_identifier(DEFAULT, "registration", " HRB 184213 ") == "HRB 184213"
    with pytest.raises(InvalidIdentifier):
        check_identifier(DEFAULT, "registration", "  ")


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        (date(2027, 2, 3), 0, date(2027, 2, 3)),
        (date(2027, 2, 2), 1, date(2027, 2, 3)),
        (date(2027, 2, 3), 1, date(2027, 2, 11)),
        (date(2027, 1, 29), 5, date(2027, 2, 12)),
        (date(2026, 12, 31), 1, date(2027, 1, 4)),
    ],
)
def test_working_days_leap_over_tet_2027(start: date, days: int, expected: date) -> None:
    """4 to 10 February 2027 and the weekends around them do not count."""
    assert expected == working_days_after(VN, start, days)


def test_a_weekend_day_announced_as_substitute_is_worked() -> None:
    """22 August 2026, a Saturday, is worked so that Monday 31 August is free."""
    assert is_working_day(VN, date(2026, 8, 22))
    assert not is_working_day(VN, date(2026, 8, 31))


def test_without_a_calendar_only_weekends_are_free() -> None:
    """The neutral profile counts Monday to Friday."""
    assert working_days_after(DEFAULT, date(2027, 2, 5), 1) == date(2027, 2, 8)
    with pytest.raises(ValueError, match="between 0 and"):
        working_days_after(DEFAULT, date(2027, 2, 5), -1)


@pytest.mark.parametrize("country", [VN, DEFAULT])
def test_every_document_has_both_names(country: CountryProfile) -> None:
    """A printed document can be headed in both languages, in every profile."""
    assert set(VN.documents) == set(DEFAULT.documents)
    assert VN.documents["invoice"].vi == "Hóa đơn giá trị gia tăng"
    assert all(names.en and names.vi for names in country.documents.values())
