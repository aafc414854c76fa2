"""Between draft and signing: each party whose policy asks its own people first, one after the other, then both sign.

The exchange itself goes on here, as a job: what one party decides leads to what the other is asked.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from exchange import events
from exchange.db import Tx
from exchange.domain.approval import service as approvals
from exchange.domain.contract import store
from exchange.domain.contract.model import LIFECYCLE
from exchange.domain.permission import need, show
from exchange.errors import NotFound, WrongState


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A contract under lock, as the exchange reads it, with who asks on each side."""

    id: UUID
    version: int
    status: str
    buyer_id: UUID
    seller_id: UUID
    award_id: UUID | None
    currency: str
    gross_minor: int
    buyer_person: UUID | None
    seller_person: UUID | None
    sign_by: datetime | None


# Who proposed the award asks for the buyer, who sent the winning quote for the seller; in both cases the last who asked.
LOCK: Final = """
WITH l AS MATERIALIZED (SELECT k.* FROM contract AS k WHERE k.id = $1 FOR UPDATE)
SELECT l.id, l.version, l.status, l.buyer_id, l.seller_id, l.award_id, l.currency, l.gross_minor, l.sign_by,
    coalesce((SELECT e.actor_id FROM event AS e WHERE e.aggregate = 'contract' AND e.aggregate_id = l.id
        AND e.type = 'contract.submitted' AND e.company_id = l.buyer_id ORDER BY e.seq DESC LIMIT 1), w.proposed_by)
        AS buyer_person,
    coalesce((SELECT e.actor_id FROM event AS e WHERE e.aggregate = 'contract' AND e.aggregate_id = l.id
        AND e.type = 'contract.submitted' AND e.company_id = l.seller_id ORDER BY e.seq DESC LIMIT 1),
        (SELECT e.actor_id FROM event AS e WHERE e.aggregate = 'quote' AND e.aggregate_id = w.quote_id
        AND e.type = 'quote.submitted' AND e.actor_id IS NOT NULL ORDER BY e.seq DESC LIMIT 1)) AS seller_person
FROM l LEFT JOIN award AS w ON w.id = l.award_id
"""


async def go_on(tx: Tx, contract: UUID) -> None:
    """Ask the next party whose policy applies, or begin signing. Nothing when it waits for somebody or has gone on already."""
    waiting = await tx.maybe(Waiting, LOCK, contract)
    if waiting is None or waiting.status not in ("draft", "pending_approval") or await approvals.is_asked(tx, contract):
        return
    for company, person in ((waiting.buyer_id, waiting.buyer_person), (waiting.seller_id, waiting.seller_person)):
        route = await approvals.needed(tx, "contract", waiting.currency, waiting.gross_minor, company)
        if route is None or await _covered(tx, waiting, company):
            continue
        version = waiting.version
        if waiting.status == "draft":
            version = await _move(tx, waiting, "ask")
        asking = person or await approvals.any_owner(tx, company)
        value = waiting.currency, waiting.gross_minor
        await approvals.request(tx, "contract", contract, version, *value, route, until=waiting.sign_by, by=(company, asking))
        return
    await _move(tx, waiting, "start_signing" if waiting.status == "draft" else "release")


async def _covered(tx: Tx, waiting: Waiting, company: UUID) -> bool:
    """Whether the company's people have agreed to this contract, or to the award that it is made from, at this value."""
    agreed = [item for item in (waiting.id, waiting.award_id) if item is not None]
    return any([await approvals.covered(tx, item, company, waiting.currency, waiting.gross_minor) for item in agreed])


async def _move(tx: Tx, waiting: Waiting, action: str) -> int:
    step = LIFECYCLE.step(action)
    version = await store.move(tx, waiting.id, step.from_, step.to)
    assert version is not None, "a contract under lock is in the state that was read"
    await events.append(
        tx,
        step.event,
        waiting.id,
        version,
        from_state=waiting.status,
        to_state=step.to,
        audience=(waiting.buyer_id, waiting.seller_id),
        payload={"award_id": None if waiting.award_id is None else str(waiting.award_id)},
    )
    return version


async def hold(tx: Tx, contract: UUID) -> None:
    """Lock the contract, before anything about it is decided."""
    await store.hold(tx, contract)


async def approved(tx: Tx, contract: UUID) -> None:
    """One party's people agreed: a job asks the other party, or begins signing."""
    state = await store.hold(tx, contract)
    if state != "pending_approval":
        raise WrongState(noun="contract", current=state or "gone")
    version = await store.touch(tx, contract)
    await events.append(tx, "contract.agreed", contract, version, from_state=state, to_state=state)


async def take_back(tx: Tx, contract: UUID) -> None:
    """A party's people did not agree: a draft again, that either party may submit while the time to sign lasts."""
    step = LIFECYCLE.step("take_back")
    before = await store.hold(tx, contract)
    version = await store.move(tx, contract, step.from_, step.to)
    if version is None:
        # It has ended meanwhile: nothing is left to return.
        return
    parties = await store.parties(tx, contract)
    await events.append(tx, step.event, contract, version, from_state=before, to_state=step.to, audience=parties)


async def submit(tx: Tx, contract: UUID) -> None:
    """Ask again for what was not agreed to: the people of the parties decide anew, then both sign."""
    need(tx.ctx, "contract.submit")
    state = await store.hold(tx, contract)
    if state is None:
        raise NotFound(noun="contract")
    show(tx.ctx, "contract", *await store.parties(tx, contract))
    if state != "draft":
        raise WrongState(noun="contract", current=state)
    version = await store.touch(tx, contract)
    await events.append(tx, "contract.submitted", contract, version, from_state=state, to_state=state)
