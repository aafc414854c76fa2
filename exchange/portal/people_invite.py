"""Inviting colleagues, and the page of an invitation for whoever holds its link."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.db import Tx
from exchange.domain.identity import invitations
from exchange.domain.identity import roles as own
from exchange.domain.identity import service as identity
from exchange.domain.identity.invitation import Found, HasAccount, Invitation, InvitationOver, UnknownInvitation
from exchange.domain.permission import need
from exchange.errors import DomainError
from exchange.i18n import translator
from exchange.pages import answers
from exchange.pages.choices import MEMBER_ROLES, ROLES_EXPLAINED, translated
from exchange.pages.forms import Form, blank
from exchange.pages.reading import InvalidForm, Kinds, read
from exchange.pages.saying import say
from exchange.portal import shell
from exchange.portal.session import enter
from exchange.web import WebRequest, deps, maybe_ctx, request_id, session_token
from schemas.company import InvitationJoin, MemberInvite

KINDS: Final[Kinds] = {"roles": "list", "own_roles": "list"}
PEOPLE: Final = "/company/people"


async def _draw(request: WebRequest, form: Form, status: int = 200) -> Response[Any]:
    words = translator(form.locale).gettext
    roles = [(code, word, words(ROLES_EXPLAINED[code])) for code, word in translated(MEMBER_ROLES, form.locale)]
    if "owner" not in shell.signed_in(request).roles:
        roles = [role for role in roles if role[0] != "owner"]
    async with deps(request).db.tx(shell.signed_in(request), "any") as tx:
        own_roles = [(str(role.id), role.name) for role in await own.listed(tx)]
    return await shell.render(
        request, "portal/company/person_new.html", status=status, form=form, roles=roles, own_roles=own_roles
    )


@get("/company/people/new")
async def invite_page(request: WebRequest) -> Response[Any]:
    """A colleague to be invited."""
    acting = shell.signed_in(request)
    need(acting, "people.write")
    return await _draw(request, blank(acting.locale, {"locale": acting.locale}))


@post("/company/people/new")
async def invite(request: WebRequest) -> Response[Any]:
    """Invite an address; the answer says nothing about whether it has an account."""
    acting = shell.signed_in(request)
    need(acting, "people.write")
    sent = await shell.sent(request)

    async def do(command: MemberInvite) -> Response[Any]:
        async def write(tx: Tx) -> Invitation:
            return await invitations.invite(tx, command, deps(request).settings.secret)

        made = await shell.once(request, acting, sent, write, invitations.get, standing="applicant")
        said = shell.words(request)("An invitation is on its way to %(email)s.") % {"email": made.email}
        return shell.redirect(request, PEOPLE, said)

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw(request, form, status)

    return await shell.submitted(sent, MemberInvite, KINDS, do, again)


@post("/company/invitations/{invitation_id:uuid}/resend")
async def resend(request: WebRequest, invitation_id: FromPath[UUID]) -> Response[Any]:
    """The same invitation under a new link."""

    async def do(tx: Tx) -> Invitation:
        return await invitations.resend(tx, invitation_id, deps(request).settings.secret)

    said = shell.words(request)("The invitation is sent again. The link before opens nothing any more.")
    return await shell.act(request, PEOPLE, do, invitations.get, said, standing="applicant")


@post("/company/invitations/{invitation_id:uuid}/revoke")
async def revoke(request: WebRequest, invitation_id: FromPath[UUID]) -> Response[Any]:
    """The link opens nothing any more."""

    async def do(tx: Tx) -> Invitation:
        return await invitations.revoke(tx, invitation_id)

    said = shell.words(request)("The invitation is withdrawn.")
    return await shell.act(request, PEOPLE, do, invitations.get, said, standing="any")


async def _page(request: WebRequest, status: int = 200, **context: object) -> Response[Any]:
    """A page for a visitor and for whoever is signed in alike: whoever opens it acts for no company yet."""
    await answers.surroundings(request, None)
    frame = answers.build_frame(request, None, None, area="public")
    return answers.page(request, "portal/session/join.html", frame, context, status=status)


async def _draw_join(request: WebRequest, token: str, found: Found, form: Form, status: int = 200) -> Response[Any]:
    acting = maybe_ctx(request)
    email = ""
    if acting is not None and acting.scopes is None:
        async with deps(request).db.tx(acting, "any") as tx:
            email = (await identity.me(tx)).person.email
    roles = [word for code, word in translated(MEMBER_ROLES, form.locale) if code in found.roles]
    return await _page(request, status, token=token, found=found, form=form, email=email, roles=roles, problem=None)


async def _over(request: WebRequest, error: DomainError) -> Response[Any]:
    """The clear page of a link that leads nowhere."""
    locale = answers.locale_of(request, maybe_ctx(request))
    return await _page(request, error.status, problem=say(error, locale), found=None)


@get("/join")
async def join_page(request: WebRequest) -> Response[Any]:
    """What the holder of the link is invited to."""
    token = request.query_params.get("token", "")
    try:
        found = await invitations.find(deps(request).db, token, request_id(request))
    except (UnknownInvitation, InvitationOver) as error:
        return await _over(request, error)
    locale = answers.locale_of(request, maybe_ctx(request))
    return await _draw_join(request, token, found, blank(locale, {"locale": found.locale}))


@post("/join")
async def join(request: WebRequest) -> Response[Any]:
    """Take it up: as the person who is signed in, or as a new one; then act for the company in a new session."""
    sent = await shell.sent(request)
    parts = deps(request)
    token = sent.value("token")
    try:
        found = await invitations.find(parts.db, token, request_id(request))
    except (UnknownInvitation, InvitationOver) as error:
        return await _over(request, error)
    acting = maybe_ctx(request)
    old = session_token(request)
    said = shell.words(request)("You now act for %(company)s.") % {"company": found.company_name}
    if sent.button == "accept" and acting is not None and old is not None:
        try:
            joined = await invitations.accept(parts.db, acting, token)
        except DomainError as error:
            return await _over(request, error)
        signed_in = await identity.switch_company(parts.db, acting, joined.company_id, token=old)
        parts.access.forget(old)
        return enter(request, signed_in, "/", said)
    typed = {name: values for name, values in sent.form.typed.items() if name != "password"}
    kept = Form(sent.form.locale, typed)
    try:
        command = read(sent.form, InvitationJoin, {})
        await invitations.join(parts.db, parts.passwords, command, request_id(request))
    except InvalidForm as problem:
        return await _draw_join(request, token, found, kept.with_errors(problem.form.errors), 422)
    except HasAccount as error:
        return await _draw_join(request, token, found, kept.with_errors({"": say(error, kept.locale).text}), error.status)
    except DomainError as error:
        return await _over(request, error)
    ready = shell.words(request)("Your account is ready. Sign in with %(email)s.") % {"email": found.email}
    return shell.redirect(request, shell.SIGN_IN, ready)


ROUTES: Final = Router("", route_handlers=[invite_page, invite, resend, revoke, join_page, join])
