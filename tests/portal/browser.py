"""A browser without JavaScript: opens pages of the application in process, reads their forms, fills and sends them."""

from html.parser import HTMLParser
from typing import Any

import httpx2

from exchange.ctx import Ctx
from tests.world import Site

Files = dict[str, tuple[str, bytes, str]]


class Form:
    """One form of a page: where it goes and what stands in its fields."""

    def __init__(self, action: str, method: str) -> None:
        self.action = action
        self.method = method
        self.fields: list[tuple[str, str]] = []

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key == name]

    def value(self, name: str) -> str:
        return self.values(name)[-1] if self.values(name) else ""


class _Forms(HTMLParser):
    """Collects the forms of a page with the values that a browser would send."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._textarea: tuple[str, list[str]] | None = None
        self._select: tuple[str, list[tuple[str, bool]]] | None = None
        self._template = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "template":
            self._template += 1
        elif tag == "form":
            self._open = Form(given.get("action", ""), given.get("method", "get"))
            self.forms.append(self._open)
        elif self._open is None or self._template:
            return
        elif tag == "input" and given.get("type") not in ("submit", "file"):
            ticking = given.get("type") in ("checkbox", "radio")
            if given.get("name") and ("checked" in given or not ticking):
                self._open.fields.append((given["name"], given.get("value", "on" if ticking else "")))
        elif tag == "textarea":
            self._textarea = (given.get("name", ""), [])
        elif tag == "select":
            self._select = (given.get("name", ""), [])
        elif tag == "option" and self._select is not None:
            self._select[1].append((given.get("value", ""), "selected" in given))

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self._textarea[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self._template -= 1
        elif tag == "form":
            self._open = None
        elif tag == "textarea" and self._textarea is not None and self._open is not None:
            self._open.fields.append((self._textarea[0], "".join(self._textarea[1]).removeprefix("\n")))
            self._textarea = None
        elif tag == "select" and self._select is not None and self._open is not None:
            options = self._select[1]
            chosen = [value for value, selected in options if selected] or [value for value, _ in options[:1]]
            self._open.fields += [(self._select[0], value) for value in chosen]
            self._select = None


def forms(html: str) -> list[Form]:
    parser = _Forms()
    parser.feed(html)
    return parser.forms


def form(html: str, action: str) -> Form:
    """The form of a page that goes to an address."""
    found = [item for item in forms(html) if item.action == action]
    assert found, f"no form to {action}; there are {[item.action for item in forms(html)]}"
    return found[0]


class Browser:
    """Somebody's browser, or a visitor's."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client

    async def get(self, path: str, **headers: str) -> httpx2.Response:
        return await self.client.get(path, headers=headers)

    async def see(self, path: str) -> str:
        """The HTML of a page that must answer."""
        answer = await self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.headers.get("location"), answer.text[-1500:])
        return answer.text

    async def send(
        self, page: str, action: str, files: Files | None = None, html: str | None = None, **typed: Any
    ) -> httpx2.Response:
        """Open `page`, fill its form to `action` with `typed` (`a__b` is the field a.b; a list ticks several) and send it."""
        found = form(html if html is not None else await self.see(page), action)
        given = {name.replace("__", "."): value for name, value in typed.items()}
        pairs = [(name, value) for name, value in found.fields if name not in given]
        for name, value in given.items():
            pairs += [(name, str(item)) for item in (value if isinstance(value, list | tuple) else [value])]
        data: dict[str, list[str]] = {}
        for name, text in pairs:
            data.setdefault(name, []).append(text)
        return await self.client.post(action, data=data, files=files)

    async def follow(self, answer: httpx2.Response) -> str:
        """The HTML of the page that a redirect leads to."""
        assert answer.status_code == 303, (answer.status_code, answer.text[-1500:])
        return await self.see(answer.headers["location"])


async def browser(site: Site, ctx: Ctx | None = None, locale: str = "en") -> Browser:
    """A browser signed in as `ctx`, with a language chosen."""
    client = await site.client(ctx)
    client.cookies.set("locale", locale)
    return Browser(client)
