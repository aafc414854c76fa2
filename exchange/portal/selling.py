"""What a supplier is asked: the requests that fit what it sells, all open ones, one of them, and the answer to it."""

from collections.abc import Sequence
from typing import Any, Final, Literal, cast, get_args
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.category import service as categories
from exchange.domain.category.model import Tree
from exchange.domain.pairing import service as pairing
from exchange.domain.pairing.model import LIFECYCLE, Fit, Invitation, Opportunity, Part
from exchange.domain.pairing.view import reason
from exchange.domain.permission import may
from exchange.domain.quote import service as quotes
from exchange.domain.quote.model import Quote
from exchange.domain.quote.view import actions as quote_actions
from exchange.domain.rfq import service as rfqs
from exchange.domain.rfq.model import Rfq, RfqSummary
from exchange.i18n import translator
from exchange.money import minor_text
from exchange.pages import fitting, terms
from exchange.pages.attributes import category_line, requirement_words
from exchange.pages.forms import Form
from exchange.pages.history import timeline
from exchange.portal import conversation, shell
from exchange.web import WebRequest, deps
from schemas.rfq import InvitationAnswer, RfqLine

PAGE: Final = 30
FITS_SHOWN: Final = 3
PHRASES: Final = 4
Row = dict[str, object]
# What an invitation without an answer is to the one who got it.
ANSWERS: Final = {"sent": ("opportunity", "new"), "seen": ("opportunity", "seen")}


@get("/opportunities")
async def opportunities(request: WebRequest) -> Response[Any]:
    """The requests that fit what the company sells, newest first, with the reasons."""
    acting = shell.signed_in(request)
    wanted = request.query_params.get("show")
    part = cast(Part, wanted) if wanted in get_args(Part) else None
    async with deps(request).db.read(acting) as tx:
        page = await pairing.opportunities(tx, shell.cursor(request), PAGE, part)
        tree = await categories.tree(tx)
    return await shell.render(
        request,
        "portal/selling/opportunities.html",
        rows=[_opportunity(item, tree, acting.locale) for item in page.items],
        next=page.next,
        may_quote=may(acting, "quote.write"),
        may_offer=may(acting, "offer.write"),
    )


def _opportunity(item: Opportunity, tree: Tree, locale: str) -> Row:
    """A row of the list: the own quotation's state where there is one, else that of the answer."""
    line = next((line for line in item.lines if line.id == item.line_id), None)
    attributes = tree.nodes[line.category].attributes if line is not None and line.category in tree.nodes else {}
    reasons = [reason(part) for part in item.reasons or ()]
    noun, state = ANSWERS.get(item.status, ("invitation", item.status))
    if item.quote_status is not None:
        noun, state = "quote", item.quote_status
    open_now = item.rfq_status == "open"
    return {
        "id": item.rfq_id,
        "title": item.rfq_title,
        "number": item.rfq_number,
        "buyer": item.buyer,
        "noun": noun,
        "state": state,
        "rfq_status": item.rfq_status,
        "open": open_now,
        "quotable": open_now and item.quote_status in (None, "draft", "withdrawn") and item.status != "declined",
        "due_at": item.due_at,
        "at": item.created_at,
        "offer_title": item.offer_title,
        "offers": item.offers,
        "fit": fitting.percent_of_best(reasons),
        "why": fitting.why(reasons, line, attributes, None, locale)[:PHRASES],
    }


@get("/opportunities/open")
async def open_requests(request: WebRequest) -> Response[Any]:
    """Everything that other members ask for now, whether it fits or not."""
    acting = shell.signed_in(request)
    async with deps(request).db.read(acting) as tx:
        page = await rfqs.list_open(tx, shell.cursor(request), PAGE)
    rows: Sequence[RfqSummary] = [item for item in page.items if item.buyer_id != acting.company]
    return await shell.render(
        request, "portal/selling/requests.html", rows=rows, next=page.next, may_quote=may(acting, "quote.write")
    )


class Asked:
    """All that a supplier's page of a request shows."""

    def __init__(self, rfq: Rfq, tree: Tree, invitation: Invitation | None, fits: Sequence[Fit], quote: Quote | None) -> None:
        self.rfq = rfq
        self.tree = tree
        self.invitation = invitation
        self.fits = fits
        self.quote = quote


async def _asked(tx: Tx, rfq: Rfq) -> Asked:
    """What this supplier may know of it. To read it is to have seen it, which the buyer learns."""
    invitation = await pairing.own_invitation(tx, rfq.id)
    if invitation is not None and invitation.status == "sent":
        invitation = await pairing.answer(tx, rfq.id, InvitationAnswer("seen"))
    return Asked(rfq, await categories.tree(tx), invitation, await pairing.fits(tx, rfq.id), await quotes.own_on(tx, rfq.id))


