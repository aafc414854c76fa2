"""Search over the API."""

from litestar import Router, post
from litestar.params import JSONBody

from exchange.api.views import offer_row, price_text
from exchange.domain.offer.search import search
from exchange.web import WebRequest, ctx, deps
from schemas.search import SearchHitView, SearchIn, SearchView


@post("/search", status_code=200, summary="Search live offers")
async def search_offers(request: WebRequest, data: JSONBody[SearchIn]) -> SearchView:
    """Answered by the matcher: 503 while it is away."""
    parts = deps(request)
    async with parts.db.read(ctx(request)) as tx:
        found = await search(tx, parts.matcher, data)
    return SearchView(
        items=tuple(
            SearchHitView(
                offer=offer_row(hit.offer),
                price_at_quantity=None if hit.price_micro is None else price_text(hit.price_micro),
            )
            for hit in found.hits
        ),
        total=found.total,
        total_exact=found.total_exact,
        all_words=found.all_words,
    )


ROUTES = Router("", route_handlers=[search_offers], tags=["market"])
