"""Member passports over the API."""

from typing import Final
from urllib.parse import quote
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath, JSONBody

from exchange.db import Tx
from exchange.domain.company import exporting
from exchange.domain.passport import service
from exchange.domain.passport.model import Passport, view
from exchange.web import IdempotencyKey, WebRequest, ctx, deps
from schemas.company import ExportView
from schemas.passport import PassportDossier, PassportGrant, PassportView


@get("/passports", summary="Passports that the acting company gave or may read")
async def listed(request: WebRequest) -> tuple[PassportView, ...]:
    async with deps(request).db.read(ctx(request)) as tx:
        return tuple(view(item) for item in await service.listed(tx))


@post("/passports", summary="Show the verified file to one member")
async def grant(request: WebRequest, data: JSONBody[PassportGrant], idempotency_key: IdempotencyKey) -> PassportView:
    """The fields that are chosen, until the day that is named. Revoking it works at once."""

    async def do(tx: Tx) -> Passport:
        return await service.grant(tx, data)

    body = await request.body()
    return view(await deps(request).writes.once(ctx(request), "passports", idempotency_key, body, do, service.get))


@post("/passports/{passport_id:uuid}/revoke", status_code=200, summary="Take the consent back")
async def revoke(request: WebRequest, passport_id: FromPath[UUID], idempotency_key: IdempotencyKey) -> PassportView:
    async def do(tx: Tx) -> Passport:
        return await service.revoke(tx, passport_id)

    body = await request.body()
    route = f"passports/{passport_id}/revoke"
    found = await deps(request).writes.once(
        ctx(request), route, idempotency_key, body, do, service.get, standing="any", status=200
    )
    return view(found)


@get("/passports/{passport_id:uuid}/dossier", summary="What a passport shows now")
async def dossier(request: WebRequest, passport_id: FromPath[UUID]) -> PassportDossier:
    """Each look is noted, for the company that showed it too. 404 once it is revoked or over."""
    async with deps(request).db.tx(ctx(request), "any") as tx:
        return await service.dossier(tx, passport_id)


@get("/passports/{passport_id:uuid}/documents/{document_id:uuid}", summary="A document that a passport shows", media_type="*/*")
async def paper(request: WebRequest, passport_id: FromPath[UUID], document_id: FromPath[UUID]) -> Response[bytes]:
    parts = deps(request)
    async with parts.db.tx(ctx(request), "any") as tx:
        found = await service.paper(tx, passport_id, document_id)
    return Response(
        await parts.files.get(found.id),
        media_type=found.media_type,
        headers={"content-disposition": f"attachment; filename*=UTF-8''{quote(found.name)}"},
    )


@get("/own/exports", summary="Copies of the company's data")
async def exports(request: WebRequest) -> tuple[ExportView, ...]:
    async with deps(request).db.read(ctx(request)) as tx:
        return tuple(exporting.view(item) for item in await exporting.listed(tx))


@post("/own/exports", summary="Ask for a copy of the company's data")
async def ask_export(request: WebRequest, idempotency_key: IdempotencyKey) -> ExportView:
    """By an owner. A job packs a zip of JSON, CSV and files; `file_id` says when it is ready. One at a time."""
    body = await request.body()
    found = await deps(request).writes.once(
        ctx(request), "own/exports", idempotency_key, body, exporting.ask, exporting.get, standing="any"
    )
    return exporting.view(found)


ROUTES: Final = Router("", route_handlers=[listed, grant, revoke, dossier, paper, exports, ask_export], tags=["people"])
