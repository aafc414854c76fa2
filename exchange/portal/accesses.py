"""Who looked at the company's data."""

from typing import Any, Final

from litestar import Response, Router, get

from exchange.domain.access_log import service
from exchange.pages.accesses import rows_of
from exchange.portal import shell
from exchange.web import WebRequest, deps

PAGE: Final = 40


@get("/company/accesses")
async def accesses(request: WebRequest) -> Response[Any]:
    """Reads of sensitive data by operators and colleagues, newest first."""
    acting = shell.signed_in(request)
    async with deps(request).db.read(acting) as tx:
        page = await service.own(tx, shell.cursor(request), PAGE)
        rows = await rows_of(tx, page.items)
    return await shell.render(request, "portal/company/accesses.html", rows=rows, next=page.next)


ROUTES: Final = Router("", route_handlers=[accesses])
