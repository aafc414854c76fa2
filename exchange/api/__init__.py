"""The JSON API under /api/v1: parse, call one service, answer with a schema."""

from typing import Final

from litestar import Router

from exchange.api import (
    accesses,
    addresses,
    affiliations,
    applications,
    approvals,
    awards,
    bank_accounts,
    cases,
    categories,
    companies,
    contracts,
    deliveries,
    documents,
    inbox,
    invoices,
    ledger,
    live,
    offers,
    operators,
    opportunities,
    orders,
    partners,
    passkeys,
    passports,
    payments,
    people,
    policies,
    privacy,
    quotes,
    reviews,
    rfqs,
    search,
    session,
    signatories,
    threads,
)

NOUNS: Final = (
    session,
    passkeys,
    companies,
    applications,
    people,
    affiliations,
    addresses,
    bank_accounts,
    documents,
    passports,
    categories,
    offers,
    cases,
    search,
    rfqs,
    opportunities,
    privacy,
    quotes,
    awards,
    approvals,
    policies,
    signatories,
    contracts,
    orders,
    inbox,
    live,
    partners,
    operators,
    deliveries,
    invoices,
    payments,
    reviews,
    ledger,
    accesses,
    threads,
)


def routes(sandbox: bool) -> Router:
    """All routes of the API; the clock's only in a sandbox."""
    nouns = [noun.ROUTES for noun in NOUNS]
    return Router("/api/v1", route_handlers=nouns)
