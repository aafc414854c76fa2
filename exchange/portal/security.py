"""How one's own account is guarded, in the frame of the portal."""

from typing import Any, Final

from litestar import Response, Router

from exchange.ctx import Ctx
from exchange.pages.security import SecurityPages
from exchange.portal import shell
from exchange.web import WebRequest


class Security(SecurityPages):
    """A member's own."""

    path = "/account/security"

    def who(self, request: WebRequest) -> Ctx:
        return shell.signed_in(request)

    async def shown(self, request: WebRequest, status: int, context: dict[str, Any]) -> Response[Any]:
        return await shell.render(request, "security.html", status=status, **context)


ROUTES: Final = Router("", route_handlers=[Security])
