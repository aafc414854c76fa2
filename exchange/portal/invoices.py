"""The seller's invoice for one inspected delivery: written down once, checked at once, corrected while it differs."""

from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.clock import service as clock
from exchange.domain.company import service as companies
from exchange.domain.delivery import service as deliveries
from exchange.domain.invoice import service, store
from exchange.domain.invoice.model import Invoice
from exchange.domain.order.view import invoice_view
from exchange.domain.permission import need
from exchange.errors import NotFound
from exchange.pages.formats import DEFAULT_ZONE
from exchange.pages.forms import Form, blank
from exchange.pages.reading import Kinds
from exchange.portal import shell
from exchange.portal.deliveries import not_now
from exchange.portal.uploads import FORM_BYTES, kept
from exchange.web import WebRequest, deps
from schemas.invoice import InvoiceIn, InvoiceView

KINDS: Final[Kinds] = {"net": "number", "vat": "number", "issued_on": "date"}


class Expected(msgspec.Struct, frozen=True):
    """What the form begins with: the invoice that stands for the delivery now, and what is known of the parties."""

    invoice: InvoiceView
    delivery_number: str
    seller_tax_id: str
    buyer_tax_id: str
    today: object


async def _expected(request: WebRequest, acting: Ctx, delivery_id: UUID) -> Expected:
    async with deps(request).db.tx(acting, "any") as tx:
        delivery = await deliveries.get(tx, delivery_id)
        found = [
            item
            for item in await store.of_order(tx, delivery.order_id)
            if item.delivery_id == delivery_id and item.status != "replaced"
        ]
        if not found:
            raise NotFound(noun="invoice")
        seller = await companies.get(tx, delivery.seller_id)
        buyer = await companies.get(tx, delivery.buyer_id)
        today = (await clock.now(tx)).astimezone(ZoneInfo(DEFAULT_ZONE)).date()
    current = found[0]
    return Expected(invoice_view(current, current.order, acting), delivery.number, seller.tax_id, buyer.tax_id, today)


async def _draw(request: WebRequest, delivery_id: UUID, expected: Expected, form: Form, status: int = 200) -> Response[Any]:
    return await shell.render(
        request,
        "portal/orders/invoice.html",
        place="/sales",
        status=status,
        form=form,
        delivery_id=delivery_id,
        expected=expected,
        invoice=expected.invoice,
    )


@get("/deliveries/{delivery_id:uuid}/invoice")
async def form(request: WebRequest, delivery_id: FromPath[UUID]) -> Response[Any]:
    """Amounts and tax numbers stand there already; the number, the date and the file are the seller's."""
    acting = shell.signed_in(request)
    expected = await _expected(request, acting, delivery_id)
    need(acting, "invoice.write")
    invoice = expected.invoice
    if not invoice.actions:
        return not_now(request, invoice.order_id)
    known = {
        "issued_on": expected.today,
        "net": Decimal(invoice.expected_net),
        "vat": Decimal(invoice.expected_vat),
        "seller_tax_id": expected.seller_tax_id,
        "buyer_tax_id": expected.buyer_tax_id,
    }
    return await _draw(request, delivery_id, expected, blank(acting.locale, known))


@post("/deliveries/{delivery_id:uuid}/invoice", request_max_body_size=FORM_BYTES)
async def record(request: WebRequest, delivery_id: FromPath[UUID]) -> Response[Any]:
    """Write the document down; it matches, or its differences are named."""
    acting = shell.signed_in(request)
    sent = await shell.sent(request)
    expected = await _expected(request, acting, delivery_id)
    sent = await kept(request, acting, sent, "invoice")

    async def do(command: InvoiceIn) -> Response[Any]:
        async def write(tx: Tx) -> Invoice:
            return await service.record(tx, delivery_id, command)

        made = await shell.once(request, acting, sent, write, service.get, standing="finish")
        _ = shell.words(request)
        to = f"/orders/{made.order_id}"
        if made.status == "difference":
            return shell.redirect(
                request, to, _("The invoice is recorded and differs from the goods accepted. Correct it."), "wait"
            )
        return shell.redirect(request, to, _("The invoice is recorded and matches the goods accepted."))

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw(request, delivery_id, expected, form, status)

    if sent.form.errors:
        return await again(sent.form, 422)
    return await shell.submitted(sent, InvoiceIn, KINDS, do, again)


ROUTES: Final = Router("", route_handlers=[form, record])
