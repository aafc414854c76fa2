"""Every state that the database allows has one word and one colour."""

import re
from pathlib import Path

import pytest

from exchange.i18n import translator
from exchange.pages.environment import environment
from exchange.pages.status import STATUSES, UnknownStatus, status_of

ROOT = Path(__file__).parents[2]
# Tables whose noun has a shorter name.
NOUNS = {
    "approval_request": "approval",
    "purchase_order": "order",
    "closing_proposal": "closing",
    "webhook_endpoint": "webhook",
    "moderation_case": "case",
    "erasure_request": "erasure",
}
# What an authority says of a company is no state of ours: its words stand where it is shown.
NO_STATES = {"company_tax_status"}
TABLE = re.compile(r"CREATE TABLE (\w+) \((.*?)^\);", re.S | re.M)
CHECK = re.compile(r"\b(?:status|state) text NOT NULL[^\n]*?CHECK \((?:status|state) IN \((.*?)\)\)", re.S)


def states_in_the_schema() -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for path in sorted((ROOT / "migrations").glob("*.sql")):
        for name, body in TABLE.findall(path.read_text()):
            if name in NO_STATES:
                continue
            for states in CHECK.findall(body):
                found |= {(NOUNS.get(name, name), state) for state in re.findall(r"'(\w+)'", states)}
    return found


def test_every_state_of_the_schema_has_a_word() -> None:
    """A new state in a CHECK needs its row in the status table before a page can show it."""
    states = states_in_the_schema()
    assert len(states) > 60
    assert states - STATUSES.keys() == set()


def test_every_word_is_spoken_in_vietnamese() -> None:
    """No status falls back to English for a Vietnamese reader."""
    words = translator("vi")
    assert [key for key, row in STATUSES.items() if words.pgettext(key[0], row.word) == row.word] == []


@pytest.mark.parametrize(
    ("noun", "state", "english", "vietnamese"),
    [
        ("rfq", "deadline_passed", "Deadline passed", "Hết hạn nhận báo giá"),
        ("quote", "needs_confirmation", "Needs confirming again", "Cần xác nhận lại"),
        ("quote", "lost", "Not selected", "Không được chọn"),
        ("order", "confirmed", "Confirmed", "Đã xác nhận đơn"),
        ("delivery_line", "accepted", "Goods accepted", "Đã nghiệm thu"),
        ("instalment", "held", "Paid into protection", "Đã nộp tiền bảo đảm"),
        ("instalment", "settled", "Paid out", "Đã thanh toán"),
    ],
)
def test_binding_words(noun: str, state: str, english: str, vietnamese: str) -> None:
    """The words that the product fixes are used as fixed."""
    word = status_of(noun, state).word
    assert (word, translator("vi").pgettext(noun, word)) == (english, vietnamese)


def test_every_tone_has_its_colours() -> None:
    """A tone without a rule in the stylesheet would be invisible."""
    css = (ROOT / "exchange/pages/static/app.css").read_text()
    assert {row.tone for row in STATUSES.values()} <= set(re.findall(r"^\.is-(\w+) \{ --bg", css, re.M))


def test_an_unknown_state_is_an_error() -> None:
    """A page never shows a state without a word."""
    with pytest.raises(UnknownStatus):
        status_of("order", "nearly_done")


def test_icons_used_by_templates_are_in_the_sprite() -> None:
    """A misspelled icon would draw nothing."""
    folder = ROOT / "exchange"
    sprite = set(re.findall(r'symbol id="([\w-]+)"', (folder / "pages/static/vendor/icons.svg").read_text()))
    used: dict[str, str] = {}
    for path in folder.rglob("templates/**/*.html"):
        used |= dict.fromkeys(re.findall(r'icon\("([\w-]+)"\)', path.read_text()), path.name)
    assert len(used) > 10
    assert {name: where for name, where in used.items() if name not in sprite} == {}
    assert environment().globals["icon"] is not None
