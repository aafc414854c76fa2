"""The review of a completed order: written without seeing the other side's."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.db import Tx
from exchange.domain.order import service as orders
from exchange.domain.order.view import view
from exchange.domain.permission import need
from exchange.domain.review import service, store
from exchange.domain.review.model import Review
from exchange.pages.forms import Form, blank
from exchange.portal import shell
from exchange.portal.deliveries import not_now
from exchange.web import WebRequest, deps
from schemas.order import OrderView
from schemas.review import ReviewIn


async def _draw(request: WebRequest, order: OrderView, form: Form, status: int = 200) -> Response[Any]:
    acting = shell.signed_in(request)
    buying = acting.company_id == order.buyer_id
    return await shell.render(
        request,
        "portal/orders/review.html",
        status=status,
        place="/orders" if buying else "/sales",
        form=form,
        order=order,
        other=order.seller if buying else order.buyer,
    )


@get("/orders/{order_id:uuid}/review")
async def form(request: WebRequest, order_id: FromPath[UUID]) -> Response[Any]:
    """Stars and a few words."""
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        order = view(await orders.get(tx, order_id), acting)
        written = await store.of_order(tx, order_id)
    need(acting, "review.write")
    if "review" not in order.actions or written:
        return not_now(request, order_id)
    return await _draw(request, order, blank(acting.locale))


@post("/orders/{order_id:uuid}/review")
async def write(request: WebRequest, order_id: FromPath[UUID]) -> Response[Any]:
    """One review of each side; both are published together."""
    acting = shell.signed_in(request)
    sent = await shell.sent(request)
    async with deps(request).db.tx(acting, "any") as tx:
        order = view(await orders.get(tx, order_id), acting)

    async def do(command: ReviewIn) -> Response[Any]:
        async def make(tx: Tx) -> Review:
            return await service.write(tx, order_id, command)

        made = await shell.once(request, acting, sent, make, service.get, standing="finish")
        _ = shell.words(request)
        both = _("Both reviews are published.")
        said = both if made.status == "published" else _("Your review is kept. It is published together with the other side's.")
        return shell.redirect(request, f"/orders/{order_id}", said)

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw(request, order, form, status)

    return await shell.submitted(sent, ReviewIn, {}, do, again)


ROUTES: Final = Router("", route_handlers=[form, write])
