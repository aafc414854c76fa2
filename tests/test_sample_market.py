"""The sample market on a running exchange: what every page shows, and what every operation answers.

Pages are looked at as its people see them, on a dark Vietnamese phone and a light English desk. No input that the OpenAPI
document allows, forbids or did not think of gets an answer 5xx or one that it does not describe. One file, so that one
process does both.
"""

from collections.abc import Iterator

import asyncpg
import pytest
from playwright.async_api import Browser

from exchange.market.fill.cast import PASSWORD
from tests.browser.conftest import browser as browser
from tests.browser.looks import QUICK_LOOKS
from tests.browser.places import NOT_PAGES, PLACES, UNKNOWN
from tests.browser.routes import pages
from tests.browser.visit import Tour, addresses, prepare, shared_out
from tests.fuzz.__main__ import fuzz
from tests.fuzz.fuzzing import LEFT_OUT, operations
from tests.live_stack import LiveStack

EXAMPLES = 4
SEED = 20261123


@pytest.fixture(scope="module")
def market() -> Iterator[LiveStack]:
    """A running exchange with the sample market."""
    with LiveStack(filled=True) as stack:
        yield stack


def test_every_page_is_in_the_table() -> None:
    """A new page without a row, and a row without a page, are noticed here."""
    assert {place.route for place in PLACES if place.route != UNKNOWN} | set(NOT_PAGES) == pages()


async def test_every_page_is_sound(market: LiveStack, browser: Browser) -> None:
    """No serious axe finding, quiet console, nothing from another host, no overflow, under 200 kB: on every page."""
    await prepare(market.stack.url, PASSWORD)
    owner = await asyncpg.connect(market.stack.database_url("exchange_owner"))
    try:
        found = await addresses(owner)
    finally:
        await owner.close()
    tour = Tour(browser, market.stack.url, PASSWORD)
    for look, share in zip(QUICK_LOOKS, shared_out(found, len(QUICK_LOOKS)), strict=True):
        await tour.take(share, [look])
    wrong = [f"{visit.look} {visit.slug}: {problem}" for visit in tour.visits for problem in visit.problems]
    assert not wrong, "\n".join(wrong)
    seen = {(visit.look, visit.route) for visit in tour.visits}
    assert seen == {(look.name, place.route) for look in QUICK_LOOKS for place in PLACES}


def test_every_operation_answers_as_it_is_described(market: LiveStack) -> None:
    """Right, wrong and hostile requests by a member and an operator: `python -m tests.fuzz` sends many more."""
    found, answers = fuzz(market, examples=EXAMPLES, seed=SEED)
    assert [f"{item.operation} by {item.actor}, {item.kind}: {item.what}\n{item.curl}" for item in found] == []
    assert answers[200] + answers[201] > 200, "hardly anything got through: the actors are not admitted"
    assert answers[429] == 0


def test_what_is_left_out_exists() -> None:
    """A renamed route is not forgotten among the exceptions."""
    assert LEFT_OUT.keys() <= {operation.label for operation in operations()}
