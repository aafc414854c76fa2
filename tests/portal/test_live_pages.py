"""An open page hears what its company may know, in the order of the record, and misses nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from exchange.ctx import Ctx
from exchange.domain.history.place import write_place
from exchange.ids import new_id
from tests.portal.browser import browser
from tests.portal.test_inbox_pages import tell
from tests.world import Site


@asynccontextmanager
async def following(site: Site) -> AsyncIterator[None]:
    """The process's reader of the record."""
    task = asyncio.create_task(site.deps.live.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def happen(site: Site, ctx: Ctx, position: int) -> str:
    """A placed event about the company; the topic under which a page hears of it."""
    event = new_id()
    owner = site.world.owner
    await owner.execute(
        """INSERT INTO event (id, type, aggregate, aggregate_id, version, company_id, at, position, hash)
        VALUES ($1, 'company.edited', 'company', $2, 1, $2, market_now(), $3, sha256('x'))""",
        event, ctx.company, position,
    )  # fmt: skip
    await owner.execute(
        "INSERT INTO event_recipient (company_id, position, event_id) VALUES ($1, $2, $3)", ctx.company, position, event
    )
    return f"company:{ctx.company}"


def place(site: Site, position: int) -> str:
    """A position as it goes over the wire."""
    return write_place(position, site.deps.settings.secret)


@pytest.mark.parametrize("path", ["/live", "/api/v1/live"])
async def test_a_page_that_comes_back_is_told_what_it_missed(site: Site, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """First the inbox, then each change after the last position seen; never another company's."""
    monkeypatch.setattr("exchange.notify.live.LIFETIME_S", 1.0)
    mine = await site.world.company("Sao Mai")
    other = await site.world.company("Tân Thành")
    first = await happen(site, mine, 1)
    await happen(site, other, 2)
    third = await happen(site, mine, 3)
    await tell(site, mine)
    member = await browser(site, mine)
    async with following(site), asyncio.timeout(40):
        # The stream ends by itself after its lifetime; all of it is read.
        answer = await member.get(path, **{"last-event-id": place(site, 0)})
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [block for block in answer.text.split("\n\n") if block.startswith("id: ")]
    assert events[0] == f"id: {place(site, 0)}\nevent: inbox\ndata: 1"
    assert f"id: {place(site, 1)}\nevent: change\ndata: {first}" in events
    assert f"id: {place(site, 3)}\nevent: change\ndata: {third}" in events
    assert str(other.company) not in answer.text


async def test_a_visitor_hears_nothing(site: Site) -> None:
    """A page leads to the sign-in, the API says 401."""
    visitor = await browser(site)
    assert (await visitor.get("/live")).status_code == 303
    assert (await visitor.get("/api/v1/live")).status_code == 401
