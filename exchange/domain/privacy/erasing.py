"""What the exchange holds about a person, as a file; and its erasure: asked for, waited on, taken back or carried out."""

from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from exchange import events
from exchange.cursor import page_of, read_cursor
from exchange.db import Tx
from exchange.domain import access_log
from exchange.domain.permission import need, need_step_up, show
from exchange.domain.privacy.retention import kept_view
from exchange.domain.privacy.rules import RULES
from exchange.domain.transition import Lifecycle, Transition
from exchange.errors import DomainError, Forbidden, NotFound, WrongState, invalid
from exchange.events import Happened
from exchange.ids import new_id
from schemas.common import Page
from schemas.privacy import ErasureView, KeptView, PersonData

WAIT: Final = timedelta(days=7)
# Of what grows with use: the newest so many.
MOST: Final = 5000

LIFECYCLE: Final = Lifecycle(
    noun="erasure",
    table="erasure_request",
    initial=("waiting",),
    transitions=(
        Transition("take_back", ("waiting",), "withdrawn", "person.erase", "person.erasure_withdrawn"),
        Transition("erase", ("waiting",), "done", "job", "person.erased", deadline="due_at"),
        Transition("refuse", ("waiting",), "refused", "job", "person.erasure_refused", deadline="due_at"),
    ),
)


class StillNeeded(DomainError):
    """The last owner of a company: without them nobody could act for it."""

    status = 409
    code = "last-owner"
    title = "A company needs this person"
    detail = "This is the only owner of a company. Make somebody else an owner, or close the company first."


class RunsTheExchange(DomainError):
    status = 409
    code = "operator"
    title = "This person runs the exchange"
    detail = "An operator's account is erased only after its roles are given back."


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `erasure_request`."""

    id: UUID
    version: int
    person_id: UUID
    company_id: UUID | None
    status: Literal["waiting", "withdrawn", "done", "refused"]
    asked_at: datetime
    due_at: datetime
    ended_at: datetime | None


class Former(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who left the acting company; `due_at` when the company asked for their erasure."""

    person_id: UUID
    name: str
    ended_at: datetime
    due_at: datetime | None


def _own_session(tx: Tx) -> None:
    if tx.ctx.scopes is not None:
        # A key reads and erases nobody.
        raise Forbidden(needed="a person's session")


DATA: Final = "SELECT my_data($1)"


async def data(tx: Tx) -> PersonData:
    """All that the exchange holds about the acting person, with what is kept in any case and why.

    The copy leaves a row in the access log, which is the person's own: whoever took over a session leaves a trace.
    """
    _own_session(tx)
    await access_log.record(tx, "person.data", tx.ctx.person, None)
    found: dict[str, Any] = await tx.value(DATA, MOST)
    return msgspec.convert({**found, "kept": msgspec.to_builtins(kept())}, PersonData, strict=False)


def kept() -> tuple[KeptView, ...]:
    """How long the exchange keeps what."""
    return tuple(kept_view(rule) for rule in RULES)


ASK: Final = "SELECT erasure_ask($1, $2, $3)"


async def ask(tx: Tx, person: UUID) -> Erasure:
    """Erase a person in seven days, unless it is taken back: oneself, a former colleague, or (operators) anybody."""
    _own_session(tx)
    if tx.ctx.operator:
        need(tx.ctx, "operator.privacy")
    elif person != tx.ctx.person:
        need(tx.ctx, "person.erase")
    need_step_up(tx.ctx)
    request = new_id()
    outcome: str = await tx.value(ASK, request, person, WAIT)
    match outcome:
        case "asked":
            pass
        case "last_owner":
            raise StillNeeded
        case "operator":
            raise RunsTheExchange
        case "waiting":
            raise WrongState(noun="person", current="about to be erased")
        case _:
            raise NotFound(noun="person")
    made = await get(tx, request)
    await events.append(tx, "person.erasure_asked", person, 1, to_state="waiting", payload={"erasure_id": str(request)})
    return made


GET: Final = """
SELECT r.id, r.version, r.person_id, r.company_id, r.status, r.asked_at, r.due_at, r.ended_at
FROM erasure_request AS r WHERE r.id = $1
"""


async def get(tx: Tx, request: UUID) -> Erasure:
    found = await tx.maybe(Erasure, GET, request)
    if found is None:
        raise NotFound(noun="erasure")
    return found


OWN: Final = """
SELECT r.id, r.version, r.person_id, r.company_id, r.status, r.asked_at, r.due_at, r.ended_at FROM erasure_request AS r
WHERE r.person_id = $1 AND r.status = 'waiting'
"""


async def own(tx: Tx) -> Erasure | None:
    """The erasure of the acting person that waits."""
    return await tx.maybe(Erasure, OWN, tx.ctx.person)


