"""Coming in and going out: sign-in, language and theme, the acting company, and the application of a company."""

from typing import Any, Final

from litestar import Response, Router, get, post
from litestar.response import Redirect

from exchange.ctx import Ctx
from exchange.domain.identity import second_step, service
from exchange.domain.identity.factor import Vault
from exchange.domain.identity.model import SignedIn
from exchange.domain.identity.refusals import (
    ChallengeOver,
    FactorUnreadable,
    LockedOut,
    SecondFactorRequired,
    WrongCode,
    WrongCredentials,
)
from exchange.errors import NotFound
from exchange.i18n import LOCALES, translator
from exchange.pages.choices import MEMBER_ROLES, translated
from exchange.pages.cookies import session_cookie
from exchange.pages.device import recognised
from exchange.pages.forms import Form, blank
from exchange.pages.frame import LOCALE_COOKIE, THEME_COOKIE
from exchange.pages.preferences import path_inside, preference_cookies
from exchange.pages.reading import InvalidForm, read
from exchange.pages.saying import say
from exchange.portal import shell
from exchange.web import WebRequest, client_address, deps, maybe_ctx, session_token
from schemas.identity import SignIn, SignInCode, SwitchCompany

LANDING: Final = "/"
OPERATOR_LANDING: Final = "/operator"
USER_AGENT: Final = "user-agent"


def wanted_page(request: WebRequest, given: str) -> str:
    """Where the person wanted to go: a page of ours, and not the one they stand on."""
    wanted = path_inside(given)
    return LANDING if wanted.partition("?")[0] in (shell.SIGN_IN, "/sign-out", "/apply") else wanted


@get("/sign-in")
async def sign_in_page(request: WebRequest) -> Response[Any]:
    """Who is signed in goes on at once."""
    wanted = wanted_page(request, request.query_params.get("next", LANDING))
    acting = maybe_ctx(request)
    if acting is not None and acting.scopes is None:
        return shell.redirect(request, OPERATOR_LANDING if acting.operator and wanted == LANDING else wanted)
    return await _page(request, blank((await shell.frame(request)).locale), wanted)


async def _page(request: WebRequest, form: Form, wanted: str, status: int = 200) -> Response[Any]:
    return await shell.render(request, "portal/session/sign_in.html", status=status, form=form, next=wanted)


@post("/sign-in")
async def sign_in(request: WebRequest) -> Response[Any]:
    """A new session; the e-mail stays in the form when the password was wrong, the password never does."""
    sent = await shell.sent(request)
    wanted = wanted_page(request, sent.value("next"))
    typed = {name: values for name, values in sent.form.typed.items() if name in ("email", "password")}
    given = Form(sent.form.locale, typed)
    kept = Form(sent.form.locale, {name: values for name, values in typed.items() if name == "email"})
    try:
        command = read(given, SignIn, {})
    except InvalidForm as problem:
        return await _page(request, kept.with_errors(problem.form.errors), wanted, 422)
    parts = deps(request)
    try:
        signed_in = await service.sign_in(
            parts.db,
            parts.passwords,
            Vault(parts.settings.secret),
            command,
            address=client_address(request),
            agent=request.headers.get(USER_AGENT, ""),
            old_token=session_token(request),
        )
    except (WrongCredentials, LockedOut) as error:
        return await _page(request, kept.with_errors({"": say(error, kept.locale).text}), wanted, error.status)
    except SecondFactorRequired as error:
        return await _code_page(request, blank(kept.locale), str(error.data["challenge"]), wanted)
    to = OPERATOR_LANDING if signed_in.operator and wanted == LANDING else wanted
    return await recognised(request, signed_in, enter(request, signed_in, to))


async def _code_page(request: WebRequest, form: Form, challenge: str, wanted: str, status: int = 200) -> Response[Any]:
    template = "portal/session/code.html"
    return await shell.render(request, template, status=status, form=form, challenge=challenge, next=wanted)


