"""Which tier a value falls into, whose voice a step counts, and when it has enough of them. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal
from uuid import UUID

import msgspec

from schemas.approval import StepMode, Why
from schemas.company import MemberRole

OWNER: Final = "owner"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Who must say yes: those who have one of the roles, and those who are named. `count` is 1 but for n_of."""

    mode: StepMode
    count: int
    roles: tuple[MemberRole, ...]
    people: tuple[UUID, ...]


class Tier(msgspec.Struct, frozen=True, kw_only=True):
    """What applies from a gross value on, in minor units of the policy's currency."""

    from_minor: int
    steps: tuple[Step, ...]
    opinion_roles: tuple[MemberRole, ...]
    opinion_people: tuple[UUID, ...]


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """The active version of a company's policy for one kind of commitment; tiers ascend."""

    version: int
    currency: str
    tiers: tuple[Tier, ...]


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """What a request is asked under: pinned on it, whatever becomes of the policy. No version: the exchange's own rule."""

    policy_version: int | None
    why: Why
    from_minor: int | None
    steps: tuple[Step, ...]
    opinion_roles: tuple[MemberRole, ...] = ()
    opinion_people: tuple[UUID, ...] = ()


ANOTHER_PERSON: Final = Step(mode="any", count=1, roles=("owner", "approver"), people=())


def route(rule: Rule | None, currency: str, gross_minor: int | None) -> Route | None:
    """The tier of a value; None: nothing waits. What cannot be compared falls into the highest tier."""
    if rule is None or not rule.tiers:
        return None
    if gross_minor is None or currency != rule.currency:
        return _route(rule, rule.tiers[-1], "unknown" if gross_minor is None else "currency")
    reached = [tier for tier in rule.tiers if gross_minor >= tier.from_minor]
    return _route(rule, reached[-1], "value") if reached else None


def _route(rule: Rule, tier: Tier, why: Why) -> Route:
    return Route(
        policy_version=rule.version,
        why=why,
        from_minor=tier.from_minor,
        steps=tier.steps,
        opinion_roles=tier.opinion_roles,
        opinion_people=tier.opinion_people,
    )


class Vote(msgspec.Struct, frozen=True, kw_only=True):
    """A yes or no about one step, by a person with a voice: their own or the one of an absent colleague."""

    step: int
    person_id: UUID
    principal_id: UUID
    decision: Literal["approve", "reject", "favour", "against"]
    escalated: bool = False


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request as its rules see it; `step` counts from 1."""

    steps: tuple[Step, ...]
    step: int
    requested_by: UUID
    # False: the company has no policy of its own, so that an owner may decide alone, and it is marked so.
    policy: bool
    escalated: bool = False

    @property
    def now(self) -> Step:
        return self.steps[self.step - 1]


def replaced(asked: Asked, step: int, *, escalated: bool = False) -> Asked:
    """The same request at another step, or escalated."""
    return msgspec.structs.replace(asked, step=step, escalated=escalated)


People = Mapping[UUID, frozenset[str]]


def named(roles: Iterable[str], people: Iterable[UUID], members: People) -> frozenset[UUID]:
    """Those of the company who have one of the roles or are named."""
    wanted, listed = frozenset(roles), frozenset(people)
    return frozenset(person for person, has in members.items() if person in listed or not wanted.isdisjoint(has))


def voices(asked: Asked, members: People) -> frozenset[UUID]:
    """Whose voice the step that waits now counts, the owners' among them once it is escalated."""
    found = named(asked.now.roles, asked.now.people, members)
    if asked.escalated:
        found |= named((OWNER,), (), members)
    if not asked.policy and OWNER in members.get(asked.requested_by, frozenset()):
        return found
    return found - {asked.requested_by}


def needed(step: Step, eligible: int) -> int:
    """How many different people must say yes."""
    match step.mode:
        case "any":
            return 1
        case "all":
            return max(1, eligible)
        case "n_of":
            return step.count


def voice_of(
    asked: Asked, members: People, person: UUID, away: Mapping[UUID, Iterable[UUID]], votes: Sequence[Vote]
) -> UUID | None:
    """Whose voice a person has in this step: their own, or that of a colleague who is away; None: nobody's any more.

    `away` maps a deputy to those who are away for now. One person speaks once in a step, and for each voice one person.
    """
    spoken = {vote.principal_id for vote in votes if vote.step == asked.step}
    if any(vote.step == asked.step and vote.person_id == person for vote in votes):
        return None
    able = voices(asked, members) - spoken
    if person in able:
        return person
    if person == asked.requested_by or person not in members:
        return None
    return min((absent for absent in away.get(person, ()) if absent in able), default=None)


class Outcome(msgspec.Struct, frozen=True):
    status: Literal["pending", "approved", "rejected"]
    # The step that waits now, or the last one.
    step: int


def outcome(asked: Asked, members: People, votes: Sequence[Vote]) -> Outcome:
    """What the votes make of a request. A no ends it; a step that has its voices leads to the next; opinions count nowhere."""
    heard = [vote for vote in votes if vote.step == asked.step and vote.decision in ("approve", "reject")]
    if any(vote.decision == "reject" for vote in heard):
        return Outcome("rejected", asked.step)
    yes = {vote.principal_id for vote in heard}
    people = {vote.person_id for vote in heard}
    if not (any(vote.escalated for vote in heard) or _has_enough(asked, members, yes, people)):
        return Outcome("pending", asked.step)
    return Outcome("approved", asked.step) if asked.step == len(asked.steps) else Outcome("pending", asked.step + 1)


def _has_enough(asked: Asked, members: People, yes: set[UUID], people: set[UUID]) -> bool:
    if not yes:
        return False
    asked_now = voices(msgspec.structs.replace(asked, escalated=False), members)
    if asked.now.mode == "all":
        return asked_now <= yes
    return min(len(yes), len(people)) >= needed(asked.now, len(asked_now))


def impossible(asked: Asked, members: People) -> bool:
    """Whether too few people are there to give the step what it asks for."""
    eligible = voices(msgspec.structs.replace(asked, escalated=False), members)
    return len(eligible) < needed(asked.now, len(eligible))
