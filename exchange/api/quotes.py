"""Quotes over the API: a supplier's own, and the buyer's comparison."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from exchange.api.paging import DEFAULT_LIMIT, Cursor, Limit
from exchange.db import Tx
from exchange.domain.permission import need
from exchange.domain.quote import service
from exchange.domain.quote.model import Quote
from exchange.domain.quote.view import row, view
from exchange.web import IdempotencyKey, WebRequest, ctx, deps
from schemas.common import Page
from schemas.quote import Comparison, QuoteIn, QuoteRow, QuoteView

Status = Annotated[str | None, QueryParameter(pattern="^[a-z_]+$", max_length=20)]


@post("/rfqs/{rfq_id:uuid}/quotes", summary="Quote on an RFQ")
async def put_quote(
    request: WebRequest, rfq_id: FromPath[UUID], data: JSONBody[QuoteIn], idempotency_key: IdempotencyKey
) -> QuoteView:
    """A draft, or submitted; submitting again replaces it until the deadline, then 409 `deadline-passed`."""
    acting = ctx(request)

    async def do(tx: Tx) -> Quote:
        return await service.put(tx, rfq_id, data)

    body = await request.body()
    route = f"rfqs/{rfq_id}/quotes"
    standing = "active" if data.submit else "applicant"
    quote = await deps(request).writes.once(acting, route, idempotency_key, body, do, service.get, standing=standing)
    return view(quote, acting)


@get("/quotes/{quote_id:uuid}", summary="One quote")
async def get_quote(request: WebRequest, quote_id: FromPath[UUID]) -> QuoteView:
    """Its supplier's, or the buyer's once it is opened; 404 for everybody else."""
    acting = ctx(request)
    need(acting, "quote.read")
    async with deps(request).db.read(acting) as tx:
        return view(await service.get(tx, quote_id), acting)


@get("/own/quotes", summary="The acting company's own quotes")
async def list_own_quotes(
    request: WebRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None, status: Status = None
) -> Page[QuoteRow]:
    """Every state, newest change first."""
    async with deps(request).db.read(ctx(request)) as tx:
        page = await service.list_own(tx, status, cursor, limit)
    return Page(tuple(row(item) for item in page.items), page.next)


@post("/quotes/{quote_id:uuid}/withdraw", status_code=200, summary="Withdraw a quote before the deadline")
async def withdraw_quote(request: WebRequest, quote_id: FromPath[UUID], idempotency_key: IdempotencyKey) -> QuoteView:
    """A sealed quote that is withdrawn is never shown to anybody. Until the deadline another may be submitted."""
    acting = ctx(request)

    async def do(tx: Tx) -> Quote:
        return await service.withdraw(tx, quote_id)

    route = f"quotes/{quote_id}/withdraw"
    quote = await deps(request).writes.once(acting, route, idempotency_key, b"", do, service.get, standing="finish", status=200)
    return view(quote, acting)


@get("/rfqs/{rfq_id:uuid}/quotes", summary="Quotes side by side")
async def compare_quotes(request: WebRequest, rfq_id: FromPath[UUID]) -> Comparison:
    """For the buyer: every opened quote with totals, coverage, differing terms and where it is best."""
    async with deps(request).db.read(ctx(request)) as tx:
        return await service.comparison(tx, rfq_id)


ROUTES = Router("", route_handlers=[put_quote, get_quote, list_own_quotes, withdraw_quote, compare_quotes], tags=["quotes"])
