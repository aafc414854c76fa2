"""An order once more: what was ordered, at what the same offers say now."""

from typing import Literal
from uuid import UUID

from msgspec import Struct

from schemas.order import PlaceOrder

# What is not as it was. `gone`: no longer offered, not firm, or less is left than its smallest order.
DifferenceCode = Literal["gone", "price", "quantity", "terms", "vat", "region"]


class RepeatLine(Struct, frozen=True, kw_only=True):
    """A line of the order before beside what it would be now; the values of now are null where it is gone."""

    offer_id: UUID
    title: str
    unit: str
    quantity_before: str
    quantity: str | None
    price_before: str
    price: str | None
    gross: str | None
    differences: tuple[DifferenceCode, ...]


class RepeatView(Struct, frozen=True, kw_only=True):
    """A proposal that can be sent to POST /orders as it stands; `place` is null when nothing of it can be had any more."""

    order_id: UUID
    number: str
    seller_id: UUID
    seller: str
    currency: str
    net: str
    vat: str
    gross: str
    lines: tuple[RepeatLine, ...]
    place: PlaceOrder | None
