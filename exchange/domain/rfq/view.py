"""An RFQ as its reader sees it on the wire."""

from exchange.ctx import Ctx
from exchange.domain.permission import may
from exchange.domain.rfq.model import LIFECYCLE, Rfq, RfqSummary
from schemas.rfq import RfqRow, RfqView

BUYER_ACTIONS = frozenset({"publish", "close_early", "cancel", "no_award"})


def actions(rfq: Rfq, ctx: Ctx) -> tuple[str, ...]:
    """What the reader may do now: the buyer with it, a supplier against it."""
    if rfq.buyer_id != ctx.company_id:
        return ("quote",) if rfq.status == "open" and may(ctx, "quote.write") else ()
    found = [
        step.action
        for step in LIFECYCLE.allowed(rfq.status)
        if step.action in BUYER_ACTIONS and may(ctx, step.who) and not (step.action == "close_early" and rfq.sealed)
    ]
    if rfq.status == "draft" and may(ctx, "rfq.write"):
        found.append("edit")
    if rfq.status == "evaluating" and may(ctx, "award.write"):
        found.append("award")
    return tuple(found)


def view(rfq: Rfq, ctx: Ctx) -> RfqView:
    """The buyer's own reference is nobody else's business."""
    own = rfq.buyer_id == ctx.company_id
    return RfqView(
        id=rfq.id,
        version=rfq.version,
        number=rfq.number,
        status=rfq.status,
        buyer_id=rfq.buyer_id,
        buyer=rfq.buyer,
        title=rfq.title,
        description=rfq.description,
        sealed=rfq.sealed,
        mode=rfq.mode,
        currency=rfq.currency,
        lines=rfq.lines,
        terms=rfq.terms,
        due_at=rfq.due_at,
        published_at=rfq.published_at,
        opened_at=rfq.opened_at,
        outcome_reason=rfq.outcome_reason,
        own_reference=rfq.own_reference if own else None,
        invited=rfq.invited,
        declined=rfq.declined,
        quotes=rfq.quotes,
        invite=rfq.invite,
        actions=actions(rfq, ctx),
    )


def row(rfq: RfqSummary) -> RfqRow:
    return RfqRow(
        id=rfq.id,
        version=rfq.version,
        number=rfq.number,
        status=rfq.status,
        buyer_id=rfq.buyer_id,
        buyer=rfq.buyer,
        title=rfq.title,
        sealed=rfq.sealed,
        currency=rfq.currency,
        line_count=rfq.line_count,
        due_at=rfq.due_at,
        published_at=rfq.published_at,
        created_at=rfq.created_at,
    )
