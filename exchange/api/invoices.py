"""Invoices over the API: the seller records its own document, which is checked at once."""

from typing import Final
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from exchange.db import Tx
from exchange.domain.invoice import service
from exchange.domain.invoice.model import Invoice
from exchange.domain.order.view import invoice_view
from exchange.domain.permission import need
from exchange.web import IdempotencyKey, WebRequest, ctx, deps
from schemas.invoice import InvoiceIn, InvoiceView


@get("/invoices/{invoice_id:uuid}", summary="One invoice")
async def get_invoice(request: WebRequest, invoice_id: FromPath[UUID]) -> InvoiceView:
    acting = ctx(request)
    need(acting, "order.read")
    async with deps(request).db.read(acting) as tx:
        found = await service.get(tx, invoice_id)
    return invoice_view(found, found.order, acting)


@post("/deliveries/{delivery_id:uuid}/invoice", summary="Record the invoice of a delivery")
async def record_invoice(
    request: WebRequest, delivery_id: FromPath[UUID], data: JSONBody[InvoiceIn], idempotency_key: IdempotencyKey
) -> InvoiceView:
    """The seller's own legal document. `matched`, or `difference` with everything in which it differs from what was accepted.

    After a difference another one may be recorded; it replaces the first.
    """
    acting = ctx(request)

    async def do(tx: Tx) -> Invoice:
        return await service.record(tx, delivery_id, data)

    made = await deps(request).writes.once(
        acting,
        f"deliveries/{delivery_id}/invoice",
        idempotency_key,
        await request.body(),
        do,
        service.get,
        standing="finish",
    )
    return invoice_view(made, made.order, acting)


ROUTES: Final = Router("", route_handlers=[get_invoice, record_invoice], tags=["invoice"])
