"""Goods on their way: despatched by the seller, arrived and inspected at the buyer's, and what is left undelivered closed."""

from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.delivery import closing, service
from exchange.domain.delivery.model import Closing, Delivery
from exchange.domain.order import service as orders
from exchange.domain.order.view import delivery_view, view
from exchange.domain.permission import need
from exchange.domain.thread.model import Kind
from exchange.pages.forms import Form, blank
from exchange.pages.reading import Kinds
from exchange.pages.sending import Sent
from exchange.portal import conversation, deal, shell
from exchange.portal.conversation import Conversation
from exchange.portal.uploads import FORM_BYTES, kept
from exchange.web import WebRequest, deps
from schemas.delivery import DeliveryView, DespatchCommand, InspectCommand
from schemas.order import ClosingAnswer, ClosingIn, OrderView

DESPATCH_KINDS: Final[Kinds] = {"lines.*.quantity": "number"}
INSPECT_KINDS: Final[Kinds] = {"lines.*.accepted": "number", "lines.*.rejected": "number"}
# A photo for each of some rejected lines.
PHOTOS: Final = 5


async def _order(request: WebRequest, acting: Ctx, order_id: UUID) -> OrderView:
    async with deps(request).db.tx(acting, "any") as tx:
        return view(await orders.get(tx, order_id), acting)


def not_now(request: WebRequest, order_id: UUID) -> Response[Any]:
    """Back to the order, which has moved on since its page was drawn."""
    _ = shell.words(request)
    return shell.redirect(request, f"/orders/{order_id}", _("This is not possible now. Look at how the order stands."), "wait")


async def _talk(request: WebRequest, kind: Kind, subject: UUID) -> Conversation | None:
    """What was said about it, beside the form."""
    async with deps(request).db.read(shell.signed_in(request)) as tx:
        return await conversation.maybe(tx, kind, subject)


async def _draw_despatch(request: WebRequest, order: OrderView, form: Form, status: int = 200) -> Response[Any]:
    left = {line.id: deal.open_quantity(line) for line in order.lines}
    talk = await _talk(request, "order", order.id)
    return await shell.render(
        request,
        "portal/orders/despatch.html",
        place="/sales",
        status=status,
        form=form,
        order=order,
        left=left,
        waits=deal.unpaid_protection(order),
        talk=talk,
    )


@get("/orders/{order_id:uuid}/despatch")
async def despatch_form(request: WebRequest, order_id: FromPath[UUID]) -> Response[Any]:
    """What leaves now: all that is open, unless less is written."""
    acting = shell.signed_in(request)
    order = await _order(request, acting, order_id)
    need(acting, "delivery.despatch")
    if "despatch" not in order.actions:
        return not_now(request, order_id)
    lines = [{"quantity": quantity} if (quantity := deal.open_quantity(line)) > 0 else {} for line in order.lines]
    return await _draw_despatch(request, order, blank(acting.locale, {"lines": lines}))


@post("/orders/{order_id:uuid}/despatch")
async def despatch(request: WebRequest, order_id: FromPath[UUID]) -> Response[Any]:
    """Record what has left; a line left empty stays."""
    acting = shell.signed_in(request)
    sent = await shell.sent(request)
    order = await _order(request, acting, order_id)
    rows = [index for index in sent.form.rows("lines", 0) if sent.value(f"lines.{index}.quantity") not in ("", "0")]

    async def do(command: DespatchCommand) -> Response[Any]:
        async def write(tx: Tx) -> Delivery:
            return await service.despatch(tx, order_id, command)

        await shell.once(request, acting, sent, write, service.get, standing="finish")
        return shell.redirect(request, f"/orders/{order_id}", shell.words(request)("The despatch is recorded."))

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw_despatch(request, order, sent.form.with_errors(_of_rows(form.errors, rows)), status)

    return await shell.submitted(_only(sent, rows), DespatchCommand, DESPATCH_KINDS, do, again)


def _only(sent: Sent, rows: list[int]) -> Sent:
    """The form with these rows of `lines` alone, numbered from 0."""
    typed = {path: values for path, values in sent.form.typed.items() if not path.startswith("lines.")}
    for place, index in enumerate(rows):
        for name in ("order_line_id", "quantity"):
            typed[f"lines.{place}.{name}"] = [sent.value(f"lines.{index}.{name}")]
    return msgspec.structs.replace(sent, form=Form(sent.form.locale, typed))


def _of_rows(errors: dict[str, str], rows: list[int]) -> dict[str, str]:
    """Errors of the numbered rows at the places where they were typed."""
    found: dict[str, str] = {}
    for path, message in errors.items():
        parts = path.split(".")
        if parts[0] == "lines" and len(parts) > 1:
            parts[1] = str(rows[int(parts[1])])
        found[".".join(parts)] = message
    return found


@post("/deliveries/{delivery_id:uuid}/arrive")
async def arrive(request: WebRequest, delivery_id: FromPath[UUID]) -> Response[Any]:
    """The buyer has it."""
    order_id = await _order_of(request, delivery_id)

    async def do(tx: Tx) -> Delivery:
        return await service.arrive(tx, delivery_id)

    said = shell.words(request)("The arrival is recorded. Inspect the goods in time.")
    return await shell.act(request, f"/orders/{order_id}", do, service.get, said, standing="finish")


