"""Somebody at a browser of their own, who finds things by the words on the page, in either language."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from playwright.async_api import Browser, BrowserContext, FilePayload, Locator, Page, expect

from exchange.i18n.catalogue import translator
from tests.browser.looks import Look, context_of
from tests.browser.watch import Watch

# A loaded machine is slow; nothing waits as long when it works.
PATIENCE_MS = 20_000
# What has been examined by look, whoever looked: the same page in the same state is examined once.
SEEN: dict[str, set[str]] = {}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


class Visitor:
    """One tab. Each page is examined when it is first seen in a state; what is wrong is collected in `problems`."""

    def __init__(self, name: str, context: BrowserContext, page: Page, url: str, look: Look, seen: set[str]) -> None:
        self.name = name
        self.page = page
        self.problems: list[str] = []
        self.clicks = 0
        self._context = context
        self._url = url
        self._locale = look.locale
        self._words = translator(look.locale)
        self._watch = Watch(page, url)
        self._seen = seen
        page.set_default_timeout(PATIENCE_MS)

    @classmethod
    async def arrive(cls, browser: Browser, url: str, name: str, look: Look, seen: set[str]) -> "Visitor":
        """`seen` is shared by everybody of a story: what one has examined, another need not."""
        context = await context_of(browser, url, look)
        return cls(name, context, await context.new_page(), url, look, seen)

    async def close(self) -> None:
        await self._context.close()

    def say(self, text: str, /, **data: object) -> str:
        """A sentence of the product in the language of this person."""
        return self._words.gettext(text) % data if data else self._words.gettext(text)

    def status(self, noun: str, word: str) -> str:
        """The word for a state of a noun."""
        return self._words.pgettext(noun, word)

    def amount(self, number: int) -> str:
        """A whole number as this person writes it: 1.234.567 or 1,234,567."""
        return f"{number:,}".replace(",", "." if self._locale == "vi" else ",")

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self._url)

    # -- going and looking

    async def go(self, path: str) -> None:
        await self.page.goto(path, wait_until="load")
        await self._arrived()

    async def follow(self, label: str) -> None:
        """A link by its words."""
        await self._navigate(self._main.get_by_role("link", name=self._pattern(label)).first)

    async def follow_in(self, part: Locator, label: str) -> None:
        """A link by its words within a part of the page."""
        await self._navigate(part.get_by_role("link", name=self._pattern(label)).first)

    async def open(self, text: str) -> None:
        """What a list or queue shows under this text, by its link."""
        await self._navigate(self._main.get_by_role("link").filter(has_text=text).first)

    async def press(self, label: str, inside: Locator | None = None, *, also: Mapping[str, str] | None = None) -> None:
        """A button by its words; when it asks for confirmation, `also` fills the fields of the dialog, then yes."""
        words = self._pattern(label)
        button = (inside or self._main).get_by_role("button", name=words).first
        if await button.get_attribute("aria-haspopup") != "dialog":
            await self._navigate(button)
            return
        self.clicks += 1
        await button.click()
        dialog = self.page.locator("dialog:popover-open")
        await expect(dialog).to_be_visible()
        for field, value in (also or {}).items():
            await dialog.get_by_label(_labelled(self.say(field))).fill(value)
        await self._navigate(dialog.get_by_role("button", name=words))

    def row(self, text: str) -> Locator:
        """The row of a table that shows this text."""
        return self._main.locator("tr").filter(has_text=text).first

    async def number_of(self) -> str:
        """The human number in the head of a detail page."""
        return (await self._main.locator(".detail-head .number").first.inner_text()).strip()

    async def sees(self, text: str, /, **data: object) -> None:
        """The words are on the page, now or as soon as it has followed what happened elsewhere."""
        await expect(self._main.get_by_text(self.say(text, **data)).first).to_be_visible(timeout=PATIENCE_MS)

    async def shows(self, text: str) -> bool:
        """Whether the words are there at this moment."""
        return await self._main.get_by_text(text).count() > 0

    async def sees_invoice(self, word: str) -> None:
        """An invoice in this state in the list of an order's invoices."""
        await expect(self._main.locator("#invoices .status", has_text=self.status("invoice", word)).first).to_be_visible()

    async def download(self, label: str, begins: bytes) -> bool:
        """What a link gives as a file."""
        link = self._main.get_by_role("link", name=self._pattern(label)).first
        answer = await self._context.request.get(str(await link.get_attribute("href")))
        return answer.ok and (await answer.body()).startswith(begins)

    async def sees_status(self, noun: str, word: str) -> None:
        """The badge in the head of a detail page; it changes by itself when the deal moves."""
        badge = self._main.locator(".detail-head .status").filter(
            has_text=re.compile(rf"^\s*{re.escape(self.status(noun, word))}\s*$")
        )
        await expect(badge.first).to_be_visible(timeout=PATIENCE_MS)
        await self._arrived()

    # -- forms

    async def fill(self, label: str, value: str, *, context: str = "") -> None:
        """A text field by its label; `context` tells words apart that English writes alike."""
        await self._field(label, context).fill(value)

    async def choose(self, label: str, value: str) -> None:
        """One of a list, by its stored value."""
        await self._field(label).select_option(value)

    async def tick(self, label: str) -> None:
        """A checkbox or one of several radio buttons, by the words that its label begins with."""
        await self.tick_beginning(self.say(label))

    async def tick_beginning(self, text: str) -> None:
        """One of several radio buttons whose label begins with a mark that is no sentence, e.g. stars."""
        await self._main.get_by_label(re.compile(rf"^\s*{re.escape(text)}")).first.check()

    async def attach(self, label: str, name: str, content: bytes, media_type: str, *, context: str = "") -> None:
        payload: FilePayload = {"name": name, "mimeType": media_type, "buffer": content}
        await self._field(label, context).set_input_files(payload)

    async def unfold(self, one: str, many: str = "", count: int = 1) -> None:
        """Opens a folded part of a page, by the words of its summary."""
        said = self._words.ngettext(one, many, count) if many else self.say(one)
        summary = self._main.locator("summary").filter(has_text=re.compile(_anything_in_places(said)))
        await summary.first.wait_for()
        if await summary.first.evaluate("(one) => !one.parentElement.open"):
            await summary.first.click()

    async def sign_in(self, email: str, password: str) -> None:
        await self.go("/sign-in")
        await self.fill("E-mail", email)
        await self.fill("Password", password)
        await self.press("Sign in")

    @property
    def _main(self) -> Locator:
        return self.page.locator("main")

    def _field(self, label: str, context: str = "") -> Locator:
        words = self._words.pgettext(context, label) if context else self.say(label)
        return self._main.get_by_label(_labelled(words)).first

    def _pattern(self, label: str) -> re.Pattern[str]:
        """The words of a link or button with anything in their places, perhaps followed by a key or by what it is for."""
        return re.compile(rf"^\s*{_anything_in_places(self.say(label))}(?!\w).*$", re.DOTALL)

    async def _navigate(self, target: Locator) -> None:
        self.clicks += 1
        async with self.page.expect_navigation(wait_until="load", timeout=PATIENCE_MS):
            await target.click()
        await self._arrived()

    async def _arrived(self) -> None:
        """Examine the page, once for each state in which somebody of the story sees it."""
        where = UUID.sub("one", self.path.partition("?")[0].partition("#")[0])
        states = await self._main.locator(".detail-head .status").all_inner_texts()
        key = f"{where} {' '.join(states)}"
        found = await self._watch.overflow()
        if key not in self._seen:
            self._seen.add(key)
            found += await self._watch.axe()
        found += self._watch.take().problems
        self.problems += [f"{self.name} at {where}: {problem}" for problem in found]
        wrong = await self._main.locator("#summary").all_inner_texts()
        assert not wrong, f"{self.name} at {where}: {wrong}"


