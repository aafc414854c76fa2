"""The member portal: parse, call one service, answer with a page."""

from typing import Final

from litestar import Router

from exchange.portal import activity, apply, company, home, inbox, live, partners, session

PLACES: Final = (session, apply, home, inbox, activity, company, partners, live)


def routes() -> Router:
    """All pages of the portal."""
    return Router("", route_handlers=[place.ROUTES for place in PLACES], include_in_schema=False)
