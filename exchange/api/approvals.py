"""Approvals over the API: what waits for another person of the acting company."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from exchange.api.paging import DEFAULT_LIMIT, Cursor, Limit
from exchange.db import Tx
from exchange.domain.approval import deciding, service
from exchange.domain.approval.model import Approval
from exchange.domain.approval.view import view
from exchange.domain.permission import need
from exchange.web import IdempotencyKey, WebRequest, ctx, deps
from schemas.common import Page
from schemas.quote import ApprovalView, Decision

Status = Annotated[str | None, QueryParameter(pattern="^[a-z_]+$", max_length=20)]


@get("/approvals", summary="Approval requests of the acting company")
async def list_approvals(
    request: WebRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None, status: Status = None
) -> Page[ApprovalView]:
    """Every state, newest first; `status=pending` is what waits."""
    acting = ctx(request)
    async with deps(request).db.read(acting) as tx:
        page = await service.page(tx, status, cursor, limit)
    return Page(tuple(view(item, acting) for item in page.items), page.next)


@get("/approvals/{approval_id:uuid}", summary="One approval request")
async def get_approval(request: WebRequest, approval_id: FromPath[UUID]) -> ApprovalView:
    """404 for another company's."""
    acting = ctx(request)
    need(acting, "market.read")
    async with deps(request).db.read(acting) as tx:
        return view(await service.get(tx, approval_id), acting)


@post("/approvals/{approval_id:uuid}/decide", status_code=200, summary="Approve or reject")
async def decide_approval(
    request: WebRequest, approval_id: FromPath[UUID], data: JSONBody[Decision], idempotency_key: IdempotencyKey
) -> ApprovalView:
    """By another person than the requester: 403 `own-request`. Approving carries the commitment out in the same transaction."""
    acting = ctx(request)

    async def do(tx: Tx) -> Approval:
        return await deciding.decide(tx, approval_id, data)

    body = await request.body()
    route = f"approvals/{approval_id}/decide"
    approval = await deps(request).writes.once(acting, route, idempotency_key, body, do, service.get, status=200)
    return view(approval, acting)


ROUTES = Router("", route_handlers=[list_approvals, get_approval, decide_approval], tags=["buying"])
