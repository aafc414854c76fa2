"""How one's own account is guarded, in the frame of the console."""

from typing import Any

from litestar import Response

from exchange.console import shell
from exchange.ctx import Ctx
from exchange.pages.security import SecurityPages
from exchange.web import WebRequest


class Security(SecurityPages):
    """An operator's own."""

    path = "/operator/account/security"

    def who(self, request: WebRequest) -> Ctx:
        return shell.operator(request)

    async def shown(self, request: WebRequest, status: int, context: dict[str, Any]) -> Response[Any]:
        return await shell.render(request, "security.html", status=status, **context)
