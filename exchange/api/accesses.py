"""The access log over the API: a company's own, and all of it for operators."""

from typing import Annotated, Final
from uuid import UUID

from litestar import Router, get
from litestar.params import QueryParameter

from exchange.api.paging import DEFAULT_LIMIT, Cursor, Limit
from exchange.domain.access_log import service
from exchange.web import WebRequest, ctx, deps
from schemas.access import AccessView
from schemas.common import Page


@get("/own/accesses", summary="Who looked at the acting company's data")
async def own(request: WebRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[AccessView]:
    """Operators of the exchange in the company's file, exports, shared passports; newest first."""
    async with deps(request).db.read(ctx(request)) as tx:
        page = await service.own(tx, cursor, limit)
    return Page(tuple(service.view(item) for item in page.items), page.next)


@get("/operator/accesses", summary="Sensitive reads, newest first")
async def search(
    request: WebRequest,
    find: Annotated[UUID | None, QueryParameter(description="A person, company or object")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[AccessView]:
    async with deps(request).db.read(ctx(request)) as tx:
        page = await service.search(tx, find, cursor, limit)
    return Page(tuple(service.view(item) for item in page.items), page.next)


ROUTES: Final = Router("", route_handlers=[own, search], tags=["people"])
