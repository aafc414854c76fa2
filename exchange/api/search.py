"""Search over the API."""

from typing import Annotated

from litestar import Router, get, post
from litestar.params import JSONBody, QueryParameter

from exchange.api.views import offer_row, price_text
from exchange.domain.finding.service import find
from exchange.domain.offer.search import search
from exchange.web import WebRequest, ctx, deps
from schemas.search import FindView, FoundCompany, FoundDocument, SearchHitView, SearchIn, SearchView


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


@get("/find", summary="Find documents by number or own reference, and members by name")
async def find_documents(
    request: WebRequest,
    text: Annotated[str, QueryParameter(max_length=200, description="A number (`RFQ-7K3F-9QXM`), a reference or a name")],
) -> FindView:
    """A number finds the one document; other texts what begins with them among your references, and members' names."""
    async with deps(request).db.read(ctx(request)) as tx:
        found = await find(tx, text)
    return FindView(
        documents=tuple(
            FoundDocument(kind=item.kind, id=item.id, number=item.number, reference=item.reference, status=item.status)
            for item in found.documents
        ),
        companies=tuple(
            FoundCompany(id=item.id, display_name=item.display_name, legal_name=item.legal_name, region=item.region)
            for item in found.companies
        ),
    )


ROUTES = Router("", route_handlers=[search_offers, find_documents], tags=["market"])
