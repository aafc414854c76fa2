"""Deposits: one finance operator enters what the bank shows, another one releases it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath
from msgspec import structs

from exchange.console import shell
from exchange.cursor import page_of, read_cursor
from exchange.db import Tx
from exchange.domain.company import service as companies
from exchange.domain.ledger import service
from exchange.domain.ledger.model import Deposit, EnterDeposit
from exchange.domain.operating import service as operating
from exchange.domain.permission import need
from exchange.errors import invalid
from exchange.money import digits, to_minor
from exchange.pages.choices import currencies
from exchange.pages.forms import Form, blank
from exchange.pages.reading import Kinds
from exchange.web import WebRequest, deps
from schemas.ledger import DepositIn

LIST: Final = "/operator/deposits"
KINDS: Final[Kinds] = {"amount": "number"}
STATES: Final = ("entered", "released", "rejected")
PAGE: Final = 40
OFFERED: Final = 200


@get(LIST)
async def deposits(request: WebRequest) -> Response[Any]:
    """Newest first; those that wait for a second operator when no state is chosen."""
    acting = shell.operator(request)
    need(acting, "operator.deposit")
    status = request.query_params.get("status", "")
    cursor = shell.cursor(request)
    before = None if cursor is None else read_cursor(cursor, UUID)
    async with deps(request).db.read(acting) as tx:
        rows = await service.deposits(tx, status=status if status in STATES else None, before=before, limit=PAGE + 1)
        page = page_of(rows, PAGE, lambda row: row.id)
        names = await companies.names(tx, {row.company_id for row in page.items})
        people = await operating.people(tx, [person for row in page.items for person in (row.entered_by, row.decided_by)])
    return await shell.render(
        request,
        "console/deposits/list.html",
        deposits=page.items,
        next=page.next,
        names={key: found.legal_name for key, found in names.items()},
        people=people,
        me=acting.person,
        states=STATES,
    )


async def _draw(request: WebRequest, form: Form, status: int = 200) -> Response[Any]:
    acting = shell.operator(request)
    need(acting, "operator.deposit")
    async with deps(request).db.tx(acting, "any") as tx:
        members = (await operating.members(tx, status="active", find="", cursor=None, limit=OFFERED)).items
    return await shell.render(
        request,
        "console/deposits/new.html",
        status=status,
        form=form,
        members=[(row.registration_id, row.legal_name) for row in members],
        currencies=currencies(form.locale),
    )


@get(LIST + "/new")
async def new(request: WebRequest) -> Response[Any]:
    """What the bank shows, to be entered."""
    return await _draw(request, blank(shell.operator(request).locale, {"currency": "VND"}))


@post(LIST + "/new")
async def enter(request: WebRequest) -> Response[Any]:
    """Enter a payment; nothing moves before another operator releases it. The company is named by its registration number."""
    acting = shell.operator(request)
    need(acting, "operator.deposit")
    sent = await shell.sent(request)
    company = await _company(request, sent.value("company_id"))
    if company is None:
        wrong = sent.form.with_errors({"company_id": shell.words(request)("There is no active member with this number.")})
        return await _draw(request, wrong, 422)
    typed = {**sent.form.typed, "company_id": [str(company)]}

    async def do(command: DepositIn) -> Response[Any]:
        amount = Decimal(command.amount)
        if amount != round(amount, digits(command.currency)):
            raise invalid("/amount", "too-many-decimals", "This currency has fewer decimals.")
        minor = to_minor(amount, command.currency)
        entry = EnterDeposit(command.company_id, minor, command.currency, command.bank_reference, command.note)

        async def write(tx: Tx) -> Deposit:
            return await service.enter_deposit(tx, entry)

        await shell.once(request, acting, sent, write, service.get_deposit, standing="any")
        said = shell.words(request)("Entered. Another finance operator releases it.")
        return shell.redirect(request, LIST, said)

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw(request, replace(form, typed=sent.form.typed), status)

    return await shell.submitted(structs.replace(sent, form=replace(sent.form, typed=typed)), DepositIn, KINDS, do, again)


async def _company(request: WebRequest, typed: str) -> UUID | None:
    """The one active member whose registration number or name was typed."""
    if not typed:
        return None
    async with deps(request).db.tx(shell.operator(request), "any") as tx:
        found = (await operating.members(tx, status="active", find=typed, cursor=None, limit=2)).items
    return found[0].id if len(found) == 1 else None


@post(LIST + "/{deposit_id:uuid}/release")
async def release(request: WebRequest, deposit_id: FromPath[UUID]) -> Response[Any]:
    """The second operator confirms; the member has the money."""

    async def do(tx: Tx) -> Deposit:
        return await service.release_deposit(tx, deposit_id)

    said = shell.words(request)("Released. The member's balance has grown.")
    return await shell.act(request, LIST, do, service.get_deposit, said)


@post(LIST + "/{deposit_id:uuid}/reject")
async def reject(request: WebRequest, deposit_id: FromPath[UUID]) -> Response[Any]:
    """The second operator refuses, saying why."""
    sent = await shell.sent(request)

    async def do(tx: Tx) -> Deposit:
        return await service.reject_deposit(tx, deposit_id, sent.value("note"))

    said = shell.words(request)("Rejected. The bank reference may be entered again.")
    return await shell.act(request, LIST, do, service.get_deposit, said, form=sent)


ROUTES: Final = Router("", route_handlers=[deposits, new, enter, release, reject])
