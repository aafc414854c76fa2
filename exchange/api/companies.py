"""Companies over the API: apply, profile, own file and people."""

from typing import Annotated, Final
from uuid import UUID

from litestar import Router, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter

from exchange.api.paging import DEFAULT_LIMIT, Cursor, Limit
from exchange.domain.company import applying, members, service
from exchange.domain.company import record as records
from exchange.domain.company.model import Member, dossier_view, view
from exchange.domain.identity import mail_proof
from exchange.domain.identity.registering import registering
from exchange.domain.permission import need
from exchange.web import WebRequest, client_address, ctx, deps, request_id
from schemas.common import Page
from schemas.company import (
    CompanyApply,
    CompanyEdit,
    CompanyFileView,
    CompanyRecordView,
    CompanyView,
    MemberAdd,
    MemberChange,
    MemberView,
)


def member_view(member: Member) -> MemberView:
    return MemberView(
        person_id=member.person_id,
        version=member.version,
        name=member.name,
        email=member.email,
        locale=member.locale,
        roles=member.roles,
        own_roles=member.own_roles,
    )


@post("/companies", summary="Apply as a company")
async def apply(request: WebRequest, data: JSONBody[CompanyApply]) -> CompanyView:
    """The applicant can sign in at once, look around and draft, and gets an e-mail to confirm the address.

    Publishing needs an operator's approval.

    Refused with 409 for a registration number or e-mail that is known, so sending it twice applies once.
    """
    parts = deps(request)
    acting = applying.application_ctx(request_id=request_id(request), locale=data.owner.locale)
    async with registering(parts.db, client_address(request)):
        password_hash = await parts.passwords.hash(data.owner.password)
        async with parts.db.tx(acting, "any") as tx:
            company = await applying.apply(tx, data, password_hash)
            await mail_proof.ask(tx, parts.settings.secret, "verify", data.owner.email)
    return view(company)


@get("/companies/{company_id:uuid}/record", summary="What the exchange counts of a company")
async def record(request: WebRequest, company_id: FromPath[UUID]) -> CompanyRecordView:
    """What it says it can do, finished deals, the share delivered in time (from four deliveries on) and the rating."""
    async with deps(request).db.read(ctx(request)) as tx:
        return records.view(await records.record(tx, company_id))


@get("/companies", summary="Active members by name")
async def directory(
    request: WebRequest,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    find: Annotated[str, QueryParameter(max_length=100, description="A word of the name, or a tax number")] = "",
) -> Page[CompanyView]:
    acting = ctx(request)
    async with deps(request).db.read(acting) as tx:
        page = await service.directory(tx, cursor, limit, find)
    return Page(tuple(view(item) for item in page.items), page.next)


@get("/companies/{company_id:uuid}", summary="A company's public profile")
async def profile(request: WebRequest, company_id: FromPath[UUID]) -> CompanyView:
    async with deps(request).db.read(ctx(request)) as tx:
        return view(await service.get(tx, company_id))


@get("/own/company", summary="The acting company's own file")
async def own_file(request: WebRequest) -> CompanyFileView:
    acting = ctx(request)
    async with deps(request).db.read(acting) as tx:
        return dossier_view(await service.dossier(tx, acting.company))


@patch("/own/company", summary="Change the own profile, file and limits")
async def edit(request: WebRequest, data: JSONBody[CompanyEdit]) -> CompanyFileView:
    """Only at the version that was read; another one is refused with 409."""
    async with deps(request).db.tx(ctx(request), "applicant") as tx:
        return dossier_view(await service.edit(tx, data))


@get("/own/people", summary="The people of the acting company")
async def people(request: WebRequest) -> tuple[MemberView, ...]:
    async with deps(request).db.read(ctx(request)) as tx:
        return tuple(member_view(item) for item in await service.people(tx))


@post("/own/people", summary="Add a colleague at once (a sandbox only)")
async def add_member(request: WebRequest, data: JSONBody[MemberAdd]) -> MemberView:
    """With a first password and roles: for sample companies. Elsewhere colleagues are invited, and choose it themselves."""
    acting = ctx(request)
    need(acting, "people.write")
    parts = deps(request)
    password_hash = await parts.passwords.hash(data.password)
    async with parts.db.tx(acting, "applicant") as tx:
        return member_view(await service.add_member(tx, data, password_hash))


@patch("/own/people/{person_id:uuid}", summary="Change a colleague's roles")
async def change_member(request: WebRequest, person_id: FromPath[UUID], data: JSONBody[MemberChange]) -> MemberView:
    """By a person, at the version that was read. Only an owner makes or changes owners; nobody gives themselves more."""
    parts = deps(request)
    async with parts.db.tx(ctx(request), "any") as tx:
        changed = await members.change(tx, person_id, data)
    parts.access.forget_person(person_id)
    return member_view(changed)


@post("/own/people/{person_id:uuid}/end", status_code=200, summary="End a colleague's membership")
async def end_member(request: WebRequest, person_id: FromPath[UUID]) -> MemberView:
    """They are signed out and their keys open nothing any more. The last owner of a company cannot leave it."""
    parts = deps(request)
    async with parts.db.tx(ctx(request), "any") as tx:
        ended = await members.end(tx, person_id)
    parts.access.forget_person(person_id)
    return member_view(ended)


ROUTES: Final = Router(
    "",
    route_handlers=[apply, directory, profile, record, own_file, edit, people, change_member, end_member],
    tags=["people"],
)
SANDBOX_ROUTES: Final = Router("", route_handlers=[add_member], tags=["people"])
