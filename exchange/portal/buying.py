"""The buyer's RFQs: the list, one of them with its matches and invitations, and what its buyer does with it."""

from collections.abc import Sequence
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.approval import service as approvals
from exchange.domain.approval.model import Approval
from exchange.domain.award import service as awards
from exchange.domain.award.model import Award
from exchange.domain.category import service as categories
from exchange.domain.category.model import Tree
from exchange.domain.company import service as companies
from exchange.domain.pairing import service as pairing
from exchange.domain.pairing.model import Invitation
from exchange.domain.permission import may
from exchange.domain.rfq import service
from exchange.domain.rfq.model import LIFECYCLE, Rfq, RfqSummary
from exchange.domain.rfq.store import OwnOrder
from exchange.domain.rfq.view import actions
from exchange.domain.thread import service as threads
from exchange.domain.thread.model import Thread
from exchange.errors import NotFound
from exchange.i18n import translator
from exchange.pages import matching, terms
from exchange.pages.attributes import category_line, requirement_words
from exchange.pages.export import FORMATS, MOST, export
from exchange.pages.forms import Form
from exchange.pages.history import Row as Happened
from exchange.pages.history import timeline
from exchange.pages.reading import Kinds
from exchange.pages.status import status_of
from exchange.portal import shell
from exchange.web import WebRequest, deps
from schemas.pairing import MatchesView
from schemas.rfq import ReasonCommand, RfqLine

PAGE: Final = 30
FIND_MOST: Final = 100
INVITATIONS_SHOWN: Final = 100
Row = dict[str, Any]


@get("/rfqs")
async def own(request: WebRequest) -> Response[Any]:
    """What the company asks for, newest first."""
    acting = shell.signed_in(request)
    wanted = request.query_params.get("status", "")
    status = wanted if wanted in LIFECYCLE.states else None
    kind = request.query_params.get("format", "")
    find = request.query_params.get("find", "").strip()[:FIND_MOST]
    sort = request.query_params.get("sort", "")
    order: OwnOrder = "due_at" if sort == "due_at" else "-due_at" if sort == "-due_at" else "newest"
    async with deps(request).db.read(acting) as tx:
        if kind in FORMATS:
            return _export(kind, (await service.list_own(tx, status, None, MOST, find=find, order=order)).items, acting.locale)
        page = await service.list_own(tx, status, shell.cursor(request), PAGE, find=find, order=order)
    return await shell.render(
        request,
        "portal/buying/list.html",
        rows=page.items,
        next=page.next,
        states=[state for state in _STATES if state in LIFECYCLE.states],
        may_write=may(acting, "rfq.write"),
    )


def _export(kind: str, found: Sequence[RfqSummary], locale: str) -> Response[Any]:
    """The same list as a file."""
    _ = translator(locale).gettext
    header = [
        _("Number"),
        _("Request"),
        _("Status"),
        _("Currency"),
        _("Lines"),
        _("Sealed"),
        _("Deadline for quotations"),
        _("Published"),
    ]
    rows = [
        (
            row.number,
            row.title,
            translator(locale).pgettext("rfq", status_of("rfq", row.status).word),
            row.currency,
            row.line_count,
            _("yes") if row.sealed else _("no"),
            row.due_at,
            row.published_at,
        )
        for row in found
    ]
    return export("rfqs", kind, header, rows)


_STATES: Final = (
    "draft",
    "pending_approval",
    "open",
    "deadline_passed",
    "evaluating",
    "award_pending",
    "awarded",
    "no_award",
    "cancelled",
)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """All that the buyer's page of an RFQ shows."""

    rfq: Rfq
    tree: Tree
    matches: MatchesView
    invitations: tuple[Invitation, ...]
    named: tuple[str, ...]
    award: Award | None
    approval: Approval | None
    events: list[Happened]
    talks: tuple[Thread, ...]


async def _talks(tx: Tx, rfq: Rfq) -> tuple[Thread, ...]:
    """What was written with suppliers about it."""
    if not may(tx.ctx, "message.read"):
        return ()
    return tuple((await threads.threads(tx, subject_id=rfq.id, limit=INVITATIONS_SHOWN)).items)


async def _found(tx: Tx, rfq: Rfq) -> Found:
    award = None if rfq.opened_at is None else await award_of(tx, rfq.id)
    if rfq.status == "pending_approval":
        approval = await approvals.waiting(tx, rfq.id)
    else:
        approval = None if award is None or award.approval_id is None else await approvals.get(tx, award.approval_id)
    published = rfq.published_at is not None
    invitations = (await pairing.invitations(tx, rfq.id, None, INVITATIONS_SHOWN)).items if published else ()
    # What became of a selection is told by the RFQ's own events; an older selection's too.
    about = [rfq.id] if approval is None else [rfq.id, approval.id]
    named = await companies.names(tx, rfq.invite or ())
    return Found(
        rfq=rfq,
        tree=await categories.tree(tx),
        matches=await pairing.matches(tx, rfq.id) if published else MatchesView(False, ()),
        invitations=invitations,
        named=tuple(item.display_name for item in named.values()),
        award=award,
        approval=approval,
        events=await timeline(tx, about),
        talks=await _talks(tx, rfq),
    )


async def award_of(tx: Tx, rfq: UUID) -> Award | None:
    """The selection that counts, when there is one."""
    try:
        return await awards.of_rfq(tx, rfq)
    except NotFound:
        return None


async def buyer_page(request: WebRequest, acting: Ctx, rfq: Rfq) -> Response[Any]:
    """An RFQ for its buyer; everybody else's page of it stands with the opportunities."""
    async with deps(request).db.tx(acting, "any") as tx:
        found = await _found(tx, rfq)
    return await _draw(request, acting, found)


