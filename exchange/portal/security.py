"""How one's own account is guarded: the second step of signing in, and where one is signed in."""

import contextlib
from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.domain.identity import factor, second_step, sessions
from exchange.domain.identity.factor import Vault
from exchange.errors import DomainError, NotFound
from exchange.pages.forms import Form, blank
from exchange.pages.reading import InvalidForm, read
from exchange.pages.saying import say
from exchange.pages.sending import refused
from exchange.portal import shell
from exchange.web import WebRequest, deps, session_token
from schemas.identity import FactorProof

PAGE: Final = "/account/security"


async def _draw(request: WebRequest, form: Form, status: int = 200, codes: tuple[str, ...] = ()) -> Response[Any]:
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        found = await factor.state(tx)
        places = await sessions.listed(tx, session_token(request))
        uri = await factor.begun(tx, Vault(deps(request).settings.secret))
    return await shell.render(
        request,
        "portal/session/security.html",
        status=status,
        form=form,
        factor=found,
        uri=uri,
        key="" if uri is None else factor.key_of(uri),
        codes=codes,
        sessions=places,
    )


@get("/account/security")
async def security(request: WebRequest) -> Response[Any]:
    """Whether signing in asks for a code, and how to change it."""
    return await _draw(request, blank(shell.signed_in(request).locale))


@post("/account/security/begin")
async def begin(request: WebRequest) -> Response[Any]:
    """A new key for the person's device, shown on the page."""
    acting = shell.signed_in(request)
    await shell.sent(request)
    try:
        async with deps(request).db.tx(acting, "any") as tx:
            await factor.begin(tx, Vault(deps(request).settings.secret))
    except DomainError as error:
        if error.status >= 500:
            raise
        return shell.redirect(request, PAGE, say(error, acting.locale).line(), "bad")
    return shell.redirect(request, PAGE)


@post("/account/security/confirm")
async def confirm(request: WebRequest) -> Response[Any]:
    """Switch it on; this page alone shows the recovery codes."""
    acting = shell.signed_in(request)
    sent = await shell.sent(request)
    parts = deps(request)
    try:
        given = read(sent.form, FactorProof, {})
        vault = Vault(parts.settings.secret)
        codes = await second_step.confirm(parts.db, parts.passwords, vault, acting, given.password, given.code)
    except InvalidForm as problem:
        return await _draw(request, Form(acting.locale, {}, problem.form.errors), 422)
    except DomainError as error:
        return await _draw(request, refused(blank(acting.locale), error), error.status)
    return await _draw(request, blank(acting.locale), codes=codes)


@post("/account/security/off")
async def switch_off(request: WebRequest) -> Response[Any]:
    """Switch it off, with password and code."""
    acting = shell.signed_in(request)
    sent = await shell.sent(request)
    parts = deps(request)
    try:
        given = read(sent.form, FactorProof, {})
        vault = Vault(parts.settings.secret)
        await second_step.switch_off(parts.db, parts.passwords, vault, acting, given.password, given.code)
    except InvalidForm as problem:
        return await _draw(request, Form(acting.locale, {}, problem.form.errors), 422)
    except DomainError as error:
        return await _draw(request, refused(blank(acting.locale), error), error.status)
    return shell.redirect(request, PAGE, shell.words(request)("Signing in needs the password alone again."))


@post("/account/security/sessions/{session_id:uuid}/end")
async def end_session(request: WebRequest, session_id: FromPath[UUID]) -> Response[Any]:
    """Sign out in another place; one that is over already is no error."""
    acting = shell.signed_in(request)
    await shell.sent(request)
    with contextlib.suppress(NotFound):
        async with deps(request).db.tx(acting, "any") as tx:
            await sessions.end(tx, session_id)
    deps(request).access.forget_person(acting.person)
    return shell.redirect(request, PAGE, shell.words(request)("You are signed out there."))


@post("/account/security/sessions/end-others")
async def end_others(request: WebRequest) -> Response[Any]:
    """Sign out everywhere but here."""
    acting = shell.signed_in(request)
    await shell.sent(request)
    async with deps(request).db.tx(acting, "any") as tx:
        await sessions.end_others(tx, session_token(request) or "")
    deps(request).access.forget_person(acting.person)
    return shell.redirect(request, PAGE, shell.words(request)("You are signed out everywhere else."))


ROUTES: Final = Router("", route_handlers=[security, begin, confirm, switch_off, end_session, end_others])
