"""Jobs `mail` and `webhook`: calls to the world, at least once, under a lease and with an id that stays the same."""

import random
import time
from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

import msgspec
import structlog

from exchange import events
from exchange.db import Tx
from exchange.domain.privacy import fields
from exchange.domain.webhook.model import LIFECYCLE
from exchange.jobs import queue
from exchange.jobs.kinds import Deps, Handler, Job, Later, Outside, Retry
from exchange.notify import mail, proof_mail
from exchange.notify.subject import happening
from exchange.notify.webhooks import Refused, Sender, message

# Half a day of growing waits, then every six hours: about three days in all.
WEBHOOK_RETRY: Final = Retry(attempts=28, first_s=5.0, most_s=21600.0)
MAIL_RETRY: Final = Retry(attempts=40, first_s=2.0, most_s=3600.0)
# Calls to one address at the same time in one process.
AT_ONCE: Final = 2
# After a failed call the address rests; one delivery then finds out whether it is back.
REST_S: Final = 30.0
SOON_S: Final = 0.05
SELDOM_S: Final = 3.0
REMEMBERED: Final = 10_000

log = structlog.get_logger(__name__)


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery with what it needs to leave."""

    id: UUID
    status: str
    event_id: UUID
    company_id: UUID
    endpoint_id: UUID
    endpoint_status: str
    url: str
    # As it stands in the table, sealed.
    secret: str


WAITING: Final = """
SELECT d.id, d.status, d.event_id, d.company_id, w.id AS endpoint_id, w.status AS endpoint_status, w.url, w.secret
FROM webhook_delivery AS d JOIN webhook_endpoint AS w ON w.id = d.endpoint_id WHERE d.id = $1
"""


async def waiting(tx: Tx, delivery_id: UUID) -> Waiting | None:
    return await tx.maybe(Waiting, WAITING, delivery_id)


# What became of one attempt: $2 the status it has now, $3 the answer's HTTP status, $4 why not.
ATTEMPTED: Final = """
UPDATE webhook_delivery AS d SET status = $2, attempts = d.attempts + 1, last_status = $3, last_error = $4,
    delivered_at = CASE WHEN $2 = 'delivered' THEN market_now() ELSE d.delivered_at END
WHERE d.id = $1
"""


async def attempted(tx: Tx, delivery_id: UUID, status: str, answer: int | None, why: str | None) -> None:
    await tx.execute(ATTEMPTED, delivery_id, status, answer, why)


GIVE_UP: Final = """
UPDATE webhook_endpoint AS w SET status = $3, version = w.version + 1 WHERE w.id = $1 AND w.status = ANY ($2)
RETURNING w.version
"""


async def give_up(tx: Tx, endpoint_id: UUID, company_id: UUID) -> None:
    """Switch off an address that says it is gone, and let its company know."""
    step = LIFECYCLE.step("give_up")
    version = await tx.value(GIVE_UP, endpoint_id, list(step.from_), step.to)
    if version is not None:
        await events.append(
            tx, step.event, endpoint_id, version, from_state=step.from_[0], to_state=step.to, audience=(company_id,)
        )


class Lanes:
    """How busy each address is, so that one that hangs holds at most AT_ONCE slots of the worker and then none."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, rng: random.Random | None = None) -> None:
        self._clock = clock
        self._rng = rng or random.Random()  # noqa: S311  spreads load
        self._running: dict[UUID, list[float]] = {}
        self._rests_until: dict[UUID, float] = {}

    def enter(self, endpoint: UUID) -> float:
        """Take a place and get its token; raises Later when all are taken or the address rests."""
        now = self._clock()
        running = self._running.get(endpoint, [])
        rest_s = self._rests_until.get(endpoint, 0.0) - now
        if rest_s > 0:
            raise Later(rest_s + self._rng.uniform(0.0, REST_S))
        # An address that failed last time is tried by one delivery alone.
        if len(running) >= (1 if endpoint in self._rests_until else AT_ONCE):
            # A quick receiver is asked again at once; one that has been silent for long, seldom.
            raise Later(min(max(now - min(running), SOON_S), SELDOM_S) * self._rng.uniform(0.5, 1.5))
        self._running[endpoint] = [*running, now]
        return now

    def leave(self, endpoint: UUID, token: float, *, ok: bool) -> None:
        """Give the place back after a call that succeeded or failed."""
        self._running[endpoint].remove(token)
        if not self._running[endpoint]:
            del self._running[endpoint]
        if ok:
            self._rests_until.pop(endpoint, None)
        else:
            self._rests_until[endpoint] = self._clock() + REST_S
        while len(self._rests_until) > REMEMBERED:
            del self._rests_until[next(iter(self._rests_until))]


