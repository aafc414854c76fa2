"""The member portal: parse, call one service, answer with a page."""

from typing import Final

from litestar import Router

from exchange.portal import (
    accesses,
    activity,
    apply,
    approvals,
    both_sides,
    buying,
    buying_award,
    buying_write,
    company,
    company_bank,
    company_group,
    contracts,
    deliveries,
    home,
    inbox,
    invoices,
    live,
    market,
    market_offer,
    money,
    offer_form,
    offer_import,
    offers,
    orders,
    partners,
    payments,
    people,
    quotes,
    quoting,
    reviews,
    security,
    selling,
    session,
    step_up,
)

PLACES: Final = (
    session,
    step_up,
    security,
    apply,
    home,
    inbox,
    activity,
    company,
    company_bank,
    company_group,
    people,
    accesses,
    partners,
    live,
    both_sides,
    buying,
    buying_award,
    buying_write,
    approvals,
    market,
    market_offer,
    selling,
    quoting,
    quotes,
    offers,
    offer_form,
    offer_import,
    contracts,
    deliveries,
    invoices,
    money,
    orders,
    payments,
    reviews,
)


def routes() -> Router:
    """All pages of the portal."""
    return Router("", route_handlers=[place.ROUTES for place in PLACES], include_in_schema=False)
