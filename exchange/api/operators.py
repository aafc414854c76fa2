"""What operators of the exchange do over the API: applications, members, the sandbox's clock."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from exchange.api.paging import DEFAULT_LIMIT, Cursor, Limit
from exchange.db import Tx
from exchange.domain.clock import service as clock
from exchange.domain.company import review, service
from exchange.domain.company.model import Company, dossier_view, queued_view, view
from exchange.web import IdempotencyKey, WebRequest, ctx, deps
from schemas.clock import ClockMove, ClockView
from schemas.common import Page
from schemas.company import CompanyFileView, CompanyReject, CompanyStatus, CompanySuspend, CompanyView, QueuedCompany


@get("/operator/companies", summary="Companies in one state, longest waiting first")
async def queue(
    request: WebRequest,
    status: Annotated[CompanyStatus, QueryParameter(description="Their state")] = "applied",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[QueuedCompany]:
    async with deps(request).db.read(ctx(request)) as tx:
        page = await review.queue(tx, status, cursor, limit)
    return Page(tuple(queued_view(item) for item in page.items), page.next)


@get("/operator/companies/{company_id:uuid}", summary="All that is known of a company")
async def dossier(request: WebRequest, company_id: FromPath[UUID]) -> CompanyFileView:
    """The company sees who looked."""
    async with deps(request).db.tx(ctx(request), "any") as tx:
        return dossier_view(await service.dossier(tx, company_id))


@post("/operator/companies/{company_id:uuid}/take", status_code=200, summary="Begin to look at an application")
async def take(request: WebRequest, company_id: FromPath[UUID], idempotency_key: IdempotencyKey) -> CompanyView:
    async def do(tx: Tx) -> Company:
        return await review.take(tx, company_id)

    return await _decide(request, f"operator/companies/{company_id}/take", idempotency_key, do)


@post("/operator/companies/{company_id:uuid}/approve", status_code=200, summary="Make an applicant a member")
async def approve(request: WebRequest, company_id: FromPath[UUID], idempotency_key: IdempotencyKey) -> CompanyView:
    """Marks its bank account as verified by the same operator."""

    async def do(tx: Tx) -> Company:
        return await review.approve(tx, company_id)

    return await _decide(request, f"operator/companies/{company_id}/approve", idempotency_key, do)


@post("/operator/companies/{company_id:uuid}/reject", status_code=200, summary="Reject an application with a reason")
async def reject(
    request: WebRequest, company_id: FromPath[UUID], data: JSONBody[CompanyReject], idempotency_key: IdempotencyKey
) -> CompanyView:
    async def do(tx: Tx) -> Company:
        return await review.reject(tx, company_id, data)

    return await _decide(request, f"operator/companies/{company_id}/reject", idempotency_key, do)


@post("/operator/companies/{company_id:uuid}/suspend", status_code=200, summary="Suspend a member with a reason")
async def suspend(
    request: WebRequest, company_id: FromPath[UUID], data: JSONBody[CompanySuspend], idempotency_key: IdempotencyKey
) -> CompanyView:
    """It finishes its deals and begins none."""

    async def do(tx: Tx) -> Company:
        return await review.suspend(tx, company_id, data)

    return await _decide(request, f"operator/companies/{company_id}/suspend", idempotency_key, do)


@post("/operator/companies/{company_id:uuid}/unsuspend", status_code=200, summary="End a suspension")
async def unsuspend(request: WebRequest, company_id: FromPath[UUID], idempotency_key: IdempotencyKey) -> CompanyView:
    async def do(tx: Tx) -> Company:
        return await review.unsuspend(tx, company_id)

    return await _decide(request, f"operator/companies/{company_id}/unsuspend", idempotency_key, do)


async def _decide(request: WebRequest, route: str, key: str, do: Callable[[Tx], Awaitable[Company]]) -> CompanyView:
    body = await request.body()
    found = await deps(request).writes.once(ctx(request), route, key, body, do, service.get, standing="any", status=200)
    return view(found)


@get("/clock", summary="Market time")
async def read_clock(request: WebRequest) -> ClockView:
    parts = deps(request)
    async with parts.db.read(ctx(request)) as tx:
        return ClockView(await clock.now(tx), parts.sandbox)


@post("/sandbox/clock", status_code=200, summary="Move a sandbox's clock forward")
async def move_clock(request: WebRequest, data: JSONBody[ClockMove]) -> ClockView:
    """Deadlines that pass are acted on at once. An administrator, or a key with scope `clock`; 422 outside a sandbox."""
    parts = deps(request)
    async with parts.db.tx(ctx(request), "any") as tx:
        return ClockView(await clock.move(tx, data.seconds), parts.sandbox)


ROUTES: Final = Router(
    "",
    route_handlers=[queue, dossier, take, approve, reject, suspend, unsuspend, read_clock, move_clock],
    tags=["operators"],
)
