"""Awards over the API."""

from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from exchange.db import Tx
from exchange.domain.award import service
from exchange.domain.award.model import Award
from exchange.domain.award.view import view
from exchange.domain.permission import need
from exchange.web import IdempotencyKey, WebRequest, ctx, deps
from schemas.quote import AwardIn, AwardView


@post("/rfqs/{rfq_id:uuid}/award", summary="Award an RFQ to one supplier")
async def award_rfq(
    request: WebRequest, rfq_id: FromPath[UUID], data: JSONBody[AwardIn], idempotency_key: IdempotencyKey
) -> AwardView:
    """Takes one opened quote as it stands. It binds both sides at once, or waits for approval above the company's limit."""
    acting = ctx(request)

    async def do(tx: Tx) -> Award:
        return await service.propose(tx, rfq_id, data)

    body = await request.body()
    award = await deps(request).writes.once(acting, f"rfqs/{rfq_id}/award", idempotency_key, body, do, service.get)
    return view(award, acting)


@get("/rfqs/{rfq_id:uuid}/award", summary="The award of an RFQ")
async def get_award_of_rfq(request: WebRequest, rfq_id: FromPath[UUID]) -> AwardView:
    """For the buyer, and for the supplier it went to once it binds."""
    acting = ctx(request)
    need(acting, "rfq.read")
    async with deps(request).db.read(acting) as tx:
        return view(await service.of_rfq(tx, rfq_id), acting)


@get("/awards/{award_id:uuid}", summary="One award")
async def get_award(request: WebRequest, award_id: FromPath[UUID]) -> AwardView:
    """Its buyer's, or its supplier's once it binds; 404 for everybody else."""
    acting = ctx(request)
    need(acting, "rfq.read")
    async with deps(request).db.read(acting) as tx:
        return view(await service.get(tx, award_id), acting)


@post("/awards/{award_id:uuid}/recall", status_code=200, summary="Recall an award that is not approved yet")
async def recall_award(request: WebRequest, award_id: FromPath[UUID], idempotency_key: IdempotencyKey) -> AwardView:
    """The RFQ is evaluated again."""
    acting = ctx(request)

    async def do(tx: Tx) -> Award:
        return await service.recall(tx, award_id)

    route = f"awards/{award_id}/recall"
    award = await deps(request).writes.once(acting, route, idempotency_key, b"", do, service.get, standing="finish", status=200)
    return view(award, acting)


ROUTES = Router("", route_handlers=[award_rfq, get_award_of_rfq, get_award, recall_award], tags=["buying"])
