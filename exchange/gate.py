"""The first thing a request meets: who acts, whether it may come in, and the headers of every answer."""

import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from http.cookies import CookieError, SimpleCookie
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from limits import parse

from exchange.asgi import App, Message, Receive, Scope, Send, send_page, send_problem, timely
from exchange.ctx import Ctx
from exchange.errors import DomainError, ViewOnly
from exchange.ids import new_request_id
from exchange.problems import INTERNAL, Problem, http_problem, problem_of
from exchange.settings import Settings
from exchange.visitors import SAFE, closed
from exchange.web import CTX_KEY, NONCE_KEY, REQUEST_ID_KEY, SESSION_KEY
from exchange.windows import Windows

Observe = Callable[[str, str, int, float, str], None]
Show = Callable[[Scope, Receive, Problem], Awaitable[bytes]]
FindSession = Callable[[str, str, bool], Awaitable[Ctx | None]]
FindKey = Callable[[str, str, bool, str], Awaitable[Ctx | None]]
# A person's write is decided on what the database says now, not on a session cached up to 10 s ago; a key's where it is about
# money or rights.
FRESH: Final = frozenset({"pay", "announce", "confirm", "keys", "people", "webhooks", "revoke", "rotate", "clock"})
VISITOR_LIMIT: Final = "300/minute"
# Keys and sessions that nobody has, from one address: each costs a look-up.
FAILURE_LIMIT: Final = "60/minute"


def cookie_name(settings: Settings) -> str:
    """`__Host-` binds the cookie to this host and https; plain only on loopback without TLS."""
    return "__Host-session" if settings.secure else "session"


