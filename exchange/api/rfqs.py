"""RFQs over the API: the market's list, and what their buyer does with its own."""

from typing import Annotated, Literal
from uuid import UUID

from litestar import Router, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from exchange.api.paging import DEFAULT_LIMIT, Cursor, Limit
from exchange.db import Tx
from exchange.domain.award import service as awards
from exchange.domain.pairing import service as pairing
from exchange.domain.pairing import view as pairing_view
from exchange.domain.permission import need
from exchange.domain.rfq import service
from exchange.domain.rfq.model import Rfq
from exchange.domain.rfq.view import row, view
from exchange.ids import new_id
from exchange.web import IdempotencyKey, WebRequest, ctx, deps
from schemas.common import Page
from schemas.pairing import MatchesView
from schemas.rfq import InvitationView, ReasonCommand, RfqIn, RfqRow, RfqView

Status = Annotated[str | None, QueryParameter(pattern="^[a-z_]+$", max_length=20)]
Seen = Annotated[
    int, QueryParameter(ge=1, le=2**31 - 1, description="The version that you read; another one is refused with 409")
]


@get("/rfqs", summary="Open RFQs, newest first")
async def list_rfqs(request: WebRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[RfqRow]:
    """What members ask for now, as far as you may know of it."""
    async with deps(request).db.read(ctx(request)) as tx:
        page = await service.list_open(tx, cursor, limit)
    return Page(tuple(row(item) for item in page.items), page.next)


@get("/own/rfqs", summary="The acting company's own RFQs")
async def list_own_rfqs(
    request: WebRequest,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    status: Status = None,
    find: Annotated[str, QueryParameter(max_length=100, description="Stands in title, number or own reference")] = "",
    order: Annotated[Literal["newest", "due_at", "-due_at"], QueryParameter()] = "newest",
) -> Page[RfqRow]:
    """Every state, newest first or by deadline. A cursor belongs to the order that it was given for."""
    async with deps(request).db.read(ctx(request)) as tx:
        page = await service.list_own(tx, status, cursor, limit, find=find, order=order)
    return Page(tuple(row(item) for item in page.items), page.next)


@get("/rfqs/{rfq_id:uuid}", summary="One RFQ")
async def get_rfq(request: WebRequest, rfq_id: FromPath[UUID]) -> RfqView:
    """404 for one that does not exist or is not yours to see."""
    acting = ctx(request)
    need(acting, "rfq.read")
    async with deps(request).db.read(acting) as tx:
        return view(await service.get(tx, rfq_id), acting)


@post("/rfqs", summary="Write an RFQ")
async def create_rfq(request: WebRequest, data: JSONBody[RfqIn], idempotency_key: IdempotencyKey) -> RfqView:
    """A draft, or with `publish` open at once: suppliers that fit are told within a second of its commit."""
    acting, new = ctx(request), new_id()

    async def do(tx: Tx) -> Rfq:
        return await service.create(tx, data, new)

    body = await request.body()
    rfq = await deps(request).writes.once(
        acting, "rfqs", idempotency_key, body, do, service.get, standing="active" if data.publish else "applicant", new=new
    )
    return view(rfq, acting)


@put("/rfqs/{rfq_id:uuid}", summary="Rewrite a draft")
async def revise_rfq(request: WebRequest, rfq_id: FromPath[UUID], data: JSONBody[RfqIn], version: Seen) -> RfqView:
    """Replaces what a draft says, and publishes it when `publish` says so."""
    acting = ctx(request)
    async with deps(request).db.tx(acting, "active" if data.publish else "applicant") as tx:
        return view(await service.revise(tx, rfq_id, data, version=version), acting)


@post("/rfqs/{rfq_id:uuid}/publish", status_code=200, summary="Publish a draft")
async def publish_rfq(request: WebRequest, rfq_id: FromPath[UUID], idempotency_key: IdempotencyKey) -> RfqView:
    """Suppliers that fit are told within a second of its commit."""
    acting = ctx(request)

    async def do(tx: Tx) -> Rfq:
        return await service.publish(tx, rfq_id)

    route = f"rfqs/{rfq_id}/publish"
    rfq = await deps(request).writes.once(acting, route, idempotency_key, b"", do, service.get, status=200)
    return view(rfq, acting)


@post("/rfqs/{rfq_id:uuid}/close", status_code=200, summary="End the time for quotes now")
async def close_rfq(request: WebRequest, rfq_id: FromPath[UUID], idempotency_key: IdempotencyKey) -> RfqView:
    """A sealed RFQ cannot be closed early: 409 `sealed-until-deadline`."""
    acting = ctx(request)

    async def do(tx: Tx) -> Rfq:
        return await service.close_early(tx, rfq_id)

    route = f"rfqs/{rfq_id}/close"
    rfq = await deps(request).writes.once(acting, route, idempotency_key, b"", do, service.get, standing="finish", status=200)
    return view(rfq, acting)


@post("/rfqs/{rfq_id:uuid}/cancel", status_code=200, summary="Cancel an RFQ")
async def cancel_rfq(
    request: WebRequest, rfq_id: FromPath[UUID], data: JSONBody[ReasonCommand], idempotency_key: IdempotencyKey
) -> RfqView:
    """Before an award binds. Every supplier who was told learns of it; quotes are lost, sealed ones unread."""
    acting = ctx(request)

    async def do(tx: Tx) -> Rfq:
        return await awards.cancel_rfq(tx, rfq_id, data.reason)

    body = await request.body()
    route = f"rfqs/{rfq_id}/cancel"
    rfq = await deps(request).writes.once(acting, route, idempotency_key, body, do, service.get, standing="finish", status=200)
    return view(rfq, acting)


@post("/rfqs/{rfq_id:uuid}/no-award", status_code=200, summary="End an RFQ without an award")
async def end_rfq(
    request: WebRequest, rfq_id: FromPath[UUID], data: JSONBody[ReasonCommand], idempotency_key: IdempotencyKey
) -> RfqView:
    """None of the opened quotes is taken."""
    acting = ctx(request)

    async def do(tx: Tx) -> Rfq:
        return await service.end_without_award(tx, rfq_id, data.reason)

    body = await request.body()
    route = f"rfqs/{rfq_id}/no-award"
    rfq = await deps(request).writes.once(acting, route, idempotency_key, body, do, service.get, standing="finish", status=200)
    return view(rfq, acting)


@get("/rfqs/{rfq_id:uuid}/matches", summary="Who fits an RFQ, and why")
async def rfq_matches(request: WebRequest, rfq_id: FromPath[UUID]) -> MatchesView:
    """For its buyer: ranked offers with reasons, near misses, counts of why others were left out, line by line."""
    async with deps(request).db.read(ctx(request)) as tx:
        return await pairing.matches(tx, rfq_id)


@post("/rfqs/preview", status_code=200, summary="Who would fit, before an RFQ is published")
async def preview_rfq(request: WebRequest, data: JSONBody[RfqIn]) -> MatchesView:
    """Nothing is stored and nobody is told. 503 while the matching service is away."""
    parts = deps(request)
    async with parts.db.tx(ctx(request), "any") as tx:
        return await pairing.preview(tx, parts.matcher, data)


@get("/rfqs/{rfq_id:uuid}/invitations", summary="The suppliers who were told of an own RFQ")
async def list_invitations(
    request: WebRequest, rfq_id: FromPath[UUID], limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[InvitationView]:
    """For its buyer alone; suppliers never learn who else was told."""
    async with deps(request).db.read(ctx(request)) as tx:
        page = await pairing.invitations(tx, rfq_id, cursor, limit)
    return Page(tuple(pairing_view.invitation(item) for item in page.items), page.next)


ROUTES = Router(
    "",
    route_handlers=[
        list_rfqs,
        list_own_rfqs,
        get_rfq,
        create_rfq,
        revise_rfq,
        publish_rfq,
        close_rfq,
        cancel_rfq,
        end_rfq,
        rfq_matches,
        preview_rfq,
        list_invitations,
    ],
    tags=["buying"],
)
