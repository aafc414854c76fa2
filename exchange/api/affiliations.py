"""The group of the own company over the API, and what operators decide about it."""

from collections.abc import Awaitable, Callable
from typing import Final, Literal
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from exchange.api.paging import DEFAULT_LIMIT, Cursor, Limit
from exchange.db import Standing, Tx
from exchange.domain.affiliation import service
from exchange.domain.affiliation.model import Affiliation, view
from exchange.web import IdempotencyKey, WebRequest, ctx, deps
from schemas.affiliation import AffiliationDeclare, AffiliationView
from schemas.common import Page


@get("/own/affiliations", summary="Owners, subsidiaries and sisters of the acting company")
async def listed(request: WebRequest) -> tuple[AffiliationView, ...]:
    acting = ctx(request)
    async with deps(request).db.read(acting) as tx:
        return tuple(view(item) for item in await service.listed(tx, acting.company))


@post("/own/affiliations", summary="Declare an owner, a subsidiary or a sister")
async def declare(request: WebRequest, data: JSONBody[AffiliationDeclare], idempotency_key: IdempotencyKey) -> AffiliationView:
    """It counts once the other member, or an operator, has confirmed it."""

    async def do(tx: Tx) -> Affiliation:
        return await service.declare(tx, data)

    return await _once(request, "own/affiliations", idempotency_key, do, "applicant", 201)


@post("/own/affiliations/{affiliation_id:uuid}/{action:str}", status_code=200, summary="Answer or take back an affiliation")
async def act(
    request: WebRequest,
    affiliation_id: FromPath[UUID],
    action: FromPath[Literal["confirm", "refuse", "withdraw", "ask_end"]],
    idempotency_key: IdempotencyKey,
) -> AffiliationView:
    """The other side confirms or refuses, who declared it withdraws, and either side asks an operator to end it."""

    async def do(tx: Tx) -> Affiliation:
        return await service.act(tx, affiliation_id, action)

    return await _once(request, f"own/affiliations/{affiliation_id}/{action}", idempotency_key, do, "applicant", 200)


@get("/operator/affiliations", summary="Affiliations that wait for a decision")
async def waiting(request: WebRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[AffiliationView]:
    async with deps(request).db.read(ctx(request)) as tx:
        page = await service.waiting(tx, cursor, limit)
    return Page(tuple(view(item) for item in page.items), page.next)


@post("/operator/affiliations/{affiliation_id:uuid}/{action:str}", status_code=200, summary="Decide about an affiliation")
async def decide(
    request: WebRequest,
    affiliation_id: FromPath[UUID],
    action: FromPath[Literal["confirm", "refuse", "keep", "end"]],
    idempotency_key: IdempotencyKey,
) -> AffiliationView:
    async def do(tx: Tx) -> Affiliation:
        return await service.decide(tx, affiliation_id, action)

    return await _once(request, f"operator/affiliations/{affiliation_id}/{action}", idempotency_key, do, "any", 200)


async def _once(
    request: WebRequest, route: str, key: str, do: Callable[[Tx], Awaitable[Affiliation]], standing: Standing, status: int
) -> AffiliationView:
    body = await request.body()
    found = await deps(request).writes.once(ctx(request), route, key, body, do, service.get, standing=standing, status=status)
    return view(found)


ROUTES: Final = Router("", route_handlers=[listed, declare, act, waiting, decide], tags=["people"])
