"""An approval request as its company sees it on the wire."""

from exchange.db import Ctx
from exchange.domain.approval.model import Approval
from exchange.domain.permission import may
from exchange.money import minor_text
from schemas.quote import ApprovalView


def actions(approval: Approval, ctx: Ctx) -> tuple[str, ...]:
    """Another person decides."""
    decidable = approval.status == "pending" and approval.requested_by != ctx.person_id and may(ctx, "approval.decide")
    return ("approve", "reject") if decidable else ()


def view(approval: Approval, ctx: Ctx) -> ApprovalView:
    return ApprovalView(
        id=approval.id,
        version=approval.version,
        kind=approval.kind,
        object_id=approval.object_id,
        status=approval.status,
        currency=approval.currency,
        gross=minor_text(approval.gross_minor, approval.currency),
        requested_by=approval.requested_by,
        requested_by_name=approval.requested_by_name,
        requested_at=approval.requested_at,
        due_at=approval.due_at,
        decided_by=approval.decided_by,
        decided_at=approval.decided_at,
        comment=approval.comment,
        title=approval.title,
        actions=actions(approval, ctx),
    )