async def _draw(request: WebRequest, acting: Ctx, found: Found) -> Response[Any]:
    rfq, locale = found.rfq, acting.locale
    by_id = {line.id: line for line in rfq.lines}
    lines = [
        matching.shown(result, matching.wanted(found.tree, by_id[result.line_id], rfq.currency, locale))
        for result in found.matches.lines
        if result.line_id is not None and result.line_id in by_id
    ]
    return await shell.render(
        request,
        "portal/buying/rfq.html",
        rfq=rfq,
        actions=actions(rfq, acting),
        steps=steps(rfq, found.award, found.approval, locale),
        lines=[line_row(line, found.tree, locale) for line in rfq.lines],
        terms=terms.facts(rfq.terms, locale),
        ready=found.matches.ready,
        matches=lines,
        invitations=found.invitations,
        named=found.named,
        award=found.award,
        approval=found.approval,
        may_recall=found.award is not None and found.award.status == "proposed" and may(acting, "award.write"),
        form=Form(locale),
        events=found.events,
        talks=found.talks,
    )


def line_row(line: RfqLine, tree: Tree, locale: str) -> Row:
    """A line with its category and requirements in words."""
    attributes = tree.nodes[line.category].attributes if line.category in tree.nodes else {}
    return {
        "line": line,
        "category": category_line(tree, line.category, locale),
        "requirements": [requirement_words(item, attributes, locale) for item in line.requirements],
    }


def steps(rfq: Rfq, award: Award | None, approval: Approval | None, locale: str) -> list[Row]:
    """Where the request is and who is expected to act."""
    _ = translator(locale).gettext
    reached = {
        "draft": 0,
        "pending_approval": 0,
        "open": 1,
        "deadline_passed": 2,
        "evaluating": 2,
        "award_pending": 3,
        "awarded": 5,
    }
    labels = [
        (_("Draft"), _("you finish and publish it"), rfq.created_at),
        (_("Quotations"), _("suppliers quote until the deadline"), rfq.due_at if rfq.published_at else None),
        (_("Comparison"), _("you compare and select"), rfq.opened_at),
        (_("Approval"), _("another person of your company decides"), None if approval is None else approval.decided_at),
        (_("Selected"), "", None if award is None else award.bound_at),
    ]
    if approval is None or approval.kind == "rfq":
        del labels[3]
        reached["awarded"] = 4
    stopped = rfq.status in ("no_award", "cancelled")
    place = reached.get(rfq.status, (2 if rfq.opened_at else 1 if rfq.published_at else 0))
    found: list[Row] = []
    for index, (label, who, at) in enumerate(labels):
        state: Literal["done", "now", "next", "stopped"] = "done" if index < place else "next"
        if index == place:
            state = "stopped" if stopped else "now"
        found.append(
            {"label": label, "state": state, "who": who if state == "now" else "", "at": at if state != "next" else None}
        )
    return found


@post("/rfqs/{rfq_id:uuid}/publish")
async def publish(request: WebRequest, rfq_id: FromPath[UUID]) -> Response[Any]:
    """Open it as it stands."""

    async def do(tx: Tx) -> Rfq:
        return await service.publish(tx, rfq_id)

    _ = shell.words(request)

    def said(rfq: Rfq) -> str:
        if rfq.status == "pending_approval":
            return _("The request waits for your own people; then it is published.")
        return _("The request is published. Suppliers that fit are being told.")

    return await shell.act(request, f"/rfqs/{rfq_id}", do, service.get, said)


@post("/rfqs/{rfq_id:uuid}/close")
async def close(request: WebRequest, rfq_id: FromPath[UUID]) -> Response[Any]:
    """End the time for quotes now."""

    async def do(tx: Tx) -> Rfq:
        return await service.close_early(tx, rfq_id)

    said = shell.words(request)("The time for quotations has ended.")
    return await shell.act(request, f"/rfqs/{rfq_id}", do, service.get, said, standing="finish")


@post("/rfqs/{rfq_id:uuid}/cancel")
async def cancel(request: WebRequest, rfq_id: FromPath[UUID]) -> Response[Any]:
    """End it before a selection binds."""
    return await _with_reason(request, rfq_id, shell.words(request)("The request is cancelled."), "cancel")


@post("/rfqs/{rfq_id:uuid}/no-award")
async def no_award(request: WebRequest, rfq_id: FromPath[UUID]) -> Response[Any]:
    """Take none of the quotes."""
    return await _with_reason(request, rfq_id, shell.words(request)("The request has ended without a supplier."), "no_award")


_NO_KINDS: Final[Kinds] = {}


async def _with_reason(request: WebRequest, rfq_id: UUID, said: str, action: Literal["cancel", "no_award"]) -> Response[Any]:
    """The two ends that say why; without a reason the page asks for it again."""
    acting = shell.signed_in(request)
    sent = await shell.sent(request)
    back = f"/rfqs/{rfq_id}"

    async def do(command: ReasonCommand) -> Response[Any]:
        async def write(tx: Tx) -> Rfq:
            if action == "cancel":
                return await awards.cancel_rfq(tx, rfq_id, command.reason)
            return await service.end_without_award(tx, rfq_id, command.reason)

        await shell.once(request, acting, sent, write, service.get, standing="finish")
        return shell.redirect(request, back, said)

    async def again(form: Form, status: int) -> Response[Any]:
        if form.error(""):
            return shell.redirect(request, back, form.error(""), "bad")
        async with deps(request).db.tx(acting, "any") as tx:
            rfq = await service.own(tx, rfq_id)
        return await shell.render(request, "portal/buying/end.html", status=status, form=form, rfq=rfq, action=action)

    return await shell.submitted(sent, ReasonCommand, _NO_KINDS, do, again)


ROUTES: Final = Router("", route_handlers=[own, publish, close, cancel, no_award])
