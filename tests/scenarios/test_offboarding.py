"""Who leaves a company is out of it everywhere: session, key, open page and webhook, on the running exchange, by the clock."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx2

from exchange.demo.actor import Actor, until
from exchange.demo.people import colleague
from tests.scenarios.story import Story

log = logging.getLogger(__name__)
PROMISED_S = 30.0
UNAUTHENTICATED = 401


async def test_who_leaves_is_out_everywhere_within_thirty_seconds(story: Story) -> None:
    """All four worked a moment before, and were remembered; each ends within the promise, without anybody waiting for it."""
    company = await story.company("Công ty TNHH Chia Tay")
    leaving = await colleague(story.live.stack, company, "Leaving", f"leaving@{story.top}", "admin")
    me = (await leaving.get("/session"))["person_id"]
    made = await leaving.post("/keys", {"name": "ERP", "scopes": ["market.read", "event.read"]})
    system = Actor(story.live.stack.url, "system", key=made["secret"])
    hook, stays = story.hooks, story.live.partner()
    hook.secret = (await leaving.post("/webhooks", {"url": hook.url, "events": []}))["secret"]
    stays.secret = (await company.owner.post("/webhooks", {"url": stays.url, "events": []}))["secret"]
    pages = httpx2.AsyncClient(base_url=story.live.stack.url, cookies=leaving.cookies, timeout=60)
    try:
        async with pages.stream("GET", "/api/v1/live") as page:
            lines = page.aiter_lines()
            assert page.status_code == 200
            while not (await anext(lines)).startswith("event:"):
                pass
            assert (await system.status("GET", "/events"))[0] == 200
            await company.owner.post("/own/roles", {"name": "Before", "permissions": ["rfq.read"]})
            await until(count_of(hook.types, "company_role.created"), bool, "the webhook of who will leave")
            told = len(hook.genuine)
            began = time.monotonic()
            await company.owner.post(f"/own/people/{me}/end")
            async with asyncio.timeout(PROMISED_S):
                took = {
                    "session": await refused(leaving, "/session", began),
                    "key": await refused(system, "/events", began),
                    "page": await ended(lines, began),
                    "webhook": await switched_off(company.owner, hook.url, began),
                }
        await company.owner.post("/own/roles", {"name": "After", "permissions": ["rfq.read"]})
        await until(count_of(stays.types, "company_role.created"), lambda found: found >= 2, "the webhook that stays")
        assert "company_role.created" not in hook.types()[told:]
        log.info("seconds until out: %s", {name: round(seconds, 2) for name, seconds in took.items()})
        assert max(took.values()) < PROMISED_S
    finally:
        await pages.aclose()
        await system.close()
        await leaving.close()


async def refused(actor: Actor, path: str, began: float) -> float:
    """Seconds until the door is shut."""

    async def ask() -> int:
        return (await actor.status("GET", path))[0]

    await until(ask, lambda status: status == UNAUTHENTICATED, f"the end of {actor.name}")
    return time.monotonic() - began


async def ended(lines: AsyncIterator[str], began: float) -> float:
    """Seconds until the exchange closes the open page."""
    async for _ in lines:
        pass
    return time.monotonic() - began


async def switched_off(owner: Actor, url: str, began: float) -> float:
    """Seconds until the webhook is disabled."""
    await owner.until("/webhooks", lambda found: [item["status"] for item in found if item["url"] == url] == ["disabled"])
    return time.monotonic() - began


def count_of(types: Callable[[], list[str]], wanted: str) -> Callable[[], Awaitable[int]]:
    """How often a partner was told of it."""

    async def ask() -> int:
        return types().count(wanted)

    return ask
