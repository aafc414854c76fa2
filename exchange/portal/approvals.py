"""Commitments above the company's limit: what waits for another person, and the decision."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.db import Ctx, Tx
from exchange.domain.approval import deciding, service
from exchange.domain.approval.model import LIFECYCLE, Approval
from exchange.domain.approval.view import actions
from exchange.domain.award import service as awards
from exchange.domain.award.model import Award
from exchange.domain.company import service as companies
from exchange.domain.order import placing
from exchange.domain.order.model import Order
from exchange.domain.permission import may, need
from exchange.i18n import N_, translator
from exchange.money import from_minor
from exchange.pages import terms
from exchange.pages.export import FORMATS, MOST, export
from exchange.pages.forms import Form, blank
from exchange.pages.history import timeline
from exchange.pages.reading import Kinds
from exchange.pages.status import status_of
from exchange.portal import shell
from exchange.web import WebRequest, deps
from schemas.quote import Decision

PAGE: Final = 30
STATES: Final = ("pending", "approved", "rejected", "recalled", "expired")
KINDS_OF: Final = {"award": N_("Selection of a supplier"), "order": N_("Order"), "rfq": N_("Request for quotation")}
_KINDS: Final[Kinds] = {}


@get("/approvals")
async def requests(request: WebRequest) -> Response[Any]:
    """The company's requests for approval, newest first."""
    acting = shell.signed_in(request)
    wanted = request.query_params.get("status", "")
    status = wanted if wanted in LIFECYCLE.states else None
    kind = request.query_params.get("format", "")
    async with deps(request).db.read(acting) as tx:
        if kind in FORMATS:
            return _export(kind, (await service.page(tx, status, None, MOST)).items, acting.locale)
        page = await service.page(tx, status, shell.cursor(request), PAGE)
    return await shell.render(
        request,
        "portal/approvals/list.html",
        rows=page.items,
        next=page.next,
        states=STATES,
        kinds=_kinds(acting.locale),
        mine=acting.person_id,
        may_decide=may(acting, "approval.decide"),
    )


def _kinds(locale: str) -> dict[str, str]:
    return {code: translator(locale).gettext(word) for code, word in KINDS_OF.items()}


def _export(kind: str, items: Sequence[Approval], locale: str) -> Response[Any]:
    words = translator(locale)
    _ = words.gettext
    header = [_("Subject"), _("Kind"), _("Status"), _("Total with VAT"), _("Currency"), _("Asked by"), _("Asked"), _("Decide by")]
    rows = [
        (
            item.title,
            _(KINDS_OF[item.kind]),
            words.pgettext("approval", status_of("approval", item.status).word),
            from_minor(item.gross_minor, item.currency),
            item.currency,
            item.requested_by_name,
            item.requested_at,
            item.due_at,
        )
        for item in items
    ]
    return export("approvals", kind, header, rows)


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What a request is about; either an award or an order."""

    approval: Approval
    award: Award | None = None
    order: Order | None = None
    decided_by: str = ""


async def _subject(tx: Tx, approval: Approval) -> Subject:
    names = {item.person_id: item.name for item in await companies.people(tx)} if approval.decided_by is not None else {}
    decided_by = "" if approval.decided_by is None else names.get(approval.decided_by, "")
    if approval.kind == "award":
        return Subject(approval=approval, award=await awards.get(tx, approval.object_id), decided_by=decided_by)
    if approval.kind == "order":
        return Subject(approval=approval, order=await placing.get(tx, approval.object_id), decided_by=decided_by)
    return Subject(approval=approval, decided_by=decided_by)


async def _draw(request: WebRequest, acting: Ctx, approval_id: UUID, form: Form, status: int = 200) -> Response[Any]:
    async with deps(request).db.tx(acting, "any") as tx:
        found = await _subject(tx, await service.get(tx, approval_id))
        events = await timeline(tx, [approval_id, found.approval.object_id])
    approval = found.approval
    return await shell.render(
        request,
        "portal/approvals/approval.html",
        status=status,
        form=form,
        approval=approval,
        award=found.award,
        order=found.order,
        decided_by=found.decided_by,
        kind=_kinds(acting.locale)[approval.kind],
        actions=actions(approval, acting),
        own=approval.requested_by == acting.person_id,
        may_decide=may(acting, "approval.decide"),
        gross=from_minor(approval.gross_minor, approval.currency),
        terms=[] if found.order is None else terms.facts(found.order.terms, acting.locale),
        events=events,
    )


@get("/approvals/{approval_id:uuid}")
async def one(request: WebRequest, approval_id: FromPath[UUID]) -> Response[Any]:
    """What is asked, by whom, what it comes to; and the decision for those who may make it."""
    acting = shell.signed_in(request)
    need(acting, "market.read")
    return await _draw(request, acting, approval_id, blank(acting.locale))


@post("/approvals/{approval_id:uuid}/decide")
async def decide(request: WebRequest, approval_id: FromPath[UUID]) -> Response[Any]:
    """Approve or reject: approving carries the commitment out at once."""
    acting = shell.signed_in(request)
    sent = await shell.sent(request)

    async def do(command: Decision) -> Response[Any]:
        async def write(tx: Tx) -> Approval:
            return await deciding.decide(tx, approval_id, command)

        await shell.once(request, acting, sent, write, service.get)
        _ = shell.words(request)
        said = _("Approved. It has been carried out.") if command.decision == "approve" else _("Rejected. The requester is told.")
        return shell.redirect(request, f"/approvals/{approval_id}", said)

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw(request, acting, approval_id, form, status)

    return await shell.submitted(sent, Decision, _KINDS, do, again)


ROUTES: Final = Router("", route_handlers=[requests, one, decide])
