"""Signing in at the company's own provider: there and back; and the page where the company sets it."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath
from litestar.response import Redirect

from exchange.domain.identity import provider
from exchange.domain.identity.model import Place, Provider
from exchange.domain.permission import need
from exchange.errors import DomainError
from exchange.notify.provider_calls import Calls
from exchange.pages.forms import Form, blank
from exchange.pages.preferences import path_inside, preferred_locale
from exchange.pages.reading import InvalidForm, Kinds, read
from exchange.pages.saying import say
from exchange.pages.sending import refused
from exchange.portal import shell
from exchange.portal.session import enter
from exchange.web import WebRequest, client_address, deps
from schemas.identity import ProviderIn

SETTING: Final = "/company/sign-in"
CALLBACK: Final = "/sign-in/company/callback"
HELD: Final = "provider"
USER_AGENT: Final = "user-agent"
KINDS: Final[Kinds] = {"domains": "list"}


def _held(request: WebRequest, value: str, seconds: int) -> Cookie:
    """What only the browser that began holds: a link that somebody else sends finishes nothing."""
    secure = deps(request).settings.secure
    return Cookie(key=HELD, value=value, max_age=seconds, path="/sign-in/company", httponly=True, samesite="lax", secure=secure)


def _redirect_uri(request: WebRequest) -> str:
    return deps(request).settings.public_url.rstrip("/") + CALLBACK


@get("/sign-in/company/{company_id:uuid}")
async def begin(request: WebRequest, company_id: FromPath[UUID]) -> Response[Any]:
    """To the provider of this company."""
    parts = deps(request)
    found = await provider.of_company(parts.db, company_id)
    try:
        at = await Calls(parts.settings.webhook_exempt).discover(found.issuer)
    except DomainError as error:
        return _back(request, error)
    began = await provider.begin(parts.db, company_id, path_inside(request.query_params.get("next", "/")))
    to = provider.authorization_url(at.authorization_endpoint, found.client_id, _redirect_uri(request), began)
    response = Redirect(to, status_code=303, headers={"cache-control": "no-store"})
    response.set_cookie(_held(request, began.held, int(provider.FLOW_LIFE.total_seconds())))
    return response


def _back(request: WebRequest, error: DomainError) -> Response[Any]:
    return shell.redirect(request, shell.SIGN_IN, say(error, preferred_locale(request)).line(), "bad")


@get(CALLBACK)
async def callback(request: WebRequest) -> Response[Any]:
    """From the provider: the session of the member for whom it vouches."""
    parts, query = deps(request), request.query_params
    try:
        flow = await provider.back(parts.db, query.get("state", ""), request.cookies.get(HELD, ""))
        found = await provider.of_company(parts.db, flow.company_id)
        provider.check_return(found, query.get("iss"), query.get("error"))
        secret = provider.client_secret(parts.settings.secret, found)
        calls = Calls(parts.settings.webhook_exempt)
        said = await calls.exchange(found, secret, flow, query.get("code", ""), _redirect_uri(request))
        place = Place(client_address(request), request.headers.get(USER_AGENT, ""))
        signed_in = await provider.enter(parts.db, flow.company_id, said, place=place)
    except DomainError as error:
        return _back(request, error)
    response = enter(request, signed_in, flow.to)
    response.set_cookie(_held(request, "", 0))
    return response


async def _draw(request: WebRequest, form: Form, found: Provider | None, status: int = 200) -> Response[Any]:
    acting = shell.signed_in(request)
    address = f"{deps(request).settings.public_url.rstrip('/')}/sign-in/company/{acting.company}"
    return await shell.render(
        request,
        "portal/company/sign_in.html",
        status=status,
        form=form,
        found=found,
        address=address,
        redirect=_redirect_uri(request),
    )


async def _found(request: WebRequest) -> Provider | None:
    acting = shell.signed_in(request)
    need(acting, "provider.write")
    async with deps(request).db.read(acting) as tx:
        return await provider.get(tx)


@get(SETTING)
async def setting(request: WebRequest) -> Response[Any]:
    """The provider as it is set; its secret is never shown."""
    found = await _found(request)
    typed: dict[str, Any] = {}
    if found is not None:
        typed = {"issuer": found.issuer, "client_id": found.client_id, "domains": ", ".join(found.domains)}
    return await _draw(request, blank(shell.signed_in(request).locale, typed), found)


@post(SETTING)
async def save(request: WebRequest) -> Response[Any]:
    """Set it; the secret is entered each time and never comes back."""
    acting, parts = shell.signed_in(request), deps(request)
    sent = await shell.sent(request)
    domains = [part for part in sent.value("domains").replace(",", " ").split() if part]
    kept = {name: [sent.value(name)] for name in ("issuer", "client_id", "domains")}
    given = Form(acting.locale, {**kept, "client_secret": [sent.value("client_secret")], "domains": domains})
    try:
        command = read(given, ProviderIn, KINDS)
        async with parts.db.tx(acting, "applicant") as tx:
            await provider.save(tx, parts.settings.secret, command, parts.settings.webhook_exempt)
    except InvalidForm as problem:
        return await _draw(request, Form(acting.locale, kept, problem.form.errors), await _found(request), 422)
    except DomainError as error:
        return await _draw(request, refused(Form(acting.locale, kept), error), await _found(request), error.status)
    return shell.redirect(request, SETTING, shell.words(request)("The sign-in of your company is set."))


@post(SETTING + "/remove")
async def remove(request: WebRequest) -> Response[Any]:
    """Nobody signs in there any more."""
    acting = shell.signed_in(request)
    await shell.sent(request)
    async with deps(request).db.tx(acting, "any") as tx:
        await provider.remove(tx)
    return shell.redirect(request, SETTING, shell.words(request)("The sign-in of your company is removed."))


ROUTES: Final = Router("", route_handlers=[begin, callback, setting, save, remove])