TAKE_BACK: Final = """
UPDATE erasure_request SET status = 'withdrawn', version = version + 1, ended_at = market_now()
WHERE id = $1 AND status = 'waiting' AND market_now() < due_at
RETURNING id, version, person_id, company_id, status, asked_at, due_at, ended_at
"""


async def take_back(tx: Tx, request: UUID) -> Erasure:
    """Nothing is erased after all. The person may, whoever asked; the company that asked, and operators."""
    _own_session(tx)
    before = await get(tx, request)
    if tx.ctx.operator:
        need(tx.ctx, "operator.privacy")
    elif before.person_id != tx.ctx.person:
        show(tx.ctx, "erasure", before.company_id)
        need(tx.ctx, "person.erase")
    step = LIFECYCLE.step("take_back")
    taken = await tx.maybe(Erasure, TAKE_BACK, request)
    if taken is None:
        raise WrongState(noun="erasure", current=(await get(tx, request)).status)
    named = {"erasure_id": str(request)}
    await events.append(tx, step.event, taken.person_id, taken.version, from_state="waiting", to_state=step.to, payload=named)
    return taken


class Ended(msgspec.Struct, frozen=True):
    """A membership, key or webhook that ended with a person."""

    id: UUID
    version: int
    company_id: UUID


class AllEnded(msgspec.Struct, frozen=True):
    memberships: tuple[Ended, ...] = ()
    keys: tuple[Ended, ...] = ()
    webhooks: tuple[Ended, ...] = ()


class Erased(msgspec.Struct, frozen=True):
    """What became of a request; nothing was due: no ending."""

    ending: str | None
    ended: AllEnded | None


ERASE: Final = "SELECT e.ending, e.ended FROM person_erase($1) AS e"


async def carry_out(tx: Tx, request: UUID) -> str | None:
    """Erase the person now that it is due; what became of it, or None when nothing was due any more."""
    erased = await tx.one(Erased, ERASE, request)
    ending = erased.ending
    if ending is None:
        return None
    await events.append_all(tx, _ended(erased.ended or AllEnded()))
    ended = await get(tx, request)
    step = LIFECYCLE.step("erase" if ending == "done" else "refuse")
    await events.append(
        tx,
        step.event,
        ended.person_id,
        ended.version,
        from_state="waiting",
        to_state=step.to,
        audience=() if ended.company_id is None else (ended.company_id,),
        payload={"erasure_id": str(request)},
    )
    return ending


def _ended(all_: AllEnded) -> list[Happened]:
    """What ended with the person, each in the record of its company."""
    return [
        *(
            Happened(
                type="person.left",
                aggregate_id=item.id,
                version=item.version,
                audience=(item.company_id,),
                payload={"company_id": str(item.company_id), "erased": True},
            )
            for item in all_.memberships
        ),
        *(
            Happened(type="key.revoked", aggregate_id=item.id, version=item.version, audience=(item.company_id,))
            for item in all_.keys
        ),
        *(
            Happened(
                type="webhook.disabled",
                aggregate_id=item.id,
                version=item.version,
                from_state="active",
                to_state="disabled",
                audience=(item.company_id,),
            )
            for item in all_.webhooks
        ),
    ]


FORMER: Final = "SELECT f.person_id, f.name, f.ended_at, f.due_at FROM former_people() AS f"


async def former(tx: Tx) -> list[Former]:
    """Who left the acting company and still has a name here."""
    need(tx.ctx, "person.erase")
    return await tx.many(Former, FORMER)


OF_EMAIL: Final = "SELECT p.id FROM person AS p WHERE p.email = lower($1)"


async def of_email(tx: Tx, email: str) -> UUID:
    """Whose address it is, for operators."""
    need(tx.ctx, "operator.privacy")
    found: UUID | None = await tx.value(OF_EMAIL, email.strip())
    if found is None:
        raise invalid("/email", "unknown", "Nobody has this e-mail.")
    return found


# Newest first; a cursor is (asked_at, id) of the last one shown.
LIST: Final = """
SELECT r.id, r.version, r.person_id, r.company_id, r.status, r.asked_at, r.due_at, r.ended_at FROM erasure_request AS r
WHERE (r.asked_at, r.id) < (least($1::timestamptz, 'infinity'), least($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY r.asked_at DESC, r.id DESC LIMIT $3
"""


async def listed(tx: Tx, cursor: str | None, limit: int) -> Page[Erasure]:
    """Who is to be erased and who was, for operators."""
    need(tx.ctx, "operator.privacy")
    after = (None, None) if cursor is None else read_cursor(cursor, tuple[datetime, UUID])
    rows = await tx.many(Erasure, LIST, *after, limit + 1)
    return page_of(rows, limit, lambda row: (row.asked_at, row.id))


def view(row: Erasure) -> ErasureView:
    return msgspec.convert(row, ErasureView, from_attributes=True)
