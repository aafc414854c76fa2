"""Opportunities over the API: the RFQs that a supplier was told of, and its answer."""

from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from exchange.api.paging import DEFAULT_LIMIT, Cursor, Limit
from exchange.db import Tx
from exchange.domain.pairing import service
from exchange.domain.pairing.model import Invitation
from exchange.domain.pairing.view import invitation, opportunity
from exchange.web import IdempotencyKey, WebRequest, ctx, deps
from schemas.common import Page
from schemas.rfq import InvitationAnswer, InvitationView, OpportunityView


@get("/opportunities", summary="RFQs that fit what the acting company sells")
async def list_opportunities(request: WebRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[OpportunityView]:
    """Newest first, each with the own offer that fits best and the reasons."""
    async with deps(request).db.read(ctx(request)) as tx:
        page = await service.opportunities(tx, cursor, limit)
    return Page(tuple(opportunity(item) for item in page.items), page.next)


@post("/rfqs/{rfq_id:uuid}/answer", status_code=200, summary="Tell the buyer whether a quote will come")
async def answer_rfq(
    request: WebRequest, rfq_id: FromPath[UUID], data: JSONBody[InvitationAnswer], idempotency_key: IdempotencyKey
) -> InvitationView:
    """For a supplier who was told of it. It binds nobody."""

    async def do(tx: Tx) -> Invitation:
        return await service.answer(tx, rfq_id, data)

    body = await request.body()
    route = f"rfqs/{rfq_id}/answer"
    return invitation(
        await deps(request).writes.once(
            ctx(request), route, idempotency_key, body, do, service.get_invitation, standing="finish", status=200
        )
    )


ROUTES = Router("", route_handlers=[list_opportunities, answer_rfq], tags=["selling"])
