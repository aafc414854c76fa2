"""Writing a quotation: the form, what it comes to while it is typed, and its submission until the deadline."""

from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.country import VatCode
from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.permission import need
from exchange.domain.quote import service as quotes
from exchange.domain.quote.model import OwnRfq, Quote
from exchange.errors import DeadlinePassed, WrongState
from exchange.money import minor_text
from exchange.pages import terms
from exchange.pages.attributes import attribute_name, choice_pairs, requirement_words
from exchange.pages.forms import Form
from exchange.pages.sending import Sent
from exchange.portal import shell
from exchange.portal.quote_form import Desk, as_command, complete, counted, desk, drawn_again, first, kinds
from exchange.web import WebRequest, deps
from schemas.quote import QuoteIn

Row = dict[str, object]


async def _at_desk(request: WebRequest, acting: Ctx, rfq_id: UUID) -> Desk:
    need(acting, "quote.write")
    async with deps(request).db.tx(acting, "any") as tx:
        found = await desk(tx, rfq_id)
    if found.rfq.buyer_id == acting.company:
        raise OwnRfq
    return found


async def _draw(request: WebRequest, at: Desk, form: Form, status: int = 200, *, checked: bool = False) -> Response[Any]:
    locale = form.locale
    return await shell.render(
        request,
        "portal/selling/quote_form.html",
        status=status,
        rfq=at.rfq,
        form=form,
        lines=[_line(at, place, locale) for place in range(len(at.rfq.lines))],
        vat_codes=[(code.code, _vat_name(code, locale)) for code in at.vat_codes],
        payments=terms.payment_choices(locale, own_schedule=at.rfq.terms.payment == terms.CUSTOM),
        deliveries=terms.delivery_choices(locale),
        asked_terms=terms.facts(at.rfq.terms, locale),
        totals=_totals(at, form),
        quote=at.quote,
        checked=checked,
        required_currency=at.required_currency,
    )


def _vat_name(code: VatCode, locale: str) -> str:
    return code.name_vi if locale == "vi" else code.name_en


def _line(at: Desk, place: int, locale: str) -> Row:
    line = at.rfq.lines[place]
    declared = at.tree.nodes[line.category].attributes if line.category in at.tree.nodes else {}
    return {
        "line": line,
        "requirements": [requirement_words(item, declared, locale) for item in line.requirements],
        "offers": [(str(offer.id), offer.title) for offer in at.offers_for(line)],
        "attributes": [
            {
                "key": item.key,
                "label": attribute_name(item, locale),
                "kind": item.kind,
                "unit": item.unit_symbol or "",
                "choices": choice_pairs(item.choices, locale),
            }
            for item in at.attributes_of(line)
        ],
    }


def _totals(at: Desk, form: Form) -> Row:
    found, currency = counted(form, at), at.rfq.currency
    return {
        "currency": currency,
        "nets": [None if net is None else minor_text(net, currency) for net in found.nets],
        "net": minor_text(found.net_minor, currency),
        "vat": [(percent, minor_text(amount, currency)) for percent, amount in found.vat],
        "gross": minor_text(found.gross_minor, currency),
        "fee": minor_text(found.fee_minor + found.fee_vat_minor, currency),
        "fee_percent": at.setting.fee_percent / 100,
        "to_you": minor_text(found.to_you_minor, currency),
        "counted": sum(net is not None for net in found.nets),
    }


async def _closed(request: WebRequest, at: Desk, status: int) -> Response[Any]:
    """No quotation is taken any more; what was typed was not sent."""
    return await shell.render(
        request, "portal/selling/late.html", status=status, rfq=at.rfq, quote=at.quote, late=at.setting.now >= at.rfq.due_at
    )


@get("/rfqs/{rfq_id:uuid}/quote")
async def write(request: WebRequest, rfq_id: FromPath[UUID]) -> Response[Any]:
    """The form: blank, or filled with the own quotation that is to be replaced."""
    acting = shell.signed_in(request)
    at = await _at_desk(request, acting, rfq_id)
    if at.late:
        return await _closed(request, at, 200)
    return await _draw(request, at, first(at, acting.locale))


@post("/rfqs/{rfq_id:uuid}/quote/totals")
async def totals(request: WebRequest, rfq_id: FromPath[UUID]) -> Response[Any]:
    """What the form comes to as it is typed: one part of its page."""
    at = await _at_desk(request, shell.signed_in(request), rfq_id)
    sent = await shell.sent(request)
    return await shell.render(request, "portal/selling/quote_totals.html", totals=_totals(at, sent.form))


@post("/rfqs/{rfq_id:uuid}/quote")
async def send(request: WebRequest, rfq_id: FromPath[UUID]) -> Response[Any]:
    """Check, keep as a draft, or submit."""
    acting = shell.signed_in(request)
    at = await _at_desk(request, acting, rfq_id)
    sent = await shell.sent(request)
    form, places = as_command(sent.form, at)

    async def do(command: QuoteIn) -> Response[Any]:
        whole = msgspec.structs.replace(complete(command, at), submit=sent.button != "draft")
        try:
            return await _done(request, acting, at, sent, whole)
        except (DeadlinePassed, WrongState):
            return await _closed(request, await _at_desk(request, acting, rfq_id), 409)

    async def again(refused: Form, status: int) -> Response[Any]:
        return await _draw(request, at, drawn_again(sent.form, refused, places), status)

    return await shell.submitted(msgspec.structs.replace(sent, form=form), QuoteIn, kinds(at), do, again)


async def _done(request: WebRequest, acting: Ctx, at: Desk, sent: Sent, command: QuoteIn) -> Response[Any]:
    rfq = at.rfq.id
    if sent.button == "check":
        async with deps(request).db.tx(acting, "any") as tx:
            await quotes.check(tx, rfq, command)
        return await _draw(request, at, sent.form, checked=True)

    async def put(tx: Tx) -> Quote:
        return await quotes.put(tx, rfq, command)

    made = await shell.once(request, acting, sent, put, quotes.get, standing="active" if command.submit else "applicant")
    say = shell.words(request)
    if not command.submit:
        return shell.redirect(request, f"/quotes/{made.id}", say("The draft is kept. Submit it before the deadline."), "info")
    said = say("The quotation is submitted.") if made.body_version == 1 else say("The new version is submitted.")
    return shell.redirect(request, f"/quotes/{made.id}", said)


ROUTES: Final = Router("", route_handlers=[write, totals, send])
