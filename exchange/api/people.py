"""Roles that a company defines itself, over the API."""

from typing import Final
from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody

from exchange.db import Tx
from exchange.domain.identity import roles
from exchange.domain.identity.model import OwnRole, role_view
from exchange.web import IdempotencyKey, WebRequest, ctx, deps
from schemas.identity import RoleChange, RoleIn, RoleView


@get("/own/roles", summary="The roles that the company has defined")
async def list_roles(request: WebRequest) -> tuple[RoleView, ...]:
    async with deps(request).db.read(ctx(request)) as tx:
        return tuple(role_view(item) for item in await roles.listed(tx))


@post("/own/roles", summary="Define a role of the company's own")
async def create_role(request: WebRequest, data: JSONBody[RoleIn], idempotency_key: IdempotencyKey) -> RoleView:
    """By a person, out of permissions that they have. What binds the company (approving, signing) and what only owners may
    stays with the roles of the exchange."""

    async def do(tx: Tx) -> OwnRole:
        return await roles.create(tx, data)

    body = await request.body()
    return role_view(
        await deps(request).writes.once(ctx(request), "own/roles", idempotency_key, body, do, roles.get, standing="any")
    )


@put("/own/roles/{role_id:uuid}", summary="Change a role of the company's own")
async def change_role(request: WebRequest, role_id: FromPath[UUID], data: JSONBody[RoleChange]) -> RoleView:
    """At the version that was read. Whoever has the role has the new permissions at once, everywhere within ten seconds."""
    acting = ctx(request)
    async with deps(request).db.tx(acting, "any") as tx:
        changed = await roles.change(tx, role_id, data)
    deps(request).access.forget_company(acting.company)
    return role_view(changed)


@delete("/own/roles/{role_id:uuid}", status_code=204, summary="Delete a role of the company's own")
async def delete_role(request: WebRequest, role_id: FromPath[UUID]) -> None:
    """Refused with 409 while anybody has it."""
    async with deps(request).db.tx(ctx(request), "any") as tx:
        await roles.delete(tx, role_id)


ROUTES: Final = Router("", route_handlers=[list_roles, create_role, change_role, delete_role], tags=["people"])
