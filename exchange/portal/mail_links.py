"""What links of e-mails lead to: a proved address, a new password, second factors that stay; and asking for one."""

from typing import Any, Final

from litestar import Response, Router, get, post

from exchange.domain.identity import lost_factor, mail_proof
from exchange.domain.identity.refusals import LinkOver, LockedOut
from exchange.errors import DomainError
from exchange.pages.forms import Form, blank
from exchange.pages.reading import InvalidForm, read
from exchange.pages.saying import say
from exchange.portal import shell
from exchange.web import WebRequest, client_address, deps
from schemas.identity import MailAsked, MailConfirm, PasswordNew

ASK: Final = "/reset"
NEW: Final = "/reset/new"
VERIFY: Final = "/verify"
STOP: Final = "/second-factor/stop"


async def _asking(request: WebRequest, form: Form, status: int = 200, *, asked: bool = False) -> Response[Any]:
    return await shell.render(request, "portal/session/reset.html", status=status, form=form, asked=asked)


@get(ASK)
async def ask_page(request: WebRequest) -> Response[Any]:
    """Who has lost the password."""
    return await _asking(request, blank((await shell.frame(request)).locale))


@post(ASK)
async def ask(request: WebRequest) -> Response[Any]:
    """The same page for everybody: it does not tell whether somebody has this address."""
    sent = await shell.sent(request)
    form = Form(sent.form.locale, {"email": [sent.value("email")]})
    parts = deps(request)
    try:
        command = read(form, MailAsked, {})
        await mail_proof.ask_reset(parts.db, parts.settings.secret, command.email, address=client_address(request))
    except InvalidForm as problem:
        return await _asking(request, problem.form, 422)
    except LockedOut as error:
        return await _asking(request, form.with_errors({"": say(error, form.locale).text}), error.status)
    return await _asking(request, form, asked=True)


async def _setting(request: WebRequest, form: Form, token: str, status: int = 200) -> Response[Any]:
    return await shell.render(request, "portal/session/new_password.html", status=status, form=form, token=token)


@get(NEW)
async def new_page(request: WebRequest) -> Response[Any]:
    """What the link leads to; it counts when the new password is sent."""
    return await _setting(request, blank((await shell.frame(request)).locale), request.query_params.get("token", ""))


@post(NEW)
async def set_new(request: WebRequest) -> Response[Any]:
    """The new password; then one signs in with it. The password never comes back."""
    sent = await shell.sent(request)
    token, empty = sent.value("token"), blank(sent.form.locale)
    typed = {"token": [token], "password": [sent.value("password")]}
    parts = deps(request)
    try:
        command = read(Form(sent.form.locale, typed), PasswordNew, {})
        parts.access.forget_person(await mail_proof.reset(parts.db, parts.passwords, command.token, command.password))
    except InvalidForm as problem:
        return await _setting(request, empty.with_errors(problem.form.errors), token, 422)
    except LinkOver as error:
        return await _asking(request, empty.with_errors({"": say(error, empty.locale).text}), error.status)
    return shell.redirect(request, shell.SIGN_IN, shell.words(request)("The new password counts. Sign in with it."))


async def _verifying(request: WebRequest, form: Form, token: str, status: int = 200) -> Response[Any]:
    return await shell.render(request, "portal/session/verify.html", status=status, form=form, token=token)


@get(VERIFY)
async def verify_page(request: WebRequest) -> Response[Any]:
    """A button: mail programs open links by themselves."""
    return await _verifying(request, blank((await shell.frame(request)).locale), request.query_params.get("token", ""))


@post(VERIFY)
async def verify(request: WebRequest) -> Response[Any]:
    """The address is the person's own from now on."""
    sent = await shell.sent(request)
    empty, token = blank(sent.form.locale), sent.value("token")
    parts = deps(request)
    try:
        command = read(Form(sent.form.locale, {"token": [token]}), MailConfirm, {})
        parts.access.forget_person(await mail_proof.verify(parts.db, command.token))
    except InvalidForm as problem:
        return await _verifying(request, empty.with_errors(problem.form.errors), token, 422)
    except LinkOver as error:
        return await _verifying(request, empty.with_errors({"": say(error, empty.locale).text}), token, error.status)
    return shell.redirect(request, "/", shell.words(request)("Your e-mail address is confirmed."))


async def _stopping(request: WebRequest, form: Form, token: str, status: int = 200) -> Response[Any]:
    return await shell.render(request, "portal/session/stop_removal.html", status=status, form=form, token=token)


@get(STOP)
async def stop_page(request: WebRequest) -> Response[Any]:
    """A button, as mail programs open links by themselves."""
    return await _stopping(request, blank((await shell.frame(request)).locale), request.query_params.get("token", ""))


@post(STOP)
async def stop(request: WebRequest) -> Response[Any]:
    """The person has not lost the second factors: they stay."""
    sent = await shell.sent(request)
    empty, token = blank(sent.form.locale), sent.value("token")
    try:
        command = read(Form(sent.form.locale, {"token": [token]}), MailConfirm, {})
        await lost_factor.stop(deps(request).db, command.token)
    except InvalidForm as problem:
        return await _stopping(request, empty.with_errors(problem.form.errors), token, 422)
    except LinkOver as error:
        return await _stopping(request, empty.with_errors({"": say(error, empty.locale).text}), token, error.status)
    return shell.redirect(request, shell.SIGN_IN, shell.words(request)("Stopped. Your second factors stay."))


@post("/account/verify")
async def ask_again(request: WebRequest) -> Response[Any]:
    """Another link to one's own address."""
    acting = shell.signed_in(request)
    await shell.sent(request)
    parts = deps(request)
    try:
        await mail_proof.ask_verification(parts.db, parts.settings.secret, acting)
    except DomainError as error:
        return shell.redirect(request, "/account", say(error, acting.locale).line(), "bad")
    return shell.redirect(request, "/account", shell.words(request)("The e-mail is on its way."))


ROUTES: Final = Router("", route_handlers=[ask_page, ask, new_page, set_new, verify_page, verify, stop_page, stop, ask_again])
