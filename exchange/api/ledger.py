"""Money over the API: a company's balance, statement and fee invoices; deposits, which two operators confirm."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Annotated, Final
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from exchange.api.paging import DEFAULT_LIMIT, Cursor, Limit, time_cursor
from exchange.cursor import page_of, read_cursor
from exchange.db import Tx
from exchange.domain.company import service as companies
from exchange.domain.ledger import service
from exchange.domain.ledger.model import Deposit, EnterDeposit
from exchange.domain.ledger.view import balance_view, deposit_view, statement_view
from exchange.domain.payment import store as payments
from exchange.domain.payment.view import fee_invoice_view
from exchange.domain.permission import need
from exchange.errors import invalid
from exchange.money import digits, to_minor
from exchange.web import IdempotencyKey, WebRequest, ctx, deps
from schemas.common import Currency, Page
from schemas.invoice import FeeInvoiceView
from schemas.ledger import BalanceView, DepositIn, DepositReject, DepositStatus, DepositView, PayingInAccount, StatementRow


@get("/ledger/balance", summary="The company's money, one row for each currency")
async def balance(request: WebRequest) -> tuple[BalanceView, ...]:
    """Nothing for a company that never had any."""
    acting = ctx(request)
    need(acting, "payment.read")
    async with deps(request).db.read(acting) as tx:
        return tuple(balance_view(item) for item in await service.balances(tx, acting.company))


@get("/ledger/paying-in", summary="Where to pay in, with your reference")
async def paying_in(request: WebRequest) -> tuple[PayingInAccount, ...]:
    """Nothing while the exchange has named no account."""
    acting = ctx(request)
    need(acting, "payment.read")
    async with deps(request).db.read(acting) as tx:
        tax_id = (await companies.get(tx, acting.company)).tax_id
    return tuple(
        PayingInAccount(
            currency=item.currency,
            bank=item.bank,
            holder=item.holder,
            number=item.number,
            reference=item.reference_of(tax_id),
        )
        for item in deps(request).settings.paying_in
    )


@get("/ledger/statement", summary="The entries on the company's accounts, newest first")
async def statement(
    request: WebRequest,
    currency: Annotated[Currency | None, QueryParameter(description="Only this currency")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[StatementRow]:
    acting = ctx(request)
    need(acting, "payment.read")
    before = None if cursor is None else read_cursor(cursor, int)
    async with deps(request).db.read(acting) as tx:
        rows = await service.statement(tx, acting.company, currency=currency, before=before, limit=limit + 1)
    return page_of([statement_view(row) for row in rows], limit, lambda row: row.id)


@get("/fee-invoices", summary="The exchange's invoices for its fees")
async def fee_invoices(request: WebRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[FeeInvoiceView]:
    """Newest first; one for each settled payment."""
    acting = ctx(request)
    need(acting, "payment.read")
    after, after_id = time_cursor(cursor)
    async with deps(request).db.read(acting) as tx:
        rows = await payments.fee_invoices(tx, acting.company, after, after_id, limit + 1)
    return page_of([fee_invoice_view(row) for row in rows], limit, lambda row: (row.at, row.id))


@get("/operator/deposits", summary="Deposits, newest first")
async def list_deposits(
    request: WebRequest,
    status: Annotated[DepositStatus | None, QueryParameter(description="Only those in this state")] = None,
    company_id: Annotated[UUID | None, QueryParameter(description="Only those of this company")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[DepositView]:
    acting = ctx(request)
    need(acting, "operator.read")
    before = None if cursor is None else read_cursor(cursor, UUID)
    async with deps(request).db.read(acting) as tx:
        rows = await service.deposits(tx, company_id=company_id, status=status, before=before, limit=limit + 1)
    return page_of([deposit_view(row) for row in rows], limit, lambda row: row.id)


@post("/operator/deposits", summary="Enter a payment seen at the bank")
async def enter_deposit(request: WebRequest, data: JSONBody[DepositIn], idempotency_key: IdempotencyKey) -> DepositView:
    """Nothing moves before another operator releases it. A bank reference is entered once in a currency."""
    amount = Decimal(data.amount)
    if amount != round(amount, digits(data.currency)):
        raise invalid(
            "/amount",
            "too-many-decimals",
            "%(currency)s has %(digits)s decimals.",
            currency=data.currency,
            digits=digits(data.currency),
        )
    command = EnterDeposit(data.company_id, to_minor(amount, data.currency), data.currency, data.bank_reference, data.note)

    async def do(tx: Tx) -> Deposit:
        return await service.enter_deposit(tx, command)

    made = await deps(request).writes.once(
        ctx(request),
        "operator/deposits",
        idempotency_key,
        await request.body(),
        do,
        service.get_deposit,
        standing="any",
    )
    return deposit_view(made)


async def _decide(
    request: WebRequest, deposit: UUID, action: str, key: str, body: bytes, do: Callable[[Tx], Awaitable[Deposit]]
) -> DepositView:
    decided = await deps(request).writes.once(
        ctx(request),
        f"operator/deposits/{deposit}/{action}",
        key,
        body,
        do,
        service.get_deposit,
        standing="any",
        status=200,
    )
    return deposit_view(decided)


@post("/operator/deposits/{deposit_id:uuid}/release", status_code=200, summary="Release a deposit to its company")
async def release_deposit(request: WebRequest, deposit_id: FromPath[UUID], idempotency_key: IdempotencyKey) -> DepositView:
    """By another operator than the one who entered it."""

    async def do(tx: Tx) -> Deposit:
        return await service.release_deposit(tx, deposit_id)

    return await _decide(request, deposit_id, "release", idempotency_key, b"", do)


@post("/operator/deposits/{deposit_id:uuid}/reject", status_code=200, summary="Reject a deposit with a reason")
async def reject_deposit(
    request: WebRequest, deposit_id: FromPath[UUID], data: JSONBody[DepositReject], idempotency_key: IdempotencyKey
) -> DepositView:
    """By another operator than the one who entered it; its bank reference is free for a right entry."""

    async def do(tx: Tx) -> Deposit:
        return await service.reject_deposit(tx, deposit_id, data.note)

    return await _decide(request, deposit_id, "reject", idempotency_key, await request.body(), do)


ROUTES: Final = Router(
    "",
    route_handlers=[
        balance,
        paying_in,
        statement,
        fee_invoices,
        list_deposits,
        enter_deposit,
        release_deposit,
        reject_deposit,
    ],
    tags=["money"],
)
