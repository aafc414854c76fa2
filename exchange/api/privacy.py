"""One's own data over the API, its erasure, and how long the exchange keeps what."""

from typing import Final
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath

from exchange.api.paging import DEFAULT_LIMIT, Cursor, Limit
from exchange.db import Tx
from exchange.domain.privacy import erasing, retention
from exchange.domain.privacy.erasing import Erasure
from exchange.web import IdempotencyKey, WebRequest, ctx, deps
from schemas.common import Page
from schemas.privacy import ErasureView, KeptView, PersonData, RetentionView


@get("/own/data", summary="All that the exchange holds about the acting person")
async def own_data(request: WebRequest) -> PersonData:
    """For the person's session; a key reads nobody's data."""
    async with deps(request).db.tx(ctx(request), "any") as tx:
        return await erasing.data(tx)


@get("/retention", summary="How long the exchange keeps what, and why")
async def kept(request: WebRequest) -> tuple[KeptView, ...]:
    """The same for every member."""
    ctx(request)
    return erasing.kept()


@post("/people/{person_id:uuid}/erasure", summary="Ask for the erasure of a person, in seven days")
async def ask(request: WebRequest, person_id: FromPath[UUID], idempotency_key: IdempotencyKey) -> ErasureView:
    """Oneself; a former colleague who acts for no company any more (owners); anybody (operators). It may be taken back."""

    async def do(tx: Tx) -> Erasure:
        return await erasing.ask(tx, person_id)

    made = await deps(request).writes.once(
        ctx(request), f"people/{person_id}/erasure", idempotency_key, b"", do, erasing.get, standing="any"
    )
    return erasing.view(made)


@post("/erasures/{erasure_id:uuid}/take-back", status_code=200, summary="Erase nobody after all")
async def take_back(request: WebRequest, erasure_id: FromPath[UUID], idempotency_key: IdempotencyKey) -> ErasureView:
    """The person, whoever asked; the company that asked; operators."""

    async def do(tx: Tx) -> Erasure:
        return await erasing.take_back(tx, erasure_id)

    taken = await deps(request).writes.once(
        ctx(request), f"erasures/{erasure_id}/take-back", idempotency_key, b"", do, erasing.get, standing="any", status=200
    )
    return erasing.view(taken)


@get("/operator/erasures", summary="Who is to be erased, and who was, newest first")
async def erasures(request: WebRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[ErasureView]:
    async with deps(request).db.read(ctx(request)) as tx:
        page = await erasing.listed(tx, cursor, limit)
    return Page(tuple(erasing.view(item) for item in page.items), page.next)


@get("/operator/retention", summary="How long the exchange keeps what, and when it last removed some")
async def runs(request: WebRequest) -> tuple[RetentionView, ...]:
    async with deps(request).db.read(ctx(request)) as tx:
        found = await retention.overview(tx)
    return tuple(retention.view(item) for item in found)


ROUTES: Final = Router("", route_handlers=[own_data, kept, ask, take_back, erasures, runs], tags=["privacy"])
