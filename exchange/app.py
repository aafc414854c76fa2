"""Composition root of `exchange serve`: the HTTP application and its process."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any, Final

import structlog
from litestar import Litestar, Request, Response
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import State
from litestar.openapi import OpenAPIConfig
from litestar.types import ControllerRouterHandler

from exchange.api.openapi import CONFIG
from exchange.problems import INTERNAL, MEDIA_TYPE, Problem, problem_of
from exchange.settings import Settings
from exchange.web import Deps, WebRequest, request_id

MAX_BODY_BYTES: Final = 2_000_000
log = structlog.get_logger(__name__)

Page = Callable[[WebRequest, Problem], Response[Any] | None]


def build(deps: Deps, routes: Sequence[ControllerRouterHandler], page: Page) -> Litestar:
    """The application over `deps`; `page` shows a problem to a person, the API gets it as JSON."""

    def on_error(request: Request[Any, Any, State], error: Exception) -> Response[Any]:
        api = request.url.path.startswith("/api/")
        problem = problem_of(error, request_id(request))
        if problem is None:
            log.error("request failed", request_id=request_id(request), path=request.url.path, exc_info=error)
            problem = INTERNAL
        if not api:
            shown = page(request, problem)
            if shown is not None:
                return shown
        headers = {"retry-after": "5"} if problem.status in (429, 503) or problem.code == "key-in-progress" else None
        return Response(problem, status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)

    openapi: OpenAPIConfig = CONFIG
    return Litestar(
        route_handlers=list(routes),
        state=State({"deps": deps}),
        exception_handlers={Exception: on_error},
        openapi_config=openapi,
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


async def stopped(stop: asyncio.Event, stack: AsyncExitStack) -> None:
    """Wait for the signal, then close in reverse order."""
    await stop.wait()
    await stack.aclose()
