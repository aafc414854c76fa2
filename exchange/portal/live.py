"""Live updates of open pages, of portal and console: `/live`."""

from typing import Any, Final

from litestar import Response, Router, get

from exchange.live import answer
from exchange.web import WebRequest, ctx


@get("/live")
async def live(request: WebRequest) -> Response[Any]:
    """Server-sent events for one open page; the browser connects again by itself with the last position it saw."""
    return answer(request, ctx(request))


ROUTES: Final = Router("", route_handlers=[live])
