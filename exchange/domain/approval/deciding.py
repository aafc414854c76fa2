"""A decision and what it leads to, in one transaction: one row of OUTCOMES for each kind of commitment."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.approval import service, store
from exchange.domain.approval.model import Approval
from exchange.domain.award import service as awards
from exchange.domain.bank_account import service as accounts
from exchange.domain.company import store as companies
from exchange.domain.contract import agreeing
from exchange.domain.order import placing as orders
from exchange.domain.permission import need
from exchange.domain.rfq import service as rfqs
from exchange.errors import CompanyNotActive
from schemas.approval import Decision

Step = Callable[[Tx, UUID], Awaitable[object]]


class Outcome(msgspec.Struct, frozen=True):
    """What becomes of the object. `hold` takes its locks, in the order that its own service takes them."""

    hold: Step
    approved: Step
    # Rejected, or nobody decided in time.
    ended: Step
    # Taken back by the side that asked.
    recalled: Step


OUTCOMES: Final[Mapping[str, Outcome]] = {
    "rfq": Outcome(hold=rfqs.held_state, approved=rfqs.approved, ended=rfqs.take_back, recalled=rfqs.take_back),
    "award": Outcome(hold=awards.hold, approved=awards.approved, ended=awards.ended, recalled=awards.taken_back),
    "contract": Outcome(
        hold=agreeing.hold, approved=agreeing.approved, ended=agreeing.take_back, recalled=agreeing.take_back
    ),
    "order": Outcome(
        hold=orders.hold, approved=orders.approve, ended=orders.return_to_draft, recalled=orders.return_to_draft
    ),
    "bank_account": Outcome(
        hold=accounts.hold, approved=accounts.approved, ended=accounts.take_back, recalled=accounts.take_back
    ),
}  # fmt: skip

# What a suspended company may still agree to: the contract of a deal that binds it already, and where its money goes.
FINISHES: Final = frozenset({"contract", "bank_account"})


async def decide(tx: Tx, approval: UUID, command: Decision) -> Approval:
    """Say yes or no. The last yes carries the commitment out, a no returns it, in this transaction.

    Raises OwnRequest, NotAsked, AlreadyDecided, StepPassed, DeadlinePassed, CompanyNotActive where a suspended company would
    begin something, and what the object's own rules refuse.
    """
    need(tx.ctx, "approval.decide")
    place = await service.place(tx, approval)
    if command.decision == "approve" and place.kind not in FINISHES:
        await _may_begin(tx)
    outcome = OUTCOMES[place.kind]
    await outcome.hold(tx, place.object_id)
    _, result = await service.vote(tx, approval, command)
    if result.status == "approved":
        await outcome.approved(tx, place.object_id)
    elif result.status == "rejected":
        await outcome.ended(tx, place.object_id)
    return await service.get(tx, approval)


async def _may_begin(tx: Tx) -> None:
    own = await companies.get(tx, tx.ctx.company)
    if own is not None and own.status != "active":
        raise CompanyNotActive(current=own.status)


async def recall(tx: Tx, approval: UUID) -> Approval:
    """The requester, or a colleague who may ask, takes a pending request back; its object returns to where it was."""
    need(tx.ctx, "approval.recall")
    place = await service.place(tx, approval)
    outcome = OUTCOMES[place.kind]
    await outcome.hold(tx, place.object_id)
    await service.end(tx, approval)
    await outcome.recalled(tx, place.object_id)
    return await service.get(tx, approval)


async def expire(tx: Tx, approval: UUID) -> bool:
    """The exchange ends a request that nobody decided; its object goes back to where it was."""
    place = await store.place(tx, approval)
    if place is None:
        return False
    outcome = OUTCOMES[place.kind]
    await outcome.hold(tx, place.object_id)
    if not await service.expire(tx, approval):
        return False
    await outcome.ended(tx, place.object_id)
    return True
