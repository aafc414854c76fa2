"""Approval requests: asked for by the noun that commits, settled by those whom the policy names, by recall or by the clock.

What a decision leads to stands in deciding.py, which knows the nouns; here nothing does.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NoReturn
from uuid import UUID

from exchange import events
from exchange.cursor import page_of, read_cursor
from exchange.db import Tx
from exchange.domain.approval import rules, store
from exchange.domain.approval.model import (
    LIFECYCLE,
    AlreadyDecided,
    Approval,
    Held,
    Kind,
    NotAsked,
    OwnRequest,
    Place,
    Request,
    Said,
    StepPassed,
)
from exchange.domain.approval.rules import Asked, Outcome, Route, Rule
from exchange.domain.permission import need, show
from exchange.errors import DeadlinePassed, NotFound, WrongState
from exchange.ids import new_id
from schemas.approval import Decision, Opinion
from schemas.common import Page


async def needed(tx: Tx, kind: Kind, currency: str, gross_minor: int | None, company: UUID | None = None) -> Route | None:
    """What a commitment of a company (the acting one) is asked under; None: nothing waits.

    No rate is pinned yet, so a value in another currency than the policy's falls into the highest tier, and so does one that
    nobody knows.
    """
    rule = await store.rule(tx, company or tx.ctx.company, kind)
    return rules.route(rule, currency, gross_minor)


def under(rule: Rule | None, currency: str, gross_minor: int) -> Route | None:
    """The same for a policy that was read with something else."""
    return rules.route(rule, currency, gross_minor)


async def request(
    tx: Tx,
    kind: Kind,
    of: UUID,
    version: int,
    currency: str,
    gross_minor: int | None,
    route: Route,
    *,
    until: datetime | None = None,
    by: tuple[UUID, UUID] | None = None,
) -> UUID:
    """Ask the people of a company; the caller freezes the object meanwhile.

    `until`: it waits no longer than that. `by`: company and person for whom the exchange itself asks.
    """
    company, person = by or (tx.ctx.company, tx.ctx.person)
    approval = new_id()
    asked = Request(
        company_id=company,
        kind=kind,
        object_id=of,
        object_version=version,
        currency=currency,
        gross_minor=gross_minor,
        requested_by=person,
        route=route,
        until=until,
    )
    await store.insert(tx, approval, asked)
    first = Asked(steps=route.steps, step=1, requested_by=person, policy=route.policy_version is not None)
    payload = {"kind": kind, "object_id": str(of), "step": 1, "next": await _next(tx, company, first)}
    audience = (company,) if by else ()
    await events.append(tx, "approval.requested", approval, 1, to_state="pending", audience=audience, payload=payload)
    return approval


async def is_asked(tx: Tx, of: UUID) -> bool:
    """Whether somebody, at whichever company, still decides about an object; for the exchange itself."""
    return await store.waiting(tx, of) > 0


async def covered(tx: Tx, by: UUID, company: UUID, currency: str, gross_minor: int) -> bool:
    """Whether an approved request of a company about `by` covers a value in this currency."""
    return await store.covered(tx, by, company, currency, gross_minor)


async def any_owner(tx: Tx, company: UUID) -> UUID:
    """An owner, for whom the exchange asks where nobody else did."""
    return min(rules.named((rules.OWNER,), (), await members(tx, company)))


async def get(tx: Tx, approval: UUID) -> Approval:
    found = await store.get(tx, approval)
    if found is None:
        raise NotFound(noun="approval")
    show(tx.ctx, "approval", found.company_id)
    return found


async def waiting(tx: Tx, of: UUID) -> Approval | None:
    """The request of the acting company that an object waits for, when there is one."""
    need(tx.ctx, "market.read")
    found = await store.of_object(tx, of, tx.ctx.company)
    return None if found is None else await get(tx, found)


async def page(tx: Tx, status: str | None, cursor: str | None, limit: int) -> Page[Approval]:
    """The acting company's requests, newest first."""
    need(tx.ctx, "market.read")
    states = sorted(LIFECYCLE.states) if status is None else [status]
    after, after_id = (None, None) if cursor is None else read_cursor(cursor, tuple[datetime, UUID])
    rows = await store.page(tx, tx.ctx.company, states, after, after_id, limit + 1)
    return page_of(rows, limit, lambda row: (row.requested_at, row.id))


async def place(tx: Tx, approval: UUID) -> Place:
    """What a request is about, without a lock: its object is locked first."""
    found = await store.place(tx, approval)
    if found is None:
        raise NotFound(noun="approval")
    return found


async def members(tx: Tx, company: UUID) -> dict[UUID, frozenset[str]]:
    """The people of a company and their roles, as the rules read them."""
    return {item.person_id: frozenset(item.roles) for item in await store.people(tx, company)}


async def deputies(tx: Tx, company: UUID) -> dict[UUID, list[UUID]]:
    """Who decides instead of whom now."""
    found: dict[UUID, list[UUID]] = {}
    for item in await store.away(tx, company):
        if item.deputy_id is not None:
            found.setdefault(item.deputy_id, []).append(item.person_id)
    return found


async def _next(tx: Tx, company: UUID, asked: Asked, votes: Iterable[Said] = ()) -> str:
    """Ids of those who may say something now, deputies of the absent among them."""
    people, away, said = await members(tx, company), await deputies(tx, company), list(votes)
    able = [person for person in people if rules.voice_of(asked, people, person, away, said) is not None]
    return ",".join(str(person) for person in sorted(able))


