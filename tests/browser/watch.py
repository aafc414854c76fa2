"""What must hold on every page that a browser shows: quiet console, nothing from outside, no overflow, no serious axe finding."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import CDPSession, ConsoleMessage, Page, Request

MOST_BYTES = 200_000
# What a page that is shown already fetches to renew its parts.
LATER = ("Fetch", "XHR", "EventSource")
SERIOUS = ("serious", "critical")
# All rules of axe that can find something serious; nothing of ours needs style sheets loaded a second time.
RUN_AXE = """(serious) => {
  const minor = axe._audit.rules.filter((rule) => !serious.includes(rule.impact));
  const rules = Object.fromEntries(minor.map((rule) => [rule.id, { enabled: false }]));
  return axe.run(document, { resultTypes: ['violations'], preload: false, rules });
}"""
# What is wider than the window, innermost first; parts that scroll by themselves may be.
OVERFLOW = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const scrolls = (element) => {
    for (let at = element.parentElement; at && at !== document.body; at = at.parentElement)
      if (/(auto|scroll|hidden|clip)/.test(getComputedStyle(at).overflowX)) return true;
    return false;
  };
  const name = (element) => element.tagName.toLowerCase() + (element.id ? '#' + element.id : '')
    + [...element.classList].map((one) => '.' + one).join('');
  const wide = [...document.body.querySelectorAll('*')].filter(
    (element) => element.getBoundingClientRect().right > width + 1 && !scrolls(element));
  return [`the page is ${document.documentElement.scrollWidth} px wide`, ...wide.slice(-4).map(name)];
}"""
PAINT = """() => new Promise((resolve) => {
  new PerformanceObserver((list) => {
    const found = list.getEntriesByName('first-contentful-paint')[0];
    if (found) resolve(found.startTime);
  }).observe({ type: 'paint', buffered: true });
  setTimeout(() => resolve(0), 2000);
})"""


@dataclass
class Seen:
    """What a browser noticed since the last look."""

    problems: list[str] = field(default_factory=list)
    bytes: int = 0


class Watch:
    """Eyes on one browser tab."""

    def __init__(self, page: Page, url: str) -> None:
        self._page = page
        self._host = urlsplit(url).netloc
        self._seen = Seen()
        self._refused: set[str] = set()
        self._later: set[str] = set()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._seen.problems.append(f"script error: {error.message}"))
        page.on("request", self._request)
        page.on("response", self._response)

    async def weigh(self) -> None:
        """From now on every visit is a first visit, and its bytes are counted."""
        session: CDPSession = await self._page.context.new_cdp_session(self._page)
        await session.send("Network.enable")
        await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        session.on("Network.responseReceived", self._typed)
        session.on("Network.loadingFinished", self._finished)

    def _typed(self, event: dict[str, Any]) -> None:
        if event["type"] in LATER:
            self._later.add(event["requestId"])

    def _finished(self, event: dict[str, Any]) -> None:
        if event["requestId"] not in self._later:
            self._seen.bytes += int(event["encodedDataLength"])

    def _console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        # The browser repeats in the console that a document was answered with 4xx; whoever opened it knows.
        if message.location.get("url") not in self._refused:
            self._seen.problems.append(f"console {message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self._host:
            self._seen.problems.append(f"request to another host: {request.url}")

    def _response(self, response: Any) -> None:
        if response.status >= 500:
            self._seen.problems.append(f"{response.status} for {urlsplit(response.url).path}")
        elif response.status >= 400 and response.request.is_navigation_request():
            self._refused.add(response.url)
        elif response.status >= 400:
            self._seen.problems.append(f"{response.status} for {urlsplit(response.url).path}")

    def take(self) -> Seen:
        """What was noticed, and begin anew."""
        seen, self._seen = self._seen, Seen()
        return seen

    async def overflow(self) -> list[str]:
        found = await self._page.evaluate(OVERFLOW)
        return [f"horizontal overflow: {', '.join(found)}"] if found else []

    async def axe(self) -> list[str]:
        """Serious and critical findings on the page as it stands, each with the first places where it occurs."""
        await self._page.evaluate(AXE_SCRIPT)
        found = await self._page.evaluate(RUN_AXE, SERIOUS)
        return [
            f"axe {item['impact']} {item['id']}: {_places(item['nodes'])}"
            for item in found["violations"]
            if item["impact"] in SERIOUS
        ]

    async def paint_ms(self) -> float:
        """When the first text or picture of this page was painted, from the start of its navigation; 0 when none was."""
        return float(await self._page.evaluate(PAINT))


def _places(nodes: list[dict[str, Any]]) -> str:
    shown = [f"{' '.join(map(str, node['target']))} ({_why(node)})" for node in nodes[:3]]
    more = f" and {len(nodes) - 3} more" if len(nodes) > 3 else ""
    return "; ".join(shown) + more


def _why(node: dict[str, Any]) -> str:
    said = [check["message"] for check in [*node["any"], *node["all"], *node["none"]]]
    return said[0][:160] if said else node["html"][:160]
