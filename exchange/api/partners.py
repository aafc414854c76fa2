"""What partner systems need besides the deal: keys, webhooks, the feed of events."""

from typing import Annotated, Final, Literal
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from exchange.api.paging import DEFAULT_LIMIT, Cursor, Limit
from exchange.db import Tx
from exchange.domain.history import service as history
from exchange.domain.history.place import START, read_place, write_place
from exchange.domain.identity import keys
from exchange.domain.identity.model import CreatedKey
from exchange.domain.identity.view import key_view
from exchange.domain.webhook import service as webhooks
from exchange.domain.webhook.model import Created, Delivery, Endpoint
from exchange.web import IdempotencyKey, WebRequest, ctx, deps
from schemas.common import Page
from schemas.events import EventFeed, EventView
from schemas.identity import KeyCreate, KeyCreatedView, KeyRotate, KeyView
from schemas.webhook import WebhookDeliveryView, WebhookIn, WebhookView


def _created(found: CreatedKey) -> KeyCreatedView:
    return KeyCreatedView(key=key_view(found.key), secret=found.secret)


def _endpoint(found: Endpoint, secret: str | None = None) -> WebhookView:
    return WebhookView(
        id=found.id,
        version=found.version,
        url=found.url,
        events=found.events,
        status=found.status,
        created_at=found.created_at,
        secret=secret,
    )


def _delivery(found: Delivery) -> WebhookDeliveryView:
    return WebhookDeliveryView(
        id=found.id,
        endpoint_id=found.endpoint_id,
        event_id=found.event_id,
        event_type=found.event_type,
        status=found.status,
        attempts=found.attempts,
        last_status=found.last_status,
        last_error=found.last_error,
        created_at=found.created_at,
        delivered_at=found.delivered_at,
    )


@post("/keys", summary="Make an API key")
async def create_key(request: WebRequest, data: JSONBody[KeyCreate], idempotency_key: IdempotencyKey) -> KeyCreatedView:
    """The secret is in this answer only. Scopes are names of permissions; a key never does more than its maker may."""

    async def do(tx: Tx) -> CreatedKey:
        return await keys.create(tx, data)

    body = await request.body()
    found = await deps(request).writes.once(ctx(request), "keys", idempotency_key, body, do, keys.created, standing="applicant")
    return _created(found)


@get("/keys", summary="The company's API keys")
async def list_keys(request: WebRequest) -> tuple[KeyView, ...]:
    async with deps(request).db.read(ctx(request)) as tx:
        return tuple(key_view(item) for item in await keys.listed(tx))


@post("/keys/{key_id:uuid}/rotate", summary="A new secret for an API key")
async def rotate_key(
    request: WebRequest, key_id: FromPath[UUID], data: JSONBody[KeyRotate], idempotency_key: IdempotencyKey
) -> KeyCreatedView:
    """By the person who made it. The secret before stays valid for `overlap_hours`; the new one is in this answer only."""

    async def do(tx: Tx) -> CreatedKey:
        return await keys.rotate(tx, key_id, data)

    body = await request.body()
    route = f"keys/{key_id}/rotate"
    found = await deps(request).writes.once(ctx(request), route, idempotency_key, body, do, keys.created, standing="any")
    deps(request).access.forget_key(key_id)
    return _created(found)


@post("/keys/{key_id:uuid}/revoke", status_code=200, summary="Revoke an API key")
async def revoke_key(request: WebRequest, key_id: FromPath[UUID]) -> KeyView:
    """It opens nothing any more, everywhere within ten seconds. Revoking twice changes nothing."""
    async with deps(request).db.tx(ctx(request), "any") as tx:
        revoked = await keys.revoke(tx, key_id)
    deps(request).access.forget_key(key_id)
    return key_view(revoked)


@post("/webhooks", summary="Register a webhook")
async def create_webhook(request: WebRequest, data: JSONBody[WebhookIn], idempotency_key: IdempotencyKey) -> WebhookView:
    """Signed as standardwebhooks says; the secret is in this answer only."""
    parts = deps(request)

    async def do(tx: Tx) -> Created:
        return await webhooks.create(tx, data, parts.settings.webhook_exempt)

    async def load(tx: Tx, endpoint_id: UUID) -> Created:
        return Created(endpoint=await webhooks.get(tx, endpoint_id), secret="")

    body = await request.body()
    found = await parts.writes.once(ctx(request), "webhooks", idempotency_key, body, do, load, standing="applicant")
    return _endpoint(found.endpoint, found.secret or None)


@get("/webhooks", summary="The company's webhooks")
async def list_webhooks(request: WebRequest) -> tuple[WebhookView, ...]:
    async with deps(request).db.read(ctx(request)) as tx:
        return tuple(_endpoint(item) for item in await webhooks.endpoints(tx))


@post("/webhooks/{webhook_id:uuid}/{action:str}", status_code=200, summary="Switch a webhook on or off")
async def switch_webhook(
    request: WebRequest, webhook_id: FromPath[UUID], action: FromPath[Literal["enable", "disable"]]
) -> WebhookView:
    async with deps(request).db.tx(ctx(request), "any") as tx:
        return _endpoint(await webhooks.switch(tx, webhook_id, action))


@get("/webhook-deliveries", summary="What was sent or waits, newest first")
async def list_deliveries(
    request: WebRequest,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    webhook_id: Annotated[UUID | None, QueryParameter(description="Of one webhook only")] = None,
) -> Page[WebhookDeliveryView]:
    async with deps(request).db.read(ctx(request)) as tx:
        page = await webhooks.deliveries(tx, endpoint_id=webhook_id, cursor=cursor, limit=limit)
    return Page(tuple(_delivery(item) for item in page.items), page.next)


@post("/webhook-deliveries/{delivery_id:uuid}/again", status_code=200, summary="Send a delivery again")
async def redeliver(request: WebRequest, delivery_id: FromPath[UUID]) -> WebhookDeliveryView:
    async with deps(request).db.tx(ctx(request), "any") as tx:
        return _delivery(await webhooks.redeliver(tx, delivery_id))


@get("/events", summary="The company's feed of events, oldest first")
async def feed(
    request: WebRequest,
    after: Annotated[
        str, QueryParameter(max_length=64, description="The `after` of the page before; empty from the start")
    ] = START,
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
) -> EventFeed:
    """Asking again with the answer's `after` misses nothing and repeats nothing."""
    secret = deps(request).settings.secret
    async with deps(request).db.read(ctx(request)) as tx:
        found = await history.feed(tx, after=read_place(after, secret), most=limit)
    last = after if not found else write_place(max(item.position or 0 for item in found), secret)
    return EventFeed(events=tuple(history.view(item) for item in found), after=last)


@get("/objects/{object_id:uuid}/events", summary="What happened to one object, newest first")
async def timeline(request: WebRequest, object_id: FromPath[UUID]) -> tuple[EventView, ...]:
    """Those events that the reader may know; empty for an object that is not theirs to see."""
    async with deps(request).db.read(ctx(request)) as tx:
        return tuple(history.view(item) for item in await history.timeline(tx, [object_id], most=200))


ROUTES: Final = Router(
    "",
    route_handlers=[
        create_key,
        list_keys,
        rotate_key,
        revoke_key,
        create_webhook,
        list_webhooks,
        switch_webhook,
        list_deliveries,
        redeliver,
        feed,
        timeline,
    ],
    tags=["partners"],
)
