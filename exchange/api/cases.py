"""Decisions about what is one's own, over the API, and the appeal against them."""

from typing import Final
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from exchange.db import Tx
from exchange.domain.moderation import deciding, service
from exchange.domain.moderation.model import Case
from exchange.domain.moderation.view import view
from exchange.domain.permission import need
from exchange.errors import NotFound
from exchange.web import IdempotencyKey, WebRequest, ctx, deps
from schemas.moderation import AppealIn, CaseView


@get("/cases/{case_id:uuid}", summary="What operators look at or decided about something of yours")
async def get_case(request: WebRequest, case_id: FromPath[UUID]) -> CaseView:
    """404 for one that is another company's."""
    acting = ctx(request)
    need(acting, "market.read")
    async with deps(request).db.read(acting) as tx:
        return view(await service.get(tx, case_id))


@get("/offers/{offer_id:uuid}/case", summary="The last case about an own offer")
async def offer_case(request: WebRequest, offer_id: FromPath[UUID]) -> CaseView:
    """404 when operators never looked at it."""
    acting = ctx(request)
    need(acting, "market.read")
    async with deps(request).db.read(acting) as tx:
        found = await service.about(tx, offer_id)
    if found is None:
        raise NotFound(noun="case")
    return view(found)


@post("/cases/{case_id:uuid}/appeal", summary="Appeal against a refusal")
async def appeal(
    request: WebRequest, case_id: FromPath[UUID], data: JSONBody[AppealIn], idempotency_key: IdempotencyKey
) -> CaseView:
    """Once, within 14 days; another operator decides. Answers the case of the appeal."""

    async def do(tx: Tx) -> Case:
        return await deciding.appeal(tx, case_id, data.text)

    made = await deps(request).writes.once(
        ctx(request), f"cases/{case_id}/appeal", idempotency_key, await request.body(), do, service.get, standing="finish"
    )
    return view(made)


ROUTES: Final = Router("", route_handlers=[get_case, offer_case, appeal], tags=["market"])