@post("/sign-in/code")
async def sign_in_code(request: WebRequest) -> Response[Any]:
    """The second step: a code of the device or a recovery code. When it took too long, from the beginning."""
    sent = await shell.sent(request)
    wanted = wanted_page(request, sent.value("next"))
    challenge = sent.value("challenge")
    empty = blank(sent.form.locale)
    typed = {name: values for name, values in sent.form.typed.items() if name in ("challenge", "code")}
    parts = deps(request)
    try:
        signed_in = await second_step.sign_in_with_code(
            parts.db,
            Vault(parts.settings.secret),
            read(Form(sent.form.locale, typed), SignInCode, {}),
            address=client_address(request),
            agent=request.headers.get(USER_AGENT, ""),
            old_token=session_token(request),
        )
    except InvalidForm as problem:
        return await _code_page(request, empty.with_errors(problem.form.errors), challenge, wanted, 422)
    except (WrongCode, FactorUnreadable, LockedOut) as error:
        wrong = empty.with_errors({"code": say(error, empty.locale).text})
        return await _code_page(request, wrong, challenge, wanted, error.status)
    except ChallengeOver as error:
        return await _page(request, empty.with_errors({"": say(error, empty.locale).text}), wanted, error.status)
    to = OPERATOR_LANDING if signed_in.operator and wanted == LANDING else wanted
    return await recognised(request, signed_in, enter(request, signed_in, to))


def enter(request: WebRequest, signed_in: SignedIn, to: str, said: str = "") -> Response[Any]:
    """Go on as the person who has just signed in."""
    response = shell.redirect(request, to, said)
    response.set_cookie(session_cookie(request, signed_in.token, signed_in.lifetime_s))
    return response


@post("/sign-out")
async def sign_out(request: WebRequest) -> Response[Any]:
    """Ends the session, here and in the database."""
    token = session_token(request)
    if token is not None:
        await service.sign_out(deps(request).db, token)
        deps(request).access.forget(token)
    response = shell.redirect(request, shell.SIGN_IN, shell.words(request)("You are signed out."))
    response.set_cookie(session_cookie(request, "", 0))
    return response


@post("/preferences")
async def preferences(request: WebRequest) -> Response[Any]:
    """Language and theme of this browser; the language also of the person's mails."""
    sent = await shell.sent(request)
    chosen = {name: sent.value(name) for name in (LOCALE_COOKIE, THEME_COOKIE)}
    cookies = preference_cookies(chosen, secure=deps(request).settings.secure)
    acting = maybe_ctx(request)
    locale = sent.value(LOCALE_COOKIE)
    if acting is not None and acting.scopes is None and locale in LOCALES:
        async with deps(request).db.tx(acting, "any") as tx:
            await service.set_locale(tx, "vi" if locale == "vi" else "en")
        token = session_token(request)
        if token is not None:
            deps(request).access.forget(token)
    return Redirect(path_inside(sent.value("back") or LANDING), status_code=303, cookies=cookies)


@post("/switch-company")
async def switch_company(request: WebRequest) -> Response[Any]:
    """A new session for the other company, beginning at its home page."""
    acting = shell.signed_in(request)
    sent = await shell.sent(request)
    token = session_token(request)
    try:
        command = read(Form(acting.locale, {"company_id": [sent.value("company")]}), SwitchCompany, {})
    except InvalidForm:
        raise NotFound(noun="company") from None
    if token is None:
        raise NotFound(noun="session")
    signed_in = await service.switch_company(
        deps(request).db,
        acting,
        command.company_id,
        token=token,
    )
    deps(request).access.forget(token)
    now_acting = await deps(request).access.session(signed_in.token)
    name = now_acting.company_name if isinstance(now_acting, Ctx) else ""
    said = translator(acting.locale).gettext("You now act for %(company)s.") % {"company": name}
    return enter(request, signed_in, LANDING, said)


@get("/account")
async def account(request: WebRequest) -> Response[Any]:
    """Who I am here, and how I leave."""
    acting = shell.signed_in(request)
    roles = [text for code, text in translated(MEMBER_ROLES, acting.locale) if code in acting.roles]
    return await shell.render(request, "account.html", roles=roles, verified=acting.verified)


ROUTES: Final = Router("", route_handlers=[sign_in_page, sign_in, sign_in_code, sign_out, preferences, switch_company, account])
