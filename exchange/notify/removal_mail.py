"""The letter to somebody whose second factors are to be removed, with the link that stops it."""

from datetime import datetime
from email.message import EmailMessage
from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.identity.lost_factor import token_of
from exchange.i18n import N_, translator
from exchange.notify.inbox import Words
from exchange.notify.mail import Written, written
from exchange.notify.proof_mail import FOOTER
from exchange.settings import Settings


class UnderWay(msgspec.Struct, frozen=True):
    """A removal that can be stopped, with the address of whom it is about."""

    id: UUID
    status: str
    since: datetime
    email: str
    name: str
    locale: str


UNDER_WAY: Final = """
SELECT r.id, r.status, coalesce(r.confirmed_at, r.asked_at) AS since, p.email, p.name, p.locale
FROM factor_removal AS r JOIN person AS p ON p.id = r.person_id
WHERE r.id = $1 AND r.status = $2 AND r.status IN ('asked', 'confirmed')
"""


async def under_way(tx: Tx, removal: UUID, status: str) -> UnderWay | None:
    """Nothing when it has gone on since: that step has a letter of its own, or nothing can be stopped any more."""
    return await tx.maybe(UnderWay, UNDER_WAY, removal, status)


# status -> subject, text.
SAID: Final = {
    "asked": (
        N_("An operator was asked to remove your second factors"),
        N_(
            "Somebody told the exchange that you have lost your device, passkeys and recovery codes. A second operator must "
            "confirm it. If it was not you, open this link: it stops it."
        ),
    ),
    "confirmed": (
        N_("Your second factors will be removed in a day"),
        N_(
            "Two operators of the exchange have checked it. In 24 hours codes, passkeys and recovery codes count no more "
            "and your password signs in. If it was not you, open this link now or sign in with a code or passkey: both stop it."
        ),
    ),
}
LABEL: Final = N_("Stop it: I have not lost them")


def compose(found: UnderWay, settings: Settings) -> EmailMessage:
    """The letter, the same in every attempt."""
    subject, text = SAID[found.status]
    say = translator(found.locale).gettext
    return written(
        Written(
            id=found.id,
            kind=f"mail.factor_removal_{found.status}",
            created_at=found.since,
            email=found.email,
            name=found.name,
            locale=found.locale,
            words=Words("person", say(subject), say(text), f"/second-factor/stop?token={token_of(settings.secret, found.id)}"),
            label=say(LABEL),
            footer=say(FOOTER),
        ),
        settings,
    )
