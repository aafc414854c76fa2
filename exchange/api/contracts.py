"""Contracts over the API: read, signed and downloaded by their two parties."""

from typing import Final
from urllib.parse import quote
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath, JSONBody

from exchange.api.paging import DEFAULT_LIMIT, Cursor, Limit, time_cursor
from exchange.cursor import page_of
from exchange.db import Tx
from exchange.domain.contract import agreeing, service
from exchange.domain.contract.model import Contract, NotPrinted
from exchange.domain.contract.view import summary_view, view
from exchange.domain.file import service as files
from exchange.web import IdempotencyKey, WebRequest, ctx, deps
from schemas.common import Page
from schemas.contract import ContractRow, ContractView, DeclineCommand, SignCommand


@get("/contracts", summary="The acting company's contracts")
async def list_contracts(request: WebRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[ContractRow]:
    """As buyer and as seller, newest first."""
    after, after_id = time_cursor(cursor)
    async with deps(request).db.read(ctx(request)) as tx:
        rows = await service.listed(tx, after, after_id, limit + 1)
    return page_of([summary_view(row) for row in rows], limit, lambda row: (row.created_at, row.id))


@get("/contracts/{contract_id:uuid}", summary="One contract with its frozen text and its signatures")
async def get_contract(request: WebRequest, contract_id: FromPath[UUID]) -> ContractView:
    """`body` is the canonical JSON that `digest` is taken over; anyone who has both can check them offline."""
    acting = ctx(request)
    async with deps(request).db.read(acting) as tx:
        return view(await service.get(tx, contract_id), acting)


@post("/contracts/{contract_id:uuid}/sign", status_code=200, summary="Sign a contract")
async def sign_contract(
    request: WebRequest, contract_id: FromPath[UUID], data: JSONBody[SignCommand], idempotency_key: IdempotencyKey
) -> ContractView:
    """Signs exactly `digest` for your company, by a person whose session has proved itself in the last ten minutes.

    403 `step-up-required` when it has not; 409 `digest-changed` when the contract has another text.
    The second signature makes it active and confirms its order.
    """
    acting = ctx(request)
    service.may_sign(acting)

    async def do(tx: Tx) -> Contract:
        return await service.sign(tx, contract_id, data.digest)

    contract = await deps(request).writes.once(
        acting,
        f"contracts/{contract_id}/sign",
        idempotency_key,
        data.digest.encode(),
        do,
        service.get,
        standing="finish",
        status=200,
    )
    return view(contract, acting)


@post("/contracts/{contract_id:uuid}/submit", status_code=200, summary="Ask for agreement again")
async def submit_contract(
    request: WebRequest, contract_id: FromPath[UUID], idempotency_key: IdempotencyKey
) -> ContractView:  # fmt: skip
    """A draft that the people of a party did not agree to is put before them again, while the time to sign lasts."""
    acting = ctx(request)

    async def do(tx: Tx) -> Contract:
        await agreeing.submit(tx, contract_id)
        return await service.get(tx, contract_id)

    route, body = f"contracts/{contract_id}/submit", await request.body()
    writes = deps(request).writes
    contract = await writes.once(acting, route, idempotency_key, body, do, service.get, standing="finish", status=200)
    return view(contract, acting)


@post("/contracts/{contract_id:uuid}/decline", status_code=200, summary="Decline to sign a contract")
async def decline_contract(
    request: WebRequest, contract_id: FromPath[UUID], data: JSONBody[DeclineCommand], idempotency_key: IdempotencyKey
) -> ContractView:
    """By a signatory of a party that has not signed: the contract is refused and never binds; the other side reads why."""
    acting = ctx(request)
    service.may_sign(acting)

    async def do(tx: Tx) -> Contract:
        return await service.decline(tx, contract_id, data.reason)

    route, body = f"contracts/{contract_id}/decline", await request.body()
    writes = deps(request).writes
    contract = await writes.once(acting, route, idempotency_key, body, do, service.get, standing="finish", status=200)
    return view(contract, acting)


@get("/contracts/{contract_id:uuid}/pdf", summary="The contract as PDF", media_type="application/pdf")
async def contract_pdf(request: WebRequest, contract_id: FromPath[UUID]) -> Response[bytes]:
    """The paper with its digest, in the languages of both parties; 409 `not-printed` in the first moments."""
    parts = deps(request)
    async with parts.db.read(ctx(request)) as tx:
        contract = await service.get(tx, contract_id)
        if contract.pdf_file_id is None:
            raise NotPrinted
        found = await files.get(tx, contract.pdf_file_id)
    return Response(
        await parts.files.get(found.id),
        media_type=found.media_type,
        headers={"content-disposition": f"attachment; filename*=UTF-8''{quote(found.name)}"},
    )


ROUTES: Final = Router(
    "",
    route_handlers=[list_contracts, get_contract, sign_contract, submit_contract, decline_contract, contract_pdf],
    tags=["deal"],
)
