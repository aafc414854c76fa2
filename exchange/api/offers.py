"""Offers over the API: the market's list and search, and a seller's own."""

from typing import Annotated, Literal
from uuid import UUID

from litestar import Router, get, post, put
from litestar.params import FromPath, JSONBody, MultipartBody, QueryParameter

from exchange.api.paging import DEFAULT_LIMIT, Cursor, Limit, time_cursor
from exchange.api.upload import Upload
from exchange.api.views import offer_row, offer_view
from exchange.cursor import page_of
from exchange.db import Tx
from exchange.domain.category import service as categories
from exchange.domain.offer import browsing, service, store
from exchange.domain.offer.importing import IMPORT_MAX_BYTES, import_file
from exchange.domain.offer.model import Offer, OfferSummary
from exchange.domain.permission import need
from exchange.web import IdempotencyKey, WebRequest, ctx, deps
from schemas.common import Page
from schemas.offer import ImportReport, OfferIn, OfferRow, OfferView

# What a multipart body may weigh besides the file.
FRAME_BYTES = 10_000
OWN_STATES = ["draft", "in_review", "live", "paused", "expired", "withdrawn", "rejected"]


@get("/offers", summary="Live offers of all sellers, newest first")
async def list_offers(
    request: WebRequest,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    category: Annotated[str | None, QueryParameter(max_length=63)] = None,
) -> Page[OfferRow]:
    """Other members' live offers, of a category with all below it. For words and attributes ask `/search`."""
    acting = ctx(request)
    need(acting, "market.read")
    after, after_id = time_cursor(cursor)
    async with deps(request).db.read(acting) as tx:
        if category is None:
            rows = await store.list_live(tx, after, after_id, limit + 1)
        else:
            tree = await categories.tree(tx)
            codes = tree.descendants(category) if category in tree.nodes else ()
            rows = await browsing.list_categories(tx, codes, after, after_id, limit + 1)
    return _page(rows, limit)


@get("/own/offers", summary="The acting company's own offers")
async def list_own_offers(
    request: WebRequest,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    status: Annotated[str | None, QueryParameter(pattern="^[a-z_]+$", max_length=20)] = None,
) -> Page[OfferRow]:
    """Every state, newest change first."""
    acting = ctx(request)
    need(acting, "market.read")
    after, after_id = time_cursor(cursor)
    states = OWN_STATES if status is None else [status]
    async with deps(request).db.read(acting) as tx:
        rows = await store.list_own(tx, acting.company, states, after, after_id, limit + 1)
    return _page(rows, limit)


def _page(rows: list[OfferSummary], limit: int) -> Page[OfferRow]:
    return page_of([offer_row(row) for row in rows], limit, lambda row: (row.updated_at, row.id))


@get("/offers/{offer_id:uuid}", summary="One offer")
async def get_offer(request: WebRequest, offer_id: FromPath[UUID]) -> OfferView:
    """404 for one that does not exist or is not yours to see."""
    acting = ctx(request)
    need(acting, "market.read")
    async with deps(request).db.read(acting) as tx:
        return offer_view(await service.get(tx, offer_id))


@post("/offers", summary="Write an offer")
async def create_offer(
    request: WebRequest,
    data: JSONBody[OfferIn],
    idempotency_key: IdempotencyKey,
    publish: Annotated[bool, QueryParameter(description="Live at once; else a draft")] = True,
) -> OfferView:
    """A live offer is matched against open RFQs from its commit on."""

    async def do(tx: Tx) -> Offer:
        return await service.create(tx, data, publish=publish)

    standing = "active" if publish else "applicant"
    body = await request.body()
    offer = await deps(request).writes.once(
        ctx(request), f"offers publish={publish}", idempotency_key, body, do, service.get, standing=standing
    )
    return offer_view(offer)


@post("/own/offers/import", status_code=200, summary="Offers by file", request_max_body_size=IMPORT_MAX_BYTES + FRAME_BYTES)
async def import_offers(
    request: WebRequest,
    data: MultipartBody[Upload],
    dry_run: Annotated[bool, QueryParameter(description="Only check; write nothing")] = False,
) -> ImportReport:
    """A .jsonl or .csv file of at most 5,000 rows, checked whole before anything is written; every wrong field is named.

    An offer's key is its external_id: sending the same file again changes nothing, so this takes no Idempotency-Key.
    """
    acting = ctx(request)
    need(acting, "offer.write")
    async with deps(request).db.tx(acting) as tx:
        return await import_file(tx, data.file.filename, await data.file.read(), dry_run=dry_run)


@put("/offers/{offer_id:uuid}", summary="Revise an offer")
async def revise_offer(
    request: WebRequest,
    offer_id: FromPath[UUID],
    data: JSONBody[OfferIn],
    version: Annotated[int, QueryParameter(ge=1, description="The version that you read; another one is refused with 409")],
) -> OfferView:
    """Replaces what it says. A live offer stays live as a new version; orders keep the one they saw."""
    async with deps(request).db.tx(ctx(request)) as tx:
        return offer_view(await service.revise(tx, offer_id, data, version=version))


@post("/offers/{offer_id:uuid}/{action:str}", status_code=200, summary="Publish, pause or withdraw an offer")
async def act_on_offer(
    request: WebRequest,
    offer_id: FromPath[UUID],
    action: FromPath[Literal["publish", "pause", "withdraw"]],
    idempotency_key: IdempotencyKey,
) -> OfferView:
    """409 with `current` when the offer's state does not allow it."""

    async def do(tx: Tx) -> Offer:
        return await service.act(tx, offer_id, action)

    offer = await deps(request).writes.once(
        ctx(request), f"offers/{offer_id}/{action}", idempotency_key, b"", do, service.get, status=200
    )
    return offer_view(offer)


ROUTES = Router(
    "",
    route_handlers=[list_offers, list_own_offers, get_offer, create_offer, import_offers, revise_offer, act_on_offer],
    tags=["market"],
)
