"""All second factors lost: two operators remove them, a day after the person was told and could stop it.

The secret of the link that stops it is made as those of other links by e-mail are: the database keeps its hash.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange import events
from exchange.ctx import Ctx
from exchange.cursor import page_of, read_cursor
from exchange.db import Database, Tx
from exchange.domain import access_log
from exchange.domain.identity.refusals import LinkOver
from exchange.domain.permission import need, need_step_up
from exchange.domain.transition import Lifecycle, Transition
from exchange.errors import DomainError, NotFound, WrongState, invalid
from exchange.ids import new_id
from exchange.seal import derived
from schemas.common import Page
from schemas.identity import FactorRemovalAsk, FactorRemovalView

# How long it waits for a second operator.
WAIT: Final = timedelta(days=7)
Status = Literal["asked", "confirmed", "stopped", "refused", "lapsed", "done"]

LIFECYCLE: Final = Lifecycle(
    noun="factor_removal",
    table="factor_removal",
    initial=("asked",),
    transitions=(
        Transition("confirm", ("asked",), "confirmed", "operator.identity", "person.factor_removal_confirmed"),
        Transition("stop", ("asked", "confirmed"), "stopped", "token", "person.factor_removal_stopped"),
        Transition("refuse", ("asked", "confirmed"), "refused", "operator.identity", "person.factor_removal_refused"),
        Transition("lapse", ("asked",), "lapsed", "job", "person.factor_removal_lapsed", deadline="due_at"),
        Transition("carry_out", ("confirmed",), "done", "job", "person.factors_removed", deadline="due_at"),
    ),
)


class OwnFactor(DomainError):
    status = 403
    code = "own-second-factor"
    title = "Nobody removes their own second factor"
    detail = "Ask another operator: neither who asks nor who confirms may be the person it is about."


class AskedByYou(DomainError):
    status = 403
    code = "same-operator"
    title = "A second operator confirms"
    detail = "Who asked for the removal cannot confirm it. Ask another operator."


class FactorRemoval(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `factor_removal` with whom it is about."""

    id: UUID
    version: int
    person_id: UUID
    name: str
    email: str
    reason: str
    proof: str
    status: Status
    asked_by: UUID
    asked_at: datetime
    confirmed_by: UUID | None
    confirmed_at: datetime | None
    due_at: datetime
    ended_at: datetime | None

    @property
    def open(self) -> bool:
        return self.status in ("asked", "confirmed")


def token_of(secret: str, removal: UUID) -> str:
    """The secret part of the link that stops it."""
    made = hmac.digest(derived(secret, "mail stop"), removal.bytes, hashlib.sha256)
    return urlsafe_b64encode(made).decode().rstrip("=")


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


OF_EMAIL: Final = "SELECT p.id FROM person AS p WHERE p.email = lower($1)"
ASK: Final = "SELECT factor_removal_ask($1, $2, $3, $4, $5, $6)"


async def ask(tx: Tx, command: FactorRemovalAsk, secret: str) -> FactorRemoval:
    """One operator asks, says why, and how it was seen who the person is. Nothing changes until another one confirms."""
    need(tx.ctx, "operator.identity")
    need_step_up(tx.ctx)
    person: UUID | None = await tx.value(OF_EMAIL, command.email.strip())
    if person is None:
        raise invalid("/email", "unknown", "Nobody has this e-mail.")
    await access_log.record(tx, "person.proof", person, None)
    removal = new_id()
    hashed = _hash(token_of(secret, removal))
    outcome: str = await tx.value(ASK, removal, person, command.reason.strip(), command.proof.strip(), hashed, WAIT)
    match outcome:
        case "asked":
            pass
        case "own":
            raise OwnFactor
        case "none":
            raise invalid("/email", "no-factor", "This person has no second factor: the password alone signs in.")
        case "open":
            raise WrongState(noun="factor_removal", current="asked")
        case _:
            raise NotFound(noun="person")
    named = {"removal_id": str(removal)}
    await events.append(tx, "person.factor_removal_asked", person, 1, to_state="asked", payload=named)
    await _mail(tx, removal, "asked")
    return await get(tx, removal)


async def _mail(tx: Tx, removal: UUID, status: str) -> None:
    """The person is written to at once, with the link that stops it."""
    payload = {"id": str(removal), "status": status}
    await events.enqueue(tx, "mail_factor_removal", f"factor_removal:{removal}:{status}", payload, priority=3)


CONFIRM: Final = "SELECT factor_removal_confirm($1)"


