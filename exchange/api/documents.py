"""Documents and certificates over the API, and what the exchange has checked of a company."""

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from exchange.api.paging import DEFAULT_LIMIT, Cursor, Limit
from exchange.db import Tx
from exchange.domain.company import service as companies
from exchange.domain.document import service
from exchange.domain.document.model import Document, badges_view, view
from exchange.web import IdempotencyKey, WebRequest, ctx, deps
from schemas.common import Page
from schemas.document import BadgesView, DocumentReject, DocumentSubmit, DocumentView, SchemeView


@get("/document-schemes", summary="Kinds of documents")
async def schemes(request: WebRequest) -> tuple[SchemeView, ...]:
    async with deps(request).db.read(ctx(request)) as tx:
        found = await service.schemes(tx)
    return tuple(
        SchemeView(code=item.code, name_en=item.name_en, name_vi=item.name_vi, certificate=item.certificate) for item in found
    )


@get("/own/documents", summary="The acting company's documents")
async def listed(request: WebRequest) -> tuple[DocumentView, ...]:
    acting = ctx(request)
    async with deps(request).db.read(acting) as tx:
        return tuple(view(item) for item in await service.listed(tx, acting.company))


@post("/own/documents", summary="Submit a document")
async def submit(request: WebRequest, data: JSONBody[DocumentSubmit], idempotency_key: IdempotencyKey) -> DocumentView:
    """With a file uploaded before. An operator verifies it; the company is warned 30 and 7 days before it ends."""

    async def do(tx: Tx) -> Document:
        return await service.submit(tx, data)

    return await _once(request, "own/documents", idempotency_key, do, 201)


@post("/own/documents/{document_id:uuid}/withdraw", status_code=200, summary="Withdraw a document")
async def withdraw(request: WebRequest, document_id: FromPath[UUID], idempotency_key: IdempotencyKey) -> DocumentView:
    async def do(tx: Tx) -> Document:
        return await service.withdraw(tx, document_id)

    return await _once(request, f"own/documents/{document_id}/withdraw", idempotency_key, do, 200)


@get("/companies/{company_id:uuid}/badges", summary="What the exchange has checked of a company")
async def badges(request: WebRequest, company_id: FromPath[UUID]) -> BadgesView:
    """Computed from facts of this moment: an expired certificate is gone from it."""
    async with deps(request).db.read(ctx(request)) as tx:
        await companies.get(tx, company_id)
        return badges_view(*await service.badges(tx, company_id))


@get("/operator/documents", summary="Documents that wait to be verified")
async def waiting(request: WebRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[DocumentView]:
    async with deps(request).db.tx(ctx(request), "any") as tx:
        page = await service.waiting(tx, cursor, limit)
    return Page(tuple(view(item) for item in page.items), page.next)


@post("/operator/documents/{document_id:uuid}/verify", status_code=200, summary="Verify a document")
async def verify(request: WebRequest, document_id: FromPath[UUID], idempotency_key: IdempotencyKey) -> DocumentView:
    async def do(tx: Tx) -> Document:
        return await service.verify(tx, document_id)

    return await _once(request, f"operator/documents/{document_id}/verify", idempotency_key, do, 200)


@post("/operator/documents/{document_id:uuid}/reject", status_code=200, summary="Reject a document with a reason")
async def reject(
    request: WebRequest, document_id: FromPath[UUID], data: JSONBody[DocumentReject], idempotency_key: IdempotencyKey
) -> DocumentView:
    async def do(tx: Tx) -> Document:
        return await service.reject(tx, document_id, data)

    return await _once(request, f"operator/documents/{document_id}/reject", idempotency_key, do, 200)


async def _once(request: WebRequest, route: str, key: str, do: Callable[[Tx], Awaitable[Document]], status: int) -> DocumentView:
    body = await request.body()
    found = await deps(request).writes.once(ctx(request), route, key, body, do, service.get, standing="any", status=status)
    return view(found)


ROUTES: Final = Router("", route_handlers=[schemes, listed, submit, withdraw, badges, waiting, verify, reject], tags=["people"])
