"""The market's clock: read by everybody, moved forward in a sandbox by an administrator or a key with scope `clock`."""

from datetime import datetime, timedelta
from typing import Final

import asyncpg

from exchange import events
from exchange.db import Tx
from exchange.domain.permission import may
from exchange.errors import DomainError, Forbidden
from exchange.ids import new_id


class ClockRefused(DomainError):
    status = 422
    code = "clock-refused"
    title = "The clock was not moved"
    detail = "Only a sandbox's clock moves, forward, at most 31 days in a step and ten years in all."


NOW: Final = "SELECT market_now()"


async def now(tx: Tx) -> datetime:
    """Market time."""
    found: datetime = await tx.value(NOW)
    return found


MOVE: Final = "SELECT move_clock($1)"


async def move(tx: Tx, seconds: int) -> datetime:
    """Move a sandbox's clock forward; the new market time. Raises ClockRefused elsewhere or beyond the limits."""
    by_key = tx.ctx.scopes is not None and "clock" in tx.ctx.scopes
    if not (may(tx.ctx, "operator.clock") or (by_key and may(tx.ctx, "clock"))):
        raise Forbidden(needed="an administrator, or a key with scope clock")
    try:
        after: datetime = await tx.value(MOVE, timedelta(seconds=seconds))
    except asyncpg.PostgresError as error:
        if getattr(error, "sqlstate", None) == "EX007":
            raise ClockRefused from None
        raise
    await events.append(tx, "clock.moved", new_id(), 1, payload={"seconds": seconds})
    return after
