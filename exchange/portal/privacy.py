"""One's own data: as a file, its erasure; and what a company's people may know of how long things are kept."""

from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.db import Tx
from exchange.domain.permission import may
from exchange.domain.privacy import erasing
from exchange.domain.privacy.erasing import Erasure
from exchange.domain.privacy.rules import RULES
from exchange.portal import shell
from exchange.web import WebRequest, deps

MINE: Final = "/account/data"
COMPANY: Final = "/company/privacy"


@get("/account/data")
async def mine(request: WebRequest) -> Response[Any]:
    """What the exchange holds about me, and the way to be forgotten."""
    acting = shell.signed_in(request)
    async with deps(request).db.read(acting) as tx:
        waiting = await erasing.own(tx)
    return await shell.render(request, "portal/privacy/mine.html", waiting=waiting, rules=RULES, me=acting.person)


@get("/account/data/file")
async def download(request: WebRequest) -> Response[Any]:
    """Everything as JSON."""
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        data = await erasing.data(tx)
    body = msgspec.json.format(msgspec.json.encode(data), indent=2)
    headers = {"content-disposition": 'attachment; filename="my-data.json"', "cache-control": "no-store"}
    return Response(body, media_type="application/json", headers=headers)


async def _ask(request: WebRequest, person_id: UUID, back: str) -> Response[Any]:
    async def do(tx: Tx) -> Erasure:
        return await erasing.ask(tx, person_id)

    said = shell.words(request)("The erasure is noted. Until its day it can be taken back here.")
    return await shell.act(request, back, do, erasing.get, said, standing="any")


@post("/account/data/erase")
async def erase(request: WebRequest) -> Response[Any]:
    """In seven days."""
    return await _ask(request, shell.signed_in(request).person, MINE)


@post("/account/data/{erasure_id:uuid}/take-back")
async def take_back(request: WebRequest, erasure_id: FromPath[UUID]) -> Response[Any]:
    """Everything stays."""

    async def do(tx: Tx) -> Erasure:
        return await erasing.take_back(tx, erasure_id)

    said = shell.words(request)("The erasure is taken back. Nothing was erased.")
    return await shell.act(request, MINE, do, erasing.get, said, standing="any")


@get("/company/privacy")
async def notice(request: WebRequest) -> Response[Any]:
    """What is kept how long; for an owner also who left and still has a name here."""
    acting = shell.signed_in(request)
    owner = may(acting, "person.erase")
    former = []
    if owner:
        async with deps(request).db.read(acting) as tx:
            former = await erasing.former(tx)
    return await shell.render(request, "portal/privacy/company.html", rules=RULES, owner=owner, former=former)


@post("/company/privacy/{person_id:uuid}/erase")
async def erase_former(request: WebRequest, person_id: FromPath[UUID]) -> Response[Any]:
    """A former colleague, in seven days."""
    return await _ask(request, person_id, COMPANY)


ROUTES: Final = Router("", route_handlers=[mine, download, erase, take_back, notice, erase_former])
