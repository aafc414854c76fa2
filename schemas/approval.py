"""Who must agree to a commitment: policies, requests, decisions, absences."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from schemas.common import Amount, Instant, Text
from schemas.company import MemberRole

CommitmentKind = Literal["rfq", "award", "contract", "order", "call_off", "price_list", "bank_account"]
StepMode = Literal["any", "all", "n_of"]
# Why a tier applies: by the value; because the value is in another currency and no rate is pinned; because nobody knows the
# value yet; or as the rule of the exchange where a company has no policy of its own.
Why = Literal["value", "currency", "unknown", "default"]
Roles = Annotated[tuple[MemberRole, ...], Meta(max_length=10)]
Named = Annotated[tuple[UUID, ...], Meta(max_length=50)]


class StepIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who must say yes: one, all, or `count` of those who have one of the roles or are named."""

    mode: StepMode = "any"
    count: Annotated[int, Meta(ge=1, le=20)] = 1
    roles: Roles = ()
    people: Named = ()


class TierIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From this gross value on, in the company's base currency, these steps in their order."""

    from_value: Amount = "0"
    steps: Annotated[tuple[StepIn, ...], Meta(min_length=1, max_length=6)]
    # Whose opinion is asked and recorded; it never holds anything up.
    opinion_roles: Roles = ()
    opinion_people: Named = ()


class PolicyIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new version of the policy of one kind of commitment; without tiers nothing waits."""

    # The newest version that was seen; 0: there was none.
    version: Annotated[int, Meta(ge=0, le=2**31 - 1)]
    tiers: Annotated[tuple[TierIn, ...], Meta(max_length=8)]


class PresetIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A ready-made policy for every kind of commitment with a value: nobody asked; one other person above a value; a committee
    of two steps above a value."""

    preset: Literal["just_me", "director_above", "committee"]
    above: Amount = "0"


class StepView(Struct, frozen=True, kw_only=True):
    mode: StepMode
    count: int
    roles: tuple[MemberRole, ...]
    people: tuple[UUID, ...]


class TierView(Struct, frozen=True, kw_only=True):
    from_value: str
    steps: tuple[StepView, ...]
    opinion_roles: tuple[MemberRole, ...]
    opinion_people: tuple[UUID, ...]


class PolicyView(Struct, frozen=True, kw_only=True):
    """The newest version of one kind; version 0 and no tiers where there never was one."""

    kind: CommitmentKind
    version: int
    active: bool
    currency: str
    tiers: tuple[TierView, ...]
    changed_by: UUID | None
    changed_at: datetime | None


class Voice(Struct, frozen=True, kw_only=True):
    """Somebody who may say yes; away until then, and who decides instead."""

    person_id: UUID
    name: str
    away_until: datetime | None = None
    deputy_id: UUID | None = None
    deputy: str | None = None


class StepPreview(Struct, frozen=True, kw_only=True):
    mode: StepMode
    needed: int
    people: tuple[Voice, ...]
    # Too few are left to say yes when the asking person has no voice.
    impossible: bool


class PolicyPreview(Struct, frozen=True, kw_only=True):
    """Who must approve a value: nobody, or these steps."""

    kind: CommitmentKind
    waits: bool
    policy_version: int | None
    why: Why | None
    from_value: str | None
    currency: str
    steps: tuple[StepPreview, ...]
    opinions: tuple[Voice, ...]


class DecisionView(Struct, frozen=True, kw_only=True):
    """One yes, no or opinion; `principal_id` is whose voice it was."""

    step: int
    person_id: UUID
    name: str
    principal_id: UUID
    principal: str
    decision: Literal["approve", "reject", "favour", "against"]
    comment: str
    escalated: bool
    at: datetime


class ApprovalView(Struct, frozen=True, kw_only=True):
    """A commitment of the acting company that waits, or waited, for its own people."""

    id: UUID
    version: int
    kind: CommitmentKind
    object_id: UUID
    status: Literal["pending", "approved", "rejected", "recalled", "expired"]
    currency: str
    # Null: nobody knows the value yet, so the highest tier applies.
    gross: str | None
    requested_by: UUID
    requested_by_name: str
    requested_at: datetime
    due_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    comment: str
    title: str = ""
    actions: tuple[str, ...] = ()
    policy_version: int | None = None
    why: Why = "value"
    # The step that waits now, counted from 1, of the steps that were pinned when it was asked.
    step: int = 1
    steps: tuple[StepView, ...] = ()
    escalated_at: datetime | None = None
    # An owner without a policy decided on their own request.
    own: bool = False


class ApprovalDetail(ApprovalView, frozen=True, kw_only=True):
    """One request with everything that was said, and who is asked now."""

    decisions: tuple[DecisionView, ...] = ()
    waits_for: tuple[Voice, ...] = ()


class Decision(Struct, frozen=True, forbid_unknown_fields=True):
    decision: Literal["approve", "reject"]
    comment: Annotated[Text, Meta(max_length=2000)] = ""
    # The step that was seen; another one is refused. 0: whichever waits.
    step: Annotated[int, Meta(ge=0, le=20)] = 0


class Opinion(Struct, frozen=True, forbid_unknown_fields=True):
    opinion: Literal["favour", "against"]
    comment: Annotated[Text, Meta(max_length=2000)] = ""


class AbsenceIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Away from then until then; `deputy_id` decides instead. `person_id`: a colleague's, by an owner or administrator."""

    starts_at: Instant
    ends_at: Instant
    deputy_id: UUID | None = None
    person_id: UUID | None = None


class AbsenceView(Struct, frozen=True, kw_only=True):
    id: UUID
    version: int
    person_id: UUID
    name: str
    deputy_id: UUID | None
    deputy: str | None
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None
