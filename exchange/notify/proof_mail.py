"""The two letters with a link that only their reader may open: a proved address, a new password."""

from datetime import datetime
from email.message import EmailMessage
from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.identity.mail_proof import token_of
from exchange.i18n import N_, translator
from exchange.notify.inbox import Words
from exchange.notify.mail import Written, written
from exchange.settings import Settings


class Proof(msgspec.Struct, frozen=True):
    """A link that has not been opened, with the address that it goes to."""

    id: UUID
    purpose: str
    created_at: datetime
    email: str
    name: str
    locale: str


# No more than five an hour go to one person, whoever asks for them.
PROOF: Final = """
SELECT m.id, m.purpose, m.created_at, p.email, p.name, p.locale
FROM mail_proof AS m JOIN person AS p ON p.id = m.person_id
WHERE m.id = $1 AND m.used_at IS NULL AND m.expires_at > clock_timestamp() AND (
    SELECT count(*) FROM mail_proof AS o
    WHERE o.person_id = m.person_id AND o.created_at > m.created_at - interval '1 hour' AND o.created_at < m.created_at) < 5
"""


async def proof(tx: Tx, proof_id: UUID) -> Proof | None:
    return await tx.maybe(Proof, PROOF, proof_id)


# purpose -> subject, text, what the link says, its page.
SAID: Final = {
    "verify": (
        N_("Confirm your e-mail address"),
        N_("Open this link within a day to confirm that this address is yours. Until then you can look around and draft."),
        N_("Confirm the address"),
        "/verify",
    ),
    "reset": (
        N_("Set a new password"),
        N_("Somebody asked for a new password for your account. If it was you, open this link within an hour. Else do nothing."),
        N_("Set a new password"),
        "/reset/new",
    ),
}
FOOTER: Final = N_("This link is for you alone. Nobody of the exchange will ask you for it.")


def compose(found: Proof, settings: Settings) -> EmailMessage:
    """The letter, the same in every attempt."""
    subject, text, label, page = SAID[found.purpose]
    say = translator(found.locale).gettext
    link = f"{page}?token={token_of(settings.secret, found.purpose, found.id)}"
    return written(
        Written(
            id=found.id,
            kind=f"mail.{found.purpose}",
            created_at=found.created_at,
            email=found.email,
            name=found.name,
            locale=found.locale,
            words=Words(topic="person", subject=say(subject), text=say(text), link=link),
            label=say(label),
            footer=say(FOOTER),
        ),
        settings,
    )
