"""Invitations to colleagues and roles that a company defines itself, over the API."""

from typing import Final
from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody

from exchange.db import Tx
from exchange.domain.identity import invitations, roles
from exchange.domain.identity.invitation import Invitation, Joined, view
from exchange.domain.identity.model import OwnRole
from exchange.domain.identity.view import role_view
from exchange.web import IdempotencyKey, WebRequest, ctx, deps, request_id
from schemas.company import InvitationAccept, InvitationJoin, InvitationJoined, InvitationView, MemberInvite
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


@get("/own/invitations", summary="The company's invitations to colleagues, newest first")
async def list_invitations(request: WebRequest) -> tuple[InvitationView, ...]:
    async with deps(request).db.read(ctx(request)) as tx:
        return tuple(view(item) for item in await invitations.listed(tx))


@post("/own/invitations", summary="Invite a colleague by e-mail")
async def invite(request: WebRequest, data: JSONBody[MemberInvite], idempotency_key: IdempotencyKey) -> InvitationView:
    """The link goes to the address alone and works once, for seven days. The answer is the same whether or not the address
    has an account."""
    parts = deps(request)

    async def do(tx: Tx) -> Invitation:
        return await invitations.invite(tx, data, parts.settings.secret)

    body = await request.body()
    return view(
        await parts.writes.once(ctx(request), "own/invitations", idempotency_key, body, do, invitations.get, standing="applicant")
    )


@post("/own/invitations/{invitation_id:uuid}/resend", status_code=200, summary="Send an invitation again")
async def resend(request: WebRequest, invitation_id: FromPath[UUID], idempotency_key: IdempotencyKey) -> InvitationView:
    """Under a new link, for another seven days; the link before opens nothing."""
    parts = deps(request)

    async def do(tx: Tx) -> Invitation:
        return await invitations.resend(tx, invitation_id, parts.settings.secret)

    route = f"own/invitations/{invitation_id}/resend"
    body = await request.body()
    return view(await parts.writes.once(ctx(request), route, idempotency_key, body, do, invitations.get, standing="applicant"))


@post("/own/invitations/{invitation_id:uuid}/revoke", status_code=200, summary="Withdraw an invitation")
async def revoke(request: WebRequest, invitation_id: FromPath[UUID]) -> InvitationView:
    async with deps(request).db.tx(ctx(request), "any") as tx:
        return view(await invitations.revoke(tx, invitation_id))


def _joined(joined: Joined) -> InvitationJoined:
    return InvitationJoined(person_id=joined.person_id, company_id=joined.company_id, company_name=joined.company_name)


@post("/invitations/accept", status_code=200, summary="Take an invitation up, signed in with the invited address")
async def accept(request: WebRequest, data: JSONBody[InvitationAccept]) -> InvitationJoined:
    """The person acts for one more company; `POST /session/company` leads there."""
    return _joined(await invitations.accept(deps(request).db, ctx(request), data.token))


@post("/invitations/join", status_code=201, summary="Take an invitation up as a new person")
async def join(request: WebRequest, data: JSONBody[InvitationJoin]) -> InvitationJoined:
    """With a name and a password of one's own; then sign in. Refused with 409 when the invited address has an account."""
    parts = deps(request)
    return _joined(await invitations.join(parts.db, parts.passwords, data, request_id(request)))


ROUTES: Final = Router(
    "",
    route_handlers=[
        list_roles,
        create_role,
        change_role,
        delete_role,
        list_invitations,
        invite,
        resend,
        revoke,
        accept,
        join,
    ],
    tags=["people"],
)
