"""The operator console: parse, call one service, answer with a page."""

from typing import Final

from litestar import Router

from exchange.console import (
    accesses,
    audit,
    companies,
    deposits,
    identity,
    inbox,
    jobs,
    overview,
    privacy,
    queue,
    rules,
    verification,
)

PLACES: Final = (overview, queue, rules, companies, verification, deposits, jobs, audit, accesses, privacy, identity, inbox)


def routes() -> Router:
    """All pages of the console."""
    return Router("", route_handlers=[place.ROUTES for place in PLACES], include_in_schema=False)
