"""The company's money at the exchange: balances, what is due and coming, statement, fee invoices, paying in."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get
from litestar.params import FromPath

from exchange.cursor import page_of, read_cursor
from exchange.domain.company import service as companies
from exchange.domain.ledger import service as ledger
from exchange.domain.ledger.model import StatementLine
from exchange.domain.payment import listing, store
from exchange.domain.permission import may, need
from exchange.i18n import N_, translator
from exchange.money import from_minor
from exchange.pages.export import MOST, export
from exchange.portal import deal, shell
from exchange.web import WebRequest, deps

PAGE: Final = 50
OPEN_MOST: Final = 100
DEPOSITS: Final = 10
# What needs somebody first.
URGENCY: Final = ("due", "announced", "planned", "released", "held")
TRANSFERS: Final = {
    "deposit": N_("Paid in"),
    "settlement": N_("Settlement of an instalment"),
    "fee": N_("Fee of the exchange"),
}


@get("/money")
async def money(request: WebRequest) -> Response[Any]:
    """What there is, what is held, what is owed; what is to be paid and received; how to pay in."""
    acting = shell.signed_in(request)
    need(acting, "payment.read")
    async with deps(request).db.read(acting) as tx:
        balances = await ledger.balances(tx, acting.company)
        found = await listing.open_instalments(tx, OPEN_MOST)
        deposits = await ledger.deposits(tx, company_id=acting.company, limit=DEPOSITS)
        company = await companies.get(tx, acting.company)
    instalments = sorted(found, key=lambda item: URGENCY.index(item.status))
    return await shell.render(
        request,
        "portal/money/money.html",
        balances=balances,
        to_pay=[item for item in instalments if item.side == "buy"],
        to_receive=[item for item in instalments if item.side == "sell"],
        deposits=deposits,
        accounts=[(item, item.reference_of(company.tax_id)) for item in deps(request).settings.paying_in],
        triggers=deal.TRIGGERS,
        may_pay=may(acting, "payment.write"),
    )


@get("/money/statement")
async def statement(request: WebRequest) -> Response[Any]:
    """Every entry on the company's accounts, newest first."""
    acting = shell.signed_in(request)
    need(acting, "payment.read")
    currency = request.query_params.get("currency") or None
    place = shell.cursor(request)
    before = None if place is None else read_cursor(place, int)
    file = request.query_params.get("format", "")
    async with deps(request).db.read(acting) as tx:
        if file:
            return _file(file, await _all(tx, acting.company, currency), acting.locale)
        rows = await ledger.statement(tx, acting.company, currency=currency, before=before, limit=PAGE + 1)
        balances = await ledger.balances(tx, acting.company)
    page = page_of(rows, PAGE, lambda row: row.id)
    return await shell.render(
        request,
        "portal/money/statement.html",
        entries=page.items,
        next=page.next,
        currencies=[(item.currency, item.currency) for item in balances],
        transfers=TRANSFERS,
    )


async def _all(tx: Any, company: UUID, currency: str | None) -> list[StatementLine]:
    found: list[StatementLine] = []
    before: int | None = None
    while len(found) < MOST:
        rows = await ledger.statement(tx, company, currency=currency, before=before, limit=ledger.MAX_PAGE)
        found += rows
        if len(rows) < ledger.MAX_PAGE:
            break
        before = rows[-1].id
    return found


def _file(kind: str, rows: list[StatementLine], locale: str) -> Response[Any]:
    _ = translator(locale).gettext
    header = [_("When"), _("What"), _("Account"), _("Currency"), _("Amount"), _("Balance afterwards"), _("Reference")]
    cells = [
        (
            row.at, _(TRANSFERS.get(row.kind, row.kind)), _("Fees owed") if row.account == "receivable" else _("Balance"),
            row.currency, from_minor(row.amount_minor, row.currency), from_minor(row.balance_after_minor, row.currency), row.ref,
        )
        for row in rows
    ]  # fmt: skip
    return export("statement", kind, header, cells)


@get("/money/fees")
async def fees(request: WebRequest) -> Response[Any]:
    """The exchange's invoices to the company, newest first."""
    acting = shell.signed_in(request)
    need(acting, "payment.read")
    place = shell.cursor(request)
    after, after_id = (None, None) if place is None else read_cursor(place, tuple[datetime, UUID])
    async with deps(request).db.read(acting) as tx:
        rows = await store.fee_invoices(tx, acting.company, after, after_id, PAGE + 1)
    page = page_of(rows, PAGE, lambda row: (row.at, row.id))
    return await shell.render(request, "portal/money/fees.html", invoices=page.items, next=page.next)


@get("/money/fees/{invoice_id:uuid}")
async def fee(request: WebRequest, invoice_id: FromPath[UUID]) -> Response[Any]:
    """One invoice of the exchange, as it is printed."""
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        found = await listing.fee_invoice(tx, invoice_id)
        instalment = await store.get(tx, found.instalment_id)
        seller = await companies.dossier(tx, acting.company)
    return await shell.render(
        request, "portal/money/fee.html", invoice=found, instalment=instalment, seller=seller.company, address=seller.file.address
    )


ROUTES: Final = Router("", route_handlers=[money, statement, fees, fee])
