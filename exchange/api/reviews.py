"""Reviews over the API: blind until both sides wrote, then public."""

from typing import Final
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from exchange.api.paging import DEFAULT_LIMIT, Cursor, Limit
from exchange.db import Tx
from exchange.domain.permission import need
from exchange.domain.review import service, store
from exchange.domain.review.model import Review
from exchange.domain.review.view import view
from exchange.web import IdempotencyKey, WebRequest, ctx, deps
from schemas.common import Page
from schemas.review import ReviewIn, ReviewView


@post("/orders/{order_id:uuid}/review", summary="Review the other side of a completed order")
async def write_review(
    request: WebRequest, order_id: FromPath[UUID], data: JSONBody[ReviewIn], idempotency_key: IdempotencyKey
) -> ReviewView:
    """Once for each side. Both become public when both are written, or after 7 days; none is taken after that."""
    acting = ctx(request)

    async def do(tx: Tx) -> Review:
        return await service.write(tx, order_id, data)

    made = await deps(request).writes.once(
        acting, f"orders/{order_id}/review", idempotency_key, await request.body(), do, service.get, standing="finish"
    )
    return view(made)


@get("/orders/{order_id:uuid}/reviews", summary="The reviews of an order that you may see")
async def order_reviews(request: WebRequest, order_id: FromPath[UUID]) -> tuple[ReviewView, ...]:
    """Your own from the start, the other side's once it is published."""
    acting = ctx(request)
    need(acting, "market.read")
    async with deps(request).db.read(acting) as tx:
        return tuple(view(item) for item in await store.of_order(tx, order_id))


@get("/companies/{company_id:uuid}/reviews", summary="What was published about a company")
async def company_reviews(
    request: WebRequest, company_id: FromPath[UUID], limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[ReviewView]:
    """Newest first."""
    async with deps(request).db.read(ctx(request)) as tx:
        page = await service.about(tx, company_id, cursor, limit)
    return Page(tuple(view(row) for row in page.items), page.next)


ROUTES: Final = Router("", route_handlers=[write_review, order_reviews, company_reviews], tags=["review"])
