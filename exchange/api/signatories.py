"""Signatories over the API: who signs for the acting company, and on which basis."""

from uuid import UUID

from litestar import Router, get, post, put
from litestar.params import FromPath, JSONBody

from exchange.db import Tx
from exchange.domain.approval import standing
from exchange.domain.signatory import service
from exchange.domain.signatory.model import Signatory
from exchange.web import WebRequest, ctx, deps
from schemas.signatory import SignatoryIn, SignatoryView


async def _shown(tx: Tx, found: Signatory) -> SignatoryView:
    return service.view(found, (await standing.around(tx)).name(found.person_id), tx.ctx, another=await service.another_owner(tx))


@get("/own/signatories", summary="Who signs for the company, on which basis")
async def list_signatories(request: WebRequest) -> tuple[SignatoryView, ...]:
    """Everybody with the role signatory. Who signs by law needs nothing; others sign within their verified authorisation."""
    async with deps(request).db.read(ctx(request)) as tx:
        company = await standing.around(tx)
        another = await service.another_owner(tx)
        found = await service.listed(tx)
        return tuple(service.view(item, company.name(item.person_id), tx.ctx, another=another) for item in found)


@put("/own/signatories/{signatory_id:uuid}", summary="Write an authorisation down")
async def put_signatory(request: WebRequest, signatory_id: FromPath[UUID], data: JSONBody[SignatoryIn]) -> SignatoryView:
    """By an owner or administrator in person; it holds when an owner has verified it. 409 when `version` is not the newest."""
    async with deps(request).db.tx(ctx(request), "finish") as tx:
        return await _shown(tx, await service.propose(tx, signatory_id, data))


@post("/own/signatories/{signatory_id:uuid}/verify", status_code=200, summary="Verify an authorisation")
async def verify_signatory(request: WebRequest, signatory_id: FromPath[UUID]) -> SignatoryView:
    """By an owner; by another one than the signatory where the company has two. 409 when there is nothing to verify."""
    async with deps(request).db.tx(ctx(request), "finish") as tx:
        return await _shown(tx, await service.verify(tx, signatory_id))


@post("/own/signatories/{signatory_id:uuid}/revoke", status_code=200, summary="Revoke a basis")
async def revoke_signatory(request: WebRequest, signatory_id: FromPath[UUID]) -> SignatoryView:
    """Nothing is signed under it any more; what was signed stands. 409 when it is revoked already."""
    async with deps(request).db.tx(ctx(request), "finish") as tx:
        return await _shown(tx, await service.revoke(tx, signatory_id))


ROUTES = Router(
    "", route_handlers=[list_signatories, put_signatory, verify_signatory, revoke_signatory], tags=["people"]
)  # fmt: skip
