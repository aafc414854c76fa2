"""The copy of the company's data, and the end of its membership."""

from typing import Any, Final

from litestar import Response, Router, get, post

from exchange.domain.company import closing, exporting, service
from exchange.domain.permission import need
from exchange.portal import shell
from exchange.web import WebRequest, deps

PLACE: Final = "/company/close"


@get(PLACE)
async def page(request: WebRequest) -> Response[Any]:
    """What is still open, the copies that were packed, and the button when nothing is open."""
    acting = shell.signed_in(request)
    need(acting, "company.write")
    async with deps(request).db.tx(acting, "any") as tx:
        own = await service.get(tx, acting.company)
        open_things = closing.views(await closing.obligations(tx, acting.company))
        exports = [exporting.view(item) for item in await exporting.listed(tx)]
    return await shell.render(
        request,
        "portal/company/close.html",
        own=own,
        obligations=open_things,
        exports=exports,
        owner="owner" in acting.roles,
    )


@post("/company/export")
async def export(request: WebRequest) -> Response[Any]:
    """Ask for the copy; a job packs it."""
    said = shell.words(request)("The copy is being packed. You get a message when it is ready.")
    return await shell.act(request, PLACE, exporting.ask, exporting.get, said, standing="any")


@post(PLACE)
async def close(request: WebRequest) -> Response[Any]:
    """End the membership; refused while something is open."""
    said = shell.words(request)("The membership has ended.")
    return await shell.act(request, PLACE, closing.close, service.get, said, standing="any")


ROUTES: Final = Router("", route_handlers=[page, export, close])
