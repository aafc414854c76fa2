"""An invitation to act for a company: its states, its rows, its token, and what is refused."""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from exchange.domain.transition import Lifecycle, Transition
from exchange.errors import DomainError
from schemas.common import Locale
from schemas.company import InvitationStatus, InvitationView, MemberRole

LIFECYCLE: Final = Lifecycle(
    noun="member_invitation",
    table="member_invitation",
    initial=("pending",),
    transitions=(
        Transition("resend", ("pending", "expired"), "pending", "people.write", "member_invitation.resent"),
        Transition("accept", ("pending",), "accepted", "token", "member_invitation.accepted"),
        Transition("revoke", ("pending",), "revoked", "people.write", "member_invitation.revoked"),
        Transition("expire", ("pending",), "expired", "job", "member_invitation.expired", "due_at"),
    ),
)


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `member_invitation`, without its token."""

    id: UUID
    company_id: UUID
    email: str
    roles: tuple[MemberRole, ...]
    own_roles: tuple[UUID, ...]
    locale: Locale
    status: InvitationStatus
    version: int
    sends: int
    invited_by: UUID
    created_at: datetime
    due_at: datetime


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What the holder of a token may know. `over`: its time has passed, whatever the job has done yet."""

    id: UUID
    company_id: UUID
    company_name: str
    email: str
    roles: tuple[MemberRole, ...]
    locale: Locale
    status: InvitationStatus
    over: bool


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts for which company from now on."""

    person_id: UUID
    company_id: UUID
    company_name: str


class UnknownInvitation(DomainError):
    """Mistyped, replaced by a newer one, or never made: all the same to who holds it."""

    status = 404
    code = "invitation-unknown"
    title = "This invitation is not valid"
    detail = "The link is incomplete, or a newer invitation has replaced it. Open the newest one, or ask for another."


class InvitationOver(DomainError):
    """Used, withdrawn or too old; `current` says which."""

    status = 409
    code = "invitation-over"
    title = "This invitation is over"
    detail = "It was used or withdrawn, or its seven days have passed. Sign in if you used it; else ask for another."


class HasAccount(DomainError):
    """Said to nobody but who holds the token that went to this address."""

    status = 409
    code = "has-account"
    title = "You have an account already"
    detail = "There is an account with this e-mail. Sign in with it and open the invitation again."


class OtherAddress(DomainError):
    status = 403
    code = "other-address"
    title = "This invitation is for another address"
    detail = "You are signed in with another e-mail than the one that was invited. Sign out first."


class TooManyMails(DomainError):
    """Of one company five, of all together ten: nobody's mailbox is filled by inviting again and again."""

    status = 429
    code = "too-many-mails"
    title = "This address got enough invitations today"
    detail = "So many invitations went to this address today that no more is sent. Try again tomorrow."


class AlreadyColleague(DomainError):
    status = 409
    code = "already-colleague"
    title = "You act for this company already"
    detail = "Nothing was changed."


def token_of(secret: str, invitation: UUID, sends: int) -> str:
    """The token of one sending: made again whenever it is needed, and kept nowhere."""
    said = b"member-invitation\x00" + invitation.bytes + sends.to_bytes(4, "big")
    return base64.urlsafe_b64encode(hmac.digest(secret.encode(), said, hashlib.sha256)).rstrip(b"=").decode()


def view(found: Invitation) -> InvitationView:
    return InvitationView(
        id=found.id,
        version=found.version,
        email=found.email,
        roles=found.roles,
        own_roles=found.own_roles,
        locale=found.locale,
        status=found.status,
        sends=found.sends,
        invited_by=found.invited_by,
        created_at=found.created_at,
        due_at=found.due_at,
    )
