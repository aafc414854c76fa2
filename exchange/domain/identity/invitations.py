"""Inviting colleagues by e-mail, and taking an invitation up. Nobody learns whether an address has an account."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from exchange import events
from exchange.ctx import Ctx
from exchange.db import Database, Tx
from exchange.domain.identity import invitation_store as store
from exchange.domain.identity import roles as own
from exchange.domain.identity.invitation import (
    LIFECYCLE,
    AlreadyColleague,
    Found,
    HasAccount,
    Invitation,
    InvitationOver,
    Joined,
    OtherAddress,
    TooManyMails,
    UnknownInvitation,
    token_of,
)
from exchange.domain.identity.service import token_hash
from exchange.domain.permission import need, need_person, need_step_up, show
from exchange.errors import Conflict, FieldError, Forbidden, MailNotVerified, NotFound, WrongState, invalid
from exchange.ids import new_id
from exchange.passwords import Passwords
from schemas.company import InvitationJoin, MemberInvite

OPEN_MAX: Final = 100
SENDS_MAX: Final = 10
SHOWN: Final = 200
TOKEN_CHARS: Final = 43


async def invite(tx: Tx, command: MemberInvite, secret: str) -> Invitation:
    """An invitation under way to an address. Only an owner who has just proved it invites owners."""
    need_person(tx.ctx, "people.write")
    _proved(tx, command.roles)
    own_roles = tuple(dict.fromkeys(command.own_roles))
    await own.check_grant(tx, own_roles)
    if await store.open_count(tx, tx.ctx.company) >= OPEN_MAX:
        raise invalid("", "too-many", "At most %(most)s invitations may be open at once.", most=OPEN_MAX)
    made, email = new_id(), command.email.lower()
    roles = tuple(dict.fromkeys(command.roles))
    outcome = await store.invite(tx, made, email, (roles, own_roles), command.locale, token_hash(token_of(secret, made, 1)))
    _refuse(outcome)
    await events.append(tx, "member_invitation.sent", made, 1, to_state="pending")
    await _mail(tx, made, 1)
    return await get(tx, made)


async def resend(tx: Tx, invitation: UUID, secret: str) -> Invitation:
    """Once more, under a new link and for another seven days; the link before opens nothing."""
    need_person(tx.ctx, "people.write")
    before = await get(tx, invitation)
    _proved(tx, before.roles)
    await own.check_grant(tx, await store.roles_that_stand(tx, before.own_roles))
    if before.sends >= SENDS_MAX:
        raise invalid("", "too-many", "This invitation was sent %(most)s times. Withdraw it and make another.", most=SENDS_MAX)
    sends = before.sends + 1
    renewed = await store.renew(tx, invitation, before.sends, token_hash(token_of(secret, invitation, sends)))
    if renewed.outcome == "unknown":
        raise NotFound(noun="invitation")
    _refuse(renewed.outcome)
    if renewed.new_version is None:
        raise WrongState(noun="invitation", current=renewed.outcome)
    step = LIFECYCLE.step("resend")
    await events.append(tx, step.event, invitation, renewed.new_version, from_state=renewed.was, to_state=step.to)
    await _mail(tx, invitation, sends)
    return await get(tx, invitation)


async def revoke(tx: Tx, invitation: UUID) -> Invitation:
    """The link opens nothing any more."""
    need_person(tx.ctx, "people.write")
    step = LIFECYCLE.step("revoke")
    version = await store.revoke(tx, tx.ctx.company, invitation, step.from_, step.to)
    found = await get(tx, invitation)
    if version is None:
        raise WrongState(noun="invitation", current=found.status)
    await events.append(tx, step.event, invitation, version, from_state=step.from_[0], to_state=step.to)
    return found


async def get(tx: Tx, invitation: UUID) -> Invitation:
    need(tx.ctx, "people.write")
    found = await store.get(tx, invitation)
    if found is None:
        raise NotFound(noun="invitation")
    show(tx.ctx, "invitation", found.company_id)
    return found


async def listed(tx: Tx) -> list[Invitation]:
    """The company's invitations, newest first."""
    need(tx.ctx, "people.write")
    return await store.listed(tx, tx.ctx.company, SHOWN)


