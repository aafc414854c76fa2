"""What a decision does to the object of a case, by its kind; a kind without a row is decided and nothing else happens."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from exchange.db import Tx
from exchange.domain.moderation.model import Case
from exchange.domain.offer import judging

Effect = Callable[[Tx, Case, bool], Awaitable[None]]


async def _offer(tx: Tx, case: Case, accept: bool) -> None:
    await judging.judge(tx, case.object_id, case.company_id, accept=accept)


# The object is changed before the case, as its owner does too: both take their locks in one order.
EFFECTS: Final[Mapping[str, Effect]] = {"offer": _offer}
