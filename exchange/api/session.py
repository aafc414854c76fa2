"""Signing in and out over the API, and who acts."""

from typing import Final
from uuid import UUID

from litestar import Response, Router, delete, get, post
from litestar.params import FromPath, JSONBody

from exchange.domain.identity import factor, second_step, service, sessions, stepping_up
from exchange.domain.identity.factor import Vault
from exchange.domain.identity.model import SignedIn
from exchange.domain.identity.view import me_view
from exchange.errors import Forbidden, NotFound
from exchange.pages.cookies import session_cookie
from exchange.pages.device import recognised
from exchange.web import WebRequest, client_address, ctx, deps, session_token
from schemas.identity import (
    FactorBegunView,
    FactorProof,
    FactorView,
    MeView,
    RecoveryCodesView,
    SessionView,
    SetLocale,
    SignIn,
    SignInCode,
    StepUp,
    SwitchCompany,
)

USER_AGENT: Final = "user-agent"


@post("/session", status_code=201, summary="Sign in")
async def sign_in(request: WebRequest, data: JSONBody[SignIn]) -> Response[MeView]:
    """Sets the session cookie. Partner systems use API keys instead.

    401 `second-factor-required` carries `data.challenge` for a person who has a second factor: POST it with a code to
    /session/code.
    """
    parts = deps(request)
    signed_in = await service.sign_in(
        parts.db,
        parts.passwords,
        Vault(parts.settings.secret),
        data,
        address=client_address(request),
        agent=request.headers.get(USER_AGENT, ""),
        old_token=session_token(request),
    )
    return await entered(request, signed_in)


@post("/session/code", status_code=201, summary="Sign in: the second step")
async def sign_in_code(request: WebRequest, data: JSONBody[SignInCode]) -> Response[MeView]:
    """With a code of the person's device or a recovery code, each of which counts once. Sets the session cookie."""
    parts = deps(request)
    signed_in = await second_step.sign_in_with_code(
        parts.db,
        Vault(parts.settings.secret),
        data,
        address=client_address(request),
        agent=request.headers.get(USER_AGENT, ""),
        old_token=session_token(request),
    )
    return await entered(request, signed_in)


async def entered(request: WebRequest, signed_in: SignedIn) -> Response[MeView]:
    """The new session's cookie, who acts in it, and the mark of the device it was made on."""
    parts = deps(request)
    acting = await parts.access.session(signed_in.token)
    assert acting is not None, "a session just made is found"
    async with parts.db.tx(acting, "any") as tx:
        view = me_view(acting, await service.me(tx))
    answer = Response(view, status_code=201, cookies=[session_cookie(request, signed_in.token, signed_in.lifetime_s)])
    return await recognised(request, signed_in, answer)


@get("/session/second-factor", summary="Whether signing in asks for a code")
async def second_factor(request: WebRequest) -> FactorView:
    async with deps(request).db.read(ctx(request)) as tx:
        found = await factor.state(tx)
    return FactorView(on=found.on, recovery_codes_left=found.recovery_codes_left)


@post("/session/second-factor", status_code=201, summary="A new key for a device that makes codes")
async def begin_second_factor(request: WebRequest) -> FactorBegunView:
    """It counts once it is confirmed with a code; asking again before that replaces it."""
    parts = deps(request)
    async with parts.db.tx(ctx(request), "any") as tx:
        uri = await factor.begin(tx, Vault(parts.settings.secret))
    return FactorBegunView(key=factor.key_of(uri), uri=uri)


@post("/session/second-factor/confirm", status_code=201, summary="Switch the second step of signing in on")
async def confirm_second_factor(request: WebRequest, data: JSONBody[FactorProof]) -> Response[RecoveryCodesView]:
    """With the password and the device's first code. The recovery codes are in this answer only.

    All other sessions of the person end, and this one gets a new cookie.
    """
    parts = deps(request)
    vault = Vault(parts.settings.secret)
    acting, token = ctx(request), session_token(request) or ""
    codes, proved = await second_step.confirm(parts.db, parts.passwords, vault, acting, data.password, data.code, token=token)
    parts.access.forget_person(acting.person)
    cookie = session_cookie(request, proved.token, proved.lifetime_s)
    return Response(RecoveryCodesView(codes=codes), status_code=201, cookies=[cookie])


