"""Language and theme of a browser, addresses that stay on this site, and an amount in words while it is typed."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from litestar import MediaType, Request, Response, get
from litestar.datastructures import Cookie
from litestar.params import QueryParameter

from exchange.i18n import LOCALES
from exchange.pages.frame import LOCALE_COOKIE, THEME_COOKIE, Theme
from exchange.pages.typed import Unreadable, read_number
from exchange.pages.words import spelled_if_large

THEMES = ("auto", "light", "dark")
ONE_YEAR_S = 31_536_000
DEFAULT_LOCALE = "vi"


def preferred_locale(request: Request[Any, Any, Any]) -> str:
    """The cookie, else the first language of the browser that we speak, else Vietnamese."""
    chosen = request.cookies.get(LOCALE_COOKIE, "")
    if chosen in LOCALES:
        return chosen
    for part in request.headers.get("accept-language", "").split(","):
        language = part.split(";")[0].strip().lower()[:2]
        if language in LOCALES:
            return language
    return DEFAULT_LOCALE


def preferred_theme(request: Request[Any, Any, Any]) -> Theme:
    match request.cookies.get(THEME_COOKIE):
        case "light":
            return "light"
        case "dark":
            return "dark"
        case _:
            return "auto"


def path_inside(back: str) -> str:
    """The address when it stays on this site, else the start page."""
    return back if back.startswith("/") and not back.startswith(("//", "/\\")) and back.isprintable() else "/"


def preference_cookies(data: Mapping[str, str], *, secure: bool) -> list[Cookie]:
    """The cookies that keep a chosen language or theme for a year; values that we do not know set none."""
    return [
        Cookie(key=name, value=data[name], max_age=ONE_YEAR_S, samesite="lax", secure=secure)
        for name, allowed in ((LOCALE_COOKIE, LOCALES), (THEME_COOKIE, THEMES))
        if data.get(name) in allowed
    ]


@get("/amount-in-words", include_in_schema=False, opt={"public": True}, media_type=MediaType.TEXT, sync_to_thread=False)
def amount_in_words_route(
    request: Request[Any, Any, Any],
    amount: Annotated[str, QueryParameter()] = "",
    currency: Annotated[str, QueryParameter()] = "VND",
) -> Response[str]:
    """The words for what stands in an amount field, or nothing while it is small or unreadable."""
    locale = preferred_locale(request)
    try:
        text = spelled_if_large(Decimal(read_number(amount[:40], locale)), currency[:3], locale)
    except (Unreadable, ValueError):
        text = ""
    return Response(text, media_type=MediaType.TEXT)
