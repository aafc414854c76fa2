"""Signing in and out over the API, and who acts."""

from typing import Final

from litestar import Response, Router, delete, get, post
from litestar.datastructures import Cookie
from litestar.params import JSONBody

from exchange.domain.identity import service
from exchange.domain.identity.model import me_view
from exchange.errors import NotFound
from exchange.gate import cookie_name
from exchange.web import WebRequest, client_address, ctx, deps, session_token
from schemas.identity import MeView, SetLocale, SignIn, SwitchCompany

USER_AGENT: Final = "user-agent"


def session_cookie(request: WebRequest, token: str, lifetime_s: int) -> Cookie:
    """The cookie of a session: not readable by scripts, sent to this site only."""
    settings = deps(request).settings
    return Cookie(
        key=cookie_name(settings),
        value=token,
        max_age=lifetime_s,
        path="/",
        secure=settings.secure,
        httponly=True,
        samesite="lax",
    )


@post("/session", status_code=201, summary="Sign in")
async def sign_in(request: WebRequest, data: JSONBody[SignIn]) -> Response[MeView]:
    """Sets the session cookie. Partner systems use API keys instead."""
    parts = deps(request)
    signed_in = await service.sign_in(
        parts.db,
        parts.passwords,
        data,
        address=client_address(request),
        agent=request.headers.get(USER_AGENT, ""),
        old_token=session_token(request),
    )
    acting = await parts.access.session(signed_in.token)
    assert acting is not None, "a session just made is found"
    async with parts.db.tx(acting, "any") as tx:
        view = me_view(acting, await service.me(tx))
    return Response(view, status_code=201, cookies=[session_cookie(request, signed_in.token, signed_in.lifetime_s)])


@get("/session", summary="Who acts, for whom, with which rights")
async def who(request: WebRequest) -> MeView:
    acting = ctx(request)
    async with deps(request).db.read(acting) as tx:
        return me_view(acting, await service.me(tx))


@post("/session/company", status_code=201, summary="Act for another of one's companies")
async def switch_company(request: WebRequest, data: JSONBody[SwitchCompany]) -> Response[MeView]:
    """A new session for the other company; the old one is closed."""
    parts = deps(request)
    token = session_token(request)
    if token is None:
        raise NotFound(noun="session")
    signed_in = await service.switch_company(
        parts.db, ctx(request), data.company_id, token=token, agent=request.headers.get(USER_AGENT, "")
    )
    parts.access.forget(token)
    acting = await parts.access.session(signed_in.token)
    assert acting is not None, "a session just made is found"
    async with parts.db.tx(acting, "any") as tx:
        view = me_view(acting, await service.me(tx))
    return Response(view, status_code=201, cookies=[session_cookie(request, signed_in.token, signed_in.lifetime_s)])


@post("/session/locale", status_code=204, summary="The language of screens and mails")
async def set_locale(request: WebRequest, data: JSONBody[SetLocale]) -> None:
    async with deps(request).db.tx(ctx(request), "any") as tx:
        await service.set_locale(tx, data.locale)


@delete("/session", summary="Sign out")
async def sign_out(request: WebRequest) -> Response[None]:
    """Ends the session everywhere; an API key cannot sign out."""
    token = session_token(request)
    if token is not None:
        await service.sign_out(deps(request).db, token)
        deps(request).access.forget(token)
    return Response(None, status_code=204, cookies=[session_cookie(request, "", 0)])


ROUTES = Router("", route_handlers=[sign_in, who, switch_company, set_locale, sign_out], tags=["people"])