class Deliverer:
    """The outside jobs of one worker process."""

    def __init__(self, sender: Sender, lanes: Lanes) -> None:
        self._sender = sender
        self._lanes = lanes

    async def mail(self, deps: Deps, job: Job) -> None:
        async with deps.db.system() as tx:
            found = await mail.letter(tx, job.uuid("notification_id"))
        if found is None:
            return
        try:
            await mail.send(mail.compose(found, deps.settings), deps.settings.smtp_url)
        except mail.Undeliverable as refusal:
            log.warning("e-mail is undeliverable", notification_id=str(found.id), error=str(refusal))

    async def mail_proof(self, deps: Deps, job: Job) -> None:
        """A link that only the reader of the e-mail may open; nobody's address gets none."""
        async with deps.db.system() as tx:
            found = await proof_mail.proof(tx, job.uuid("id"))
        if found is None:
            return
        try:
            await mail.send(proof_mail.compose(found, deps.settings), deps.settings.smtp_url)
        except mail.Undeliverable as refusal:
            log.warning("e-mail is undeliverable", mail_proof_id=str(found.id), error=str(refusal))

    async def webhook(self, deps: Deps, job: Job) -> None:
        async with deps.db.system() as tx:
            found = await waiting(tx, job.uuid("delivery_id"))
            if found is None or found.status != "waiting":
                return
            if found.endpoint_status != "active":
                await attempted(tx, found.id, "failed", None, "the address is switched off")
                return
            secret = await fields.open_text(tx, found.company_id, found.secret, at=fields.WEBHOOK, row=found.endpoint_id)
            if secret == fields.ERASED:
                await attempted(tx, found.id, "failed", None, "the secret is destroyed")
                return
            body = await message(tx, await happening(tx, found.event_id), found.company_id)
        token = self._lanes.enter(found.endpoint_id)
        answer: int | None = None
        try:
            answer = await self._sender.send(found.url, secret, str(found.event_id), body, deps.settings.webhook_exempt)
        except Refused as refusal:
            await self._refused(deps, job, found, refusal)
        finally:
            self._lanes.leave(found.endpoint_id, token, ok=answer is not None)
        if answer is not None:
            async with deps.db.system() as tx:
                await queue.finish(tx, job)
                await attempted(tx, found.id, "delivered", answer, None)

    async def _refused(self, deps: Deps, job: Job, found: Waiting, refusal: Refused) -> None:
        """Keep the reason for the company to see; raise it, so that the queue tries again, unless all is over."""
        over = refusal.gone or job.attempts >= WEBHOOK_RETRY.attempts
        async with deps.db.system() as tx:
            if refusal.gone:
                await queue.finish(tx, job)
                await give_up(tx, found.endpoint_id, found.company_id)
            await attempted(tx, found.id, "failed" if over else "waiting", refusal.status, str(refusal))
        if not refusal.gone:
            raise refusal


# Made once a process, for it remembers which addresses are slow.
DELIVERER: Final = Deliverer(Sender(), Lanes())
HANDLERS: Final[Mapping[str, Handler]] = {
    "mail": Outside(DELIVERER.mail, MAIL_RETRY),
    "mail_proof": Outside(DELIVERER.mail_proof, MAIL_RETRY),
    "webhook": Outside(DELIVERER.webhook, WEBHOOK_RETRY),
}
