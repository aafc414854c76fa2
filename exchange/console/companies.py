"""The overview, and the queue of applications."""

from typing import Any, Final

from litestar import Response, Router, get

from exchange.console import shell
from exchange.web import WebRequest


@get("/operator", include_in_schema=False)
async def overview(request: WebRequest) -> Response[Any]:
    """What waits for operators."""
    shell.operator(request)
    return await shell.render(request, "console/overview.html")


ROUTES: Final = Router("", route_handlers=[overview])
