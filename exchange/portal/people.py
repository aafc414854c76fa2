"""The people of the company; one colleague: other roles, or the end of the membership."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath
from msgspec import UNSET, structs

from exchange.ctx import Ctx
from exchange.domain.company import members, service
from exchange.domain.company.model import LastOwner, Member
from exchange.domain.identity import invitations, roles
from exchange.domain.permission import may, need
from exchange.errors import Forbidden
from exchange.i18n import translator
from exchange.pages.choices import MEMBER_ROLES, ROLES_EXPLAINED, translated
from exchange.pages.forms import Form, blank
from exchange.pages.reading import Kinds
from exchange.pages.saying import say
from exchange.portal import shell
from exchange.web import WebRequest, deps
from schemas.company import MemberChange

KINDS: Final[Kinds] = {"roles": "list", "own_roles": "list"}
PEOPLE: Final = "/company/people"


def _offered(acting: Ctx, person: Member, locale: str) -> list[tuple[str, str, str]]:
    """The roles that the reader may give this colleague; none when somebody else must."""
    if "owner" in person.roles and "owner" not in acting.roles:
        return []
    words = translator(locale).gettext
    codes = {code for code in MEMBER_ROLES if code != "owner" or "owner" in acting.roles}
    if person.person_id == acting.person_id:
        codes &= set(person.roles)
    return [(code, word, words(ROLES_EXPLAINED[code])) for code, word in translated(MEMBER_ROLES, locale) if code in codes]


@get("/company/people")
async def people(request: WebRequest) -> Response[Any]:
    """The people of the company with what they may do, and who was invited."""
    acting = shell.signed_in(request)
    may_invite = may(acting, "people.write")
    async with deps(request).db.tx(acting, "any") as tx:
        found = await service.people(tx)
        own = {role.id: role.name for role in await roles.listed(tx)}
        invited = [item for item in await invitations.listed(tx) if item.status != "accepted"] if may_invite else []
    return await shell.render(
        request,
        "portal/company/people.html",
        people=found,
        own=own,
        invited=invited,
        me=acting.person_id,
        may_add=may_invite,
        may_change=may(acting, "member.write"),
    )


async def _draw(request: WebRequest, person: Member, form: Form, status: int = 200) -> Response[Any]:
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        own_roles = await roles.listed(tx)
    return await shell.render(
        request,
        "portal/company/person.html",
        status=status,
        form=form,
        person=person,
        own=person.person_id == acting.person_id,
        own_roles=[(str(role.id), role.name) for role in own_roles],
        roles=_offered(acting, person, form.locale),
    )


async def _colleague(request: WebRequest, acting: Ctx, person_id: UUID) -> Member:
    need(acting, "member.write")
    async with deps(request).db.tx(acting, "any") as tx:
        return await members.get(tx, person_id)


@get("/company/people/{person_id:uuid}")
async def person_page(request: WebRequest, person_id: FromPath[UUID]) -> Response[Any]:
    """A colleague with the roles that they have."""
    acting = shell.signed_in(request)
    person = await _colleague(request, acting, person_id)
    form = blank(
        acting.locale,
        {"roles": list(person.roles), "version": str(person.version), "own_roles": [str(role) for role in person.own_roles]},
    )
    return await _draw(request, person, form)


@post("/company/people/{person_id:uuid}")
async def change(request: WebRequest, person_id: FromPath[UUID]) -> Response[Any]:
    """Give a colleague exactly the roles that are ticked; they hold at once."""
    acting = shell.signed_in(request)
    person = await _colleague(request, acting, person_id)
    sent = await shell.sent(request)

    async def do(command: MemberChange) -> Response[Any]:
        if command.own_roles is UNSET:
            command = structs.replace(command, own_roles=())  # none is ticked
        async with deps(request).db.tx(acting, "any") as tx:
            changed = await members.change(tx, person_id, command)
        deps(request).access.forget_person(person_id)
        said = shell.words(request)("The roles of %(name)s are changed.") % {"name": changed.name}
        return shell.redirect(request, PEOPLE, said)

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw(request, person, form, status)

    return await shell.submitted(sent, MemberChange, KINDS, do, again)


@post("/company/people/{person_id:uuid}/end")
async def end(request: WebRequest, person_id: FromPath[UUID]) -> Response[Any]:
    """The colleague leaves the company; who leaves it themselves goes to the sign-in page."""
    acting = shell.signed_in(request)
    try:
        async with deps(request).db.tx(acting, "any") as tx:
            ended = await members.end(tx, person_id)
    except (LastOwner, Forbidden) as refusal:
        return shell.redirect(request, f"{PEOPLE}/{person_id}", say(refusal, acting.locale).line(), "bad")
    deps(request).access.forget_person(person_id)
    said = shell.words(request)("The membership of %(name)s has ended.") % {"name": ended.name}
    return shell.redirect(request, shell.SIGN_IN if person_id == acting.person_id else PEOPLE, said)


ROUTES: Final = Router("", route_handlers=[people, person_page, change, end])
