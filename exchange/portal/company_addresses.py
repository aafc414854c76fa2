"""Addresses of the own company: warehouses with hours, billing, branches."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.db import Tx
from exchange.domain.company import addresses
from exchange.domain.company.addresses import CompanyAddress, view
from exchange.domain.permission import may, need
from exchange.i18n import N_
from exchange.pages.choices import HOME_COUNTRY, countries, provinces, translated
from exchange.pages.forms import Form, blank
from exchange.portal import shell
from exchange.web import WebRequest, deps
from schemas.address import AddressAdd

PLACE: Final = "/company/addresses"
ADDRESS_KINDS: Final = {
    "registered": N_("Registered office"),
    "warehouse": N_("Warehouse"),
    "billing": N_("Billing address"),
    "branch": N_("Branch"),
}


@get(PLACE)
async def listed(request: WebRequest) -> Response[Any]:
    """All addresses."""
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        rows = [view(item) for item in await addresses.listed(tx, acting.company)]
    return await shell.render(
        request,
        "portal/company/addresses.html",
        rows=rows,
        words=dict(translated(ADDRESS_KINDS, acting.locale)),
        may_write=may(acting, "company.write"),
    )


async def _draw(request: WebRequest, form: Form, status: int = 200) -> Response[Any]:
    return await shell.render(
        request,
        "portal/company/address_new.html",
        status=status,
        form=form,
        kinds=translated(ADDRESS_KINDS, form.locale),
        provinces=provinces(HOME_COUNTRY),
        countries=countries(form.locale),
    )


@get(PLACE + "/new")
async def new(request: WebRequest) -> Response[Any]:
    """An address to be added."""
    acting = shell.signed_in(request)
    need(acting, "company.write")
    return await _draw(request, blank(acting.locale, {"country": HOME_COUNTRY}))


@post(PLACE + "/new")
async def add(request: WebRequest) -> Response[Any]:
    """Add it; abroad the country stands for the province."""
    acting = shell.signed_in(request)
    need(acting, "company.write")
    sent = await shell.sent(request)
    if sent.value("country") != HOME_COUNTRY:
        sent.form.typed["province"] = [sent.value("country")]

    async def do(command: AddressAdd) -> Response[Any]:
        async def write(tx: Tx) -> CompanyAddress:
            return await addresses.add(tx, command)

        await shell.once(request, acting, sent, write, addresses.get, standing="any")
        return shell.redirect(request, PLACE, shell.words(request)("The address is added."))

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw(request, form, status)

    return await shell.submitted(sent, AddressAdd, {}, do, again)


@post(PLACE + "/{address_id:uuid}/remove")
async def remove(request: WebRequest, address_id: FromPath[UUID]) -> Response[Any]:
    """It is no longer one of the company."""

    async def do(tx: Tx) -> CompanyAddress:
        return await addresses.remove(tx, address_id)

    return await shell.act(request, PLACE, do, addresses.get, shell.words(request)("The address is removed."), standing="any")


ROUTES: Final = Router("", route_handlers=[listed, new, add, remove])
