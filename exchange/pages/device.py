"""The device that somebody signs in on: a random cookie that stays for years, of which the exchange keeps a hash alone."""

import re
import secrets
from typing import Any, Final

from litestar import Response
from litestar.datastructures import Cookie

from exchange.ctx import Ctx
from exchange.domain.connection import service
from exchange.domain.identity.model import SignedIn
from exchange.web import WebRequest, deps, request_id

COOKIE: Final = "device"
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
FOUR_HUNDRED_DAYS_S: Final = 400 * 86400  # the longest that browsers keep one


async def recognised(request: WebRequest, signed_in: SignedIn, response: Response[Any]) -> Response[Any]:
    """The answer to a sign-in, with the device's mark; the company is known on this device from now on."""
    found = request.cookies.get(COOKIE, "")
    token = found if TOKEN.fullmatch(found) else secrets.token_urlsafe(32)
    parts = deps(request)
    if signed_in.company_id is not None and not signed_in.operator:
        acting = Ctx(person_id=signed_in.person_id, company_id=signed_in.company_id, request_id=request_id(request))
        async with parts.db.tx(acting, "any") as tx:
            await service.device(tx, token)
    response.set_cookie(
        Cookie(
            key=COOKIE,
            value=token,
            max_age=FOUR_HUNDRED_DAYS_S,
            path="/",
            httponly=True,
            samesite="strict",
            secure=parts.settings.secure,
        )
    )
    return response
