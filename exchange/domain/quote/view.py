"""A quote as its reader sees it on the wire: the fee is its supplier's alone."""

import msgspec

from exchange.ctx import Ctx
from exchange.domain.permission import may
from exchange.domain.quote.model import LIFECYCLE, Quote, QuoteSummary
from exchange.money import minor_text
from schemas.quote import QuoteBody, QuoteLine, QuoteLineView, QuoteRow, QuoteView


def actions(quote: Quote, ctx: Ctx) -> tuple[str, ...]:
    """What the reader may do now: the supplier before the deadline, the buyer while evaluating."""
    if quote.seller_id == ctx.company_id:
        if quote.rfq_status != "open" or not may(ctx, "quote.write"):
            return ()
        steps = {step.action for step in LIFECYCLE.allowed(quote.status)}
        return tuple(action for action in ("submit", "withdraw") if action in steps)
    awardable = quote.status == "opened" and quote.rfq_status == "evaluating" and may(ctx, "award.write")
    return ("award",) if awardable else ()


def view(quote: Quote, ctx: Ctx) -> QuoteView:
    body = quote.body
    own = quote.seller_id == ctx.company_id
    shown = QuoteView(
        id=quote.id,
        version=quote.version,
        number=quote.number,
        status=quote.status,
        rfq_id=quote.rfq_id,
        rfq_number=quote.rfq_number,
        rfq_title=quote.rfq_title,
        buyer_id=quote.buyer_id,
        buyer=quote.buyer,
        seller_id=quote.seller_id,
        seller=quote.seller,
        submitted_at=quote.submitted_at,
        opened_at=quote.opened_at,
        lost_reason=quote.lost_reason,
        actions=actions(quote, ctx),
    )
    return shown if body is None else _with_body(shown, body, own=own)


def _with_body(shown: QuoteView, body: QuoteBody, *, own: bool) -> QuoteView:
    currency = body.currency
    to_seller = body.gross_minor - body.fee_minor - body.fee_vat_minor
    return msgspec.structs.replace(
        shown,
        currency=currency,
        lines=tuple(_line(line, currency) for line in body.lines),
        terms=body.terms,
        valid_until=body.valid_until,
        all_or_nothing=body.all_or_nothing,
        net=minor_text(body.net_minor, currency),
        vat=minor_text(body.vat_minor, currency),
        gross=minor_text(body.gross_minor, currency),
        own_number=body.own_number,
        note=body.note,
        fee=minor_text(body.fee_minor, currency) if own else None,
        fee_vat=minor_text(body.fee_vat_minor, currency) if own else None,
        net_to_you=minor_text(to_seller, currency) if own else None,
    )


def _line(line: QuoteLine, currency: str) -> QuoteLineView:
    return QuoteLineView(
        line_id=line.line_id,
        quantity=line.quantity,
        price=line.price,
        vat_code=line.vat_code,
        vat_percent=line.vat_percent,
        lead_time_days=line.lead_time_days,
        net=minor_text(line.net_minor, currency),
        vat=minor_text(line.vat_minor, currency),
        gross=minor_text(line.net_minor + line.vat_minor, currency),
        offer_id=line.offer_id,
        attributes=line.attributes,
        note=line.note,
    )


def row(quote: QuoteSummary) -> QuoteRow:
    return QuoteRow(
        id=quote.id,
        version=quote.version,
        number=quote.number,
        status=quote.status,
        rfq_id=quote.rfq_id,
        rfq_number=quote.rfq_number,
        rfq_title=quote.rfq_title,
        counterparty=quote.counterparty,
        due_at=quote.due_at,
        updated_at=quote.updated_at,
    )
