"""How a handler of portal or console answers: a page in its frame, or the way to another page with one sentence to show there."""

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from urllib.parse import quote, urlsplit

import msgspec
from litestar import MediaType, Response
from litestar.datastructures import Cookie
from litestar.exceptions import PermissionDeniedException
from litestar.response import Redirect
from litestar.utils.scope.state import ScopeState

from exchange.ctx import Ctx
from exchange.domain.clock import service as clock
from exchange.domain.history.place import write_place
from exchange.domain.home import service as home
from exchange.domain.home.model import Surroundings
from exchange.errors import Refusal
from exchange.i18n import LOCALES, translator
from exchange.pages import environment
from exchange.pages.frame import LOCALE_COOKIE, Area, CompanyChoice, Flash, Frame, NavGroup
from exchange.pages.preferences import path_inside, preferred_locale, preferred_theme
from exchange.pages.saying import say
from exchange.web import NONCE_KEY, WebRequest, deps, maybe_ctx

STEP_UP: Final = "/step-up"
FLASH_COOKIE: Final = "flash"
FLASH_S: Final = 60
FLASH_MOST: Final = 400
AHEAD_KEY: Final = "market_ahead"
FRAME_KEY: Final = "exchange.frame"
LIVE_KEY: Final = "exchange.live_after"
Tone = Literal["good", "info", "wait", "bad"]


class _Said(msgspec.Struct, frozen=True):
    text: str
    tone: Tone


def locale_of(request: WebRequest, ctx: Ctx | None) -> str:
    """The language chosen in this browser, else the person's own, else the first of the browser that we speak."""
    if request.cookies.get(LOCALE_COOKIE, "") in LOCALES or ctx is None:
        return preferred_locale(request)
    return ctx.locale if ctx.locale in LOCALES else preferred_locale(request)


def words(request: WebRequest) -> Callable[[str], str]:
    """gettext in the reader's language, for sentences that a handler says: ``_ = words(request)``."""
    return translator(locale_of(request, maybe_ctx(request))).gettext


def cursor(request: WebRequest) -> str | None:
    """Where this page of a list begins: `after` of its address, None at the start."""
    return request.query_params.get("after") or None


def market_now(request: WebRequest) -> datetime:
    """Market time as far as this process knows it without asking: for pages that must not need the database."""
    ahead: timedelta = request.app.state.get(AHEAD_KEY, timedelta(0))
    return datetime.now(UTC) + ahead


def sandbox(request: WebRequest) -> bool:
    return deps(request).sandbox


async def surroundings(request: WebRequest, acting: Ctx | None) -> Surroundings | None:
    """What the database says for the frame; None for a visitor, of whom only the market's time is asked."""
    parts = deps(request)
    async with parts.db.read(acting or Ctx()) as tx:
        found = None if acting is None else await home.surroundings(tx)
        now = await clock.now(tx) if found is None else found.now
    request.app.state[AHEAD_KEY] = now - datetime.now(UTC)
    return found


def build_frame(
    request: WebRequest,
    acting: Ctx | None,
    around: Surroundings | None,
    *,
    area: Area,
    navigation: tuple[NavGroup, ...] = (),
    search_action: str = "/search",
    inbox_href: str = "/inbox",
    account_href: str = "/account",
) -> Frame:
    """The frame of this request. Without `around` it shows what the session alone tells."""
    company = None
    if acting is not None and acting.company_id is not None:
        company = CompanyChoice(id=str(acting.company_id), name=acting.company_name)
    companies = () if around is None else tuple(CompanyChoice(id=str(w.company_id), name=w.name) for w in around.workplaces)
    scope: Mapping[str, Any] = request.scope
    frame = Frame(
        locale=locale_of(request, acting),
        now=market_now(request) if around is None else around.now,
        area=area,
        path=request.url.path,
        query=tuple((name, str(value)) for name, value in request.query_params.multi_items()),
        csrf_token=csrf_token(request),
        nonce=_scope(request, NONCE_KEY),
        theme=preferred_theme(request),
        person_name="" if acting is None else acting.person_name,
        person_email="" if around is None else around.email,
        company=company,
        companies=companies,
        unread=0 if around is None else around.unread,
        navigation=navigation,
        search_action=search_action,
        inbox_href=inbox_href,
        account_href=account_href,
        sandbox=deps(request).sandbox,
        flash=_flash(request),
        live_after=scope.get(LIVE_KEY),
        viewing_until=None if acting is None else acting.viewing_until,
    )
    _keep(request, frame)
    return frame


def note_position(request: WebRequest) -> None:
    """Remember how far the record is read before anything is looked up: what happens from here on reaches the page live."""
    scope: Any = request.scope  # a TypedDict without our keys
    position = deps(request).live.position
    if position is not None:
        scope.setdefault(LIVE_KEY, write_place(position, deps(request).settings.secret))


