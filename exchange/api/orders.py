"""Orders over the API: placed from firm offers, read by both sides, repeated."""

from typing import Annotated, Final
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from exchange.api.paging import DEFAULT_LIMIT, Cursor, Limit, time_cursor
from exchange.cursor import page_of
from exchange.db import Tx
from exchange.domain.order import placing, repeating, service
from exchange.domain.order.model import Order
from exchange.domain.order.service import Side
from exchange.domain.order.view import summary_view, view
from exchange.ids import new_id
from exchange.web import IdempotencyKey, WebRequest, ctx, deps
from schemas.common import Page
from schemas.order import OrderRow, OrderView, PlaceOrder
from schemas.repeat import RepeatView


@post("/orders", summary="Order from firm offers of one seller")
async def place_order(request: WebRequest, data: JSONBody[PlaceOrder], idempotency_key: IdempotencyKey) -> OrderView:
    """Binds at once under the pinned standard terms, with one PDF and no signature.

    Above the own approval limit it waits for a colleague as `pending_approval` and holds price and quantity. 409
    `offer-changed` when an offer is not the version that you saw (the new one is in `data`), 409 `not-enough` when less is
    left, 422 `above-signing-limit` when one side wants a signed contract for this value: ask for a quote.
    """
    acting, new = ctx(request), new_id()

    async def do(tx: Tx) -> Order:
        return await placing.place(tx, data, new)

    body = await request.body()
    order = await deps(request).writes.once(acting, "orders", idempotency_key, body, do, placing.get, new=new)
    return view(order, acting)


@get("/orders", summary="The acting company's orders")
async def list_orders(
    request: WebRequest,
    side: Annotated[Side, QueryParameter(description="What was bought, or what was sold")] = "buy",
    status: Annotated[str | None, QueryParameter(pattern="^[a-z_]+$", max_length=20)] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[OrderRow]:
    """Newest first. An order that waits for the buyer's own approval is in the buyer's list only."""
    after, after_id = time_cursor(cursor)
    async with deps(request).db.read(ctx(request)) as tx:
        rows = await service.listed(tx, side, status, after, after_id, limit + 1)
    return page_of([summary_view(row, side) for row in rows], limit, lambda row: (row.created_at, row.id))


@get("/orders/{order_id:uuid}", summary="One order with all that belongs to it")
async def get_order(request: WebRequest, order_id: FromPath[UUID]) -> OrderView:
    """Lines, deliveries, invoices, instalments, how much is delivered, invoiced and paid, and what you may do next."""
    acting = ctx(request)
    async with deps(request).db.read(acting) as tx:
        return view(await service.get(tx, order_id), acting)


@get("/orders/{order_id:uuid}/repeat", summary="The same order once more, filled in")
async def repeat_order(request: WebRequest, order_id: FromPath[UUID]) -> RepeatView:
    """What the same offers say now, each difference named; send `place` to POST /orders to order it."""
    async with deps(request).db.read(ctx(request)) as tx:
        return await repeating.proposal(tx, order_id)


ROUTES: Final = Router("", route_handlers=[place_order, list_orders, get_order, repeat_order], tags=["deal"])
