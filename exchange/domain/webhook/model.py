"""A partner's address that is told what happens, and each event on its way there."""

import base64
import secrets
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange.domain.transition import Lifecycle, Transition
from exchange.errors import DomainError

# A company's active addresses; more are a mistake or an attack on the delivering workers.
MAX_ENDPOINTS: Final = 10
SECRET_BYTES: Final = 32

LIFECYCLE: Final = Lifecycle(
    noun="webhook",
    table="webhook_endpoint",
    initial=("active",),
    transitions=(
        Transition("disable", ("active",), "disabled", "webhook.write", "webhook.disabled"),
        # The receiver answered 410: it is gone.
        Transition("give_up", ("active",), "disabled", "job", "webhook.gone"),
        Transition("enable", ("disabled",), "active", "webhook.write", "webhook.enabled"),
    ),
)
# A delivery leaves no event of its own: that would have to be delivered too.
DELIVERY: Final = Lifecycle(
    noun="webhook_delivery",
    table="webhook_delivery",
    initial=("waiting",),
    transitions=(
        Transition("deliver", ("waiting",), "delivered", "job", ""),
        Transition("fail", ("waiting",), "failed", "job", ""),
        Transition("redeliver", ("delivered", "failed"), "waiting", "webhook.write", ""),
    ),
)


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """The secret is no part of it: members write it once, the delivering worker alone reads it."""

    id: UUID
    company_id: UUID
    url: str
    events: tuple[str, ...]
    status: Literal["active", "disabled"]
    version: int
    created_at: datetime


class Created(msgspec.Struct, frozen=True, kw_only=True):
    """A new or renewed endpoint with its secret, which is not shown again."""

    endpoint: Endpoint
    secret: str

    @property
    def id(self) -> UUID:
        return self.endpoint.id

    @property
    def version(self) -> int:
        return self.endpoint.version


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
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

    @property
    def version(self) -> int:
        return self.attempts


class TooManyWebhooks(DomainError):
    status = 409
    code = "too-many-webhooks"
    title = "Too many addresses"
    detail = "A company may have %(limit)s active webhook addresses. Disable one first."


def new_secret() -> str:
    """A signing secret as standardwebhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