API_POLICY: Final = b"default-src 'none'; frame-ancestors 'none'"
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'nonce-NONCE'; style-src 'self' 'nonce-NONCE'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
# How long a body may take, and one with files.
BODY_S: Final = 20.0
FILES_S: Final = 120.0
PERMISSIONS: Final = (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=()")
# What an operator may do who looks with a member's eyes: nothing to the member, and leave.
VIEWER_MAY: Final = frozenset({"/view/end", "/sign-out"})


class Gate:
    """ASGI: authentication, origin check, rate limit, request id, security headers, one observation per request."""

    def __init__(
        self,
        app: App,
        settings: Settings,
        find_session: FindSession,
        find_key: FindKey,
        observe: Observe,
        show: Show | None = None,
    ) -> None:
        """`show` draws a refusal as a page for a person's browser; without it everybody gets the problem as JSON."""
        self._app = app
        self._show = show
        self._find_session = find_session
        self._find_key = find_key
        self._observe = observe
        self._cookie = cookie_name(settings)
        self._origin = settings.public_url.rstrip("/")
        self._api_headers = [*_common_headers(settings.secure), (b"content-security-policy", API_POLICY)]
        self._page_headers = [*_common_headers(settings.secure), PERMISSIONS]
        self._visitors = Windows(parse(VISITOR_LIMIT))
        self._members = Windows(parse(settings.rate_limit))
        self._failures = Windows(parse(FAILURE_LIMIT))
        self._proxies = tuple(ip_network(item.strip()) for item in settings.trusted_proxies.split(",") if item.strip())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = new_request_id()
        scope[REQUEST_ID_KEY] = request_id
        path: str = scope["path"]
        api = path.startswith("/api/")
        headers: dict[bytes, bytes] = dict(scope["headers"])
        nonce = "" if api else secrets.token_urlsafe(16)
        scope[NONCE_KEY] = nonce
        extra = self._headers(request_id, nonce)
        started = time.perf_counter()
        status = 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        if scope["method"] not in SAFE:
            receive = timely(receive, FILES_S if headers.get(b"content-type", b"").startswith(b"multipart/") else BODY_S)
        try:
            try:
                refused = await self._admit(scope, headers, path, request_id)
            except DomainError as error:
                # Who acts cannot be read while the database is away.
                refused = problem_of(error, request_id) or INTERNAL
            if refused is None:
                await self._app(scope, receive, answer)
            elif self._show is not None and not api and _is_browser(headers):
                await send_page(answer, refused.status, await self._show(scope, receive, refused))
            else:
                await send_problem(answer, refused)
        finally:
            self._observe(scope["method"], path, status, time.perf_counter() - started, request_id)

    async def _admit(self, scope: Scope, headers: dict[bytes, bytes], path: str, request_id: str) -> Problem | None:
        """Put the context into the scope, or say why not."""
        method: str = scope["method"]
        address = self._address(scope, headers)
        bearer = headers.get(b"authorization")
        if bearer is None and method not in SAFE and not self._same_origin(headers):
            return http_problem(403, request_id)
        if "//" in path:
            return http_problem(404, request_id)
        if (bearer is not None or b"cookie" in headers) and self._failures.full(address):
            return http_problem(429, request_id)
        try:
            ctx = await self._who(scope, headers, bearer, method, path, request_id, address)
        except DomainError as error:
            if error.status < 500:
                self._failures.hit(address)
            raise
        if ctx is None and bearer is not None:
            self._failures.hit(address)
            return http_problem(401, request_id)
        if ctx is None and SESSION_KEY in scope:
            self._failures.hit(address)
        scope[CTX_KEY] = ctx
        if ctx is not None and ctx.viewing is not None and method not in SAFE and path not in VIEWER_MAY:
            return problem_of(ViewOnly(), request_id)
        windows = self._visitors if ctx is None else self._members
        if not windows.hit(address if ctx is None else str(ctx.person_id)) and not path.startswith("/static/"):
            return http_problem(429, request_id)
        if ctx is None and closed(method, path):
            return http_problem(401, request_id)
        return None

    async def _who(
        self,
        scope: Scope,
        headers: dict[bytes, bytes],
        bearer: bytes | None,
        method: str,
        path: str,
        request_id: str,
        address: str,
    ) -> Ctx | None:
        """The context of the key or of the cookie, or None."""
        unsafe = method not in SAFE
        if bearer is not None:
            scheme, _, secret = bearer.decode("latin-1").partition(" ")
            fresh = unsafe and path.rstrip("/").rsplit("/", 1)[-1] in FRESH
            return await self._find_key(secret.strip(), request_id, fresh, address) if scheme.lower() == "bearer" else None
        token = _cookie(headers[b"cookie"], self._cookie) if b"cookie" in headers else ""
        if not token:
            return None
        scope[SESSION_KEY] = token
        return await self._find_session(token, request_id, unsafe)

    def _address(self, scope: Scope, headers: dict[bytes, bytes]) -> str:
        """Where the request comes from; behind a trusted proxy the last address that the proxy wrote."""
        peer = str((scope.get("client") or ("unknown", 0))[0])
        forwarded = headers.get(b"x-forwarded-for")
        if forwarded is None or not self._proxies or not _inside(peer, self._proxies):
            return peer
        address = forwarded.decode("latin-1").rsplit(",", 1)[-1].strip()
        scope["client"] = (address, 0)
        return address

    def _same_origin(self, headers: dict[bytes, bytes]) -> bool:
        """A browser that changes something says where it comes from; another site's page is refused."""
        origin = headers.get(b"origin")
        if origin is not None:
            return origin.decode("latin-1") == self._origin or _own_host(origin, headers.get(b"host", b""))
        return headers.get(b"sec-fetch-site", b"same-origin") in (b"same-origin", b"none")

    def _headers(self, request_id: str, nonce: str) -> list[tuple[bytes, bytes]]:
        named = (b"x-request-id", request_id.encode())
        if not nonce:
            return [named, *self._api_headers]
        return [named, *self._page_headers, (b"content-security-policy", PAGE_POLICY.replace("NONCE", nonce).encode())]


def _inside(address: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)


def _common_headers(hsts: bool) -> list[tuple[bytes, bytes]]:
    headers = [
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"same-origin"),
        (b"x-frame-options", b"DENY"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
    ]
    if hsts:
        headers.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))
    return headers


def _own_host(origin: bytes, host: bytes) -> bool:
    """Behind no proxy the address that people typed counts too, e.g. localhost for 127.0.0.1."""
    return urlsplit(origin.decode("latin-1")).netloc == host.decode("latin-1") and host != b""


def _cookie(header: bytes, name: str) -> str:
    try:
        morsel = SimpleCookie(header.decode("latin-1")).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel is not None else ""


def _is_browser(headers: dict[bytes, bytes]) -> bool:
    """Whether somebody will read the answer as a page."""
    return b"text/html" in headers.get(b"accept", b"") and b"authorization" not in headers
