"""The first page of the day: what needs me now."""

from typing import Any, Final

from litestar import Response, Router, get

from exchange.portal import shell
from exchange.web import WebRequest, maybe_ctx


@get("/", include_in_schema=False)
async def home(request: WebRequest) -> Response[Any]:
    """What needs the acting person now. An operator's is in the console."""
    acting = maybe_ctx(request)
    if acting is not None and acting.operator:
        return shell.redirect(request, "/operator")
    shell.signed_in(request)
    return await shell.render(request, "portal/home/home.html", tasks=[], tally=[])


ROUTES: Final = Router("", route_handlers=[home])
