"""The end of an operator's look through a member's eyes: the one thing that can be done in it."""

from typing import Any, Final

from litestar import Response, Router, post
from msgspec import structs

from exchange.domain.viewing import service
from exchange.errors import NotFound
from exchange.portal import shell
from exchange.web import WebRequest, ctx, deps, session_token


@post("/view/end")
async def end(request: WebRequest) -> Response[Any]:
    """Back to the console, at the company's file."""
    acting = ctx(request)
    if acting.viewing is None:
        raise NotFound(noun="view")
    company = acting.company_id
    operator = structs.replace(acting, viewing=None, viewing_until=None, company_id=None, roles=frozenset(), operator=True)
    async with deps(request).db.tx(operator, "any") as tx:
        await service.end(tx, acting.viewing)
    deps(request).access.forget(session_token(request) or "")
    return shell.redirect(request, f"/operator/members/{company}", shell.words(request)("The view has ended."))


ROUTES: Final = Router("", route_handlers=[end])
