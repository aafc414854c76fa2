"""What somebody who is not signed in may send; everything else is refused before its body is read."""

from typing import Final

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# The only routes of the API for somebody who is not signed in; every other one is refused before its body is read.
OPEN: Final = frozenset(
    {
        ("POST", "/api/v1/session"),
        ("POST", "/api/v1/session/code"),
        ("POST", "/api/v1/session/passkey/options"),
        ("POST", "/api/v1/session/passkey"),
        ("POST", "/api/v1/companies"),
        ("POST", "/api/v1/applications"),
        ("POST", "/api/v1/password-reset"),
        ("POST", "/api/v1/password-reset/confirm"),
        ("POST", "/api/v1/email-verification/confirm"),
        ("POST", "/api/v1/second-factor/stop"),
        ("POST", "/api/v1/invitations/join"),
    }
)
# The same for forms of the portal; any other form of a visitor is led to sign-in before its body is read.
OPEN_FORMS: Final = frozenset(
    {
        "/sign-in",
        "/sign-in/code",
        "/sign-out",
        "/reset",
        "/reset/new",
        "/verify",
        "/second-factor/stop",
        "/apply",
        "/apply/start",
        "/join",
        "/preferences",
        "/amount-in-words",
    }
)


def closed(method: str, path: str) -> bool:
    """Whether a visitor is refused before the body is read."""
    if path.startswith("/api/"):
        return path.startswith("/api/v1/") and (method, path) not in OPEN
    return method not in SAFE and path not in OPEN_FORMS
