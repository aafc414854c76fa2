"""What every entry point gets: who acts, and the parts of the process it may use."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.params import HeaderParameter

from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.identity.access import Access
from exchange.errors import DomainError
from exchange.files import Files
from exchange.notify.live import LiveHub
from exchange.passwords import Passwords
from exchange.settings import Settings
from exchange.writes import Writes
from matching.client import MatcherClient

CTX_KEY: Final = "exchange.ctx"
REQUEST_ID_KEY: Final = "exchange.request_id"
NONCE_KEY: Final = "exchange.nonce"
SESSION_KEY: Final = "exchange.session"

WebRequest = Request[Any, Any, State]

IdempotencyKey = Annotated[
    str,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="Chosen by the caller, one per intended effect. The same key and body give the same effect once.",
    ),
]


class Unauthenticated(DomainError):
    status = 401
    code = "unauthenticated"
    title = "Sign in first"
    detail = "This needs a signed-in person or an API key."


class Deps(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of the api process."""

    db: Database
    settings: Settings
    matcher: MatcherClient
    files: Files
    sandbox: bool
    writes: Writes
    access: Access
    passwords: Passwords
    live: LiveHub


def deps(request: WebRequest) -> Deps:
    """The parts of this process."""
    found: Deps = request.app.state["deps"]
    return found


def maybe_ctx(request: WebRequest) -> Ctx | None:
    """Who acts, or None for a visitor."""
    scope: Mapping[str, Any] = request.scope  # a TypedDict without our keys
    found: Ctx | None = scope.get(CTX_KEY)
    return found


def ctx(request: WebRequest) -> Ctx:
    """Who acts; refuses a visitor with 401."""
    found = maybe_ctx(request)
    if found is None:
        raise Unauthenticated
    return found


def request_id(request: WebRequest) -> str:
    scope: Mapping[str, Any] = request.scope
    return str(scope.get(REQUEST_ID_KEY, ""))


def session_token(request: WebRequest) -> str | None:
    """The token of the cookie that came with the request, whether it is a session or not."""
    scope: Mapping[str, Any] = request.scope
    found: str | None = scope.get(SESSION_KEY)
    return found


def client_address(request: WebRequest) -> str:
    """The address that the connection comes from."""
    return request.client.host if request.client is not None else "unknown"
