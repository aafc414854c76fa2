"""Orders read by their parties. How one begins stands in placing.py (firm offers) and opening.py (every kind)."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from exchange.db import Tx
from exchange.domain.order import placing, store
from exchange.domain.order.model import Order, OrderSummary
from exchange.domain.permission import need

Side = Literal["buy", "sell"]


async def get(tx: Tx, order: UUID) -> Order:
    """The order with all that belongs to it; NotFound for somebody else's."""
    need(tx.ctx, "order.read")
    return await placing.get(tx, order)


async def listed(
    tx: Tx, side: Side, status: str | None, after: datetime | None, after_id: UUID | None, limit: int
) -> list[OrderSummary]:
    """What the acting company bought or sold, newest first."""
    need(tx.ctx, "order.read")
    find = store.list_bought if side == "buy" else store.list_sold
    return await find(tx, tx.ctx.company, status, after, after_id, limit)
