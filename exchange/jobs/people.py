"""Invitations that leave by e-mail or end, keys that end soon, and second factors that a person has lost."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec
import structlog

from exchange import events
from exchange.db import Tx
from exchange.domain.identity import lost_factor
from exchange.domain.identity.invitation import LIFECYCLE, token_of
from exchange.domain.identity.service import token_hash
from exchange.jobs.deliver import MAIL_RETRY
from exchange.jobs.kinds import Deps, Handler, Internal, Job, Outside
from exchange.notify import mail, removal_mail
from exchange.notify.invitation import Invited, compose

log = structlog.get_logger(__name__)

# Nothing when it is over or was sent again meanwhile: that sending has a job of its own.
INVITED: Final = """
SELECT i.id, i.email, i.locale, i.created_at, i.due_at, i.token_hash, c.display_name AS company_name
FROM member_invitation AS i JOIN company AS c ON c.id = i.company_id
WHERE i.id = $1 AND i.sends = $2 AND i.status = 'pending'
"""


async def invited(tx: Tx, invitation: UUID, sends: int) -> Invited | None:
    return await tx.maybe(Invited, INVITED, invitation, sends)


async def mail_invitation(deps: Deps, job: Job) -> None:
    """Send the one link of this sending; it is made here and kept nowhere."""
    sends = int(str(job.payload["sends"]))
    async with deps.db.system() as tx:
        found = await invited(tx, job.uuid("invitation_id"), sends)
    if found is None:
        return
    token = token_of(deps.settings.secret, found.id, sends)
    if token_hash(token) != found.token_hash:
        log.warning("an invitation was made under another secret: send it again", invitation_id=str(found.id))
        return
    try:
        await mail.send(compose(found, token, deps.settings), deps.settings.smtp_url)
    except mail.Undeliverable as refusal:
        log.warning("an invitation is undeliverable", invitation_id=str(found.id), error=str(refusal))


class Changed(msgspec.Struct, frozen=True):
    version: int
    company_id: UUID


# Nothing when it was taken up, withdrawn or sent again meanwhile.
EXPIRE: Final = """
WITH l AS MATERIALIZED (SELECT i.id, i.status, i.due_at FROM member_invitation AS i WHERE i.id = $1 FOR UPDATE)
UPDATE member_invitation AS i SET status = $3, version = i.version + 1
FROM l WHERE i.id = l.id AND l.status = ANY ($2) AND l.due_at <= market_now()
RETURNING i.version, i.company_id
"""


async def expire_invitation(tx: Tx, job: Job) -> None:
    step = LIFECYCLE.step("expire")
    invitation = job.uuid("id")
    changed = await tx.maybe(Changed, EXPIRE, invitation, list(step.from_), step.to)
    if changed is not None:
        await events.append(
            tx,
            step.event,
            invitation,
            changed.version,
            from_state=step.from_[0],
            to_state=step.to,
            audience=(changed.company_id,),
        )


WARN: Final = """
UPDATE api_key AS k SET warn_at = NULL, version = k.version + 1
WHERE k.id = $1 AND k.warn_at <= clock_timestamp() AND k.revoked_at IS NULL AND k.expires_at > clock_timestamp()
RETURNING k.version, k.company_id
"""


async def warn_of_key(tx: Tx, job: Job) -> None:
    """Its company is told, once, that systems will soon be refused."""
    key = job.uuid("id")
    changed = await tx.maybe(Changed, WARN, key)
    if changed is not None:
        await events.append(tx, "key.expiring", key, changed.version, audience=(changed.company_id,))


async def mail_factor_removal(deps: Deps, job: Job) -> None:
    """To the person at once, with the link that stops it; nothing once it is over."""
    async with deps.db.system() as tx:
        found = await removal_mail.under_way(tx, job.uuid("id"), str(job.payload["status"]))
    if found is None:
        return
    try:
        await mail.send(removal_mail.compose(found, deps.settings), deps.settings.smtp_url)
    except mail.Undeliverable as refusal:
        log.warning("e-mail is undeliverable", factor_removal_id=str(found.id), error=str(refusal))


async def end_factor_removal(tx: Tx, job: Job) -> None:
    await lost_factor.carry_out(tx, job.uuid("id"))


HANDLERS: Final[Mapping[str, Handler]] = {
    "mail_invitation": Outside(mail_invitation, MAIL_RETRY),
    "expire_invitation": Internal(expire_invitation),
    "warn_of_key": Internal(warn_of_key),
    "mail_factor_removal": Outside(mail_factor_removal, MAIL_RETRY),
    "end_factor_removal": Internal(end_factor_removal),
}
