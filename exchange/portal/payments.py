"""Paying one instalment: into protection, or directly with an announcement that the seller answers."""

from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.db import Tx
from exchange.domain.ledger import service as ledger
from exchange.domain.order import service as orders
from exchange.domain.order.view import instalment_view, view
from exchange.domain.payment import service
from exchange.domain.payment.model import Instalment
from exchange.domain.permission import need
from exchange.money import from_minor
from exchange.portal import deal, shell
from exchange.portal.deliveries import not_now
from exchange.web import WebRequest, deps


@get("/instalments/{instalment_id:uuid}/pay")
async def pay_page(request: WebRequest, instalment_id: FromPath[UUID]) -> Response[Any]:
    """What is paid, from where, and what happens with the money until the goods are accepted."""
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        found = await service.get(tx, instalment_id)
        order = view(await orders.get(tx, found.order_id), acting)
        need(acting, "payment.write")
        balance = await ledger.balance(tx, acting.company, found.currency)
    shown = instalment_view(found, found.order, acting)
    if not {"pay", "announce"} & set(shown.actions):
        return not_now(request, order.id)
    available = from_minor(balance.available_minor, found.currency)
    return await shell.render(
        request,
        "portal/money/pay.html",
        place="/money",
        order=order,
        item=shown,
        trigger=deal.TRIGGERS.get(found.trigger, found.trigger),
        available=available,
        held=from_minor(balance.held_minor, found.currency),
        left=available - Decimal(shown.amount),
        own=acting.company_name,
    )


async def _order_of(request: WebRequest, instalment_id: UUID) -> UUID:
    async with deps(request).db.tx(shell.signed_in(request), "any") as tx:
        return (await service.get(tx, instalment_id)).order_id


@post("/instalments/{instalment_id:uuid}/pay")
async def pay(request: WebRequest, instalment_id: FromPath[UUID]) -> Response[Any]:
    """Set the amount aside for this order."""
    order_id = await _order_of(request, instalment_id)

    async def do(tx: Tx) -> Instalment:
        return await service.pay(tx, instalment_id)

    said = shell.words(request)("The money is in protection. The seller is told to despatch.")
    return await shell.act(request, f"/orders/{order_id}", do, service.get, said, standing="finish")


@post("/instalments/{instalment_id:uuid}/announce")
async def announce(request: WebRequest, instalment_id: FromPath[UUID]) -> Response[Any]:
    """The buyer has paid the seller's account."""
    order_id = await _order_of(request, instalment_id)

    async def do(tx: Tx) -> Instalment:
        return await service.announce(tx, instalment_id)

    said = shell.words(request)("The payment is announced. The seller confirms when the money has come.")
    return await shell.act(request, f"/orders/{order_id}", do, service.get, said, standing="finish")


@post("/instalments/{instalment_id:uuid}/confirm")
async def confirm(request: WebRequest, instalment_id: FromPath[UUID]) -> Response[Any]:
    """The seller says whether the announced money has come; anything but a clear yes is a no."""
    order_id = await _order_of(request, instalment_id)
    received = (await shell.sent(request)).value("received") == "true"

    async def do(tx: Tx) -> Instalment:
        return await service.answer(tx, instalment_id, received=received)

    _ = shell.words(request)
    said = _("The payment is confirmed and settled.") if received else _("The buyer is told that nothing has come.")
    return await shell.act(request, f"/orders/{order_id}", do, service.get, said, standing="finish")


ROUTES: Final = Router("", route_handlers=[pay_page, pay, announce, confirm])
