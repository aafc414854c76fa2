"""Approval requests: asked for by the noun that commits, settled by another person, by its requester or by the clock.

What a decision leads to stands in deciding.py, which knows the nouns; here nothing does.
"""

from datetime import datetime
from uuid import UUID

from exchange import events
from exchange.cursor import page_of, read_cursor
from exchange.db import Tx
from exchange.domain.approval import store
from exchange.domain.approval.model import LIFECYCLE, Approval, Kind, OwnRequest, Pending
from exchange.domain.permission import need
from exchange.errors import DeadlinePassed, NotFound, WrongState
from exchange.ids import new_id
from schemas.common import Page


async def needed(tx: Tx, currency: str, gross_minor: int) -> bool:
    """Whether a commitment of the acting company waits for a second person.

    A value in another currency than the company's own cannot be compared with its limit, so it waits.
    """
    limit = await store.limit(tx, tx.ctx.company)
    if limit is None or limit.limit_minor is None:
        return False
    return currency != limit.currency or gross_minor > limit.limit_minor


async def request(tx: Tx, kind: Kind, of: UUID, version: int, currency: str, gross_minor: int) -> UUID:
    """Ask another person of the acting company; the caller freezes the object meanwhile."""
    approval = new_id()
    await store.insert(tx, approval, tx.ctx.company, kind, of, version, currency, gross_minor, tx.ctx.person)
    await events.append(tx, "approval.requested", approval, 1, to_state="pending", payload={"kind": kind, "object_id": str(of)})
    return approval


async def get(tx: Tx, approval: UUID) -> Approval:
    found = await store.get(tx, approval)
    if found is None:
        raise NotFound(noun="approval")
    return found


async def waiting(tx: Tx, of: UUID) -> Approval | None:
    """The request that an object of the acting company waits for, when there is one."""
    need(tx.ctx, "market.read")
    found = await store.of_object(tx, of)
    return None if found is None else await get(tx, found)


async def page(tx: Tx, status: str | None, cursor: str | None, limit: int) -> Page[Approval]:
    """The acting company's requests, newest first."""
    need(tx.ctx, "market.read")
    states = sorted(LIFECYCLE.states) if status is None else [status]
    after, after_id = (None, None) if cursor is None else read_cursor(cursor, tuple[datetime, UUID])
    rows = await store.page(tx, tx.ctx.company, states, after, after_id, limit + 1)
    return page_of(rows, limit, lambda row: (row.requested_at, row.id))


async def settle(tx: Tx, approval: Approval, action: str, comment: str) -> None:
    """Approve or reject as the acting person, who is not the requester. The caller holds the object's locks."""
    step = LIFECYCLE.step(action)
    need(tx.ctx, step.who)
    if approval.requested_by == tx.ctx.person:
        raise OwnRequest
    settled = await store.decide(tx, approval.id, step.from_, step.to, tx.ctx.person, comment)
    if settled is None:
        current = (await get(tx, approval.id)).status
        if current == "pending":
            raise DeadlinePassed(due_at=approval.due_at.isoformat())
        raise WrongState(noun="approval", current=current)
    payload = {"kind": approval.kind, "object_id": str(approval.object_id)}
    await events.append(tx, step.event, approval.id, settled.version, from_state="pending", to_state=step.to, payload=payload)


async def recall(tx: Tx, of: UUID) -> None:
    """The object's pending request is withdrawn by the company, when there is one."""
    approval = await store.of_object(tx, of)
    step = LIFECYCLE.step("recall")
    settled = None if approval is None else await store.decide(tx, approval, step.from_, step.to, tx.ctx.person, "")
    if settled is not None:
        await events.append(tx, step.event, settled.id, settled.version, from_state="pending", to_state=step.to)


async def pending(tx: Tx, approval: UUID) -> Pending | None:
    """A request as a job reads it."""
    return await store.pending(tx, approval)


async def expire(tx: Tx, approval: UUID) -> bool:
    """Nobody decided in time, by the clock after the lock; False: somebody did."""
    step = LIFECYCLE.step("expire")
    settled = await store.expire(tx, approval, step.from_, step.to)
    if settled is None:
        return False
    await events.append(
        tx,
        step.event,
        settled.id,
        settled.version,
        from_state="pending",
        to_state=step.to,
        audience=(settled.company_id,),
    )
    return True
