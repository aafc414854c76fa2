"""A decision and what it leads to, in one transaction: one row of OUTCOMES for each kind of commitment."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.approval import service
from exchange.domain.approval.model import Approval
from exchange.domain.award import service as awards
from exchange.domain.order import placing as orders
from exchange.domain.permission import need
from schemas.quote import Decision


class Outcome(msgspec.Struct, frozen=True):
    """What becomes of the object. `hold` takes its locks, in the order that its own service takes them."""

    hold: Callable[[Tx, UUID], Awaitable[object]]
    approved: Callable[[Tx, UUID], Awaitable[object]]
    ended: Callable[[Tx, UUID], Awaitable[object]]


OUTCOMES: Final[Mapping[str, Outcome]] = {
    "award": Outcome(hold=awards.hold, approved=awards.approved, ended=awards.ended),
    "order": Outcome(hold=orders.hold, approved=orders.approve, ended=orders.return_to_draft),
}


async def decide(tx: Tx, approval: UUID, command: Decision) -> Approval:
    """Approve or reject. Raises OwnRequest, DeadlinePassed, and what the object's own rules refuse."""
    need(tx.ctx, "approval.decide")
    request = await service.get(tx, approval)
    outcome = OUTCOMES[request.kind]
    await outcome.hold(tx, request.object_id)
    await service.settle(tx, request, command.decision, command.comment)
    if command.decision == "approve":
        await outcome.approved(tx, request.object_id)
    else:
        await outcome.ended(tx, request.object_id)
    return await service.get(tx, approval)


async def expire(tx: Tx, approval: UUID) -> bool:
    """The exchange ends a request that nobody decided; its object goes back to where it was."""
    request = await service.pending(tx, approval)
    if request is None or request.status != "pending":
        return False
    outcome = OUTCOMES[request.kind]
    await outcome.hold(tx, request.object_id)
    if not await service.expire(tx, approval):
        return False
    await outcome.ended(tx, request.object_id)
    return True
