"""Composition root of `exchange serve`: the HTTP application and its process."""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any, Final, cast

import asyncpg
import msgspec
import structlog
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from litestar import Litestar, Request, Response
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import State
from litestar.types import ControllerRouterHandler

from exchange import api, console, portal, process
from exchange import log as logs
from exchange.api.openapi import CONFIG, document
from exchange.asgi import App
from exchange.console import shell as console_shell
from exchange.db import Database
from exchange.domain.identity.access import Access
from exchange.domain.privacy import keys
from exchange.errors import NOT_STORABLE, DomainError, StepUpRequired
from exchange.files import Files
from exchange.gate import Gate
from exchange.jobs.wake import Waker
from exchange.keyring import Keyring, Vault
from exchange.log import reason
from exchange.metrics import ApiMetrics, Health, InternalPort
from exchange.notify.live import LiveHub
from exchange.notify.webhooks import check_webhook_allow
from exchange.pages import answers, refusal
from exchange.pages.assets import static_file
from exchange.pages.preferences import amount_in_words_route
from exchange.passwords import Passwords
from exchange.portal import shell as portal_shell
from exchange.problems import INTERNAL, MEDIA_TYPE, Problem, problem_of
from exchange.settings import Settings
from exchange.web import Deps, WebRequest, maybe_ctx, request_id
from exchange.writes import Writes
from matching.client import MatcherClient

MAX_BODY_BYTES: Final = 2_000_000
WATCH_EVERY_S: Final = 1.0
KEY_USE_EVERY_S: Final = 60.0
GRACE_S: Final = 10.0
SLOW_S: Final = 1.0
# Open for as long as a page is: how long says nothing.
STREAMS: Final = ("/live", "/api/v1/live")
SANDBOX: Final = "SELECT c.sandbox FROM market_clock AS c"
log = structlog.get_logger(__name__)

Page = Callable[[WebRequest, Exception, Problem], Response[Any]]


def build(deps: Deps, routes: Sequence[ControllerRouterHandler], page: Page) -> Litestar:
    """The application over `deps`; `page` shows a problem to a person, the API gets it as JSON."""

    def on_error(request: Request[Any, Any, State], error: Exception) -> Response[Any]:
        api = request.url.path.startswith("/api/")
        problem = problem_of(error, request_id(request))
        if problem is None:
            log.error("request failed", request_id=request_id(request), path=request.url.path, exc_info=error)
            problem = msgspec.structs.replace(INTERNAL, request_id=request_id(request))
        elif any(item.code == NOT_STORABLE.code for item in problem.errors):
            # Refused all the same, but a check of ours should have said where.
            log.warning("a value passed every check", request_id=request_id(request), path=request.url.path, exc_info=error)
        if not api:
            return page(request, error, problem)
        headers = None
        if problem.status in (429, 503) or problem.code == "key-in-progress":
            headers = {"retry-after": str(problem.data.get("seconds", 5))}
        return Response(problem, status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)

    return Litestar(
        route_handlers=list(routes),
        state=State({"deps": deps}),
        exception_handlers={Exception: on_error},
        openapi_config=CONFIG,
        request_max_body_size=MAX_BODY_BYTES,
        csrf_config=_csrf(deps.settings),
        logging_config=None,
        pdb_on_exception=False,
        debug=False,
    )


def _csrf(settings: Settings) -> CSRFConfig:
    """A token in every form; the API is excluded: keys are no cookies, and the gate checks where a session comes from."""
    return CSRFConfig(
        secret=settings.secret,
        cookie_name="__Host-csrf" if settings.secure else "csrf",
        cookie_secure=settings.secure,
        cookie_samesite="lax",
        cookie_httponly=True,
        exclude=r"^/api/",
    )


def page(request: WebRequest, error: Exception, problem: Problem) -> Response[Any]:
    """A problem as a page for people: in the console for an operator who works there, else in the portal."""
    acting = maybe_ctx(request)
    if isinstance(error, StepUpRequired) and acting is not None and acting.scopes is None:
        return answers.to_step_up(request)
    at_console = acting is not None and acting.operator
    show = console_shell.problem_page if at_console else portal_shell.problem_page
    return show(request, error, problem.status, problem.title, problem.detail, request_id(request))


