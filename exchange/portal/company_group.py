"""The group of the own company: owners, subsidiaries and sisters, declared here and confirmed by the other side."""

from typing import Annotated, Any, Final, cast
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath
from msgspec import Meta, Struct

from exchange.db import Tx
from exchange.domain.affiliation import service
from exchange.domain.affiliation.model import Affiliation, MemberAction, view
from exchange.domain.company import service as companies
from exchange.domain.permission import may, need
from exchange.errors import NotFound, invalid
from exchange.i18n import N_
from exchange.pages.choices import HOME_COUNTRY, countries, translated
from exchange.pages.forms import Form, blank
from exchange.pages.reading import Kinds
from exchange.portal import shell
from exchange.web import WebRequest, deps
from schemas.affiliation import AffiliationDeclare, AffiliationKind, OutsideOwner
from schemas.common import CountryCode, Line, Percent

PLACE: Final = "/company/group"
KINDS: Final[Kinds] = {"percent": "number"}
RELATIONS: Final = {
    "owner": N_("It owns a part of us"),
    "subsidiary": N_("We own a part of it"),
    "sister": N_("We have the same owner"),
}
ACTIONS: Final = {
    "confirm": N_("The affiliation is confirmed."),
    "refuse": N_("The affiliation is refused."),
    "withdraw": N_("The affiliation is taken back."),
    "ask_end": N_("An operator looks at it. It counts until then."),
}


class Declared(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The form: another member by its tax number, or an owner outside the exchange by name, number and country."""

    kind: AffiliationKind
    tax_id: Annotated[Line, Meta(max_length=40)] | None = None
    name: Annotated[Line, Meta(max_length=200)] | None = None
    number: Annotated[Line, Meta(min_length=3, max_length=40)] | None = None
    country: CountryCode = HOME_COUNTRY
    percent: Percent | None = None


@get(PLACE)
async def listed(request: WebRequest) -> Response[Any]:
    """The edges that the company declared, and those that others declared about it."""
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        rows = [view(item) for item in await service.listed(tx, acting.company)]
    return await shell.render(
        request, "portal/company/group.html", rows=rows, own=acting.company, may_write=may(acting, "company.write")
    )


async def _draw(request: WebRequest, form: Form, status: int = 200) -> Response[Any]:
    return await shell.render(
        request,
        "portal/company/group_new.html",
        status=status,
        form=form,
        relations=translated(RELATIONS, form.locale),
        countries=countries(form.locale),
    )


@get(PLACE + "/new")
async def new(request: WebRequest) -> Response[Any]:
    """An affiliation to be declared."""
    acting = shell.signed_in(request)
    need(acting, "company.write")
    return await _draw(request, blank(acting.locale, {"country": HOME_COUNTRY}))


async def _command(tx: Tx, form: Declared) -> AffiliationDeclare:
    if form.tax_id is None:
        if form.name is None or form.number is None:
            raise invalid("/tax_id", "required", "Give the tax number of a member, or name and number of an owner.")
        owner = OutsideOwner(name=form.name, number=form.number, country=form.country)
        return AffiliationDeclare(kind=form.kind, owner=owner, percent=form.percent)
    found = await companies.by_tax_id(tx, form.tax_id)
    if found is None:
        raise invalid("/tax_id", "unknown-company", "No member has this tax number.")
    return AffiliationDeclare(kind=form.kind, other_id=found, percent=form.percent)


@post(PLACE + "/new")
async def declare(request: WebRequest) -> Response[Any]:
    """Declare it; it counts once it is confirmed."""
    acting = shell.signed_in(request)
    need(acting, "company.write")
    sent = await shell.sent(request)

    async def do(form: Declared) -> Response[Any]:
        async def write(tx: Tx) -> Affiliation:
            return await service.declare(tx, await _command(tx, form))

        await shell.once(request, acting, sent, write, service.get, standing="applicant")
        said = shell.words(request)("The affiliation is declared. It counts once it is confirmed.")
        return shell.redirect(request, PLACE, said)

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw(request, form, status)

    return await shell.submitted(sent, Declared, KINDS, do, again)


@post(PLACE + "/{affiliation_id:uuid}/{action:str}")
async def act(request: WebRequest, affiliation_id: FromPath[UUID], action: FromPath[str]) -> Response[Any]:
    """Confirm, refuse, take back, or ask for an end."""
    if action not in ACTIONS:
        raise NotFound(noun="page")

    async def do(tx: Tx) -> Affiliation:
        return await service.act(tx, affiliation_id, cast(MemberAction, action))

    said = shell.words(request)(ACTIONS[action])
    return await shell.act(request, PLACE, do, service.get, said, standing="applicant")


ROUTES: Final = Router("", route_handlers=[listed, new, declare, act])
