"""The cookie of a session."""

from litestar.datastructures import Cookie

from exchange.gate import cookie_name
from exchange.web import WebRequest, deps


def session_cookie(request: WebRequest, token: str, lifetime_s: int) -> Cookie:
    """Not readable by scripts, sent to this site only."""
    settings = deps(request).settings
    return Cookie(
        key=cookie_name(settings),
        value=token,
        max_age=lifetime_s,
        path="/",
        secure=settings.secure,
        httponly=True,
        samesite="lax",
    )
