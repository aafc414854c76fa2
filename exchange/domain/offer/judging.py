"""What an operator's decision does to a listing."""

from typing import Final
from uuid import UUID

import msgspec

from exchange import events
from exchange.db import Tx
from exchange.domain.offer.model import LIFECYCLE
from exchange.domain.permission import need
from exchange.errors import WrongState


class Judged(msgspec.Struct, frozen=True):
    """Where the listing came from and went to; nothing: it stays where it is."""

    from_state: str | None
    to_state: str | None
    new_version: int | None


JUDGE: Final = "SELECT j.from_state, j.to_state, j.new_version FROM offer_judge($1, $2) AS j"


async def judge(tx: Tx, offer: UUID, company: UUID, *, accept: bool) -> None:
    """On the market, or back to its seller, who is told. One that is off the market anyway stays where it is.

    Raises WrongState for a refusal of what cannot be refused any more.
    """
    need(tx.ctx, "operator.case")
    found = await tx.one(Judged, JUDGE, offer, accept)
    if found.to_state is None or found.new_version is None:
        if not accept:
            raise WrongState(noun="offer", current=found.from_state or "gone")
        return
    step = LIFECYCLE.step("approve" if accept else "reject")
    await events.append(
        tx, step.event, offer, found.new_version, from_state=found.from_state, to_state=found.to_state, audience=(company,)
    )
