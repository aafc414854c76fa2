"""Addresses of the own company over the API."""

from typing import Final
from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody

from exchange.db import Tx
from exchange.domain.company import addresses
from exchange.domain.company.addresses import CompanyAddress, view
from exchange.web import IdempotencyKey, WebRequest, ctx, deps
from schemas.address import AddressAdd, AddressView


@get("/own/addresses", summary="The acting company's addresses")
async def listed(request: WebRequest) -> tuple[AddressView, ...]:
    acting = ctx(request)
    async with deps(request).db.read(acting) as tx:
        return tuple(view(item) for item in await addresses.listed(tx, acting.company))


@post("/own/addresses", summary="Add an address")
async def add(request: WebRequest, data: JSONBody[AddressAdd], idempotency_key: IdempotencyKey) -> AddressView:
    """A registered one, a warehouse with its hours, one for bills, or a branch with its 13 digits."""

    async def do(tx: Tx) -> CompanyAddress:
        return await addresses.add(tx, data)

    body = await request.body()
    acting = ctx(request)
    return view(
        await deps(request).writes.once(acting, "own/addresses", idempotency_key, body, do, addresses.get, standing="any")
    )


@delete("/own/addresses/{address_id:uuid}", status_code=200, summary="Remove an address")
async def remove(request: WebRequest, address_id: FromPath[UUID]) -> AddressView:
    async with deps(request).db.tx(ctx(request), "any") as tx:
        return view(await addresses.remove(tx, address_id))


ROUTES: Final = Router("", route_handlers=[listed, add, remove], tags=["people"])
