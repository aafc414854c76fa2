"""The whole queue as a new moderator meets it: two hundred mixed cases, twenty decided without touching the mouse."""

from uuid import UUID

import asyncpg
from playwright.async_api import Browser, Page

from exchange.ctx import Ctx
from exchange.db import Database
from exchange.demo.people import PASSWORD
from exchange.domain.moderation import service as moderation
from exchange.domain.moderation.model import Hit, Opening
from exchange.domain.offer import importing
from exchange.domain.offer.service import rules
from exchange.ids import new_id
from tests.browser.deal_steps import operator_email
from tests.browser.looks import QUICK_LOOKS
from tests.browser.person import Cast
from tests.scenarios.story import Story
from tests.world import offer_json

TEXTS = ("Gọi 0903 123 456", "Zalo: kho.hang", "kho@hang.example", "www.kho-hang.com", "pháo nổ loại 1")
HELD, OTHERS = 140, 20
DECISIONS = 20


async def seed(story: Story, company: UUID, person: UUID) -> None:
    """Held listings through the import, the rest through open_case as the worker: all as the product does it."""
    api = await Database.open(story.live.stack.database_url("exchange_api"), size=1)
    worker = await Database.open(story.live.stack.database_url("exchange_worker"), size=1)
    acting = Ctx(company_id=company, person_id=person, roles=frozenset({"seller"}), request_id="queue")
    listings = [
        offer_json(external_id=f"Q-{n}", title=f"Hàng số {n}", mpn=f"Q-{n}", description=TEXTS[n % len(TEXTS)])
        for n in range(HELD)
    ]
    try:
        async with api.tx(acting) as tx:
            read = [(n, importing.read_row(n, row)) for n, row in enumerate(listings)]
            good, bad = importing.prepare(await rules(tx), read)
            written = await importing.write(tx, good)
        assert (bad, {item.status for item in written}) == ([], {"in_review"})
        async with worker.system() as tx:
            hit = Hit("same_address", "", data={"other": "Công ty Khác", "found": "1"})
            for kind in ("flag", "review", "message"):
                openings = [Opening(kind=kind, object_id=new_id(), company_id=company, hits=(hit,)) for _ in range(OTHERS)]
                await moderation.open_cases(tx, openings)
    finally:
        await api.close()
        await worker.close()


async def press(page: Page, key: str) -> None:
    """A key that leads to another page."""
    async with page.expect_navigation(wait_until="load"):
        await page.keyboard.press(key)


async def test_a_moderator_decides_twenty_of_two_hundred_by_key(browser: Browser, story: Story) -> None:
    """Take, approve, refuse with a reason by its number, skip, walk the list; every decision is in the record, by this person."""
    seller = await story.company("Công ty TNHH Kho Hàng")
    owner = await asyncpg.connect(story.live.stack.database_url("exchange_owner"))
    try:
        company = UUID(seller.id)
        await seed(
            story, company, await owner.fetchval("SELECT m.person_id FROM membership AS m WHERE m.company_id = $1", company)
        )
        async with Cast(browser, story.live.stack.url, QUICK_LOOKS[-1]) as cast:
            person = await cast.person("moderator", operator_email("moderator"), PASSWORD)
            await person.go("/operator/queue?kind=offer")
            page = person.page
            for key in ("j", "j", "k", "n"):
                await press(page, key)
            await press(page, "t")
            for turn in range(DECISIONS):
                if turn % 3 == 2:
                    await page.keyboard.press("r")
                    await page.locator("#reject:popover-open").wait_for()
                    await press(page, str(1 + turn % 4))
                else:
                    await press(page, "a")
            await page.keyboard.press("?")
            await page.locator("#keys:popover-open").wait_for()
            await page.keyboard.press("Escape")
            await person.go("/operator/queue")
        assert cast.problems == []
        decided = await owner.fetch(
            """SELECT m.outcome, count(*) FROM moderation_case AS m JOIN person AS p ON p.id = m.decided_by
            WHERE p.email = $1 GROUP BY 1 ORDER BY 1""",
            operator_email("moderator"),
        )  # fmt: skip
    finally:
        await owner.close()
    refused = len([turn for turn in range(DECISIONS) if turn % 3 == 2])
    assert [tuple(row.values()) for row in decided] == [
        ("approved", DECISIONS - refused),
        ("rejected", refused),
    ]
