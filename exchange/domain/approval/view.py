"""Approvals as their company sees them on the wire. Pure: rows in, wire types out."""

from typing import Any
from uuid import UUID

from exchange.domain.approval.model import Absence, Approval, Policy
from exchange.domain.approval.rules import Step, Tier
from exchange.domain.approval.standing import Around, Standing
from exchange.money import minor_text
from schemas.approval import (
    AbsenceView,
    ApprovalDetail,
    ApprovalView,
    DecisionView,
    PolicyView,
    StepView,
    TierView,
    Voice,
)


def _columns(approval: Approval, actions: tuple[str, ...]) -> dict[str, Any]:
    return {
        "id": approval.id,
        "version": approval.version,
        "kind": approval.kind,
        "object_id": approval.object_id,
        "status": approval.status,
        "currency": approval.currency,
        "gross": None if approval.gross_minor is None else minor_text(approval.gross_minor, approval.currency),
        "requested_by": approval.requested_by,
        "requested_by_name": approval.requested_by_name,
        "requested_at": approval.requested_at,
        "due_at": approval.due_at,
        "decided_by": approval.decided_by,
        "decided_at": approval.decided_at,
        "comment": approval.comment,
        "title": approval.title,
        "actions": actions,
        "policy_version": approval.policy_version,
        "why": approval.why,
        "step": approval.step,
        "steps": tuple(step_view(step) for step in approval.steps),
        "escalated_at": approval.escalated_at,
        "own": approval.own,
    }


def view(standing: Standing) -> ApprovalView:
    return ApprovalView(**_columns(standing.approval, standing.actions))


def detail(standing: Standing, company: Around) -> ApprovalDetail:
    return ApprovalDetail(
        **_columns(standing.approval, standing.actions),
        decisions=tuple(
            DecisionView(
                step=item.step,
                person_id=item.person_id,
                name=company.name(item.person_id),
                principal_id=item.principal_id,
                principal=company.name(item.principal_id),
                decision=item.decision,
                comment=item.comment,
                escalated=item.escalated,
                at=item.at,
            )
            for item in standing.said
        ),
        waits_for=tuple(voice(person, company) for person in standing.waits_for),
    )


def voice(person: UUID, company: Around) -> Voice:
    """Somebody who may say yes, with their absence and deputy."""
    away = company.away.get(person)
    deputy = None if away is None else away.deputy_id
    return Voice(
        person_id=person,
        name=company.name(person),
        away_until=None if away is None else away.ends_at,
        deputy_id=deputy,
        deputy=None if deputy is None else company.name(deputy),
    )


def step_view(step: Step) -> StepView:
    return StepView(mode=step.mode, count=step.count, roles=step.roles, people=step.people)


def tier_view(tier: Tier, currency: str) -> TierView:
    return TierView(
        from_value=minor_text(tier.from_minor, currency),
        steps=tuple(step_view(step) for step in tier.steps),
        opinion_roles=tier.opinion_roles,
        opinion_people=tier.opinion_people,
    )


def policy_view(policy: Policy) -> PolicyView:
    return PolicyView(
        kind=policy.kind,
        version=policy.version,
        active=policy.active,
        currency=policy.currency,
        tiers=tuple(tier_view(tier, policy.currency) for tier in policy.tiers),
        changed_by=policy.changed_by,
        changed_at=policy.changed_at,
    )


def absence_view(absence: Absence, company: Around) -> AbsenceView:
    return AbsenceView(
        id=absence.id,
        version=absence.version,
        person_id=absence.person_id,
        name=company.name(absence.person_id),
        deputy_id=absence.deputy_id,
        deputy=None if absence.deputy_id is None else company.name(absence.deputy_id),
        starts_at=absence.starts_at,
        ends_at=absence.ends_at,
        ended_at=absence.ended_at,
    )
