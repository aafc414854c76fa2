"""The operators' queue over the API: what waits for a judgement, and the judgement."""

from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from exchange.api.paging import DEFAULT_LIMIT, Cursor, Limit
from exchange.db import Tx
from exchange.domain.moderation import deciding, service
from exchange.domain.moderation.model import Case, Decision, Kind
from exchange.domain.moderation.view import view
from exchange.web import IdempotencyKey, WebRequest, ctx, deps
from schemas.common import Page
from schemas.moderation import CaseDecision, CaseView, QueuedCase


@get("/operator/cases", summary="Undecided cases, longest waiting first")
async def queue(
    request: WebRequest,
    kind: Annotated[Kind | None, QueryParameter(description="Only those of this kind")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[QueuedCase]:
    async with deps(request).db.read(ctx(request)) as tx:
        page = await deciding.queue(tx, None if kind is None else (kind,), mine=False, cursor=cursor, limit=limit)
    return Page(tuple(msgspec.convert(row, QueuedCase, from_attributes=True) for row in page.items), page.next)


@post("/operator/cases/{case_id:uuid}/take", status_code=200, summary="Tell the others that you look at a case")
async def take(request: WebRequest, case_id: FromPath[UUID], idempotency_key: IdempotencyKey) -> CaseView:
    async def do(tx: Tx) -> Case:
        return await deciding.take(tx, case_id)

    route = f"operator/cases/{case_id}/take"
    body = await request.body()
    found = await deps(request).writes.once(
        ctx(request), route, idempotency_key, body, do, service.get, standing="any", status=200
    )
    return view(found)


@post("/operator/cases/{case_id:uuid}/decide", status_code=200, summary="Approve or refuse what a case is about")
async def decide(
    request: WebRequest, case_id: FromPath[UUID], data: JSONBody[CaseDecision], idempotency_key: IdempotencyKey
) -> CaseView:
    """409 when the object changed since `version` was read, or another operator has taken the case."""
    decision = msgspec.convert(data, Decision, from_attributes=True)

    async def do(tx: Tx) -> Case:
        return await deciding.decide(tx, case_id, decision)

    route = f"operator/cases/{case_id}/decide"
    body = await request.body()
    found = await deps(request).writes.once(
        ctx(request), route, idempotency_key, body, do, service.get, standing="any", status=200
    )
    return view(found)


ROUTES: Final = Router("", route_handlers=[queue, take, decide], tags=["operators"])