def _proved(tx: Tx, roles: Sequence[str]) -> None:
    """Nobody has mail sent in the name of an address that may not be theirs; and an owner is made as carefully as anywhere."""
    if not tx.ctx.verified:
        raise MailNotVerified
    if "owner" in roles:
        need_step_up(tx.ctx)


async def _mail(tx: Tx, invitation: UUID, sends: int) -> None:
    payload = {"invitation_id": str(invitation), "sends": sends}
    await events.enqueue(tx, "mail_invitation", f"member_invitation:{invitation}:{sends}", payload)


def _refuse(outcome: str) -> None:
    match outcome:
        case "not_allowed":
            raise Forbidden(needed="owner or admin")
        case "owner_only":
            raise Forbidden(needed="owner")
        case "member":
            raise _at_email("A colleague with this e-mail", "This person is a colleague already.")
        case "flood":
            raise TooManyMails
        case "pending":
            raise _at_email("An open invitation", "This address was invited already. Send that invitation again.")
        case _:
            pass


def _at_email(what: str, detail: str) -> Conflict:
    return Conflict(what=what, errors=(FieldError("/email", "exists", detail),))


async def find(db: Database, token: str, request_id: str = "") -> Found:
    """The open invitation of a token. Raises UnknownInvitation, and InvitationOver for one that leads nowhere any more."""
    if len(token) != TOKEN_CHARS or not token.isascii():
        raise UnknownInvitation
    async with db.tx(Ctx(request_id=request_id), "any") as tx:
        found = await store.find(tx, token_hash(token))
    if found is None:
        raise UnknownInvitation
    if found.status != "pending" or found.over:
        raise InvitationOver(current="expired" if found.status == "pending" else found.status)
    return found


async def accept(db: Database, ctx: Ctx, token: str) -> Joined:
    """The acting person, signed in with the invited address, acts for the company too. Who had left comes back."""
    if ctx.operator or ctx.scopes is not None:
        raise Forbidden(needed="a member's own session")
    return await _take(db, await find(db, token, ctx.request_id), token, ctx.person, None, ctx.locale, ctx.request_id)


async def join(db: Database, passwords: Passwords, command: InvitationJoin, request_id: str = "") -> Joined:
    """A new person with a name and a password of their own. Raises HasAccount when the address has one."""
    found = await find(db, command.token, request_id)
    hashed = await passwords.hash(command.password)
    return await _take(db, found, command.token, new_id(), (command.name, hashed), command.locale, request_id)


async def _take(
    db: Database, found: Found, token: str, person: UUID, new: tuple[str, str] | None, locale: str, request_id: str
) -> Joined:
    """Take the invitation up in one transaction, as the one person for the one company that it names."""
    acting = Ctx(person_id=person, company_id=found.company_id, locale=locale, request_id=request_id)
    name, hashed = new or (None, None)
    async with db.tx(acting, "any") as tx:
        taken = await store.accept(tx, token_hash(token), person, name, hashed, locale if new else None)
        match taken.outcome:
            case "accepted":
                pass
            case "unknown":
                raise UnknownInvitation
            case "known":
                raise HasAccount
            case "other":
                raise OtherAddress
            case "operator":
                raise Forbidden(needed="a member's own session")
            case "member":
                raise AlreadyColleague
            case over:
                raise InvitationOver(current="accepted" if over == "accepted_before" else over)
        assert taken.invitation is not None
        assert taken.invitation_version is not None
        assert taken.person_version is not None
        step = LIFECYCLE.step("accept")
        states: dict[str, str | int | bool | None] = {"company_id": str(found.company_id), "roles": " ".join(found.roles)}
        await events.append(
            tx, step.event, taken.invitation, taken.invitation_version, from_state=step.from_[0], to_state=step.to
        )
        await events.append(tx, "person.added", person, taken.person_version, payload=states)
    return Joined(person_id=person, company_id=found.company_id, company_name=found.company_name)