def create(deps: Deps) -> Litestar:
    """The HTTP application behind the gate: API, portal and console."""
    routes = [api.routes(deps.sandbox), portal.routes(), console.routes(), static_file, amount_in_words_route]
    application = build(deps, routes, page)
    logs.know_paths(route.path_format for route in application.routes)
    return application


def guard(application: Litestar, deps: Deps, metrics: ApiMetrics) -> Gate:
    """The gate in front of it."""

    def observe(method: str, path: str, status: int, seconds: float, request_id: str) -> None:
        if path in STREAMS:
            return
        metrics.observe(method, status, seconds)
        if status >= 500 or seconds >= SLOW_S:
            log.warning(
                "request", method=method, path=path, status=status, duration_ms=round(seconds * 1000), request_id=request_id
            )

    return Gate(cast(App, application), deps.settings, deps.access.session, deps.access.key, observe, refusal.page)


def describe() -> dict[str, Any]:
    """The OpenAPI document, without a running process."""
    return document(Litestar([api.routes(sandbox=True)], openapi_config=CONFIG))


async def _watch(db: Database, health: Health) -> None:
    """The pulse of this process: the loop turns, the database answers."""
    while True:
        health.beat()
        try:
            async with db.system() as tx:
                await tx.value(SANDBOX)
        except (asyncpg.PostgresError, OSError, DomainError) as error:
            log.warning("database unreachable", error=reason(error))
        else:
            health.worked()
        await asyncio.sleep(WATCH_EVERY_S)


async def _write_key_use(access: Access, db: Database) -> None:
    """When keys were used last, once a minute; what cannot be written now is written later."""
    while True:
        await asyncio.sleep(KEY_USE_EVERY_S)
        try:
            await access.key_use.write(db)
        except (asyncpg.PostgresError, OSError, DomainError) as error:
            log.warning("the last use of keys waits", error=reason(error))


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Serve until `stop` is set, then finish the requests that run and close everything."""
    async with AsyncExitStack() as stack:
        db = await Database.open(settings.database_url, size=settings.pool_size, name="exchange serve")
        stack.push_async_callback(db.close)
        async with db.system() as tx:
            sandbox = bool(await tx.value(SANDBOX))
        check_webhook_allow(settings, sandbox)
        db.vault = Vault(Keyring.of(settings.keys_file, settings.secret, sandbox=sandbox))
        await keys.check(db, db.vault)
        metrics, health = ApiMetrics(), Health()
        internal = InternalPort(settings.metrics_host, settings.metrics_port, metrics.registry, health)
        stack.callback(internal.close)
        access = Access(db, sandbox=sandbox)
        passwords = Passwords.of(settings, sandbox=sandbox)
        stack.callback(passwords.close)
        waker = Waker(settings.redis_url, random.SystemRandom())
        db.after_commit = waker.put
        matcher = MatcherClient(settings.matcher_socket)
        stack.push_async_callback(matcher.close)
        live = LiveHub(db, settings.redis_url)
        live.noticed = access.notice
        deps = Deps(
            db=db,
            settings=settings,
            matcher=matcher,
            files=Files.open(settings.files_url),
            writes=Writes(db),
            access=access,
            passwords=passwords,
            live=live,
            sandbox=sandbox,
        )
        tasks = [
            asyncio.create_task(waker.run()),
            asyncio.create_task(live.run()),
            asyncio.create_task(_watch(db, health)),
            asyncio.create_task(_write_key_use(access, db)),
        ]
        server = Server(
            guard(create(deps), deps, metrics),
            settings.host,
            settings.port,
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            websockets=False,
            backlog=1024,
            log_enabled=False,
        )
        serving = asyncio.create_task(server.serve())
        stopping = asyncio.create_task(stop.wait())
        try:
            log.info("serving", port=settings.port)
            await asyncio.wait([serving, stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            health.stop()
            live.close()
            server.stop()
            await asyncio.wait([serving], timeout=GRACE_S)
            for task in (stopping, *tasks):
                task.cancel()
            await asyncio.gather(stopping, *tasks, return_exceptions=True)


def main(settings: Settings) -> None:
    """Until it is told to stop."""
    process.main("serve", settings, run)
