"""Visits every place of the table in several looks at once, and says what is wrong with each."""

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

import asyncpg
from playwright.async_api import Browser, Error, Page

from exchange.demo.actor import Actor
from tests.browser.looks import Look, context_of, session_of
from tests.browser.places import OWNER, PEOPLE, PLACES, Place
from tests.browser.watch import MOST_BYTES, Watch

TABS = 3
LOAD_LIMIT_MS = 20_000
TALLEST_PX = 10_000
COMPANY = """
SELECT m.company_id FROM membership AS m JOIN person AS p ON p.id = m.person_id WHERE p.email = $1 AND m.ended_at IS NULL
"""
OWNER_OF = """
SELECT p.email FROM membership AS m JOIN person AS p ON p.id = m.person_id
WHERE m.company_id = $1 AND 'owner' = ANY (m.roles) AND m.ended_at IS NULL ORDER BY p.created_at LIMIT 1
"""
# Sends the page's own form as somebody would who filled in nothing: the browser's checks are off, text fields are empty.
SEND_EMPTY = """() => {
  const form = document.querySelector('main form.form[method=post]');
  form.noValidate = true;
  for (const field of form.querySelectorAll('input, textarea'))
    if (!['hidden', 'checkbox', 'radio', 'submit', 'button', 'file'].includes(field.type)) field.value = '';
  const buttons = [...form.querySelectorAll('button:not([type=button])')].filter((one) => one.name !== '_rows');
  form.requestSubmit(buttons.find((one) => one.classList.contains('btn-primary')) ?? buttons.at(-1));
}"""


@dataclass(frozen=True)
class Address:
    """One page as one person opens it. `variant` tells pages of one route apart, mostly by the state of what they show."""

    place: Place
    email: str
    path: str
    variant: str

    @property
    def slug(self) -> str:
        """A file name: where it is, what is shown and who looks."""
        where = re.sub(r"\{\w+\}", "one", self.place.route).strip("/").replace("/", ".") or "home"
        said = "-".join(part for part in (where, self.variant, self.place.who) if part)
        return said.replace(" ", "_").replace("'", "")


@dataclass
class Visit:
    """What one visit found. `bytes` is all that came over the wire for a first visit."""

    slug: str
    route: str
    path: str
    look: str
    problems: list[str] = field(default_factory=list)
    bytes: int = 0
    paint_ms: float = 0


Said = Callable[[Visit], None]


async def prepare(url: str, password: str) -> None:
    """What only a page makes and no API: files that a seller uploaded for an import, one in order and one with mistakes."""
    good = {
        "title": "Thùng carton 5 lớp 60 × 40 × 40 cm",
        "category": "other",
        "unit": "C62",
        "currency": "VND",
        "tiers": [{"min_quantity": "100", "price": "18500"}],
        "vat_code": "VN10",
        "lead_time_days": 3,
        "ship_from": "VN-SG",
        "regions": ["VN"],
        "terms": {"payment": "direct_after_acceptance"},
    }
    bad = {**good, "lead_time_days": -1, "currency": "ĐỒNG"}
    seller = Actor(url, "seller")
    try:
        await seller.sign_in(PEOPLE["seller"], password)
        await seller.upload("import", "good.jsonl", json.dumps(good).encode())
        await seller.upload("import", "bad.jsonl", json.dumps(bad).encode())
    finally:
        await seller.close()


class NothingToShow(Exception):
    """The market holds nothing that a place of the table could show: the table or the market must change."""


async def addresses(owner: asyncpg.Connection, *, whole: bool = True) -> list[Address]:
    """The table with real ids in it. When it must be `whole`, raises NothingToShow with every place that has none."""
    found: list[Address] = []
    empty: list[str] = []
    for place in PLACES:
        if not place.find:
            found.append(Address(place, PEOPLE[place.who], place.route + place.query, place.name))
            continue
        arguments = [await owner.fetchval(COMPANY, PEOPLE[place.who])] if "$1" in place.find else []
        rows = await owner.fetch(place.find, *arguments)
        if not rows:
            empty.append(f"{place.route} for the {place.who}: {place.find}")
        for row in rows:
            email = await owner.fetchval(OWNER_OF, row["company"]) if place.who == OWNER else PEOPLE[place.who]
            path = re.sub(r"\{(\w+)\}", lambda part, row=row: str(row.get(part[1], row["id"])), place.route) + place.query
            found.append(Address(place, email, path, row["variant"]))
    if empty and whole:
        raise NothingToShow("\n".join(empty))
    return found


