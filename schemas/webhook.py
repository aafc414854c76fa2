"""Webhooks on the wire: what a partner system registers, and what it is sent."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

WebhookUrl = Annotated[str, Meta(min_length=10, max_length=500, pattern=r"^https?://[\x21-\x7e]+$(?!\n)")]
EventPattern = Annotated[
    str, Meta(max_length=80, pattern=r"^[a-z_]+\.([a-z_]+|\*)$(?!\n)", examples=["rfq.*", "opportunity.found"])
]


class WebhookIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An address to be told. `events` are types or prefixes such as ``rfq.*``; none means all."""

    url: WebhookUrl
    events: Annotated[tuple[EventPattern, ...], Meta(max_length=50)] = ()


class WebhookView(Struct, frozen=True, kw_only=True):
    """`secret` (``whsec_…``) is there only in the answer to the request that made it."""

    id: UUID
    version: int
    url: str
    events: tuple[str, ...]
    status: Literal["active", "disabled"]
    created_at: datetime
    secret: str | None = None


class WebhookDeliveryView(Struct, frozen=True, kw_only=True):
    """One event on its way to one address. `last_status` is the last HTTP status, null when there was no answer."""

    id: UUID
    endpoint_id: UUID
    event_id: UUID
    event_type: str
    status: Literal["waiting", "delivered", "failed"]
    attempts: int
    last_status: int | None
    last_error: str | None
    created_at: datetime
    delivered_at: datetime | None


class WebhookMessage(Struct, frozen=True, kw_only=True):
    """The body that is sent, signed as standardwebhooks says with ``webhook-id`` = `id`, the same in every attempt.

    An event is a hint: `aggregate_id` and `version` say what to read again. `data` holds ids and states only, and for
    ``opportunity.found`` the reasons of the match.
    """

    type: str
    id: UUID
    aggregate: str
    aggregate_id: UUID
    version: int
    at: datetime
    data: dict[str, Any]
