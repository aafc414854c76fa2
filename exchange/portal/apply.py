"""A company applies for membership: one form, then the page that says what happens next."""

from dataclasses import replace
from typing import Any, Final

from litestar import Response, Router, get, post
from msgspec import structs

from exchange.domain.company import applying, service
from exchange.domain.company.model import dossier_view
from exchange.domain.identity import mail_proof
from exchange.domain.identity import service as identity
from exchange.domain.identity.factor import Vault
from exchange.domain.identity.registering import registering
from exchange.pages.choices import HOME_COUNTRY, TRADE_ROLES, countries, currencies, field_words, provinces, translated
from exchange.pages.forms import Form, blank
from exchange.pages.reading import Kinds
from exchange.portal import shell
from exchange.portal.application import asked
from exchange.portal.session import USER_AGENT, enter
from exchange.web import WebRequest, client_address, deps, maybe_ctx, request_id, session_token
from schemas.company import CompanyApply
from schemas.identity import SignIn

KINDS: Final[Kinds] = {"trade_roles": "list"}
RECEIVED: Final = "/apply/received"


async def _draw(request: WebRequest, form: Form, status: int = 200) -> Response[Any]:
    return await shell.render(
        request,
        "portal/session/apply.html",
        status=status,
        form=form,
        countries=countries(form.locale),
        provinces=provinces(HOME_COUNTRY),
        currencies=currencies(form.locale),
        trade_roles=translated(TRADE_ROLES, form.locale),
    )


@get("/apply")
async def apply_page(request: WebRequest) -> Response[Any]:
    """The form; who is signed in for a company already sees how its application stands."""
    acting = maybe_ctx(request)
    if acting is not None and not acting.operator:
        return shell.redirect(request, RECEIVED)
    form = blank((await shell.frame(request)).locale, {"country": HOME_COUNTRY, "bank": {"currency": "VND"}})
    return await _draw(request, form)


@post("/apply")
async def apply(request: WebRequest) -> Response[Any]:
    """The application, and its first person signed in. The password is asked again when something else is wrong."""
    sent = await shell.sent(request)
    prepared = replace(sent.form, typed=_completed(sent.form))

    async def again(form: Form, status: int) -> Response[Any]:
        typed = {name: values for name, values in sent.form.typed.items() if name != "owner.password"}
        return await _draw(request, replace(form, typed=typed), status)

    async def do(command: CompanyApply) -> Response[Any]:
        parts = deps(request)
        applying.check(command)
        acting = applying.application_ctx(request_id=request_id(request), locale=command.owner.locale)
        async with registering(parts.db, client_address(request)):
            password_hash = await parts.passwords.hash(command.owner.password)
            async with parts.db.tx(acting, "any") as tx:
                await applying.apply(tx, command, password_hash)
                await mail_proof.ask(tx, parts.settings.secret, "verify", command.owner.email)
        signed_in = await identity.sign_in(
            parts.db,
            parts.passwords,
            Vault(parts.settings.secret),
            SignIn(command.owner.email, command.owner.password),
            address=client_address(request),
            agent=request.headers.get(USER_AGENT, ""),
            old_token=session_token(request),
        )
        return enter(request, signed_in, RECEIVED)

    return await shell.submitted(structs.replace(sent, form=prepared), CompanyApply, KINDS, do, again)


def _completed(form: Form) -> dict[str, list[str]]:
    """What the form leaves unsaid: abroad the region is the country, and mails come in the language of the page."""
    typed = dict(form.typed)
    if form.value("country") != HOME_COUNTRY:
        typed["region"] = [form.value("country")]
    typed["owner.locale"] = [form.locale]
    return typed


@get(RECEIVED)
async def received(request: WebRequest) -> Response[Any]:
    """How the application stands and what happens next."""
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        found = await service.dossier(tx, acting.company)
        changes = await asked(tx, acting.company)
    return await shell.render(
        request, "portal/session/received.html", file=dossier_view(found), changes=changes, words=field_words(acting.locale)
    )


ROUTES: Final = Router("", route_handlers=[apply_page, apply, received])
