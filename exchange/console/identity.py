"""Second factors that people have lost: one operator asks, another one confirms, a day later they are removed."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.console import shell
from exchange.db import Tx
from exchange.domain.identity import lost_factor
from exchange.domain.identity.lost_factor import FactorRemoval
from exchange.domain.operating import service as operating
from exchange.domain.permission import need
from exchange.pages.forms import Form, blank
from exchange.web import WebRequest, deps
from schemas.identity import FactorRemovalAsk

PLACE: Final = "/operator/identity"
PAGE: Final = 40


@get(PLACE)
async def overview(request: WebRequest) -> Response[Any]:
    """Newest first."""
    acting = shell.operator(request)
    need(acting, "operator.identity")
    async with deps(request).db.read(acting) as tx:
        page = await lost_factor.listed(tx, shell.cursor(request), PAGE)
        names = await operating.people(tx, [one for row in page.items for one in (row.asked_by, row.confirmed_by) if one])
    return await shell.render(
        request, "console/identity/list.html", rows=page.items, next=page.next, people=names, me=acting.person
    )


async def _draw(request: WebRequest, form: Form, status: int = 200) -> Response[Any]:
    return await shell.render(request, "console/identity/new.html", status=status, form=form)


@get(PLACE + "/new")
async def new(request: WebRequest) -> Response[Any]:
    """Whom it is about, why, and how identity was proved."""
    acting = shell.operator(request)
    need(acting, "operator.identity")
    return await _draw(request, blank(acting.locale))


@post(PLACE + "/new")
async def ask(request: WebRequest) -> Response[Any]:
    """A second operator confirms."""
    acting = shell.operator(request)
    need(acting, "operator.identity")
    sent = await shell.sent(request)
    secret = deps(request).settings.secret

    async def do(command: FactorRemovalAsk) -> Response[Any]:
        async def write(tx: Tx) -> FactorRemoval:
            return await lost_factor.ask(tx, command, secret)

        await shell.once(request, acting, sent, write, lost_factor.get, standing="any")
        return shell.redirect(request, PLACE, shell.words(request)("Noted. The person is told; a second operator confirms."))

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw(request, form, status)

    return await shell.submitted(sent, FactorRemovalAsk, {}, do, again)


@post(PLACE + "/{removal_id:uuid}/confirm")
async def confirm(request: WebRequest, removal_id: FromPath[UUID]) -> Response[Any]:
    """By another operator than the one who asked."""

    async def do(tx: Tx) -> FactorRemoval:
        return await lost_factor.confirm(tx, removal_id)

    said = shell.words(request)("Confirmed. The person is told and may stop it for a day.")
    return await shell.act(request, PLACE, do, lost_factor.get, said)


@post(PLACE + "/{removal_id:uuid}/refuse")
async def refuse(request: WebRequest, removal_id: FromPath[UUID]) -> Response[Any]:
    """Everything stays."""

    async def do(tx: Tx) -> FactorRemoval:
        return await lost_factor.refuse(tx, removal_id)

    said = shell.words(request)("Refused. The second factors stay, and the person is told.")
    return await shell.act(request, PLACE, do, lost_factor.get, said)


ROUTES: Final = Router("", route_handlers=[overview, new, ask, confirm, refuse])
