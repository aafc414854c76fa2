"""Approvals over the API: what waits for the people of the acting company, what they say, and who is away."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from exchange.api.paging import DEFAULT_LIMIT, Cursor, Limit
from exchange.db import Tx
from exchange.domain.approval import absences, deciding, service, standing
from exchange.domain.approval.model import Absence, Approval
from exchange.domain.approval.view import absence_view, detail, view
from exchange.domain.permission import need
from exchange.ids import new_id
from exchange.web import IdempotencyKey, WebRequest, ctx, deps
from schemas.approval import AbsenceIn, AbsenceView, ApprovalDetail, ApprovalView, Decision, Opinion
from schemas.common import Page

Status = Annotated[str | None, QueryParameter(pattern="^[a-z_]+$", max_length=20)]


@get("/approvals", summary="Approval requests of the acting company")
async def list_approvals(
    request: WebRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None, status: Status = None
) -> Page[ApprovalView]:
    """Every state, newest first; `status=pending` is what waits. `actions` says what the acting person may do now."""
    async with deps(request).db.read(ctx(request)) as tx:
        page = await service.page(tx, status, cursor, limit)
        found = await standing.of(tx, page.items)
    return Page(tuple(view(item) for item in found), page.next)


@get("/approvals/{approval_id:uuid}", summary="One approval request")
async def get_approval(request: WebRequest, approval_id: FromPath[UUID]) -> ApprovalDetail:
    """Its pinned steps, what was said, and whom it waits for. 404 for another company's."""
    acting = ctx(request)
    need(acting, "market.read")
    async with deps(request).db.read(acting) as tx:
        return await _detail(tx, approval_id)


async def _detail(tx: Tx, approval: UUID) -> ApprovalDetail:
    company = await standing.around(tx)
    (found,) = await standing.of(tx, [await service.get(tx, approval)], company)
    return detail(found, company)


async def _shown(request: WebRequest, approval: Approval) -> ApprovalDetail:
    async with deps(request).db.read(ctx(request)) as tx:
        return await _detail(tx, approval.id)


@post("/approvals/{approval_id:uuid}/decide", status_code=200, summary="Approve or reject")
async def decide_approval(
    request: WebRequest, approval_id: FromPath[UUID], data: JSONBody[Decision], idempotency_key: IdempotencyKey
) -> ApprovalDetail:
    """By somebody whom the waiting step names, or who decides instead of one of them; never by the requester.

    403 `own-request` or `not-asked`; 409 `already-decided`, `step-passed` or `deadline-passed`. The last yes carries the
    commitment out in the same transaction, a no returns it to where it was.
    """

    async def do(tx: Tx) -> Approval:
        return await deciding.decide(tx, approval_id, data)

    return await _write(request, approval_id, "decide", idempotency_key, do)


@post("/approvals/{approval_id:uuid}/opinion", status_code=200, summary="Give an opinion")
async def give_opinion(
    request: WebRequest, approval_id: FromPath[UUID], data: JSONBody[Opinion], idempotency_key: IdempotencyKey
) -> ApprovalDetail:
    """By somebody whose opinion the tier asks for, once. It is recorded, and nothing waits for it."""

    async def do(tx: Tx) -> Approval:
        return await service.give_opinion(tx, approval_id, data)

    return await _write(request, approval_id, "opinion", idempotency_key, do)


@post("/approvals/{approval_id:uuid}/recall", status_code=200, summary="Take a request back")
async def recall_approval(
    request: WebRequest, approval_id: FromPath[UUID], idempotency_key: IdempotencyKey
) -> ApprovalDetail:  # fmt: skip
    """By the side that asked, while it waits: the object returns to where it was."""

    async def do(tx: Tx) -> Approval:
        return await deciding.recall(tx, approval_id)

    return await _write(request, approval_id, "recall", idempotency_key, do)


async def _write(
    request: WebRequest, approval: UUID, action: str, key: str, do: Callable[[Tx], Awaitable[Approval]]
) -> ApprovalDetail:
    body = await request.body()
    route = f"approvals/{approval}/{action}"
    writes = deps(request).writes
    done = await writes.once(ctx(request), route, key, body, do, service.get, standing="finish", status=200)
    return await _shown(request, done)


@get("/own/absences", summary="Who is away, and who decides instead")
async def list_absences(request: WebRequest) -> tuple[AbsenceView, ...]:
    """What is or will be, the nearest first."""
    async with deps(request).db.read(ctx(request)) as tx:
        company = await standing.around(tx)
        return tuple(absence_view(item, company) for item in await absences.now_and_later(tx))


@post("/own/absences", summary="Be away, and name who decides instead")
async def add_absence(request: WebRequest, data: JSONBody[AbsenceIn], idempotency_key: IdempotencyKey) -> AbsenceView:
    """One's own; an owner or administrator may name a colleague. Decisions of the deputy are recorded as for the absent."""
    new = new_id()

    async def do(tx: Tx) -> Absence:
        return await absences.put(tx, data, new)

    body = await request.body()
    made = await deps(request).writes.once(
        ctx(request), "own/absences", idempotency_key, body, do, absences.get, standing="applicant", new=new
    )
    async with deps(request).db.read(ctx(request)) as tx:
        return absence_view(made, await standing.around(tx))


@delete("/own/absences/{absence_id:uuid}", status_code=200, summary="Be back")
async def end_absence(request: WebRequest, absence_id: FromPath[UUID]) -> AbsenceView:
    """From now on nobody decides instead. 409 when it was ended already."""
    async with deps(request).db.tx(ctx(request), "applicant") as tx:
        return absence_view(await absences.end(tx, absence_id), await standing.around(tx))


ROUTES = Router(
    "",
    route_handlers=[
        list_approvals,
        get_approval,
        decide_approval,
        give_opinion,
        recall_approval,
        list_absences,
        add_absence,
        end_absence,
    ],
    tags=["buying"],
)