async def vote(tx: Tx, approval: UUID, command: Decision) -> tuple[Held, Outcome]:
    """Say yes or no as the acting person; the caller holds the object's locks and carries the outcome out."""
    need(tx.ctx, "approval.decide")
    held = await _held(tx, approval)
    if command.step and command.step != held.step:
        raise StepPassed(seen=command.step, current=held.step)
    people, away, said = await members(tx, held.company_id), await deputies(tx, held.company_id), await store.said(tx, approval)
    principal = rules.voice_of(held.asked, people, tx.ctx.person, away, said)
    if principal is None:
        _refuse(held, tx.ctx.person, said)
    # Who is an owner decides the step alone once it was escalated.
    escalated = held.escalated_at is not None and rules.OWNER in people[tx.ctx.person] and principal == tx.ctx.person
    if not await store.say(tx, held, held.step, tx.ctx.person, principal, command.decision, command.comment, escalated):
        raise AlreadyDecided
    votes = await store.said(tx, approval)
    result = rules.outcome(held.asked, people, votes)
    await _record(tx, held, result, command)
    return held, result


def _refuse(held: Held, person: UUID, said: list[Said]) -> NoReturn:
    if person == held.requested_by:
        raise OwnRequest
    if any(vote.step == held.step and person in (vote.person_id, vote.principal_id) for vote in said):
        raise AlreadyDecided
    raise NotAsked


async def _held(tx: Tx, approval: UUID) -> Held:
    """A pending request under lock, before its deadline by the clock after the wait."""
    held = await store.hold(tx, approval)
    if held is None:
        raise NotFound(noun="approval")
    show(tx.ctx, "approval", held.company_id)
    if held.status != "pending":
        raise WrongState(noun="approval", current=held.status)
    if not held.in_time:
        raise DeadlinePassed(due_at=held.due_at.isoformat())
    return held


async def _record(tx: Tx, held: Held, result: Outcome, command: Decision) -> None:
    """The request as the vote leaves it: settled, at its next step, or one voice further."""
    payload = {"kind": held.kind, "object_id": str(held.object_id), "step": held.step}
    if result.status != "pending":
        step = LIFECYCLE.step(command.decision)
        own = held.requested_by == tx.ctx.person
        settled = await store.settle(tx, held.id, step.from_, step.to, tx.ctx.person, command.comment, own=own)
        assert settled is not None, "a request under lock is pending"
        payload["own"] = own
        await events.append(tx, step.event, held.id, settled.version, from_state="pending", to_state=step.to, payload=payload)
    elif result.step != held.step:
        settled = await store.advance(tx, held.id)
        after = rules.replaced(held.asked, result.step)
        payload["next"] = await _next(tx, held.company_id, after)
        await events.append(
            tx, "approval.advanced", held.id, settled.version, from_state="pending", to_state="pending", payload=payload
        )
    else:
        settled = await store.touch(tx, held.id)
        await events.append(
            tx, "approval.voted", held.id, settled.version, from_state="pending", to_state="pending", payload=payload
        )


async def give_opinion(tx: Tx, approval: UUID, command: Opinion) -> Approval:
    """Say what one thinks of it, when one is asked for an opinion: recorded, and nothing waits for it."""
    need(tx.ctx, "approval.decide")
    held = await _held(tx, approval)
    people = await members(tx, held.company_id)
    if tx.ctx.person not in rules.named(held.opinion_roles, held.opinion_people, people):
        raise NotAsked
    if not await store.say(tx, held, 0, tx.ctx.person, tx.ctx.person, command.opinion, command.comment, False):
        raise AlreadyDecided
    settled = await store.touch(tx, held.id)
    payload = {"kind": held.kind, "object_id": str(held.object_id)}
    await events.append(
        tx, "approval.opinion_given", held.id, settled.version, from_state="pending", to_state="pending", payload=payload
    )
    return await get(tx, approval)


async def end(tx: Tx, approval: UUID) -> None:
    """The requester's side takes a pending request back; the caller returns the object."""
    step = LIFECYCLE.step("recall")
    settled = await store.settle(tx, approval, step.from_, step.to, tx.ctx.person, "")
    if settled is None:
        raise WrongState(noun="approval", current=(await get(tx, approval)).status)
    await events.append(tx, step.event, settled.id, settled.version, from_state="pending", to_state=step.to)


async def recall(tx: Tx, of: UUID) -> None:
    """The pending request of the acting company about an object ends with what its own service does, when there is one."""
    approval = await store.of_object(tx, of, tx.ctx.company)
    if approval is not None:
        await end(tx, approval)


async def expire(tx: Tx, approval: UUID) -> bool:
    """Nobody decided in time, by the clock after the lock; False: somebody did, or there is time left."""
    held = await store.hold(tx, approval)
    if held is None or held.status != "pending" or held.in_time:
        return False
    step = LIFECYCLE.step("expire")
    settled = await store.settle(tx, approval, step.from_, step.to, None, "")
    assert settled is not None, "a request under lock is pending"
    audience = (settled.company_id,)
    await events.append(
        tx, step.event, settled.id, settled.version, from_state="pending", to_state=step.to, audience=audience
    )  # fmt: skip
    return True


async def remind(tx: Tx, approval: UUID, action: str) -> bool:
    """`remind` those who are still asked, or `escalate` to the owners too; False: not pending or not due any more."""
    held = await store.hold(tx, approval)
    settled = None if held is None else await (store.remind if action == "remind" else store.escalate)(tx, approval)
    if held is None or settled is None:
        return False
    asked = rules.replaced(held.asked, held.step, escalated=action == "escalate" or held.escalated_at is not None)
    payload = {
        "kind": held.kind,
        "object_id": str(held.object_id),
        "step": held.step,
        "next": await _next(tx, held.company_id, asked, await store.said(tx, approval)),
    }
    step = LIFECYCLE.step(action)
    await events.append(
        tx,
        step.event,
        held.id,
        settled.version,
        from_state="pending",
        to_state="pending",
        audience=(held.company_id,),
        payload=payload,
    )
    return True
