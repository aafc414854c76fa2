"""Who may do what: the table of roles and permissions, and the roles that the company defines itself."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.db import Tx
from exchange.domain.identity import roles
from exchange.domain.identity.model import OwnRole
from exchange.domain.permission import GRANTABLE, MEMBER, may, need
from exchange.errors import DomainError, NotFound
from exchange.i18n import translator
from exchange.pages.choices import MEMBER_ROLES, PERMISSIONS, translated
from exchange.pages.forms import Form, blank
from exchange.pages.reading import Kinds
from exchange.pages.saying import say
from exchange.portal import shell
from exchange.web import WebRequest, deps
from schemas.identity import RoleChange, RoleIn

KINDS: Final[Kinds] = {"permissions": "list"}
ROLES: Final = "/company/roles"


@get("/company/roles")
async def table(request: WebRequest) -> Response[Any]:
    """The table that every check of the exchange reads, and the company's own roles."""
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        own = await roles.listed(tx)
    words = translator(acting.locale).gettext
    roles_of = translated(MEMBER_ROLES, acting.locale)
    rows = [
        {"id": name, "sentence": words(PERMISSIONS[name]), "roles": [word for code, word in roles_of if code in held]}
        for name, held in MEMBER.items()
    ]
    return await shell.render(
        request,
        "portal/company/role_table.html",
        own=own,
        rows=rows,
        sentences={name: words(PERMISSIONS[name]) for name in MEMBER},
        may_define=may(acting, "member.write"),
    )


async def _draw(request: WebRequest, form: Form, role: OwnRole | None, status: int = 200) -> Response[Any]:
    acting = shell.signed_in(request)
    words = translator(form.locale).gettext
    offered = [(name, words(PERMISSIONS[name])) for name in MEMBER if name in GRANTABLE and may(acting, name)]
    return await shell.render(
        request, "portal/company/role.html", status=status, place=ROLES, form=form, role=role, permissions=offered
    )


@get("/company/roles/new")
async def new(request: WebRequest) -> Response[Any]:
    """A role to be defined."""
    acting = shell.signed_in(request)
    need(acting, "member.write")
    return await _draw(request, blank(acting.locale), None)


@post("/company/roles/new")
async def create(request: WebRequest) -> Response[Any]:
    """Define a role; it is given to people on their pages."""
    acting = shell.signed_in(request)
    need(acting, "member.write")
    sent = await shell.sent(request)

    async def do(command: RoleIn) -> Response[Any]:
        async def write(tx: Tx) -> OwnRole:
            return await roles.create(tx, command)

        made = await shell.once(request, acting, sent, write, roles.get, standing="any")
        return shell.redirect(request, ROLES, shell.words(request)("The role “%(name)s” is defined.") % {"name": made.name})

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw(request, form, None, status)

    return await shell.submitted(sent, RoleIn, KINDS, do, again)


async def _role(request: WebRequest, role_id: UUID) -> OwnRole:
    acting = shell.signed_in(request)
    need(acting, "member.write")
    async with deps(request).db.tx(acting, "any") as tx:
        return await roles.get(tx, role_id)


@get("/company/roles/{role_id:uuid}")
async def role_page(request: WebRequest, role_id: FromPath[UUID]) -> Response[Any]:
    """A role as it is."""
    role = await _role(request, role_id)
    initial = {"name": role.name, "permissions": list(role.permissions), "version": str(role.version)}
    return await _draw(request, blank(shell.signed_in(request).locale, initial), role)


@post("/company/roles/{role_id:uuid}")
async def change(request: WebRequest, role_id: FromPath[UUID]) -> Response[Any]:
    """Whoever has the role has exactly these permissions from now on."""
    acting = shell.signed_in(request)
    role = await _role(request, role_id)
    sent = await shell.sent(request)

    async def do(command: RoleChange) -> Response[Any]:
        async with deps(request).db.tx(acting, "any") as tx:
            changed = await roles.change(tx, role_id, command)
        deps(request).access.forget_company(acting.company)
        return shell.redirect(request, ROLES, shell.words(request)("The role “%(name)s” is changed.") % {"name": changed.name})

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw(request, form, role, status)

    return await shell.submitted(sent, RoleChange, KINDS, do, again)


@post("/company/roles/{role_id:uuid}/delete")
async def delete(request: WebRequest, role_id: FromPath[UUID]) -> Response[Any]:
    """The role is gone, unless somebody has it."""
    acting = shell.signed_in(request)
    try:
        async with deps(request).db.tx(acting, "any") as tx:
            deleted = await roles.delete(tx, role_id)
    except NotFound:
        raise
    except DomainError as refusal:
        return shell.redirect(request, f"{ROLES}/{role_id}", say(refusal, acting.locale).line(), "bad")
    return shell.redirect(request, ROLES, shell.words(request)("The role “%(name)s” is deleted.") % {"name": deleted.name})


ROUTES: Final = Router("", route_handlers=[table, new, create, role_page, change, delete])
