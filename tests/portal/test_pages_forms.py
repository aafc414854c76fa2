"""A posted form becomes a typed command, or comes back filled with every error of every field."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

import msgspec
import pytest

from exchange.pages.forms import FormTooDeep, blank, posted
from exchange.pages.reading import InvalidForm, Kinds, read
from schemas.common import Email, Quantity


class Line(msgspec.Struct, forbid_unknown_fields=True):
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=10)]
    quantity: Quantity
    unit: str = "C62"


class Place(msgspec.Struct):
    region: str


class Command(msgspec.Struct, forbid_unknown_fields=True):
    title: Annotated[str, msgspec.Meta(min_length=3)]
    due_at: datetime
    delivery: Place
    lines: Annotated[tuple[Line, ...], msgspec.Meta(min_length=1)]
    sealed: bool = True
    regions: tuple[str, ...] = ()
    contact: Email | None = None
    valid_until: date | None = None


KINDS: Kinds = {
    "due_at": "datetime",
    "valid_until": "date",
    "sealed": "boolean",
    "regions": "list",
    "lines.*.quantity": "number",
}
ROWS = {"lines": ("text", "quantity")}
GOOD = [
    ("_csrf_token", "secret"),
    ("title", "Muối i-ốt"),
    ("due_at", "2026-11-30T17:00"),
    ("delivery.region", "VN-SG"),
    ("lines.0.text", "Muối"),
    ("lines.0.quantity", "24.000,5"),
    ("lines.0.unit", "KGM"),
    ("regions", "VN-SG"),
    ("regions", "VN-HN"),
]


def test_a_good_form_becomes_its_command() -> None:
    """Nested names, rows, lists, local numbers and local times arrive typed; what is not ours stays out."""
    command = read(posted("vi", GOOD, ROWS), Command, KINDS)
    assert command == Command(
        title="Muối i-ốt",
        due_at=datetime.fromisoformat("2026-11-30T17:00:00+07:00"),
        delivery=Place(region="VN-SG"),
        lines=(Line(text="Muối", quantity="24000.5", unit="KGM"),),
        sealed=False,
        regions=("VN-SG", "VN-HN"),
    )


def test_every_error_of_every_field_comes_back_at_once() -> None:
    """One answer names all wrong fields by their paths, in the reader's language, and keeps what was typed."""
    form = posted(
        "vi",
        [
            ("title", "ab"),
            ("due_at", "soon"),
            ("lines.0.text", "a name that is too long"),
            ("lines.0.quantity", "1.5"),
            ("lines.1.text", "Muối"),
            ("contact", "nobody"),
        ],
        ROWS,
    )
    with pytest.raises(InvalidForm) as refused:
        read(form, Command, KINDS)
    back = refused.value.form
    assert set(back.errors) == {
        "title",
        "due_at",
        "delivery",
        "lines.0.text",
        "lines.0.quantity",
        "lines.1.quantity",
        "contact",
    }
    assert back.error("lines.0.quantity") == "Hãy nhập một số, ví dụ 1.250.000,5."
    assert back.error("lines.1.quantity") == "Hãy điền mục này."
    assert back.error("title") == "Hãy dùng ít nhất 3 ký tự."
    assert back.value("lines.0.quantity") == "1.5"
    assert back.value("due_at") == "soon"


def test_errors_speak_the_language_of_the_form() -> None:
    """The same mistake reads as plain English for an English reader."""
    with pytest.raises(InvalidForm) as refused:
        read(posted("en", [*GOOD, ("contact", "nobody"), ("lines.0.quantity", "0")], ROWS), Command, KINDS)
    assert refused.value.form.error("contact") == "Enter an e-mail address, such as name@company.vn."
    assert refused.value.form.error("lines.0.quantity") == "Enter a number above 0, with at most 6 decimals."


def test_fields_of_the_server_are_refused() -> None:
    """A name that the command does not have is an error and never slips through."""
    with pytest.raises(InvalidForm) as refused:
        read(posted("en", [*GOOD, ("status", "awarded"), ("lines.0.price", "1")], ROWS), Command, KINDS)
    assert {"status", "lines.0.price"} <= set(refused.value.form.errors)


def test_empty_rows_disappear_and_the_rest_is_numbered_again() -> None:
    """Gaps from removed rows and spare rows with only a preset unit do not reach the command."""
    form = posted("vi", [*GOOD, ("lines.1.unit", "KGM"), ("lines.7.text", "Tinh"), ("lines.7.quantity", "1")], ROWS)
    assert [line.text for line in read(form, Command, KINDS).lines] == ["Muối", "Tinh"]
    assert form.value("lines.1.text") == "Tinh"


def test_no_rows_is_one_error_at_the_group() -> None:
    """A list that needs an entry says so when all rows are empty."""
    with pytest.raises(InvalidForm) as refused:
        read(posted("en", [pair for pair in GOOD if not pair[0].startswith("lines")], ROWS), Command, KINDS)
    assert refused.value.form.errors == {"lines": "Fill this in."}


def test_rows_are_added_and_removed_without_javascript() -> None:
    """The buttons of a repeating group ask for a redraw that keeps every typed value."""
    added = posted("vi", [*GOOD, ("_add_row", "lines")], ROWS)
    assert (added.asks_for_rows, list(added.rows("lines"))) == (True, [0, 1])
    removed = posted("vi", [*GOOD, ("lines.1.text", "Tinh"), ("_remove_row", "lines.0")], ROWS)
    assert (removed.asks_for_rows, removed.value("lines.0.text"), list(removed.rows("lines"))) == (True, "Tinh", [0])
    assert not posted("vi", GOOD, ROWS).asks_for_rows


def test_a_form_to_edit_is_filled_the_local_way_and_reads_back_the_same() -> None:
    """What an edit form shows, posted unchanged, is the object it was made from."""
    due = datetime.fromisoformat("2026-11-30T17:00:00+07:00")
    initial = {
        "title": "Muối i-ốt",
        "due_at": due,
        "delivery": {"region": "VN-SG"},
        "valid_until": date(2026, 12, 1),
        "sealed": True,
        "regions": ["VN"],
        "lines": [{"text": "Muối", "quantity": Decimal("24000.5"), "unit": "KGM"}],
    }
    form = blank("vi", initial)
    assert form.value("lines.0.quantity") == "24.000,5"
    command = read(form, Command, KINDS)
    assert command.lines == (Line(text="Muối", quantity="24000.5", unit="KGM"),)
    assert (command.due_at, command.valid_until, command.sealed) == (due, date(2026, 12, 1), True)


@pytest.mark.parametrize("name", ["a.b.c.d.e.f.g", "lines.99999.text", "lines.500.text"])
def test_hostile_names_are_refused(name: str) -> None:
    """A name cannot build a million rows or a tower of objects."""
    with pytest.raises(FormTooDeep):
        posted("vi", [(name, "x")], ROWS)


def test_a_name_used_as_value_and_as_object_does_not_break() -> None:
    """Contradicting names give errors, not a crash."""
    with pytest.raises(InvalidForm):
        read(posted("vi", [*GOOD, ("title.0", "x"), ("lines.0.text.deep", "y")], ROWS), Command, KINDS)


def test_large_amounts_are_echoed_in_words() -> None:
    """An amount that is easy to misread is spelled out below its field; small and unreadable ones are not."""
    form = posted("vi", [("budget", "1.200.000.000"), ("small", "12.000"), ("odd", "x")])
    assert form.words_of("budget", "VND") == "Một tỷ hai trăm triệu đồng"
    assert form.words_of("small", "VND") == form.words_of("odd", "VND") == form.words_of("absent", "VND") == ""
