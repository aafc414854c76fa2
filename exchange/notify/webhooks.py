"""Webhooks: which addresses an event goes to, the signed message, and the wall that keeps every call outside."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final
from uuid import UUID

import httpx2
import msgspec
from standardwebhooks.webhooks import Webhook

from exchange import events
from exchange.db import Tx
from exchange.domain.webhook.address import BadAddress, IpAddress, Target, is_public, target
from exchange.ids import new_id
from exchange.notify import reasons
from exchange.notify.subject import Happening, best_reasons
from exchange.settings import Settings, SettingsError
from schemas.webhook import WebhookMessage

PRIORITY: Final = 6
TIMEOUT_S: Final = 10.0
USER_AGENT: Final = "exchange-webhooks/1"

Resolve = Callable[[str, int], Awaitable[list[str]]]


class EndpointId(msgspec.Struct, frozen=True):
    id: UUID
    company_id: UUID


# Active addresses of these companies that want this type of event: all, the type itself, or its noun as `noun.*`.
WANTED: Final = """
SELECT w.id, w.company_id FROM webhook_endpoint AS w
WHERE w.company_id = ANY ($1::uuid[]) AND w.status = 'active'
    AND (cardinality(w.events) = 0 OR w.events && ARRAY[$2::text, split_part($2, '.', 1) || '.*'])
ORDER BY w.id
"""


async def wanted(tx: Tx, companies: list[UUID], type_: str) -> list[EndpointId]:
    return await tx.many(EndpointId, WANTED, companies, type_)


# One per endpoint and event; no row when it exists already.
WAIT: Final = """
INSERT INTO webhook_delivery (id, endpoint_id, company_id, event_id, status, created_at)
VALUES ($1, $2, $3, $4, 'waiting', market_now())
ON CONFLICT (endpoint_id, event_id) DO NOTHING RETURNING true
"""


async def tell_partners(tx: Tx, event: Happening) -> int:
    """Deliveries and their jobs for the partner systems of everybody who may know; says how many are new."""
    count = 0
    for endpoint in await wanted(tx, sorted(event.recipients), event.type):
        delivery_id = new_id()
        if await tx.value(WAIT, delivery_id, endpoint.id, endpoint.company_id, event.id):
            key = f"webhook:{delivery_id}"
            await events.enqueue(tx, "webhook", key, {"delivery_id": str(delivery_id)}, priority=PRIORITY)
            count += 1
    return count


async def message(tx: Tx, event: Happening, company_id: UUID) -> bytes:
    """The body for one company: ids and states, and why a request fits what it sells."""
    data: dict[str, Any] = {"from_state": event.from_state, "to_state": event.to_state, **event.payload}
    if event.type == "opportunity.found" and "rfq_id" in event.payload:
        data["reasons"] = reasons.kept(await best_reasons(tx, UUID(str(event.payload["rfq_id"])), company_id))
    return msgspec.json.encode(
        WebhookMessage(
            type=event.type,
            id=event.id,
            aggregate=event.aggregate,
            aggregate_id=event.aggregate_id,
            version=event.version,
            at=event.at,
            data=data,
        )
    )


def signed_headers(secret: str, message_id: str, body: bytes, at: datetime) -> dict[str, str]:
    """The headers of standardwebhooks; `at` is real time, in UTC."""
    return {
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, at, body.decode()),
    }


class Refused(Exception):
    """The receiver did not take the message; `status` is its answer, None when there was none. `gone`: never again."""

    def __init__(self, why: str, status: int | None = None) -> None:
        super().__init__(why)
        self.status = status

    @property
    def gone(self) -> bool:
        return self.status == 410


async def look_up(host: str, port: int) -> list[str]:
    """The addresses of a name as the operating system knows them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Sender:
    """Sends signed messages to checked addresses. One for the process: it holds no connection between two calls."""

    def __init__(self, *, resolve: Resolve = look_up, timeout_s: float = TIMEOUT_S) -> None:
        self._resolve = resolve
        self._timeout_s = timeout_s

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    async def send(self, url: str, secret: str, message_id: str, body: bytes, exempt: frozenset[str]) -> int:
        """Post once; returns the 2xx status. Raises Refused for every other answer and for none.

        `exempt` holds the host:port pairs that need neither https nor a public address (settings of a sandbox).
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                request, extensions = await self.checked_request(url, exempt)
                return await self._post(request, extensions, secret, message_id, body)
        except BadAddress as refusal:
            raise Refused(str(refusal)) from None
        except TimeoutError:
            raise Refused(f"no answer within {self._timeout_s:g} s") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            raise Refused(f"no connection: {type(error).__name__}") from None

    async def checked_request(self, url: str, exempt: frozenset[str]) -> tuple[httpx2.URL, dict[str, str]]:
        """The address to connect to, with the host as a number that was checked, and what TLS and HTTP call the host.

        The name is looked up here once and never again, so an answer that changes afterwards changes nothing.
        """
        found = target(url, exempt)
        address = await self._address(found)
        parsed = httpx2.URL(found.url)
        host = f"[{address}]" if address.version == 6 else str(address)
        return parsed.copy_with(host=host), {"host": parsed.netloc.decode("ascii"), "sni": found.host}

    async def _address(self, found: Target) -> IpAddress:
        addresses = [ipaddress.ip_address(text.partition("%")[0]) for text in await self._resolve(found.host, found.port)]
        if not addresses:
            raise BadAddress("the host has no address")
        # One bad address among several is enough: no honest receiver has it.
        if not found.exempt and not all(is_public(address) for address in addresses):
            raise BadAddress("the host is not on the public internet")
        return min(addresses, key=lambda address: address.version)

    async def _post(self, url: httpx2.URL, names: dict[str, str], secret: str, message_id: str, body: bytes) -> int:
        headers = signed_headers(secret, message_id, body, datetime.now(UTC))
        headers["host"] = names["host"]
        async with httpx2.AsyncClient(
            verify=self._tls, trust_env=False, follow_redirects=False, timeout=self._timeout_s, http2=False
        ) as client:
            request = client.build_request("POST", url, content=body, headers=headers, extensions={"sni_hostname": names["sni"]})
            # Streamed and closed unread: what a receiver says besides its status is of no use and of any size.
            answer = await client.send(request, stream=True)
            await answer.aclose()
        if not 200 <= answer.status_code < 300:
            raise Refused(f"answered {answer.status_code}", answer.status_code)
        return answer.status_code


def check_webhook_allow(settings: Settings, sandbox: bool) -> None:
    """Refuses to start with exempt webhook addresses outside of a sandbox, or with pairs that are no ``host:port``."""
    if settings.webhook_exempt and not sandbox:
        raise SettingsError("EXCHANGE_WEBHOOK_ALLOW: only a sandbox may let webhooks reach private addresses")
    for pair in sorted(settings.webhook_exempt):
        host, _, port = pair.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise SettingsError(f"EXCHANGE_WEBHOOK_ALLOW: {pair!r} is not host:port")
