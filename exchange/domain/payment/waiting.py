"""An announced payment that the seller does not answer: a reminder at half time, an escalation at the end. No state changes."""

from uuid import UUID

from exchange.db import Tx
from exchange.domain.delivery import deal as deals
from exchange.domain.payment import store
from exchange.domain.payment.service import told


async def remind(tx: Tx, instalment: UUID) -> None:
    """Half of the time to answer has passed."""
    await _say(tx, instalment, "instalment.confirmation_reminded", overdue=False)


async def escalate(tx: Tx, instalment: UUID) -> None:
    """The time to answer has passed: both sides and the exchange know."""
    await _say(tx, instalment, "instalment.confirmation_overdue", overdue=True)


async def _say(tx: Tx, instalment: UUID, event: str, *, overdue: bool) -> None:
    found = await store.get(tx, instalment)
    if found is None:
        return
    deal = await deals.lock(tx, found.order_id)
    found = await store.get(tx, instalment)
    if found is None or found.status != "announced" or found.announced_at is None or found.confirm_by is None:
        return
    due_at = found.confirm_by if overdue else found.announced_at + (found.confirm_by - found.announced_at) / 2
    if due_at <= deal.at:
        await told(tx, deal, event, instalment, found.version, found.status, found.status)