class Cast:
    """The people of a story who look at one exchange in one way; closed together."""

    def __init__(self, browser: Browser, url: str, look: Look) -> None:
        self._browser = browser
        self._url = url
        self.look = look
        self._seen = SEEN.setdefault(look.name, set())
        self._people: list[Visitor] = []

    async def __aenter__(self) -> "Cast":
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None:
            await self._keep_pictures()
        for person in self._people:
            await person.close()

    async def visitor(self, name: str) -> Visitor:
        """Somebody nobody knows yet."""
        person = await Visitor.arrive(self._browser, self._url, name, self.look, self._seen)
        self._people.append(person)
        return person

    async def person(self, name: str, email: str, password: str) -> Visitor:
        """Somebody who has signed in."""
        person = await self.visitor(name)
        await person.sign_in(email, password)
        return person

    @property
    def problems(self) -> list[str]:
        """What was wrong on any page that anybody saw."""
        return [problem for person in self._people for problem in person.problems]

    async def _keep_pictures(self) -> None:
        """What everybody saw last, for whoever looks into a failure."""
        folder = Path("test-results")
        folder.mkdir(exist_ok=True)
        for person in self._people:
            name = f"{self.look.name}-{person.name}".replace(" ", "_")
            await person.page.screenshot(path=folder / f"{name}.png", full_page=True)


def _anything_in_places(said: str) -> str:
    """A pattern for a sentence whose %(name)s may be anything."""
    return re.sub(r"%\\\(\w+\\\)s", ".+", re.escape(said))


def _labelled(words: str) -> re.Pattern[str]:
    """A field's label, perhaps with "(optional)" behind it."""
    return re.compile(rf"^\s*{re.escape(words)}(\s*\(.*\))?\s*$")
