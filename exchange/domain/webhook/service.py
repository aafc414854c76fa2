"""A company's webhooks: register an address, renew its secret, switch it off and on, see and repeat deliveries."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from exchange import events
from exchange.cursor import page_of, read_cursor
from exchange.db import Tx
from exchange.domain.permission import need, need_step_up, show
from exchange.domain.privacy import fields
from exchange.domain.webhook import store
from exchange.domain.webhook.address import BadAddress, target
from exchange.domain.webhook.model import (
    DELIVERY,
    LIFECYCLE,
    MAX_ENDPOINTS,
    Created,
    Delivery,
    Endpoint,
    TooManyWebhooks,
    new_secret,
)
from exchange.errors import NotFound, WrongState, invalid
from exchange.ids import new_id
from schemas.common import Page
from schemas.webhook import WebhookIn


async def create(tx: Tx, command: WebhookIn, exempt: frozenset[str]) -> Created:
    """Register an address; the answer alone holds its secret. `exempt` comes from the settings."""
    need(tx.ctx, "webhook.write")
    need_step_up(tx.ctx)
    try:
        found = target(command.url, exempt)
    except BadAddress as refusal:
        raise invalid("/url", "webhook-url", "This address is refused: %(why)s.", why=str(refusal)) from None
    await _room(tx)
    endpoint_id, secret = new_id(), new_secret()
    sealed = await fields.seal_text(tx, tx.ctx.company, secret, at=fields.WEBHOOK, row=endpoint_id)
    endpoint = await store.insert(tx, endpoint_id, tx.ctx.company, found.url, sealed, tuple(dict.fromkeys(command.events)))
    await events.append(tx, "webhook.created", endpoint.id, endpoint.version, to_state=endpoint.status)
    return Created(endpoint=endpoint, secret=secret)


async def _room(tx: Tx) -> None:
    if await store.active_count(tx, tx.ctx.company) >= MAX_ENDPOINTS:
        raise TooManyWebhooks(limit=MAX_ENDPOINTS)


async def endpoints(tx: Tx) -> list[Endpoint]:
    """The company's addresses, newest first."""
    need(tx.ctx, "webhook.write")
    return await store.list_all(tx, tx.ctx.company)


async def get(tx: Tx, endpoint_id: UUID) -> Endpoint:
    need(tx.ctx, "webhook.write")
    found = await store.get(tx, endpoint_id)
    if found is None:
        raise NotFound(noun="webhook")
    show(tx.ctx, "webhook", found.company_id)
    return found


async def rotate(tx: Tx, endpoint_id: UUID) -> Created:
    """A new secret, from the next delivery on."""
    need(tx.ctx, "webhook.write")
    need_step_up(tx.ctx)
    found, secret = await get(tx, endpoint_id), new_secret()
    sealed = await fields.seal_text(tx, found.company_id, secret, at=fields.WEBHOOK, row=endpoint_id)
    endpoint = await store.rotate(tx, endpoint_id, sealed)
    if endpoint is None:
        raise NotFound(noun="webhook")
    await events.append(tx, "webhook.rotated", endpoint.id, endpoint.version, to_state=endpoint.status)
    return Created(endpoint=endpoint, secret=secret)


async def switch(tx: Tx, endpoint_id: UUID, action: Literal["enable", "disable"]) -> Endpoint:
    """Switch an address on or off; deliveries that wait for a disabled one are given up."""
    need(tx.ctx, "webhook.write")
    step = LIFECYCLE.step(action)
    if action == "enable":
        need_step_up(tx.ctx)
        await _room(tx)
    await get(tx, endpoint_id)
    moved = await store.move(tx, endpoint_id, step.from_, step.to)
    if moved is None:
        current = await get(tx, endpoint_id)
        raise WrongState(noun="webhook", current=current.status)
    await events.append(tx, step.event, moved.id, moved.version, from_state=step.from_[0], to_state=step.to)
    return moved


async def deliveries(tx: Tx, *, endpoint_id: UUID | None = None, cursor: str | None = None, limit: int = 50) -> Page[Delivery]:
    """What was sent or waits, newest first."""
    need(tx.ctx, "webhook.write")
    after, after_id = (None, None) if cursor is None else read_cursor(cursor, tuple[datetime, UUID])
    rows = await store.deliveries(tx, after, after_id, limit + 1, tx.ctx.company, endpoint_id)
    return page_of(rows, limit, lambda row: (row.created_at, row.id))


async def delivery(tx: Tx, delivery_id: UUID) -> Delivery:
    need(tx.ctx, "webhook.write")
    found = await store.delivery(tx, delivery_id)
    if found is None:
        raise NotFound(noun="delivery")
    return found


async def redeliver(tx: Tx, delivery_id: UUID) -> Delivery:
    """Send a delivered or failed one again, under the same webhook-id."""
    need(tx.ctx, "webhook.write")
    step = DELIVERY.step("redeliver")
    await delivery(tx, delivery_id)
    attempt = await store.again(tx, delivery_id, step.from_)
    found = await delivery(tx, delivery_id)
    if attempt is None:
        raise WrongState(noun="delivery", current=found.status)
    await events.enqueue(tx, "webhook", f"webhook:{delivery_id}:{attempt}", {"delivery_id": str(delivery_id)}, priority=6)
    return found