@post("/session/second-factor/off", status_code=204, summary="Switch the second step of signing in off")
async def second_factor_off(request: WebRequest, data: JSONBody[FactorProof]) -> None:
    """With the password and a code."""
    parts = deps(request)
    vault = Vault(parts.settings.secret)
    await second_step.switch_off(parts.db, parts.passwords, vault, ctx(request), data.password, data.code)


@get("/session", summary="Who acts, for whom, with which rights")
async def who(request: WebRequest) -> MeView:
    acting = ctx(request)
    async with deps(request).db.read(acting) as tx:
        return me_view(acting, await service.me(tx))


@post("/session/step-up", status_code=201, summary="Prove once more who acts")
async def step_up(request: WebRequest, data: JSONBody[StepUp]) -> Response[MeView]:
    """What cannot be taken back asks for it with 403 `step-up-required` and is possible for ten minutes, as after signing in.

    With a second factor a code is needed (422 `code-needed`), else the password. The session gets a new cookie. An API key
    can prove nothing.
    """
    parts = deps(request)
    acting, token = ctx(request), session_token(request)
    if token is None:
        raise Forbidden(needed="a person's session")
    vault = Vault(parts.settings.secret)
    proved = await stepping_up.step_up(parts.db, parts.passwords, vault, acting, data, token=token)
    parts.access.forget(token)
    return await entered(request, proved)


@post("/session/company", status_code=201, summary="Act for another of one's companies")
async def switch_company(request: WebRequest, data: JSONBody[SwitchCompany]) -> Response[MeView]:
    """A new session for the other company; the old one is closed."""
    parts = deps(request)
    token = session_token(request)
    if token is None:
        raise NotFound(noun="session")
    signed_in = await service.switch_company(
        parts.db,
        ctx(request),
        data.company_id,
        token=token,
    )
    parts.access.forget(token)
    return await entered(request, signed_in)


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


@get("/sessions", summary="Where the acting person is signed in")
async def list_sessions(request: WebRequest) -> tuple[SessionView, ...]:
    """Newest first."""
    async with deps(request).db.read(ctx(request)) as tx:
        found = await sessions.listed(tx, session_token(request))
    return tuple(
        SessionView(
            id=item.id,
            created_at=item.created_at,
            expires_at=item.expires_at,
            address=item.address,
            browser=item.browser,
            current=item.current,
        )
        for item in found
    )


@post("/sessions/{session_id:uuid}/end", status_code=204, summary="Sign out somewhere else")
async def end_session(request: WebRequest, session_id: FromPath[UUID]) -> None:
    """It opens nothing any more, everywhere within ten seconds."""
    acting = ctx(request)
    async with deps(request).db.tx(acting, "any") as tx:
        await sessions.end(tx, session_id)
    deps(request).access.forget_person(acting.person)


@post("/sessions/end-others", status_code=204, summary="Sign out everywhere else")
async def end_other_sessions(request: WebRequest) -> None:
    """All sessions of the acting person but this one."""
    acting = ctx(request)
    async with deps(request).db.tx(acting, "any") as tx:
        await sessions.end_others(tx, session_token(request) or "")
    deps(request).access.forget_person(acting.person)


ROUTES = Router(
    "",
    route_handlers=[
        sign_in,
        sign_in_code,
        who,
        step_up,
        switch_company,
        set_locale,
        sign_out,
        second_factor,
        begin_second_factor,
        confirm_second_factor,
        second_factor_off,
        list_sessions,
        end_session,
        end_other_sessions,
    ],
    tags=["people"],
)
