"""A case as its company sees it: no operator's name."""

from datetime import datetime, timedelta
from typing import Final

from exchange.domain.moderation.model import Case
from schemas.moderation import CaseView, FindingView

APPEAL_DAYS: Final = 14


def appeal_until(case: Case) -> datetime | None:
    """Until when its company may appeal; nothing for what was not refused."""
    if case.outcome != "rejected" or case.decided_at is None or case.kind in ("appeal", "flag", "message"):
        return None
    return case.decided_at + timedelta(days=APPEAL_DAYS)


def view(case: Case) -> CaseView:
    return CaseView(
        id=case.id,
        version=case.version,
        kind=case.kind,
        object_id=case.object_id,
        status=case.status,
        outcome=case.outcome,
        findings=tuple(FindingView(rule=hit.rule, field=hit.field, begin=hit.from_, end=hit.to) for hit in case.hits),
        template=case.template,
        reason=case.reason,
        opened_at=case.opened_at,
        decided_at=case.decided_at,
        appeal_of=case.appeal_of,
        appeal_until=appeal_until(case),
    )
