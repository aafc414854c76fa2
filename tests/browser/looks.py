"""How a page is looked at: language, width and theme, and a browser context that has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Literal

from playwright.async_api import Browser, BrowserContext

from exchange.demo.actor import Actor

HEIGHTS = {390: 844, 1280: 800}


@dataclass(frozen=True)
class Look:
    """One way to see a page."""

    locale: Literal["vi", "en"]
    width: Literal[390, 1280]
    theme: Literal["light", "dark"]

    @property
    def name(self) -> str:
        return f"{self.locale}-{self.width}-{self.theme}"


EVERY_LOOK = tuple(Look(*parts) for parts in product(("vi", "en"), (390, 1280), ("light", "dark")))
QUICK_LOOKS = (Look("vi", 390, "dark"), Look("en", 1280, "light"))


async def session_of(url: str, email: str, password: str) -> dict[str, str]:
    """The cookies of somebody who has just signed in."""
    actor = Actor(url, email)
    try:
        await actor.sign_in(email, password)
        return actor.cookies
    finally:
        await actor.close()


async def context_of(browser: Browser, url: str, look: Look, cookies: Mapping[str, str] | None = None) -> BrowserContext:
    """A fresh profile of somebody with these cookies who has chosen this language and theme."""
    context = await browser.new_context(
        base_url=url,
        viewport={"width": look.width, "height": HEIGHTS[look.width]},
        color_scheme=look.theme,
        locale="vi-VN" if look.locale == "vi" else "en-GB",
        timezone_id="Asia/Ho_Chi_Minh",
        has_touch=look.width < 800,
        reduced_motion="reduce",
    )
    chosen = {"locale": look.locale, "theme": look.theme, **(cookies or {})}
    await context.add_cookies([{"name": name, "value": value, "url": url} for name, value in chosen.items()])
    return context
