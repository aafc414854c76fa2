"""The category tree over the API."""

from typing import Final

from litestar import Router, get
from litestar.params import FromPath

from exchange.domain.category import service
from exchange.web import WebRequest, ctx, deps
from schemas.category import CategoryView


@get("/categories", summary="The whole tree, parents before children")
async def list_categories(request: WebRequest) -> tuple[CategoryView, ...]:
    """Each with the attributes that apply to it, inherited ones included."""
    async with deps(request).db.read(ctx(request)) as tx:
        tree = await service.tree(tx)
        return tuple(service.view(node) for node in tree.nodes.values())


@get("/categories/{code:str}", summary="One category")
async def get_category(request: WebRequest, code: FromPath[str]) -> CategoryView:
    async with deps(request).db.read(ctx(request)) as tx:
        return service.view((await service.tree(tx)).get(code))


ROUTES: Final = Router("", route_handlers=[list_categories, get_category], tags=["market"])
