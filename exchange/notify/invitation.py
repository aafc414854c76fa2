"""The e-mail that invites somebody to act for a company: the one message to an address that may have no account."""

from datetime import datetime
from email.message import EmailMessage
from typing import Final
from uuid import UUID

import msgspec

from exchange.i18n import N_, translator
from exchange.notify.mail import Content, address_message
from exchange.settings import Settings

SUBJECT: Final = N_("%(company)s invites you to the exchange")
TEXT: Final = N_(
    "You are asked to act for %(company)s on the exchange. Open the link within seven days: it works once, and only for you. "
    "If you expected nothing like this, do nothing."
)
OPEN: Final = N_("Accept the invitation")
FOOTER: Final = N_("You receive this because somebody of this company entered your address.")


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """An open invitation with what its e-mail needs."""

    id: UUID
    email: str
    locale: str
    created_at: datetime
    due_at: datetime
    token_hash: bytes
    company_name: str


def compose(found: Invited, token: str, settings: Settings) -> EmailMessage:
    """The message with the link of one sending."""
    say = translator(found.locale).gettext
    company = {"company": found.company_name}
    content = Content(
        subject=say(SUBJECT) % company,
        text=say(TEXT) % company,
        url=f"{settings.public_url.rstrip('/')}/join?token={token}",
        link=say(OPEN),
        footer=say(FOOTER),
        locale=found.locale,
    )
    # Each sending is a message of its own: their times differ.
    name = f"{found.id}.{int(found.due_at.timestamp())}"
    return address_message(content, settings, name=name, to=found.email, at=found.created_at, kind="member_invitation.sent")
