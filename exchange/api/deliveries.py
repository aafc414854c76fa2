"""Deliveries over the API: despatched by the seller, received and inspected by the buyer, the remainder closed."""

from typing import Final
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.delivery import closing, service
from exchange.domain.delivery.model import Closing, Delivery
from exchange.domain.order.view import closing_view, delivery_view
from exchange.domain.permission import need
from exchange.web import IdempotencyKey, WebRequest, ctx, deps
from schemas.delivery import DeliveryView, DespatchCommand, InspectCommand
from schemas.order import ClosingAnswer, ClosingIn, ClosingView


def _view(item: Delivery, reader: Ctx) -> DeliveryView:
    return delivery_view(item, item.order, reader)


@get("/deliveries/{delivery_id:uuid}", summary="One delivery")
async def get_delivery(request: WebRequest, delivery_id: FromPath[UUID]) -> DeliveryView:
    acting = ctx(request)
    need(acting, "order.read")
    async with deps(request).db.read(acting) as tx:
        return _view(await service.get(tx, delivery_id), acting)


@post("/orders/{order_id:uuid}/deliveries", summary="Despatch a part or all of an order")
async def despatch(
    request: WebRequest, order_id: FromPath[UUID], data: JSONBody[DespatchCommand], idempotency_key: IdempotencyKey
) -> DeliveryView:
    """The seller's. 409 `payment-not-held` while a protected instalment is not in protection; 422 for more than is open."""
    acting = ctx(request)

    async def do(tx: Tx) -> Delivery:
        return await service.despatch(tx, order_id, data)

    made = await deps(request).writes.once(
        acting, f"orders/{order_id}/deliveries", idempotency_key, await request.body(), do, service.get, standing="finish"
    )
    return _view(made, acting)


@post("/deliveries/{delivery_id:uuid}/arrive", status_code=200, summary="Record that a delivery has arrived")
async def arrive(request: WebRequest, delivery_id: FromPath[UUID], idempotency_key: IdempotencyKey) -> DeliveryView:
    """The buyer's. The time to inspect begins: what is not inspected within 7 working days counts as accepted."""
    acting = ctx(request)

    async def do(tx: Tx) -> Delivery:
        return await service.arrive(tx, delivery_id)

    route = f"deliveries/{delivery_id}/arrive"
    moved = await deps(request).writes.once(acting, route, idempotency_key, b"", do, service.get, standing="finish", status=200)
    return _view(moved, acting)


@post("/deliveries/{delivery_id:uuid}/inspect", status_code=200, summary="Accept and reject line by line")
async def inspect(
    request: WebRequest, delivery_id: FromPath[UUID], data: JSONBody[InspectCommand], idempotency_key: IdempotencyKey
) -> DeliveryView:
    """The buyer's. Accepted and rejected together are the delivered quantity; a rejection needs a reason and a photo.

    What was accepted makes the seller's invoice expected.
    """
    acting = ctx(request)

    async def do(tx: Tx) -> Delivery:
        return await service.inspect(tx, delivery_id, data)

    route, body = f"deliveries/{delivery_id}/inspect", await request.body()
    moved = await deps(request).writes.once(acting, route, idempotency_key, body, do, service.get, standing="finish", status=200)
    return _view(moved, acting)


@post("/orders/{order_id:uuid}/closing", summary="Propose to close what is undelivered")
async def propose_closing(
    request: WebRequest, order_id: FromPath[UUID], data: JSONBody[ClosingIn], idempotency_key: IdempotencyKey
) -> ClosingView:
    """Either side's. The other agrees or declines; silence is never agreement, it is escalated after 2 working days."""
    acting = ctx(request)

    async def do(tx: Tx) -> Closing:
        return await closing.propose(tx, order_id, data.reason)

    made = await deps(request).writes.once(
        acting, f"orders/{order_id}/closing", idempotency_key, await request.body(), do, closing.get, standing="finish"
    )
    return closing_view(made, acting)


@post("/closings/{closing_id:uuid}/answer", status_code=200, summary="Agree to close the remainder, or decline")
async def answer_closing(
    request: WebRequest, closing_id: FromPath[UUID], data: JSONBody[ClosingAnswer], idempotency_key: IdempotencyKey
) -> ClosingView:
    """The other side's. Agreed, nothing more of the open lines is owed, and what was accepted is settled."""
    acting = ctx(request)

    async def do(tx: Tx) -> Closing:
        return await closing.answer(tx, closing_id, data.answer)

    route, body = f"closings/{closing_id}/answer", await request.body()
    moved = await deps(request).writes.once(acting, route, idempotency_key, body, do, closing.get, standing="finish", status=200)
    return closing_view(moved, acting)


ROUTES: Final = Router(
    "",
    route_handlers=[get_delivery, despatch, arrive, inspect, propose_closing, answer_closing],
    tags=["delivery"],
)