async def confirm(tx: Tx, removal: UUID) -> FactorRemoval:
    """A second operator has looked too: it is carried out in a day, unless the person stops it."""
    need(tx.ctx, "operator.identity")
    need_step_up(tx.ctx)
    version: int | None = await tx.value(CONFIRM, removal)
    found = await get(tx, removal)
    if version is None:
        if tx.ctx.person == found.person_id:
            raise OwnFactor
        if tx.ctx.person == found.asked_by and found.status == "asked":
            raise AskedByYou
        raise WrongState(noun="factor_removal", current=found.status)
    await access_log.record(tx, "person.proof", found.person_id, None)
    await _happened(tx, "confirm", "asked", found)
    await _mail(tx, removal, "confirmed")
    return found


REFUSE: Final = "SELECT factor_removal_refuse($1)"


async def refuse(tx: Tx, removal: UUID) -> FactorRemoval:
    """An operator ends it: the second factors stay."""
    need(tx.ctx, "operator.identity")
    before = await get(tx, removal)
    version: int | None = await tx.value(REFUSE, removal)
    found = await get(tx, removal)
    if version is None:
        if tx.ctx.person == found.person_id:
            raise OwnFactor
        raise WrongState(noun="factor_removal", current=found.status)
    await _happened(tx, "refuse", before.status, found)
    return found


async def _happened(tx: Tx, action: str, was: str, found: FactorRemoval) -> None:
    step = LIFECYCLE.step(action)
    await events.append(
        tx,
        step.event,
        found.person_id,
        found.version,
        from_state=was,
        to_state=step.to,
        payload={"removal_id": str(found.id)},
    )


class Stopped(msgspec.Struct, frozen=True):
    request: UUID
    person: UUID
    was: str
    new_version: int


STOP: Final = "SELECT s.request, s.person, s.was, s.new_version FROM factor_removal_stop($1) AS s"


async def _stop(tx: Tx, stop_hash: bytes | None) -> bool:
    stopped = await tx.maybe(Stopped, STOP, stop_hash)
    if stopped is None:
        return False
    step = LIFECYCLE.step("stop")
    named = {"removal_id": str(stopped.request)}
    await events.append(
        tx, step.event, stopped.person, stopped.new_version, from_state=stopped.was, to_state=step.to, payload=named
    )
    return True


async def stop(db: Database, token: str) -> None:
    """Whoever has the link of the e-mail: the second factors stay. Raises LinkOver."""
    async with db.tx(Ctx(), "any") as tx:
        if not await _stop(tx, _hash(token)):
            raise LinkOver


HOLD: Final = "SELECT factor_removal_hold()"


async def held(tx: Tx) -> bool:
    """Whether a removal of the acting person's factors is under way, which nobody ends before this transaction does."""
    return await tx.value(HOLD) is not None


async def stop_own(tx: Tx) -> None:
    """The acting person has just shown a second factor: it is not lost."""
    await _stop(tx, None)


END: Final = "SELECT factor_removal_end($1)"


async def carry_out(tx: Tx, removal: UUID) -> str | None:
    """At its time: done, or lapsed when nobody confirmed it; None when nothing was due any more."""
    ending: str | None = await tx.value(END, removal)
    if ending is not None:
        found = await get(tx, removal)
        action, was = ("carry_out", "confirmed") if ending == "done" else ("lapse", "asked")
        await _happened(tx, action, was, found)
    return ending


GET: Final = """
SELECT r.id, r.version, r.person_id, p.name, p.email, r.reason, r.proof, r.status, r.asked_by, r.asked_at, r.confirmed_by,
    r.confirmed_at, r.due_at, r.ended_at
FROM factor_removal AS r JOIN person AS p ON p.id = r.person_id WHERE r.id = $1
"""


async def get(tx: Tx, removal: UUID) -> FactorRemoval:
    found = await tx.maybe(FactorRemoval, GET, removal)
    if found is None:
        raise NotFound(noun="factor_removal")
    return found


# Newest first; a cursor is the id of the last one shown.
LIST: Final = """
SELECT r.id, r.version, r.person_id, p.name, p.email, r.reason, r.proof, r.status, r.asked_by, r.asked_at, r.confirmed_by,
    r.confirmed_at, r.due_at, r.ended_at
FROM factor_removal AS r JOIN person AS p ON p.id = r.person_id
WHERE r.id < least($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
ORDER BY r.id DESC LIMIT $2
"""


async def listed(tx: Tx, cursor: str | None, limit: int) -> Page[FactorRemoval]:
    """Asked for, under way and ended, for operators."""
    need(tx.ctx, "operator.identity")
    before = None if cursor is None else read_cursor(cursor, UUID)
    rows = await tx.many(FactorRemoval, LIST, before, limit + 1)
    return page_of(rows, limit, lambda row: row.id)


def view(row: FactorRemoval) -> FactorRemovalView:
    return msgspec.convert(msgspec.structs.asdict(row), FactorRemovalView)
