"""Bank accounts of the own company: those in force, what is proposed, and the second person's yes."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.db import Tx
from exchange.domain.bank_account import service
from exchange.domain.bank_account.model import Account, view
from exchange.domain.company import service as companies
from exchange.domain.permission import may, need
from exchange.pages.choices import currencies
from exchange.pages.forms import Form, blank
from exchange.portal import shell
from exchange.web import WebRequest, deps
from schemas.company import BankAccountIn

PLACE: Final = "/company/bank"


@get(PLACE)
async def listed(request: WebRequest) -> Response[Any]:
    """All accounts, newest first, with what the reader may do to each."""
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        rows = [view(item) for item in await service.listed(tx, acting.company)]
        names = {item.person_id: item.name for item in await companies.people(tx)}
    return await shell.render(
        request,
        "portal/company/bank.html",
        accounts=rows,
        names=names,
        me=acting.person_id,
        may_write=may(acting, "bank.write"),
        hours=deps(request).settings.bank_pause_hours,
    )


async def _draw(request: WebRequest, form: Form, status: int = 200) -> Response[Any]:
    hours = deps(request).settings.bank_pause_hours
    return await shell.render(
        request, "portal/company/bank_new.html", status=status, form=form, currencies=currencies(form.locale), hours=hours
    )


@get(PLACE + "/new")
async def new(request: WebRequest) -> Response[Any]:
    """An account to be proposed, in the company's name."""
    acting = shell.signed_in(request)
    need(acting, "bank.write")
    async with deps(request).db.tx(acting, "any") as tx:
        own = await companies.get(tx, acting.company)
    return await _draw(request, blank(acting.locale, {"holder": own.legal_name, "currency": own.base_currency}))


@post(PLACE + "/new")
async def propose(request: WebRequest) -> Response[Any]:
    """Propose it; another person of the company confirms."""
    acting = shell.signed_in(request)
    need(acting, "bank.write")
    sent = await shell.sent(request)

    async def do(command: BankAccountIn) -> Response[Any]:
        async def write(tx: Tx) -> Account:
            return await service.propose(tx, command)

        await shell.once(request, acting, sent, write, service.get, standing="finish")
        said = shell.words(request)("The account is proposed. The one before stays in force until it is verified.")
        return shell.redirect(request, PLACE, said)

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw(request, form, status)

    return await shell.submitted(sent, BankAccountIn, {}, do, again)


@post(PLACE + "/{account_id:uuid}/confirm")
async def confirm(request: WebRequest, account_id: FromPath[UUID]) -> Response[Any]:
    """The second person's yes."""

    async def do(tx: Tx) -> Account:
        return await service.confirm(tx, account_id)

    said = shell.words(request)("Confirmed. The exchange verifies the account next.")
    return await shell.act(request, PLACE, do, service.get, said, standing="finish")


@post(PLACE + "/{account_id:uuid}/withdraw")
async def withdraw(request: WebRequest, account_id: FromPath[UUID]) -> Response[Any]:
    """The account is not put into force."""

    async def do(tx: Tx) -> Account:
        return await service.withdraw(tx, account_id)

    said = shell.words(request)("The proposed account is withdrawn.")
    return await shell.act(request, PLACE, do, service.get, said, standing="finish")


ROUTES: Final = Router("", route_handlers=[listed, new, propose, confirm, withdraw])
