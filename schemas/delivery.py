"""Deliveries: what was despatched, arrived and was found at the inspection."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from schemas.common import OptionalLine, Quantity, Text

# What was counted at an inspection; zero is allowed.
Counted = Annotated[str, Meta(pattern=r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?$(?!\n)", max_length=19, examples=["95"])]


class DeliveryLineView(Struct, frozen=True, kw_only=True):
    order_line_id: UUID
    quantity: str
    accepted: str | None = None
    rejected: str | None = None
    reason: str = ""
    photo_file_id: UUID | None = None


class DeliveryView(Struct, frozen=True, kw_only=True):
    id: UUID
    version: int
    number: str
    order_id: UUID
    status: Literal["planned", "despatched", "arrived", "inspected"]
    lines: tuple[DeliveryLineView, ...]
    carrier: str
    tracking: str
    despatched_at: datetime | None
    arrived_at: datetime | None
    inspect_by: datetime | None
    inspected_at: datetime | None
    actions: tuple[str, ...] = ()


class DespatchLine(Struct, frozen=True, forbid_unknown_fields=True):
    order_line_id: UUID
    quantity: Quantity


class DespatchCommand(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    lines: Annotated[tuple[DespatchLine, ...], Meta(min_length=1, max_length=100)]
    carrier: Annotated[OptionalLine, Meta(max_length=120)] = ""
    tracking: Annotated[OptionalLine, Meta(max_length=120)] = ""


class InspectLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """accepted + rejected = what was delivered; a rejection names its reason and carries a photo."""

    order_line_id: UUID
    accepted: Counted
    rejected: Counted = "0"
    reason: Annotated[Text, Meta(max_length=1000)] = ""
    photo_file_id: UUID | None = None


class InspectCommand(Struct, frozen=True, forbid_unknown_fields=True):
    lines: Annotated[tuple[InspectLine, ...], Meta(min_length=1, max_length=100)]
