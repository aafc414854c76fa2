"""Data protection: how long things are kept with what was removed, and who is to be erased."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.console import shell
from exchange.db import Tx
from exchange.domain.permission import may, need
from exchange.domain.privacy import erasing, retention
from exchange.domain.privacy.erasing import Erasure
from exchange.web import WebRequest, deps

PLACE: Final = "/operator/privacy"
PAGE: Final = 40


@get("/operator/privacy")
async def overview(request: WebRequest) -> Response[Any]:
    """The table with its runs, and the requests, newest first."""
    acting = shell.operator(request)
    may_erase = may(acting, "operator.privacy")
    async with deps(request).db.read(acting) as tx:
        kept = await retention.overview(tx)
        page = await erasing.listed(tx, shell.cursor(request), PAGE) if may_erase else None
    return await shell.render(
        request,
        "console/privacy.html",
        kept=kept,
        requests=[] if page is None else page.items,
        next=None if page is None else page.next,
        may_erase=may_erase,
    )


@post("/operator/privacy/ask")
async def ask(request: WebRequest) -> Response[Any]:
    """Erase the person of an e-mail address, in seven days."""
    acting = shell.operator(request)
    need(acting, "operator.privacy")
    sent = await shell.sent(request)

    async def do(tx: Tx) -> Erasure:
        return await erasing.ask(tx, await erasing.of_email(tx, sent.value("email")))

    return await shell.act(request, PLACE, do, erasing.get, shell.words(request)("The erasure is noted."), form=sent)


@post("/operator/privacy/{erasure_id:uuid}/take-back")
async def take_back(request: WebRequest, erasure_id: FromPath[UUID]) -> Response[Any]:
    """Nothing is erased."""

    async def do(tx: Tx) -> Erasure:
        return await erasing.take_back(tx, erasure_id)

    return await shell.act(request, PLACE, do, erasing.get, shell.words(request)("The erasure is taken back."))


ROUTES: Final = Router("", route_handlers=[overview, ask, take_back])
