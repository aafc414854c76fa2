"""The page for a person whom the gate refused before any handler was asked: what to do, and nothing typed is lost.

Made of the request's headers alone, for the gate also speaks while the database is away.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from exchange.asgi import Receive, Scope
from exchange.errors import BodyTooSlow
from exchange.i18n import LOCALES, N_, translator
from exchange.pages import environment
from exchange.pages.frame import LOCALE_COOKIE, THEME_COOKIE, Frame, Theme
from exchange.pages.preferences import DEFAULT_LOCALE, path_inside
from exchange.problems import Problem
from exchange.web import CTX_KEY, NONCE_KEY

# A form of this size is shown again; what is larger is not read for somebody whom the gate refused.
KEPT_MOST: Final = 200_000
FIELDS_MOST: Final = 2_000
FORM: Final = b"application/x-www-form-urlencoded"
SAFE: Final = ("GET", "HEAD")
# Refused for now: the same request may be sent again. Any other form is not offered for sending.
KEPT_AT: Final = (401, 429, 503)
# status -> (title, what to do). Others say what the problem itself says.
SAID: Final[Mapping[int, tuple[str, str]]] = {
    401: (
        N_("You are not signed in any more"),
        N_("Nothing was sent. Sign in in a new tab, then come back here and send again."),
    ),
    403: (
        N_("This request came from another site"),
        N_("For your safety nothing was done. Open the page on the exchange itself and send it from there."),
    ),
    429: (N_("Too many requests in a short time"), N_("Nothing was done. Wait a minute, then try again.")),
    503: (N_("Not available for a moment"), N_("Nothing was done. Wait a few seconds, then try again.")),
}


async def page(scope: Scope, receive: Receive, problem: Problem) -> bytes:
    """The page, with the form that was sent as far as it can be kept."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    cookies = _cookies(headers)
    locale = _locale(scope, headers, cookies)
    say = translator(locale).gettext
    title, detail = SAID.get(problem.status, (problem.title, problem.detail))
    sending = scope["method"] not in SAFE
    kept = await _kept(headers, receive) if sending and problem.status in KEPT_AT else None
    theme: Theme = "light" if cookies.get(THEME_COOKIE) == "light" else "dark" if cookies.get(THEME_COOKIE) == "dark" else "auto"
    path: str = scope["path"]
    frame = Frame(
        locale=locale, now=datetime.now(UTC), area="public", path=path, theme=theme, nonce=str(scope.get(NONCE_KEY, ""))
    )
    context = {
        "code": problem.status,
        "heading": say(title),
        "text": say(detail),
        "again": "" if sending else _address(scope),
        "form_action": _address(scope),
        "kept": kept,
        "lost": sending and kept is None and problem.status in KEPT_AT,
        "back": _came_from(headers),
    }
    return environment.render("refused.html", frame, context).encode()


def _cookies(headers: Mapping[bytes, bytes]) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(headers.get(b"cookie", b"").decode("latin-1")).items()}
    except CookieError:
        return {}


def _locale(scope: Scope, headers: Mapping[bytes, bytes], cookies: Mapping[str, str]) -> str:
    """The language chosen in this browser, else the person's own, else the first of the browser that we speak."""
    acting = scope.get(CTX_KEY)
    wanted = [cookies.get(LOCALE_COOKIE, ""), "" if acting is None else str(acting.locale)]
    wanted += [part.split(";")[0].strip()[:2] for part in headers.get(b"accept-language", b"").decode("latin-1").split(",")]
    return next((name for name in wanted if name in LOCALES), DEFAULT_LOCALE)


def _address(scope: Scope) -> str:
    query = bytes(scope.get("query_string", b"")).decode("latin-1")
    return "/" + str(scope["path"]).lstrip("/") + (f"?{query}" if query else "")


def _came_from(headers: Mapping[bytes, bytes]) -> str:
    """The page of ours that held the form, else the start page."""
    parts = urlsplit(headers.get(b"referer", b"").decode("latin-1"))
    if parts.netloc.encode() != headers.get(b"host", b""):
        return "/"
    return path_inside(parts.path + (f"?{parts.query}" if parts.query else ""))


async def _kept(headers: Mapping[bytes, bytes], receive: Receive) -> list[tuple[str, str]] | None:
    """The fields that were sent, without passwords; None for a form with files, and for one that is too large to keep."""
    if headers.get(b"content-type", b"").split(b";")[0].strip().lower() != FORM:
        return None
    body = b""
    while True:
        try:
            message = await receive()
        except BodyTooSlow:
            return None
        body += message.get("body", b"")
        if message["type"] != "http.request" or len(body) > KEPT_MOST:
            return None
        if not message.get("more_body", False):
            break
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS_MOST)
    except ValueError:
        return None
    return [(name, value) for name, value in pairs if "password" not in name]
