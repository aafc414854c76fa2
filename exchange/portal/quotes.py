"""The company's own quotations: how each stands, what the buyer sees of it and when, what remains after the fee."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.category import service as categories
from exchange.domain.category.model import Tree
from exchange.domain.permission import may, need
from exchange.domain.quote import service
from exchange.domain.quote.comparing import terms_differ
from exchange.domain.quote.model import LIFECYCLE, Quote
from exchange.domain.quote.view import actions, view
from exchange.domain.rfq import service as rfqs
from exchange.domain.rfq.model import Rfq
from exchange.i18n import N_, translator
from exchange.money import minor_text
from exchange.pages import terms
from exchange.pages.attributes import attribute_facts
from exchange.pages.history import timeline
from exchange.pages.status import status_of
from exchange.portal import conversation, shell
from exchange.web import WebRequest, deps
from schemas.quote import QuoteView

PAGE: Final = 30
Row = dict[str, object]
# The reasons that the exchange itself gives; a buyer's own stand as they were written.
LOST: Final = {
    "not-selected": N_("The buyer selected another quotation."),
    "cancelled": N_("The buyer cancelled the request."),
    "no-award": N_("The buyer selected none of the quotations."),
}
SEEN: Final = {
    "draft": N_(
        "Nobody outside your company sees a draft, and it binds nobody. If it is not submitted by the deadline, it lapses."
    ),
    "sealed": N_(
        "Nobody can read it before the deadline: not the buyer, not the operators of the exchange, not another supplier. "
        "The buyer is not even told how many quotations there are. At the deadline all are opened at once."
    ),
    "visible": N_(
        "The buyer can read it since you submitted it. Other suppliers never see it. Until the deadline you can replace or "
        "withdraw it."
    ),
    "opened": N_(
        "The buyer reads it and compares it with the others. You can no longer change it. Other suppliers never see it."
    ),
    "awarded": N_("The buyer selected it as it stands; both sides are bound. The contract takes over prices and terms from it."),
    "lost": N_("The buyer keeps it on file with the request. Other suppliers never saw it."),
    "withdrawn": N_("You took it back. The buyer cannot select it; if it was sealed, nobody has ever read it."),
    "expired": N_("The draft was not submitted in time. Nobody outside your company has seen it."),
}


@get("/quotes")
async def quotes(request: WebRequest) -> Response[Any]:
    """Own quotations, newest change first."""
    acting = shell.signed_in(request)
    wanted = request.query_params.get("status")
    status = wanted if wanted in LIFECYCLE.states else None
    async with deps(request).db.read(acting) as tx:
        page = await service.list_own(tx, status, shell.cursor(request), PAGE)
    say = translator(acting.locale)
    states = [state for state in LIFECYCLE.states if state not in LIFECYCLE.reserved]
    return await shell.render(
        request,
        "portal/selling/quotes.html",
        rows=[{**_columns(item), "gross": minor_text(item.gross_minor, item.currency)} for item in page.items],
        next=page.next,
        states=[(state, say.pgettext("quote", status_of("quote", state).word)) for state in sorted(states)],
    )


def _columns(item: Any) -> Row:
    return {name: getattr(item, name) for name in item.__struct_fields__}


@get("/quotes/{quote_id:uuid}")
async def quote(request: WebRequest, quote_id: FromPath[UUID]) -> Response[Any]:
    """One quotation: for its supplier, and for the buyer once it is opened."""
    acting = shell.signed_in(request)
    need(acting, "quote.read")
    async with deps(request).db.tx(acting, "any") as tx:
        found = await service.get(tx, quote_id)
        rfq = await rfqs.get(tx, found.rfq_id)
        tree = await categories.tree(tx)
        events = await timeline(tx, [found.id])
        talk = await conversation.maybe(tx, "quote", found.id)
    shown = view(found, acting)
    own = found.seller_id == acting.company
    return await shell.render(
        request,
        "portal/selling/quote.html",
        quote=shown,
        rfq=rfq,
        own=own,
        lines=_lines(shown, rfq, tree, acting.locale),
        vat=_vat(shown),
        terms=[] if shown.terms is None else terms.facts(shown.terms, acting.locale),
        differs=_differs(found, rfq, acting.locale),
        seen=translator(acting.locale).gettext(SEEN[_seen(found, rfq)]) if own else "",
        lost=_lost(found, acting.locale),
        actions=actions(found, acting),
        writable=own and rfq.status == "open" and may(acting, "quote.write"),
        steps=_steps(found, rfq, acting),
        events=events,
        talk=talk,
    )


def _lines(shown: QuoteView, rfq: Rfq, tree: Tree, locale: str) -> list[Row]:
    """Every asked line with its answer, also where there is none."""
    answered = {line.line_id: line for line in shown.lines}
    rows: list[Row] = []
    for line in rfq.lines:
        answer = answered.get(line.id)
        facts = [] if answer is None else attribute_facts(tree, line.category, answer.attributes, locale)
        rows.append({"asked": line, "answer": answer, "facts": facts})
    return rows


def _vat(shown: QuoteView) -> str:
    """The percentages that occur, for the label of the VAT row."""
    return ", ".join(dict.fromkeys(line.vat_percent for line in shown.lines))


def _differs(found: Quote, rfq: Rfq, locale: str) -> list[str]:
    """The names of the terms in which it departs from the request."""
    if found.body is None:
        return []
    names = terms.labels(locale)
    return list(dict.fromkeys(names[name] for name in terms_differ(rfq.terms, found.body.terms)))


def _seen(found: Quote, rfq: Rfq) -> str:
    if found.status == "submitted":
        return "sealed"
    if found.status == "opened" and rfq.status == "open":
        return "visible"
    return {"part_awarded": "awarded"}.get(found.status, found.status if found.status in SEEN else "opened")


def _lost(found: Quote, locale: str) -> str:
    if found.status != "lost":
        return ""
    reason = found.lost_reason or "not-selected"
    return translator(locale).gettext(LOST[reason]) if reason in LOST else reason


def _steps(found: Quote, rfq: Rfq, acting: Ctx) -> list[Row]:
    """Written, submitted, opened, decided: where it is and who acts next."""
    _ = translator(acting.locale).gettext
    over = {"withdrawn": 1, "expired": 1, "lost": 3}.get(found.status)
    place = {"draft": 0, "submitted": 2, "opened": 2 if rfq.status == "open" else 3, "awarded": 4}.get(found.status, 3)
    labels = (
        (_("Written"), found.seller, None),
        (_("Submitted"), found.seller, found.submitted_at),
        (_("Deadline"), _("no more quotations after it"), rfq.due_at),
        (_("Decision"), found.buyer, None),
    )
    steps: list[Row] = []
    for index, (label, who, at) in enumerate(labels):
        reached = over if over is not None else place
        state = "done" if index < reached else "next"
        if index == reached:
            state = "now" if over is None else "stopped"
        steps.append(
            {
                "label": label,
                "state": state,
                "who": who if state == "now" else "",
                "at": None if state == "next" and index != 2 else at,
            }
        )
    return steps


@post("/quotes/{quote_id:uuid}/withdraw")
async def withdraw(request: WebRequest, quote_id: FromPath[UUID]) -> Response[Any]:
    """Take it back before the deadline."""

    async def do(tx: Tx) -> Quote:
        return await service.withdraw(tx, quote_id)

    said = shell.words(request)("The quotation is withdrawn. Until the deadline you may submit another.")
    return await shell.act(request, f"/quotes/{quote_id}", do, service.get, said, standing="finish")


ROUTES: Final = Router("", route_handlers=[quotes, quote, withdraw])
