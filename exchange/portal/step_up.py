"""Proving once more who acts, on the way to what cannot be taken back. A form that was on its way is sent again afterwards."""

from typing import Any, Final
from urllib.parse import quote

from litestar import Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.response import Redirect

from exchange.ctx import Ctx
from exchange.domain.identity import factor, passkeys, stepping_up
from exchange.domain.identity.factor import Vault
from exchange.domain.identity.refusals import CodeNeeded, FactorUnreadable, LockedOut, PasswordNeeded, WrongCode, WrongPassword
from exchange.pages.answers import STEP_UP
from exchange.pages.cookies import session_cookie
from exchange.pages.forms import CSRF_FIELD, Form, blank
from exchange.pages.preferences import path_inside
from exchange.pages.saying import say
from exchange.portal import shell
from exchange.web import Unauthenticated, WebRequest, ctx, deps, session_token
from schemas.identity import PASSWORD_MAX, StepUp

# The field of this page's own; like all names that begin so it never reaches a command.
PROOF: Final = "_proof"
PROOF_MOST: Final = PASSWORD_MAX
Pairs = list[tuple[str, str]]


def _person(request: WebRequest) -> tuple[Ctx, str]:
    """Who acts, member or operator, and the session's token."""
    acting, token = ctx(request), session_token(request)
    if acting.scopes is not None or token is None:
        raise Unauthenticated
    return acting, token


def _to(request: WebRequest) -> tuple[str, bool]:
    """Where the person goes on to, and whether the form that came along is sent there.

    Nothing is sent for who came by a link: it would be a form that they never saw.
    """
    to = path_inside(request.query_params.get("to", "/"))
    if to.partition("?")[0] == STEP_UP:
        return "/", False
    return to, request.method == "POST" and request.query_params.get("send") == "1"


async def _draw(request: WebRequest, form: Form, kept: Pairs, status: int = 200) -> Response[Any]:
    acting, _ = _person(request)
    async with deps(request).db.tx(acting, "any") as tx:
        guarded = await factor.is_on(tx)
        keys = await passkeys.listed(tx)
    to, sends = _to(request)
    return await shell.render(
        request,
        "portal/session/step_up.html",
        status=status,
        form=form,
        guarded=guarded,
        kept=kept,
        passkeys=keys,
        next=to,
        sends=sends,
        action=f"{STEP_UP}?to={quote(to, safe='/')}" + ("&send=1" if sends else ""),
        proof=PROOF,
    )


@get(STEP_UP)
async def page(request: WebRequest) -> Response[Any]:
    """Before a page that asks for it."""
    _person(request)
    return await _draw(request, blank((await shell.frame(request)).locale), [])


@post(STEP_UP)
async def prove(request: WebRequest) -> Response[Any]:
    """The form of another page, to be kept while the person proves who they are; or the proof, which sends it on."""
    acting, token = _person(request)
    pairs = [(name, value) for name, value in (await request.form()).multi_items() if not isinstance(value, UploadFile)]
    proof = next((value for name, value in pairs if name == PROOF), None)
    # A password is written into no page.
    kept = [(name, value) for name, value in pairs if name not in (PROOF, CSRF_FIELD) and "password" not in name]
    empty = blank((await shell.frame(request)).locale)
    if proof is None:
        return await _draw(request, empty, kept)
    parts = deps(request)
    async with parts.db.tx(acting, "any") as tx:
        guarded = await factor.is_on(tx)
    given = proof[:PROOF_MOST] or None
    command = StepUp(code=given) if guarded else StepUp(password=given)
    vault = Vault(parts.settings.secret)
    try:
        proved = await stepping_up.step_up(parts.db, parts.passwords, vault, acting, command, token=token)
    except (PasswordNeeded, CodeNeeded, WrongPassword, WrongCode, FactorUnreadable, LockedOut) as error:
        return await _draw(request, empty.with_errors({PROOF: say(error, empty.locale).text}), kept, error.status)
    parts.access.forget(token)
    to, sends = _to(request)
    # 307: the browser sends the form with it, under its new session.
    response = Redirect(to, status_code=307 if sends else 303, headers={"cache-control": "no-store"})
    response.set_cookie(session_cookie(request, proved.token, proved.lifetime_s))
    return response


ROUTES: Final = Router("", route_handlers=[page, prove])
