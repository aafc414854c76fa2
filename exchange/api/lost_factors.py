"""Lost second factors over the API: two operators remove them, and the person stops it."""

from typing import Final
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from exchange.api.paging import DEFAULT_LIMIT, Cursor, Limit
from exchange.db import Tx
from exchange.domain.identity import lost_factor
from exchange.domain.identity.lost_factor import FactorRemoval
from exchange.web import IdempotencyKey, WebRequest, ctx, deps
from schemas.common import Page
from schemas.identity import FactorRemovalAsk, FactorRemovalView, MailConfirm

PLACE: Final = "operator/factor-removals"


@get("/operator/factor-removals", summary="Lost second factors that operators remove, newest first")
async def listed(request: WebRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[FactorRemovalView]:
    async with deps(request).db.read(ctx(request)) as tx:
        page = await lost_factor.listed(tx, cursor, limit)
    return Page(tuple(lost_factor.view(item) for item in page.items), page.next)


@post("/operator/factor-removals", summary="Ask for the removal of all second factors of a person")
async def ask(request: WebRequest, data: JSONBody[FactorRemovalAsk], idempotency_key: IdempotencyKey) -> FactorRemovalView:
    """The person is told at once. A second operator confirms within seven days, or it lapses."""
    parts = deps(request)

    async def do(tx: Tx) -> FactorRemoval:
        return await lost_factor.ask(tx, data, parts.settings.secret)

    body = await request.body()
    made = await parts.writes.once(ctx(request), PLACE, idempotency_key, body, do, lost_factor.get, standing="any")
    return lost_factor.view(made)


@post("/operator/factor-removals/{removal_id:uuid}/confirm", status_code=200, summary="Confirm it as a second operator")
async def confirm(request: WebRequest, removal_id: FromPath[UUID], idempotency_key: IdempotencyKey) -> FactorRemovalView:
    """It is carried out 24 hours later, unless the person stops it: second factors and sessions go. Who asked may not confirm."""

    async def do(tx: Tx) -> FactorRemoval:
        return await lost_factor.confirm(tx, removal_id)

    route = f"{PLACE}/{removal_id}/confirm"
    found = await deps(request).writes.once(
        ctx(request), route, idempotency_key, b"", do, lost_factor.get, standing="any", status=200
    )
    return lost_factor.view(found)


@post("/operator/factor-removals/{removal_id:uuid}/refuse", status_code=200, summary="Leave the second factors as they are")
async def refuse(request: WebRequest, removal_id: FromPath[UUID], idempotency_key: IdempotencyKey) -> FactorRemovalView:
    """Any operator who may ask, until it is carried out."""

    async def do(tx: Tx) -> FactorRemoval:
        return await lost_factor.refuse(tx, removal_id)

    route = f"{PLACE}/{removal_id}/refuse"
    found = await deps(request).writes.once(
        ctx(request), route, idempotency_key, b"", do, lost_factor.get, standing="any", status=200
    )
    return lost_factor.view(found)


@post("/second-factor/stop", status_code=204, summary="Stop the removal of one's second factors", tags=["people"])
async def stop(request: WebRequest, data: JSONBody[MailConfirm]) -> None:
    """With the token of the e-mail; 422 `link-over` for one that stops nothing. Signing in with a factor stops it too."""
    await lost_factor.stop(deps(request).db, data.token)


ROUTES: Final = Router("", route_handlers=[listed, ask, confirm, refuse, stop], tags=["operators"])
