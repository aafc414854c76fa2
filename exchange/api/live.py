"""Live updates over the API: a stream of server-sent events."""

from typing import Any, Final

from litestar import Response, Router, get

from exchange.domain.permission import need_scope
from exchange.live import answer
from exchange.web import WebRequest, ctx


@get("/live", summary="Live updates as server-sent events", media_type="text/event-stream")
async def live(request: WebRequest) -> Response[Any]:
    """`inbox` (data: how many entries are unread), `change` (data: `object:id` to read again, and `order:id`
    behind a space for what belongs to an order), `reload` (too much was missed).

    The stream ends after half a minute; come back with the header Last-Event-ID, and nothing is missed.
    """
    acting = ctx(request)
    need_scope(acting, "event.read")
    return answer(request, acting)


ROUTES: Final = Router("", route_handlers=[live], tags=["partners"])
