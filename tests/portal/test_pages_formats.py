"""Money, quantities, times and deadlines read the way the reader's language writes them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from exchange.pages import formats
from exchange.pages.environment import environment
from exchange.pages.filters import deadline_text
from exchange.pages.frame import Frame

NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
SPACE = "\N{NO-BREAK SPACE}"


def draw(source: str, locale: str, **values: object) -> str:
    """A small template with the real filters."""
    return environment().from_string(source).render(frame=Frame(locale=locale, now=NOW), **values)


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "shown"),
    [
        ("1250000", "VND", "vi", f"1.250.000{SPACE}₫"),
        ("1250000", "VND", "en", "₫1,250,000"),
        ("9250.5", "VND", "vi", f"9.250,5{SPACE}₫"),
        ("49.9", "USD", "en", "$49.90"),
        ("49.950000", "USD", "en", "$49.95"),
        ("0.000125", "USD", "en", "$0.000125"),
        ("49.95", "USD", "vi", f"49,95{SPACE}US$"),
        ("1000", "JPY", "en", "¥1,000"),
        ("7.005", "KWD", "en", f"KWD{SPACE}7.005"),
        ("1E+3", "VND", "vi", f"1.000{SPACE}₫"),
    ],
)
def test_money(amount: str, currency: str, locale: str, shown: str) -> None:
    """The decimals of the currency always, more only when a price carries them, never rounded."""
    assert formats.money(Decimal(amount), currency, locale) == shown


def test_minor_units() -> None:
    """An amount in minor units is scaled by its currency."""
    assert formats.money_minor(4995, "USD", "en") == "$49.95"
    assert formats.money_minor(4995, "VND", "vi") == f"4.995{SPACE}₫"


def test_quantities_speak_the_unit() -> None:
    """A Rec 20 code becomes the word of the reader; an unknown code is shown as it is."""
    assert draw("{{ q|quantity('C62') }}", "vi", q=Decimal("1250.50")) == f"1.250,5{SPACE}cái"
    assert draw("{{ q|quantity('C62') }}", "en", q="1250") == f"1,250{SPACE}pcs"
    assert draw("{{ q|quantity('X9') }}", "en", q=3) == f"3{SPACE}X9"
    assert draw("{{ q|quantity('E51') }}", "en", q="1") == f"1{SPACE}job"
    assert draw("{{ 'E51'|per }}", "en") == f"/{SPACE}job"
    assert draw("{{ 'E51'|per }}", "vi") == f"/{SPACE}công việc"


def test_times_are_local_with_the_zone_on_hover() -> None:
    """The page shows local time; the title names weekday, seconds and zone."""
    html = draw("{{ at|datetime }}", "vi", at=NOW)
    assert ">14:30, 23/11/2026<" in html
    assert 'datetime="2026-11-23T07:30:00+00:00"' in html
    assert "Thứ Hai" in html
    assert "GMT+07:00" in html
    assert ">23 Nov 2026, 14:30<" in draw("{{ at|datetime }}", "en", at=NOW)


def test_a_day_of_an_instant_is_the_day_where_the_reader_is() -> None:
    """23:30 UTC is already the next day in Vietnam."""
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert formats.day(late, "vi") == "24/11/2026"
    assert formats.day(date(2026, 11, 23), "en") == "23 Nov 2026"


@pytest.mark.parametrize(
    ("ahead", "english", "vietnamese", "urgency"),
    [
        (timedelta(days=2, hours=4, minutes=20), "2 days 4 hours left", "còn 2 ngày 4 giờ", "calm"),
        (timedelta(days=1), "1 day left", "còn 1 ngày", "soon"),
        (timedelta(hours=3, minutes=12), "3 hours 12 minutes left", "còn 3 giờ 12 phút", "urgent"),
        (timedelta(seconds=20), "1 minute left", "còn 1 phút", "urgent"),
        (timedelta(hours=-5), "5 hours overdue", "quá hạn 5 giờ", "over"),
        (timedelta(0), "1 minute overdue", "quá hạn 1 phút", "over"),
    ],
)
def test_deadlines(ahead: timedelta, english: str, vietnamese: str, urgency: str) -> None:
    """A deadline says how long is left in its two largest units and how urgent that is."""
    assert deadline_text(NOW + ahead, NOW, "en") == english
    assert deadline_text(NOW + ahead, NOW, "vi") == vietnamese
    assert formats.urgency(NOW + ahead, NOW) == urgency
    assert f"is-{urgency}" in draw("{{ at|deadline }}", "vi", at=NOW + ahead)


def test_links_keep_the_state_of_the_list() -> None:
    """Changing one filter keeps the others, drops the cursor and escapes values; None removes."""
    frame = Frame(locale="en", now=NOW, path="/rfqs", query=(("status", "open"), ("after", "abc"), ("find", "a&b")))
    assert frame.link(sort="-due_at") == "/rfqs?status=open&find=a%26b&sort=-due_at"
    assert frame.link(status=None) == "/rfqs?find=a%26b"
    assert frame.link(after="xyz", status=None, find=None) == "/rfqs?after=xyz"
