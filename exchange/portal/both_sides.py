"""Addresses that both sides of a deal are sent to: each sees its own page of the same thing."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get
from litestar.params import FromPath

from exchange.domain.offer import service as offers
from exchange.domain.permission import need
from exchange.domain.rfq import service as rfqs
from exchange.portal import buying, market_offer, selling, shell
from exchange.portal import offers as own_offers
from exchange.web import WebRequest, deps


@get("/rfqs/{rfq_id:uuid}")
async def rfq(request: WebRequest, rfq_id: FromPath[UUID]) -> Response[Any]:
    """A request: for its buyer to run, for everybody else to quote on."""
    acting = shell.signed_in(request)
    need(acting, "rfq.read")
    async with deps(request).db.tx(acting, "any") as tx:
        found = await rfqs.get(tx, rfq_id)
    if found.buyer_id == acting.company:
        return await buying.buyer_page(request, acting, found)
    return await selling.supplier_page(request, acting, found)


@get("/offers/{offer_id:uuid}")
async def offer(request: WebRequest, offer_id: FromPath[UUID]) -> Response[Any]:
    """A listing: for its seller to run, for everybody else to buy; ?view=market shows the seller what they see."""
    acting = shell.signed_in(request)
    need(acting, "market.read")
    async with deps(request).db.tx(acting, "any") as tx:
        found = await offers.get(tx, offer_id)
    if found.company_id == acting.company and request.query_params.get("view") != "market":
        return await own_offers.owner_page(request, acting, found)
    return await market_offer.offer_page(request, acting, found)


ROUTES: Final = Router("", route_handlers=[rfq, offer])