async def supplier_page(request: WebRequest, acting: Ctx, rfq: Rfq) -> Response[Any]:
    """A request of another company: what it asks, on which terms, and what of ours fits."""
    async with deps(request).db.tx(acting, "any") as tx:
        found = await _asked(tx, rfq)
        about = [rfq.id] + ([] if found.quote is None else [found.quote.id])
        events = await timeline(tx, about)
        talk = await conversation.maybe(tx, "rfq", rfq.id)
    locale = acting.locale
    return await shell.render(
        request,
        "portal/selling/request.html",
        rfq=rfq,
        lines=[_line(line, found, locale) for line in rfq.lines],
        terms=terms.facts(rfq.terms, locale),
        invitation=found.invitation,
        answers=_answers(acting, found),
        quote=_quote(found.quote),
        quotable=rfq.status == "open" and may(acting, "quote.write"),
        replaceable=found.quote is not None and "submit" in quote_actions(found.quote, acting),
        steps=_steps(found, locale),
        may_offer=may(acting, "offer.write"),
        form=Form(locale),
        events=events,
        talk=talk,
    )


def _quote(quote: Quote | None) -> Row | None:
    if quote is None:
        return None
    body = quote.body
    gross = None if body is None else minor_text(body.gross_minor, body.currency)
    return {"id": quote.id, "number": quote.number, "status": quote.status, "gross": gross, "at": quote.submitted_at}


def _line(line: RfqLine, found: Asked, locale: str) -> Row:
    attributes = found.tree.nodes[line.category].attributes if line.category in found.tree.nodes else {}
    fits = [fit for fit in found.fits if fit.line_id == line.id]
    shown: list[Row] = []
    for fit in fits[:FITS_SHOWN]:
        reasons = [reason(part) for part in fit.reasons]
        shown.append(
            {
                "offer_id": fit.offer_id,
                "title": fit.title,
                "status": fit.offer_status,
                "fit": fitting.percent_of_best(reasons),
                "why": fitting.why(reasons, line, attributes, fit.currency, locale),
            }
        )
    return {
        "line": line,
        "category": category_line(found.tree, line.category, locale),
        "requirements": [requirement_words(item, attributes, locale) for item in line.requirements],
        "fits": shown,
        "more": len(fits) - len(shown),
    }


def _answers(acting: Ctx, found: Asked) -> set[str]:
    """What may be told to the buyer now."""
    quoted = found.quote is not None and found.quote.status not in ("draft", "withdrawn")
    if found.invitation is None or found.rfq.status != "open" or quoted:
        return set()
    steps = LIFECYCLE.allowed(found.invitation.status)
    return {step.action for step in steps if step.action != "seen" and may(acting, step.who)}


def _steps(found: Asked, locale: str) -> list[Row]:
    """Where the request is, as far as its supplier is concerned."""
    _ = translator(locale).gettext
    rfq = found.rfq
    stopped = rfq.status in ("cancelled", "no_award")
    place = {"open": 1, "deadline_passed": 2, "evaluating": 2, "award_pending": 2, "awarded": 4}.get(rfq.status, 3)
    if stopped:
        place = 3 if rfq.opened_at is not None else 1
    labels = (
        (_("Published"), rfq.buyer, rfq.published_at),
        (_("Quotations"), _("suppliers quote until the deadline"), rfq.due_at),
        (_("Evaluation"), rfq.buyer, rfq.opened_at),
        (_("Selection"), rfq.buyer, None),
    )
    steps: list[Row] = []
    for index, (label, who, at) in enumerate(labels):
        state: Literal["done", "now", "next", "stopped"] = "done" if index < place else "next"
        if index == place:
            state = "stopped" if stopped else "now"
        steps.append(
            {"label": label, "state": state, "who": who if state == "now" else "", "at": at if state != "next" else None}
        )
    return steps


@post("/rfqs/{rfq_id:uuid}/answer")
async def answer(request: WebRequest, rfq_id: FromPath[UUID]) -> Response[Any]:
    """Let the buyer know whether a quotation will come."""
    sent = await shell.sent(request)
    say = shell.words(request)
    will_quote = sent.value("answer") == "will_quote"
    text = sent.value("reason")[:500] or None

    async def do(tx: Tx) -> Invitation:
        command = InvitationAnswer("will_quote") if will_quote else InvitationAnswer("declined", text)
        return await pairing.answer(tx, rfq_id, command)

    said = say("The buyer knows that you will quote.") if will_quote else say("The buyer knows that you will not quote.")
    return await shell.act(request, f"/rfqs/{rfq_id}", do, pairing.get_invitation, said, standing="finish")


ROUTES: Final = Router("", route_handlers=[opportunities, open_requests, answer])
