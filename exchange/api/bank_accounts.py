"""Bank accounts of the own company over the API, and their verification by operators."""

from collections.abc import Awaitable, Callable
from typing import Final, Literal
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from exchange.api.paging import DEFAULT_LIMIT, Cursor, Limit
from exchange.db import Standing, Tx
from exchange.domain.bank_account import service
from exchange.domain.bank_account.model import Account, view
from exchange.web import IdempotencyKey, WebRequest, ctx, deps
from schemas.bank import AccountReject, AccountView
from schemas.common import Page
from schemas.company import BankAccountIn


@get("/own/bank-accounts", summary="The acting company's bank accounts")
async def listed(request: WebRequest) -> tuple[AccountView, ...]:
    acting = ctx(request)
    async with deps(request).db.read(acting) as tx:
        return tuple(view(item) for item in await service.listed(tx, acting.company))


@post("/own/bank-accounts", summary="Propose a bank account")
async def propose(request: WebRequest, data: JSONBody[BankAccountIn], idempotency_key: IdempotencyKey) -> AccountView:
    """In the company's name. A second person confirms it, an operator verifies it; the one before stays in force until then."""

    async def do(tx: Tx) -> Account:
        return await service.propose(tx, data)

    return await _once(request, "own/bank-accounts", idempotency_key, do, "finish", 201)


@post("/own/bank-accounts/{account_id:uuid}/{action:str}", status_code=200, summary="Confirm or withdraw a proposed account")
async def act(
    request: WebRequest,
    account_id: FromPath[UUID],
    action: FromPath[Literal["confirm", "withdraw"]],
    idempotency_key: IdempotencyKey,
) -> AccountView:
    """Confirmed by another person than the one who proposed it."""

    async def do(tx: Tx) -> Account:
        return await (service.confirm if action == "confirm" else service.withdraw)(tx, account_id)

    return await _once(request, f"own/bank-accounts/{account_id}/{action}", idempotency_key, do, "finish", 200)


@get("/operator/bank-accounts", summary="Accounts that wait to be verified")
async def waiting(request: WebRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[AccountView]:
    async with deps(request).db.tx(ctx(request), "any") as tx:
        page = await service.waiting(tx, cursor, limit)
    return Page(tuple(view(item) for item in page.items), page.next)


@post("/operator/bank-accounts/{account_id:uuid}/verify", status_code=200, summary="Put an account into force")
async def verify(request: WebRequest, account_id: FromPath[UUID], idempotency_key: IdempotencyKey) -> AccountView:
    """Those with running orders are told, and direct payments pause for a day when it takes another one's place."""
    hours = deps(request).settings.bank_pause_hours

    async def do(tx: Tx) -> Account:
        return await service.verify(tx, account_id, pause_hours=hours)

    return await _once(request, f"operator/bank-accounts/{account_id}/verify", idempotency_key, do, "any", 200)


@post("/operator/bank-accounts/{account_id:uuid}/reject", status_code=200, summary="Reject an account with a reason")
async def reject(
    request: WebRequest, account_id: FromPath[UUID], data: JSONBody[AccountReject], idempotency_key: IdempotencyKey
) -> AccountView:
    async def do(tx: Tx) -> Account:
        return await service.reject(tx, account_id, data)

    return await _once(request, f"operator/bank-accounts/{account_id}/reject", idempotency_key, do, "any", 200)


async def _once(
    request: WebRequest, route: str, key: str, do: Callable[[Tx], Awaitable[Account]], standing: Standing, status: int
) -> AccountView:
    body = await request.body()
    found = await deps(request).writes.once(ctx(request), route, key, body, do, service.get, standing=standing, status=status)
    return view(found)


ROUTES: Final = Router("", route_handlers=[listed, propose, act, waiting, verify, reject], tags=["people"])
