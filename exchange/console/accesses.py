"""The access log: who read which sensitive data of whom; by person, company or object."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get

from exchange.console import shell
from exchange.domain.access_log import service
from exchange.pages.accesses import rows_of
from exchange.web import WebRequest, deps

PAGE: Final = 60


@get("/operator/accesses")
async def accesses(request: WebRequest) -> Response[Any]:
    """Newest first. `find` is the id of a person, a company or an object; anything else finds nothing."""
    acting = shell.operator(request)
    find = str(request.query_params.get("find", "")).strip()[:100]
    wanted = _id(find)
    async with deps(request).db.read(acting) as tx:
        page = await service.search(tx, wanted, shell.cursor(request), PAGE) if wanted or not find else None
        rows = [] if page is None else await rows_of(tx, page.items)
    return await shell.render(request, "console/accesses.html", rows=rows, next=None if page is None else page.next, find=find)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


ROUTES: Final = Router("", route_handlers=[accesses])
