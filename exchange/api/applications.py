"""An application over several sittings, its check field by field, and the end of a membership."""

from typing import Final
from uuid import UUID

from litestar import Router, get, post, put
from litestar.params import FromPath, JSONBody

from exchange.db import Tx
from exchange.domain.company import applying, closing, dossier, drafting, review, service, suspending
from exchange.domain.company.model import Company, view
from exchange.domain.identity import mail_proof
from exchange.domain.identity.registering import registering
from exchange.domain.permission import need
from exchange.web import IdempotencyKey, WebRequest, client_address, ctx, deps, request_id
from schemas.application import ApplicationDraft, ApplicationStart, ApplicationView
from schemas.company import CompanyFacts, CompanyView
from schemas.dossier import ChecksIn, FieldCheckView, ObligationView, SuspensionView, TaxStatusIn, TaxStatusView


def application_view(draft: drafting.Draft) -> ApplicationView:
    return ApplicationView(company_id=draft.company.id, status=draft.company.status, version=draft.version, draft=draft.body)


@post("/applications", summary="Register to apply later")
async def start(request: WebRequest, data: JSONBody[ApplicationStart]) -> CompanyView:
    """A person and a company in draft. Sign in, save what is written, look around, and send the application when it is complete.

    Refused with 409 for an e-mail that is known, so sending it twice registers once.
    """
    parts = deps(request)
    acting = applying.application_ctx(request_id=request_id(request), locale=data.locale)
    async with registering(parts.db, client_address(request)):
        password_hash = await parts.passwords.hash(data.password)
        async with parts.db.tx(acting, "any") as tx:
            company = await drafting.start(tx, data, password_hash)
            await mail_proof.ask(tx, parts.settings.secret, "verify", data.email)
    return view(company)


@get("/own/application", summary="The own application as it is written so far")
async def own_application(request: WebRequest) -> ApplicationView:
    async with deps(request).db.read(ctx(request)) as tx:
        return application_view(await drafting.load(tx))


@put("/own/application", summary="Save what is written of the own application")
async def save(request: WebRequest, data: JSONBody[ApplicationDraft]) -> ApplicationView:
    """However incomplete. Possible in a draft, and while changes are asked for."""
    async with deps(request).db.tx(ctx(request), "applicant") as tx:
        return application_view(await drafting.save(tx, data))


@post("/own/application/submit", status_code=200, summary="Send the application, or the changes that were asked for")
async def submit(request: WebRequest, data: JSONBody[CompanyFacts], idempotency_key: IdempotencyKey) -> CompanyView:
    """Every rule holds now. What was changed is looked at again by an operator."""

    async def do(tx: Tx) -> Company:
        return await drafting.submit(tx, data)

    body = await request.body()
    found = await deps(request).writes.once(
        ctx(request), "own/application/submit", idempotency_key, body, do, service.get, standing="applicant", status=200
    )
    return view(found)


@get("/own/company/checks", summary="What operators say of the own dossier, field by field")
async def own_checks(request: WebRequest) -> tuple[FieldCheckView, ...]:
    acting = ctx(request)
    need(acting, "company.read")
    async with deps(request).db.read(acting) as tx:
        return dossier.views(await dossier.checks(tx, acting.company))


@get("/own/company/obligations", summary="What is still open and keeps the company from closing")
async def own_obligations(request: WebRequest) -> tuple[ObligationView, ...]:
    acting = ctx(request)
    need(acting, "company.write")
    async with deps(request).db.read(acting) as tx:
        return closing.views(await closing.obligations(tx, acting.company))


@post("/own/company/close", status_code=200, summary="End the membership")
async def close(request: WebRequest, idempotency_key: IdempotencyKey) -> CompanyView:
    """By an owner who has just proved who they are. Refused with 409 while a deal or money is open."""
    body = await request.body()
    found = await deps(request).writes.once(
        ctx(request), "own/company/close", idempotency_key, body, closing.close, service.get, standing="any", status=200
    )
    return view(found)


@get("/operator/companies/{company_id:uuid}/checks", summary="The dossier field by field")
async def checks(request: WebRequest, company_id: FromPath[UUID]) -> tuple[FieldCheckView, ...]:
    acting = ctx(request)
    need(acting, "operator.read")
    async with deps(request).db.read(acting) as tx:
        await service.get(tx, company_id)
        return dossier.views(await dossier.checks(tx, company_id))


@put("/operator/companies/{company_id:uuid}/checks", summary="Say of fields whether they are right")
async def mark(request: WebRequest, company_id: FromPath[UUID], data: JSONBody[ChecksIn]) -> tuple[FieldCheckView, ...]:
    """In review only. A field to be changed needs a note; a company is approved once every required field is right."""
    async with deps(request).db.tx(ctx(request), "any") as tx:
        return dossier.views(await dossier.mark(tx, company_id, data))


@post("/operator/companies/{company_id:uuid}/ask-changes", status_code=200, summary="Send an application back for changes")
async def ask_changes(request: WebRequest, company_id: FromPath[UUID], idempotency_key: IdempotencyKey) -> CompanyView:
    async def do(tx: Tx) -> Company:
        return await review.ask_changes(tx, company_id)

    body = await request.body()
    route = f"operator/companies/{company_id}/ask-changes"
    found = await deps(request).writes.once(
        ctx(request), route, idempotency_key, body, do, service.get, standing="any", status=200
    )
    return view(found)


@put("/operator/companies/{company_id:uuid}/tax-status", summary="Note the tax status of a company")
async def set_tax(request: WebRequest, company_id: FromPath[UUID], data: JSONBody[TaxStatusIn]) -> TaxStatusView:
    """With the day on which it was read and its source."""
    async with deps(request).db.tx(ctx(request), "any") as tx:
        found = dossier.tax_view(await dossier.set_tax(tx, company_id, data))
    assert found is not None, "it was just written"
    return found


@get("/operator/companies/{company_id:uuid}/suspension", summary="The suspension that runs, or null")
async def suspension(request: WebRequest, company_id: FromPath[UUID]) -> SuspensionView | None:
    acting = ctx(request)
    need(acting, "operator.read")
    async with deps(request).db.read(acting) as tx:
        return suspending.view(await suspending.running(tx, company_id))


ROUTES: Final = Router(
    "",
    route_handlers=[
        start,
        own_application,
        save,
        submit,
        own_checks,
        own_obligations,
        close,
        checks,
        mark,
        ask_changes,
        set_tax,
        suspension,
    ],
    tags=["people"],
)
