"""Publishing where the buyer's own people must agree first. Nobody knows the value yet, so the highest tier applies."""

from exchange.db import Tx
from exchange.domain.approval import service as approvals
from exchange.domain.rfq.model import OPEN_AT_LEAST, Rfq


async def waits(tx: Tx, rfq: Rfq) -> bool:
    """Whether the acting company's policy asks its people before this is published."""
    return await approvals.needed(tx, "rfq", rfq.currency, None) is not None


async def ask(tx: Tx, rfq: Rfq) -> None:
    """Ask them, for as long as its deadline then still leaves suppliers their time; after that it is a draft again."""
    route = await approvals.needed(tx, "rfq", rfq.currency, None)
    assert route is not None, "the state of this transaction says that a policy applies"
    until = rfq.due_at - OPEN_AT_LEAST if rfq.mode == "open" else rfq.due_at
    await approvals.request(tx, "rfq", rfq.id, rfq.version, rfq.currency, None, route, until=until)
