"""Quotes side by side: totals, coverage, what differs from the asked terms, and where each is best. Pure."""

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Final

from exchange.ctx import Ctx
from exchange.domain.quote.model import Quote
from exchange.domain.quote.view import view
from exchange.domain.rfq.model import Rfq
from exchange.money import decimal_text
from schemas.quote import ComparedQuote, Comparison, QuoteBody
from schemas.rfq import RfqLine
from schemas.terms import TermsView

HUNDRED: Final = Decimal(100)
COMPARED_TERMS: Final = (
    "instalments",
    "delivery",
    "quantity_tolerance_percent",
    "packing",
    "origin",
    "warranty_months",
    "documents",
    "penalty_percent_per_day",
    "penalty_cap_percent",
    "claim_days",
)


def coverage(lines: Sequence[RfqLine], body: QuoteBody) -> Decimal:
    """The mean share of the asked quantities that a quote offers, per cent, rounded down to hundredths."""
    offered = {line.line_id: Decimal(line.quantity) for line in body.lines}
    shares = [min(Decimal(1), offered.get(line.id, Decimal(0)) / Decimal(line.quantity)) for line in lines]
    return (sum(shares, Decimal(0)) * HUNDRED / len(shares)).quantize(Decimal("0.01"), ROUND_DOWN)


def covers_all(lines: Sequence[RfqLine], terms: TermsView, body: QuoteBody) -> bool:
    """Whether every line is offered in full, less the tolerance that the RFQ allows."""
    offered = {line.line_id: Decimal(line.quantity) for line in body.lines}
    share = (HUNDRED - Decimal(terms.quantity_tolerance_percent)) / HUNDRED
    return all(offered.get(line.id, Decimal(0)) >= Decimal(line.quantity) * share for line in lines)


def terms_differ(asked: TermsView, offered: TermsView) -> tuple[str, ...]:
    """Names of the terms in which a quote departs from the RFQ."""
    return tuple(name for name in COMPARED_TERMS if getattr(asked, name) != getattr(offered, name))


def compare(rfq: Rfq, quotes: Sequence[Quote], now: datetime, ctx: Ctx) -> Comparison:
    """Best marks go to valid quotes that cover everything: a cheap half is not a cheaper whole."""
    bodies = [(quote, quote.body) for quote in quotes if quote.body is not None]
    ranked = [body for _, body in bodies if body.valid_until > now and covers_all(rfq.lines, rfq.terms, body)]
    best_net = min((body.net_minor for body in ranked), default=None)
    best_gross = min((body.gross_minor for body in ranked), default=None)
    best_lead = min((_longest(body) for body in ranked), default=None)
    compared = [
        ComparedQuote(
            quote=view(quote, ctx),
            covers=decimal_text(coverage(rfq.lines, body)),
            complete=covers_all(rfq.lines, rfq.terms, body),
            valid=body.valid_until > now,
            longest_lead_time_days=_longest(body),
            best_net=body in ranked and body.net_minor == best_net,
            best_gross=body in ranked and body.gross_minor == best_gross,
            best_lead_time=body in ranked and _longest(body) == best_lead,
            terms_differ=terms_differ(rfq.terms, body.terms),
        )
        for quote, body in bodies
    ]
    compared.sort(key=lambda item: (not item.complete, not item.valid))
    return Comparison(rfq_id=rfq.id, currency=rfq.currency, quotes=tuple(compared))


def _longest(body: QuoteBody) -> int:
    return max(line.lead_time_days for line in body.lines)
