"""Member passports: what the company shows to others by consent, and what others show to it."""

from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath
from msgspec import Meta, Struct

from exchange.db import Tx
from exchange.domain.company import service as companies
from exchange.domain.document import service as documents
from exchange.domain.passport import service
from exchange.domain.passport.model import Passport, view
from exchange.domain.permission import may, need
from exchange.errors import invalid
from exchange.i18n import N_
from exchange.pages.choices import translated
from exchange.pages.forms import Form, blank
from exchange.pages.reading import Kinds
from exchange.portal import shell
from exchange.portal.company_documents import names
from exchange.web import WebRequest, deps
from schemas.common import Instant, Line
from schemas.passport import PassportField, PassportGrant

PLACE: Final = "/company/passports"
KINDS: Final[Kinds] = {"fields": "list", "until": "datetime"}
FIELDS: Final = {
    "identity": N_("Identity: names and numbers"),
    "address": N_("Address"),
    "representative": N_("Legal representative"),
    "contact": N_("Telephone and e-mail"),
    "tax": N_("Tax status"),
    "bank": N_("Verified bank accounts"),
    "documents": N_("Verified documents with their files"),
    "group": N_("Owners and group"),
}


class Shown(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The form: a member by its tax number."""

    tax_id: Annotated[Line, Meta(max_length=40)]
    fields: Annotated[tuple[PassportField, ...], Meta(min_length=1, max_length=8)]
    until: Instant


@get(PLACE)
async def listed(request: WebRequest) -> Response[Any]:
    """Given and received."""
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        rows = [view(item) for item in await service.listed(tx)]
    return await shell.render(
        request,
        "portal/company/passports.html",
        rows=rows,
        own=acting.company,
        words=dict(translated(FIELDS, acting.locale)),
        may_write=may(acting, "company.write"),
    )


async def _draw(request: WebRequest, form: Form, status: int = 200) -> Response[Any]:
    return await shell.render(
        request, "portal/company/passport_new.html", status=status, form=form, fields=translated(FIELDS, form.locale)
    )


@get(PLACE + "/new")
async def new(request: WebRequest) -> Response[Any]:
    """A consent to be given."""
    acting = shell.signed_in(request)
    need(acting, "company.write")
    return await _draw(request, blank(acting.locale, {"tax_id": request.query_params.get("tax_id", "")}))


@post(PLACE + "/new")
async def grant(request: WebRequest) -> Response[Any]:
    """Show the chosen fields until the day."""
    acting = shell.signed_in(request)
    need(acting, "company.write")
    sent = await shell.sent(request)

    async def do(form: Shown) -> Response[Any]:
        async def write(tx: Tx) -> Passport:
            reader = await companies.by_tax_id(tx, form.tax_id)
            if reader is None:
                raise invalid("/tax_id", "unknown-company", "No member has this tax number.")
            return await service.grant(tx, PassportGrant(reader_id=reader, fields=form.fields, until=form.until))

        await shell.once(request, acting, sent, write, service.get)
        return shell.redirect(request, PLACE, shell.words(request)("The member can read it now."))

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw(request, form, status)

    return await shell.submitted(sent, Shown, KINDS, do, again)


@post(PLACE + "/{passport_id:uuid}/revoke")
async def revoke(request: WebRequest, passport_id: FromPath[UUID]) -> Response[Any]:
    """Take the consent back."""

    async def do(tx: Tx) -> Passport:
        return await service.revoke(tx, passport_id)

    said = shell.words(request)("Taken back. The member can read it no longer.")
    return await shell.act(request, PLACE, do, service.get, said, standing="any")


@get("/passports/{passport_id:uuid}")
async def read_passport(request: WebRequest, passport_id: FromPath[UUID]) -> Response[Any]:
    """The verified file as it was shown; the look is noted."""
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        found = await service.get(tx, passport_id)
        dossier = await service.dossier(tx, passport_id)
        schemes = names(await documents.schemes(tx), acting.locale)
    return await shell.render(request, "portal/company/passport.html", passport=view(found), dossier=dossier, schemes=schemes)


ROUTES: Final = Router("", route_handlers=[listed, new, grant, revoke, read_passport])
