"""What happened at the company, and the members of the exchange."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get
from litestar.params import FromPath

from exchange.domain.company import service
from exchange.domain.company.model import view
from exchange.domain.company.record import record
from exchange.domain.document import service as documents
from exchange.domain.document.model import badges_view
from exchange.domain.history.recent import recent
from exchange.domain.permission import may
from exchange.domain.review.service import about
from exchange.pages.history import rows_of
from exchange.portal import shell
from exchange.web import WebRequest, deps

PAGE: Final = 40
REVIEWS: Final = 10
FIND_MOST: Final = 100
# Where the page of an object is, by the kind of object that an event is about.
PLACES: Final[Mapping[str, str]] = {
    "offer": "/offers/%s",
    "rfq": "/rfqs/%s",
    "quote": "/quotes/%s",
    "approval": "/approvals/%s",
    "contract": "/contracts/%s",
    "order": "/orders/%s",
    "company": "/companies/%s",
}


@get("/activity")
async def activity(request: WebRequest) -> Response[Any]:
    """The company's timeline, newest first."""
    acting = shell.signed_in(request)
    async with deps(request).db.read(acting) as tx:
        page = await recent(tx, shell.cursor(request), PAGE)
        rows = await rows_of(tx, page.items)
    for row, event in zip(rows, page.items, strict=True):
        place = PLACES.get(event.page)
        row["href"] = place % event.page_id if place else ""
        row["number"] = event.number or ""
    return await shell.render(request, "portal/network/activity.html", events=rows, next=page.next)


@get("/network")
async def network(request: WebRequest) -> Response[Any]:
    """Active members by name."""
    acting = shell.signed_in(request)
    find = request.query_params.get("find", "")[:FIND_MOST]
    async with deps(request).db.read(acting) as tx:
        page = await service.directory(tx, shell.cursor(request), PAGE, find)
    return await shell.render(request, "portal/network/members.html", members=page.items, next=page.next)


@get("/companies/{company_id:uuid}")
async def profile(request: WebRequest, company_id: FromPath[UUID]) -> Response[Any]:
    """A company as every member sees it."""
    acting = shell.signed_in(request)
    async with deps(request).db.read(acting) as tx:
        found = await service.get(tx, company_id)
        reviews = await about(tx, company_id, shell.cursor(request), REVIEWS)
        facts = await record(tx, company_id)
        badges = badges_view(*await documents.badges(tx, company_id))
        schemes = await documents.schemes(tx)
    return await shell.render(
        request,
        "portal/network/company.html",
        company=view(found),
        own=company_id == acting.company,
        may_share=acting.company_status == "active" and found.status == "active" and may(acting, "company.write"),
        badges=badges,
        record=facts,
        schemes={item.code: item.name_vi if acting.locale == "vi" else item.name_en for item in schemes},
        reviews=reviews.items,
        next=reviews.next,
    )


ROUTES: Final = Router("", route_handlers=[activity, network, profile])
