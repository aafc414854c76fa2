"""Payments over the API: into protection, or directly with an announcement and an answer."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from exchange.api.paging import DEFAULT_LIMIT, Cursor, Limit, time_cursor
from exchange.cursor import page_of
from exchange.db import Tx
from exchange.domain.order.view import instalment_view
from exchange.domain.payment import service, store
from exchange.domain.payment.model import Instalment, Status
from exchange.domain.payment.view import summary_view
from exchange.domain.permission import need
from exchange.web import IdempotencyKey, WebRequest, ctx, deps
from schemas.common import Page
from schemas.payment import InstalmentRow, InstalmentView, PaymentAnswer


@get("/instalments", summary="What the acting company pays and is paid")
async def list_instalments(
    request: WebRequest,
    status: Annotated[Status | None, QueryParameter(description="Only those in this state")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[InstalmentRow]:
    """Newest first, of both sides."""
    acting = ctx(request)
    need(acting, "payment.read")
    after, after_id = time_cursor(cursor)
    async with deps(request).db.read(acting) as tx:
        rows = await store.listed(tx, acting.company, status, after, after_id, limit + 1)
    return page_of([summary_view(row) for row in rows], limit, lambda row: (row.created_at, row.id))


@get("/instalments/{instalment_id:uuid}", summary="One payment")
async def get_instalment(request: WebRequest, instalment_id: FromPath[UUID]) -> InstalmentView:
    acting = ctx(request)
    need(acting, "payment.read")
    async with deps(request).db.read(acting) as tx:
        found = await service.get(tx, instalment_id)
    return instalment_view(found, found.order, acting)


async def _act(
    request: WebRequest, instalment: UUID, action: str, key: str, body: bytes, do: Callable[[Tx], Awaitable[Instalment]]
) -> InstalmentView:
    acting = ctx(request)
    moved = await deps(request).writes.once(
        acting, f"instalments/{instalment}/{action}", key, body, do, service.get, standing="finish", status=200
    )
    return instalment_view(moved, moved.order, acting)


@post("/instalments/{instalment_id:uuid}/pay", status_code=200, summary="Pay into protection")
async def pay(request: WebRequest, instalment_id: FromPath[UUID], idempotency_key: IdempotencyKey) -> InstalmentView:
    """The buyer's. Sets the amount aside on its balance; 409 `insufficient-funds` says what is available."""

    async def do(tx: Tx) -> Instalment:
        return await service.pay(tx, instalment_id)

    return await _act(request, instalment_id, "pay", idempotency_key, b"", do)


@post("/instalments/{instalment_id:uuid}/announce", status_code=200, summary="Say that a direct payment was made")
async def announce(request: WebRequest, instalment_id: FromPath[UUID], idempotency_key: IdempotencyKey) -> InstalmentView:
    """The buyer's, after it paid the seller's bank account with the instalment's `reference`."""

    async def do(tx: Tx) -> Instalment:
        return await service.announce(tx, instalment_id)

    return await _act(request, instalment_id, "announce", idempotency_key, b"", do)


@post("/instalments/{instalment_id:uuid}/confirm", status_code=200, summary="Say whether a direct payment came")
async def confirm(
    request: WebRequest,
    instalment_id: FromPath[UUID],
    data: JSONBody[PaymentAnswer],
    idempotency_key: IdempotencyKey,
) -> InstalmentView:
    """The seller's. Received: settled, and the fee is charged. Not received: due again."""

    async def do(tx: Tx) -> Instalment:
        return await service.answer(tx, instalment_id, received=data.received)

    return await _act(request, instalment_id, "confirm", idempotency_key, await request.body(), do)


ROUTES: Final = Router("", route_handlers=[list_instalments, get_instalment, pay, announce, confirm], tags=["payment"])
