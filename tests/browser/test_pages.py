"""Every page of portal and console as real people of the sample market see it: a dark Vietnamese phone, a light English desk."""

import asyncpg
from playwright.async_api import Browser

from exchange.market.fill.cast import PASSWORD
from tests.browser.looks import QUICK_LOOKS
from tests.browser.places import NOT_PAGES, PLACES, UNKNOWN
from tests.browser.routes import pages
from tests.browser.visit import Tour, addresses, prepare, shared_out
from tests.live_stack import LiveStack


def test_every_page_is_in_the_table() -> None:
    """A new page without a row, and a row without a page, are noticed here."""
    assert {place.route for place in PLACES if place.route != UNKNOWN} | set(NOT_PAGES) == pages()


async def test_every_page_is_sound(sample_market: LiveStack, browser: Browser) -> None:
    """No serious axe finding, quiet console, nothing from another host, no overflow, under 200 kB: on every page."""
    await prepare(sample_market.stack.url, PASSWORD)
    owner = await asyncpg.connect(sample_market.stack.database_url("exchange_owner"))
    try:
        found = await addresses(owner)
    finally:
        await owner.close()
    tour = Tour(browser, sample_market.stack.url, PASSWORD)
    for look, share in zip(QUICK_LOOKS, shared_out(found, len(QUICK_LOOKS)), strict=True):
        await tour.take(share, [look])
    wrong = [f"{visit.look} {visit.slug}: {problem}" for visit in tour.visits for problem in visit.problems]
    assert not wrong, "\n".join(wrong)
    seen = {(visit.look, visit.route) for visit in tour.visits}
    assert seen == {(look.name, place.route) for look in QUICK_LOOKS for place in PLACES}
