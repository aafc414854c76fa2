"""An application that is begun, saved and sent later: register, write, send, and write again what an operator asks for."""

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from msgspec import structs

from exchange.db import Tx
from exchange.domain.company import applying, dossier, drafting, service
from exchange.domain.company.dossier import Check
from exchange.domain.company.model import Company
from exchange.domain.identity import mail_proof
from exchange.domain.identity import service as identity
from exchange.domain.identity.factor import Vault
from exchange.domain.identity.registering import registering
from exchange.domain.permission import need
from exchange.pages.choices import HOME_COUNTRY, TRADE_ROLES, countries, currencies, field_words, provinces, translated
from exchange.pages.forms import Form, blank
from exchange.pages.reading import Kinds
from exchange.portal import shell
from exchange.portal.session import USER_AGENT, enter
from exchange.web import WebRequest, client_address, deps, maybe_ctx, request_id, session_token
from schemas.application import ApplicationDraft, ApplicationStart
from schemas.company import CompanyFacts
from schemas.identity import SignIn

KINDS: Final[Kinds] = {"trade_roles": "list"}
DRAFT: Final = "/apply/draft"
RECEIVED: Final = "/apply/received"


async def asked(tx: Tx, company: UUID) -> list[Check]:
    """What an operator asked to be changed."""
    return [item for item in await dossier.checks(tx, company) if item.result == "change"]


async def _draw_start(request: WebRequest, form: Form, status: int = 200) -> Response[Any]:
    return await shell.render(request, "portal/session/start.html", status=status, form=form, countries=countries(form.locale))


@get("/apply/start")
async def start_page(request: WebRequest) -> Response[Any]:
    """Who registers gets a draft; who is signed in for a company has one, or more."""
    acting = maybe_ctx(request)
    if acting is not None and not acting.operator:
        return shell.redirect(request, RECEIVED)
    return await _draw_start(request, blank((await shell.frame(request)).locale, {"country": HOME_COUNTRY}))


@post("/apply/start")
async def start(request: WebRequest) -> Response[Any]:
    """The person and the company in draft, signed in. The password is asked again when something else is wrong."""
    sent = await shell.sent(request)
    typed = dict(sent.form.typed)
    typed["locale"] = [sent.form.locale]

    async def again(form: Form, status: int) -> Response[Any]:
        kept = {name: values for name, values in form.typed.items() if name != "password"}
        return await _draw_start(request, replace(form, typed=kept), status)

    async def do(command: ApplicationStart) -> Response[Any]:
        parts = deps(request)
        acting = applying.application_ctx(request_id=request_id(request), locale=command.locale)
        async with registering(parts.db, client_address(request)):
            password_hash = await parts.passwords.hash(command.password)
            async with parts.db.tx(acting, "any") as tx:
                await drafting.start(tx, command, password_hash)
                await mail_proof.ask(tx, parts.settings.secret, "verify", command.email)
        signed_in = await identity.sign_in(
            parts.db,
            parts.passwords,
            Vault(parts.settings.secret),
            SignIn(command.email, command.password),
            address=client_address(request),
            agent=request.headers.get(USER_AGENT, ""),
            old_token=session_token(request),
        )
        return enter(request, signed_in, DRAFT)

    return await shell.submitted(structs.replace(sent, form=replace(sent.form, typed=typed)), ApplicationStart, {}, do, again)


async def _draw(request: WebRequest, form: Form, status: int = 200) -> Response[Any]:
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        changes = await asked(tx, acting.company)
    return await shell.render(
        request,
        "portal/session/draft.html",
        status=status,
        form=form,
        changes=changes,
        words=field_words(form.locale),
        countries=countries(form.locale),
        provinces=provinces(HOME_COUNTRY),
        currencies=currencies(form.locale),
        trade_roles=translated(TRADE_ROLES, form.locale),
    )


@get(DRAFT)
async def draft_page(request: WebRequest) -> Response[Any]:
    """What is written so far; a sent application shows how it stands instead."""
    acting = shell.signed_in(request)
    need(acting, "company.write")
    async with deps(request).db.tx(acting, "any") as tx:
        found = await drafting.load(tx)
    if found.company.status not in drafting.OPEN:
        return shell.redirect(request, RECEIVED)
    return await _draw(request, blank(acting.locale, msgspec.to_builtins(found.body)))


@post(DRAFT)
async def write(request: WebRequest) -> Response[Any]:
    """Save what is written, and send it when asked to and every rule holds; either way nothing typed is lost."""
    acting = shell.signed_in(request)
    need(acting, "company.write")
    sent = await shell.sent(request)
    typed = dict(sent.form.typed)
    if sent.value("country") != HOME_COUNTRY:
        typed["region"] = [sent.value("country")]
    prepared = structs.replace(sent, form=replace(sent.form, typed=typed))

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw(request, form, status)

    async def save(body: ApplicationDraft) -> Response[Any]:
        async with deps(request).db.tx(acting, "applicant") as tx:
            await drafting.save(tx, body)
        return shell.redirect(request, DRAFT, shell.words(request)("Saved. Continue whenever you like."))

    async def send(facts: CompanyFacts) -> Response[Any]:
        async def write_all(tx: Tx) -> Company:
            return await drafting.submit(tx, facts)

        await shell.once(request, acting, prepared, write_all, service.get, standing="applicant")
        deps(request).access.forget_person(acting.person)
        return shell.redirect(request, RECEIVED)

    saved = await shell.submitted(prepared, ApplicationDraft, KINDS, save, again)
    if sent.button == "save" or (saved.status_code or 200) >= 400:
        return saved
    return await shell.submitted(prepared, CompanyFacts, KINDS, send, again)


ROUTES: Final = Router("", route_handlers=[start_page, start, draft_page, write])
