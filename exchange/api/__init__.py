"""The JSON API under /api/v1: parse, call one service, answer with a schema."""

from typing import Final

from litestar import Router

from exchange.api import (
    approvals,
    awards,
    categories,
    companies,
    contracts,
    inbox,
    live,
    offers,
    operators,
    opportunities,
    orders,
    partners,
    quotes,
    rfqs,
    search,
    session,
)

NOUNS: Final = (
    session,
    companies,
    categories,
    offers,
    search,
    rfqs,
    opportunities,
    quotes,
    awards,
    approvals,
    inbox,
    live,
    partners,
    operators,
)


def routes(sandbox: bool) -> Router:
    """All routes of the API; the clock's only in a sandbox."""
    nouns = [noun.ROUTES for noun in NOUNS]
    return Router("/api/v1", route_handlers=nouns)