def kept_frame(request: WebRequest) -> Frame | None:
    """The frame that this request has made already, for a page about an error."""
    scope: Mapping[str, Any] = request.scope
    found: Frame | None = scope.get(FRAME_KEY)
    return found


def _keep(request: WebRequest, frame: Frame) -> None:
    scope: Any = request.scope  # a TypedDict without our keys
    scope[FRAME_KEY] = frame


def _scope(request: WebRequest, key: str) -> str:
    scope: Mapping[str, Any] = request.scope
    return str(scope.get(key, ""))


def csrf_token(request: WebRequest) -> str:
    """The token that every form of this answer carries; of a request that was refused before it got one, its cookie's."""
    token = ScopeState.from_scope(request.scope).csrf_token
    if isinstance(token, str):
        return token
    config = request.app.csrf_config
    return "" if config is None else request.cookies.get(config.cookie_name, "")


def page(
    request: WebRequest, template: str, frame: Frame, context: Mapping[str, object], *, status: int = 200, block: str = ""
) -> Response[Any]:
    """The page; to htmx only its `block`, when one is named. Never stored: the next person at this desk sees nothing."""
    if block and "hx-request" in request.headers:
        text = environment.render_block(template, block, frame, context)
    else:
        text = environment.render(template, frame, context)
    response: Response[Any] = Response(
        text, status_code=status, media_type=MediaType.HTML, headers={"cache-control": "no-store", "vary": "hx-request"}
    )
    if frame.flash is not None:
        response.set_cookie(_cookie(request, "", 0))
    return response


def redirect(request: WebRequest, to: str, said: str = "", tone: Tone = "good") -> Response[Any]:
    """Go on to a page of ours (303); `said`, in the reader's language, is shown there once."""
    cookies: list[Cookie] = []
    if said:
        raw = msgspec.json.encode(_Said(said[:FLASH_MOST], tone))
        cookies.append(_cookie(request, base64.urlsafe_b64encode(raw).decode(), FLASH_S))
    return Redirect(path_inside(to), status_code=303, cookies=cookies, headers={"cache-control": "no-store"})


def came_from(request: WebRequest) -> str:
    """The page of ours that this request comes from, else the start page."""
    parts = urlsplit(request.headers.get("referer", ""))
    if not parts.path or parts.netloc != request.headers.get("host", ""):
        return "/"
    return path_inside(parts.path + (f"?{parts.query}" if parts.query else ""))


def to_step_up(request: WebRequest) -> Response[Any]:
    """The way to the page that asks for a proof, and on from there; a form comes along and is sent again afterwards.

    A form with files cannot: it leads back to the page that held it.
    """
    query = f"?{request.url.query}" if request.url.query else ""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    kept = request.method == "POST" and kind != "multipart/form-data"
    to = request.url.path + query if kept or request.method == "GET" else came_from(request)
    # 307: the browser sends the same form there.
    address = f"{STEP_UP}?to={quote(to, safe='/')}" + ("&send=1" if kept else "")
    return Redirect(address, status_code=307 if kept else 303, headers={"cache-control": "no-store"})


def problem(
    request: WebRequest, frame: Frame, error: Exception, status: int, title: str, detail: str, request_id: str
) -> Response[Any]:
    """What went wrong as a page, in the reader's language."""
    _ = translator(frame.locale).gettext
    details: list[str] = []
    if isinstance(error, Refusal):
        said = say(error, frame.locale)
        title, detail, details = said.title, said.text, list(said.fields.values())
    elif isinstance(error, PermissionDeniedException):
        # The form's token did not fit the browser's cookie.
        title, detail = _("The form was not accepted"), _("Nothing was done. Go back, reload the page and send it again.")
    else:
        title, detail = _(title), _(detail)
    context = {
        "code": status,
        "heading": title,
        "text": detail,
        "details": details,
        "back": "/operator" if frame.area == "console" else "/",
        "request_id": request_id if status >= 500 else "",
    }
    if request.method == "POST" and status in (403, 413, 429, 503):
        # Refused before its form was read, or without being done: the way back is to the form.
        context |= {"refused": True, "back": came_from(request), "back_label": _("Back to the form")}
    response = page(request, "error.html", frame, context, status=status)
    if status in (429, 503):
        response.headers["retry-after"] = "5"
    return response


def _cookie(request: WebRequest, value: str, seconds: int) -> Cookie:
    secure = deps(request).settings.secure
    return Cookie(key=FLASH_COOKIE, value=value, max_age=seconds, path="/", httponly=True, samesite="lax", secure=secure)


def _flash(request: WebRequest) -> Flash | None:
    """The sentence that the page before left; anything else in the cookie is no sentence of ours."""
    value = request.cookies.get(FLASH_COOKIE, "")
    if not value:
        return None
    try:
        said = msgspec.json.decode(base64.urlsafe_b64decode(value), type=_Said)
    except (ValueError, msgspec.MsgspecError):
        return None
    return Flash(text=said.text[:FLASH_MOST], tone=said.tone)