def shared_out(found: Sequence[Address], looks: int) -> list[list[Address]]:
    """Every place in every look, but each of its other variants (what it shows in other states, its mistakes) in one only."""
    shares: list[list[Address]] = [[] for _ in range(looks)]
    turn = 0
    for _place, group in groupby(found, key=lambda address: address.place):
        first, *others = group
        once = replace(first, place=replace(first.place, mistakes=False))
        turn += 1
        for number, share in enumerate(shares):
            share.append(first if number == turn % looks else once)
        for other in others:
            turn += 1
            shares[turn % looks].append(replace(other, place=replace(other.place, mistakes=False)))
    return shares


class Tour:
    """All visits of one run. `pictures` is where each page is kept as a PNG, None for none."""

    def __init__(self, browser: Browser, url: str, password: str, pictures: Path | None = None) -> None:
        self._browser = browser
        self._url = url
        self._password = password
        self._pictures = pictures
        self._sessions: dict[str, dict[str, str]] = {"": {}}
        self.visits: list[Visit] = []

    async def take(self, places: Sequence[Address], looks: Sequence[Look], said: Said = lambda _visit: None) -> list[Visit]:
        """Everything in every look; `said` hears each visit when it is over."""
        by_person = sorted(places, key=lambda address: address.email)
        for email in sorted({address.email for address in places if address.email}):
            self._sessions[email] = await session_of(self._url, email, self._password)
        work = [
            (look, email, list(group)) for look in looks for email, group in groupby(by_person, key=lambda address: address.email)
        ]
        # The longest first, so that no tab is busy alone at the end.
        work.sort(key=lambda item: len(item[2]))
        async with asyncio.TaskGroup() as tabs:
            for _ in range(TABS):
                tabs.create_task(self._tab(work, said))
        return self.visits

    async def _tab(self, work: list[tuple[Look, str, list[Address]]], said: Said) -> None:
        while work:
            look, email, group = work.pop()
            context = await context_of(self._browser, self._url, look, self._sessions[email])
            try:
                page = await context.new_page()
                watch = Watch(page, self._url)
                await watch.weigh()
                for address in group:
                    await self._visit(address, look, page, watch, said)
            finally:
                await context.close()

    async def _visit(self, address: Address, look: Look, page: Page, watch: Watch, said: Said) -> None:
        visit = Visit(address.slug, address.place.route, address.path, look.name)
        try:
            answer = await page.goto(address.path, wait_until="load", timeout=LOAD_LIMIT_MS)
            status = 0 if answer is None else answer.status
            if status != address.place.status:
                visit.problems.append(f"answered {status} instead of {address.place.status}")
            if page.url != self._url + address.path:
                visit.problems.append(f"led on to {page.url.removeprefix(self._url)}")
            visit.paint_ms = await watch.paint_ms()
            await self._examine(visit, page, watch)
        except Error as failure:
            visit.problems.append(f"not loaded: {failure.message}")
        self._close(visit, said)
        if address.place.mistakes and not visit.problems:
            await self._mistakes(address, look, page, watch, said)

    async def _mistakes(self, address: Address, look: Look, page: Page, watch: Watch, said: Said) -> None:
        """The same page after its form was sent with nothing in it: every error is shown."""
        visit = Visit(f"{address.slug}-mistakes", address.place.route, address.path, look.name)
        try:
            async with page.expect_navigation(wait_until="load", timeout=LOAD_LIMIT_MS) as sent:
                await page.evaluate(SEND_EMPTY)
            answer = await sent.value
            if answer is None or answer.status != 422:
                visit.problems.append(f"an empty form was answered {None if answer is None else answer.status} instead of 422")
            await self._examine(visit, page, watch)
        except Error as failure:
            visit.problems.append(f"its form could not be sent: {failure.message}")
        self._close(visit, said)

    async def _examine(self, visit: Visit, page: Page, watch: Watch) -> None:
        visit.problems += await watch.overflow()
        visit.problems += await watch.axe()
        if self._pictures is not None:
            await _picture(page, self._pictures / visit.look / f"{visit.slug}.png")
        seen = watch.take()
        visit.problems += seen.problems
        visit.bytes = seen.bytes
        if seen.bytes > MOST_BYTES:
            visit.problems.append(f"{seen.bytes} bytes for a first visit, {MOST_BYTES} are allowed")

    def _close(self, visit: Visit, said: Said) -> None:
        self.visits.append(visit)
        said(visit)


async def _picture(page: Page, path: Path) -> None:
    """All of the page at once: the window grows, so that bars that stick to its edges stand where they belong."""
    window = page.viewport_size
    assert window is not None
    path.parent.mkdir(parents=True, exist_ok=True)
    height = int(await page.evaluate("document.documentElement.scrollHeight"))
    await page.set_viewport_size({"width": window["width"], "height": max(window["height"], min(height, TALLEST_PX))})
    await page.screenshot(path=path, full_page=True, animations="disabled")
    await page.set_viewport_size(window)
