"""The catalogue is complete: every event is somebody's news or known to be nobody's, in both languages, with a page."""

import re
from pathlib import Path
from typing import get_args
from uuid import UUID

import pytest

import exchange
from exchange.domain.access_log.model import What
from exchange.domain.permission import MEMBER
from exchange.i18n import translator
from exchange.notify.catalogue import TELLINGS, UNTOLD, telling, tellings
from exchange.notify.inbox import render
from exchange.notify.telling import PAGES, Telling
from exchange.reactions import QUIET
from tests.rules.product import lifecycles

PLACE = re.compile(r"%\((\w+)\)s")
LITERAL = re.compile(r'"([a-z_]+)\.([a-z_]+)"')
NOUNS = {event.partition(".")[0] for event in {row.event for row in TELLINGS} | UNTOLD | QUIET}


def recorded() -> set[str]:
    """Every type of event that the product records: of its lifecycles, and whatever domain and jobs call by such a name."""
    root = Path(exchange.__file__).parent
    texts = [path.read_text(encoding="utf-8") for part in ("domain", "jobs") for path in (root / part).rglob("*.py")]
    named = {f"{noun}.{what}" for text in texts for noun, what in LITERAL.findall(text) if noun in NOUNS}
    return (named - MEMBER.keys() - set(get_args(What))) | {
        step.event for life in lifecycles() for step in life.transitions if step.event
    }


def test_every_event_is_told_or_known_to_be_nobodys_news() -> None:
    """A new event needs a row of the catalogue, or a place among those that nobody is told of."""
    assert recorded() - {row.event for row in TELLINGS} - UNTOLD - QUIET == set()


def test_nothing_is_both_told_and_untold() -> None:
    """The two lists contradict each other nowhere."""
    assert {row.event for row in TELLINGS} & (UNTOLD | QUIET) == set()


def test_a_stored_notification_finds_its_row() -> None:
    """Event, side and state name one row."""
    keys = [(row.event, row.to, row.state) for row in TELLINGS]
    assert len(set(keys)) == len(keys)
    for row in TELLINGS:
        assert telling(row.event, row.to, row.state) == row
        assert row in tellings(row.event, row.state)


@pytest.mark.parametrize("row", TELLINGS, ids=lambda row: f"{row.event}-{row.to}-{row.state}")
def test_a_row_speaks_both_languages_and_leads_to_a_page(row: Telling) -> None:
    """A translation that differs, the same places in it, and a link whose ids the row's data can fill."""
    say = translator("vi").gettext
    for text in (row.subject, row.text):
        assert say(text) != text
        assert PLACE.findall(say(text)) == PLACE.findall(text)
        assert set(PLACE.findall(text)) <= {"number"}
    data = {"to": row.to, "number": "PO-1", "rfq_id": "1", "order_id": "2", "contract_id": "3", "thread_id": "4"}
    if row.state:
        data["state"] = row.state
    words = render(row.event, UUID(int=4), data, "vi")
    assert "%" not in words.subject + words.link
    assert words.link.startswith("/")
    assert row.page in PAGES
    assert not words.link.endswith("/")


def test_a_notification_of_an_older_release_is_still_shown() -> None:
    """What no row speaks of any more has a plain subject and leads to the inbox."""
    words = render("thing.forgotten", UUID(int=4), {"to": "buyer"}, "en")
    assert words.subject == "Something happened: thing.forgotten"
    assert words.link == "/inbox"