async def _order_of(request: WebRequest, delivery_id: UUID) -> UUID:
    async with deps(request).db.tx(shell.signed_in(request), "any") as tx:
        return (await service.get(tx, delivery_id)).order_id


async def _delivered(request: WebRequest, acting: Ctx, delivery_id: UUID) -> tuple[DeliveryView, OrderView]:
    async with deps(request).db.tx(acting, "any") as tx:
        found = await service.get(tx, delivery_id)
        order = await orders.get(tx, found.order_id)
    return delivery_view(found, order, acting), view(order, acting)


async def _draw_inspect(
    request: WebRequest, delivery: DeliveryView, order: OrderView, form: Form, status: int = 200
) -> Response[Any]:
    return await shell.render(
        request,
        "portal/orders/inspect.html",
        place="/orders",
        status=status,
        form=form,
        order=order,
        delivery=delivery,
        by_line={line.id: line for line in order.lines},
        talk=await _talk(request, "delivery", delivery.id),
    )


@get("/deliveries/{delivery_id:uuid}/inspect")
async def inspect_form(request: WebRequest, delivery_id: FromPath[UUID]) -> Response[Any]:
    """Line by line: everything accepted, unless something else is written."""
    acting = shell.signed_in(request)
    delivery, order = await _delivered(request, acting, delivery_id)
    need(acting, "delivery.receive")
    if "inspect" not in delivery.actions:
        return not_now(request, order.id)
    lines = [{"accepted": Decimal(line.quantity), "rejected": Decimal(0)} for line in delivery.lines]
    return await _draw_inspect(request, delivery, order, blank(acting.locale, {"lines": lines}))


@post("/deliveries/{delivery_id:uuid}/inspect", request_max_body_size=FORM_BYTES * PHOTOS)
async def inspect(request: WebRequest, delivery_id: FromPath[UUID]) -> Response[Any]:
    """Accept and reject; photos stay with the form when it comes back."""
    acting = shell.signed_in(request)
    sent = await shell.sent(request)
    delivery, order = await _delivered(request, acting, delivery_id)
    sent = await kept(request, acting, sent, "photo")

    async def do(command: InspectCommand) -> Response[Any]:
        async def write(tx: Tx) -> Delivery:
            return await service.inspect(tx, delivery_id, command)

        await shell.once(request, acting, sent, write, service.get, standing="finish")
        return shell.redirect(request, f"/orders/{order.id}", shell.words(request)("The inspection is recorded."))

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw_inspect(request, delivery, order, form, status)

    if sent.form.errors:
        return await again(sent.form, 422)
    return await shell.submitted(sent, InspectCommand, INSPECT_KINDS, do, again)


async def _draw_closing(request: WebRequest, order: OrderView, form: Form, status: int = 200) -> Response[Any]:
    left = [(line, quantity) for line in order.lines if (quantity := deal.open_quantity(line)) > 0]
    place = "/orders" if shell.signed_in(request).company_id == order.buyer_id else "/sales"
    return await shell.render(request, "portal/orders/close.html", status=status, place=place, form=form, order=order, left=left)


@get("/orders/{order_id:uuid}/closing")
async def closing_form(request: WebRequest, order_id: FromPath[UUID]) -> Response[Any]:
    """A proposal to close what is undelivered."""
    acting = shell.signed_in(request)
    order = await _order(request, acting, order_id)
    if "propose_closing" not in order.actions:
        return not_now(request, order_id)
    return await _draw_closing(request, order, blank(acting.locale))


@post("/orders/{order_id:uuid}/closing")
async def propose_closing(request: WebRequest, order_id: FromPath[UUID]) -> Response[Any]:
    """The other side is asked; silence is not agreement."""
    acting = shell.signed_in(request)
    sent = await shell.sent(request)
    order = await _order(request, acting, order_id)

    async def do(command: ClosingIn) -> Response[Any]:
        async def write(tx: Tx) -> Closing:
            return await closing.propose(tx, order_id, command.reason)

        await shell.once(request, acting, sent, write, closing.get, standing="finish")
        return shell.redirect(request, f"/orders/{order_id}", shell.words(request)("The other side is asked."))

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw_closing(request, order, form, status)

    return await shell.submitted(sent, ClosingIn, {}, do, again)


@post("/closings/{closing_id:uuid}/answer")
async def answer_closing(request: WebRequest, closing_id: FromPath[UUID]) -> Response[Any]:
    """The other side's answer."""
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        order_id = (await closing.get(tx, closing_id)).order_id
    said = (await shell.sent(request)).value("answer")
    answer: Any = "agree" if said == "agree" else "decline"
    command = ClosingAnswer(answer)

    async def do(tx: Tx) -> Closing:
        return await closing.answer(tx, closing_id, command.answer)

    _ = shell.words(request)
    words = _("The remainder is closed.") if said == "agree" else _("You declined; the lines stay ordered.")
    return await shell.act(request, f"/orders/{order_id}", do, closing.get, words, standing="finish")


ROUTES: Final = Router(
    "",
    route_handlers=[
        despatch_form, despatch, arrive, inspect_form, inspect, closing_form, propose_closing, answer_closing,
    ],
)  # fmt: skip
