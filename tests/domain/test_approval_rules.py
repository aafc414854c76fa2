"""Which tier a value meets and when a step has its voices, as properties of the pure rules."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from exchange.domain.approval.rules import Asked, Rule, Step, Tier, Vote, needed, outcome, route, voice_of, voices

PEOPLE = [UUID(int=number) for number in range(1, 7)]
ROLES = ("owner", "approver", "buyer")
members = st.dictionaries(
    st.sampled_from(PEOPLE), st.frozensets(st.sampled_from(ROLES), min_size=1).map(frozenset[str]), min_size=1
)
steps = st.builds(
    Step,
    mode=st.sampled_from(("any", "all", "n_of")),
    count=st.integers(1, 4),
    roles=st.lists(st.sampled_from(ROLES), max_size=2, unique=True).map(tuple),
    people=st.lists(st.sampled_from(PEOPLE), max_size=3, unique=True).map(tuple),
)
tiers = st.lists(st.integers(0, 10**6), min_size=1, max_size=5, unique=True).map(sorted)


def rule(starts: list[int]) -> Rule:
    step = Step(mode="any", count=1, roles=("owner",), people=())
    return Rule(
        version=1,
        currency="VND",
        tiers=tuple(Tier(from_minor=start, steps=(step,), opinion_roles=(), opinion_people=()) for start in starts),
    )


def yes(person: UUID, step: int = 1) -> Vote:
    return Vote(step=step, person_id=person, principal_id=person, decision="approve")


@given(tiers, st.integers(0, 2 * 10**6), st.integers(0, 10**6))
def test_a_higher_value_never_meets_a_lower_tier(starts: list[int], value: int, more: int) -> None:
    """The tier is the last that starts at or below the value; what cannot be compared meets the highest."""
    policy = rule(starts)
    here, there = route(policy, "VND", value), route(policy, "VND", value + more)
    below = [start for start in starts if start <= value]
    assert (here.from_minor if here else None) == (below[-1] if below else None)
    assert here is None or (there is not None and (there.from_minor or 0) >= (here.from_minor or 0))
    for unknown, why in ((route(policy, "USD", 1), "currency"), (route(policy, "VND", None), "unknown")):
        assert unknown is not None
        assert (unknown.from_minor, unknown.why) == (starts[-1], why)
    assert route(None, "VND", value) is None


@given(steps, members, st.sampled_from(PEOPLE), st.lists(st.sampled_from(PEOPLE), max_size=8))
def test_a_step_has_enough_with_exactly_the_voices_it_asks_for(
    step: Step, people: dict[UUID, frozenset[str]], requester: UUID, order: list[UUID]
) -> None:
    """Heard one after another, each once and never the requester, the step completes at the voice that makes N of M full."""
    asked = Asked(steps=(step,), step=1, requested_by=requester, policy=True)
    able = voices(asked, people)
    assert requester not in able
    votes: list[Vote] = []
    for person in order:
        principal = voice_of(asked, people, person, {}, votes)
        assert (principal is None) == (person not in able or any(vote.person_id == person for vote in votes))
        if principal is not None:
            votes.append(yes(person))
        enough = bool(votes) and len(votes) >= needed(step, len(able))
        assert (outcome(asked, people, votes).status == "approved") == enough
        if enough:
            return


@given(steps, members, st.sampled_from(PEOPLE), st.sampled_from(PEOPLE))
def test_opinions_never_decide_and_one_no_ends_it(step: Step, people: dict[UUID, frozenset[str]], one: UUID, other: UUID) -> None:
    """Whatever opinions say, nothing moves; a no ends a request whoever had said yes, and another step's voice counts nowhere."""
    asked = Asked(steps=(step, step), step=1, requested_by=UUID(int=99), policy=True)
    opinion = Vote(step=0, person_id=one, principal_id=one, decision="against")
    assert outcome(asked, people, [opinion, yes(other, 2)]).status == "pending"
    no = Vote(step=1, person_id=one, principal_id=one, decision="reject")
    assert outcome(asked, people, [opinion, yes(other), no]).status == "rejected"


def test_a_deputy_speaks_once_for_somebody_who_is_away() -> None:
    """One's own voice comes first, a deputy's is that of the absent, and the requester is nobody's deputy."""
    a, b, c, asks = PEOPLE[:4]
    people = {a: frozenset({"approver"}), b: frozenset({"approver"}), c: frozenset({"buyer"}), asks: frozenset({"owner"})}
    step = Step(mode="all", count=1, roles=("approver",), people=())
    asked = Asked(steps=(step,), step=1, requested_by=asks, policy=True)
    away = {c: [a], b: [a], asks: [a]}
    assert [voice_of(asked, people, person, away, []) for person in (a, b, c, asks)] == [a, b, a, None]
    said = [Vote(step=1, person_id=c, principal_id=a, decision="approve")]
    assert [voice_of(asked, people, person, away, said) for person in (a, b, c)] == [None, b, None]
    assert outcome(asked, people, [*said, yes(b)]).status == "approved"


def test_only_an_owner_without_a_policy_decides_alone_and_owners_decide_what_was_escalated() -> None:
    """Under a policy the requester has no voice; without one an owner has; an escalated yes completes the step alone."""
    owner, clerk = PEOPLE[:2]
    people = {owner: frozenset({"owner"}), clerk: frozenset({"buyer"})}
    step = Step(mode="n_of", count=2, roles=("owner", "approver"), people=())
    under = Asked(steps=(step,), step=1, requested_by=owner, policy=True)
    assert voices(under, people) == frozenset()
    without = Asked(steps=(step,), step=1, requested_by=owner, policy=False)
    assert voices(without, people) == {owner}
    late = Asked(steps=(step,), step=1, requested_by=clerk, policy=True, escalated=True)
    vote = Vote(step=1, person_id=owner, principal_id=owner, decision="approve", escalated=True)
    assert outcome(late, people, [vote]).status == "approved"
    assert outcome(late, people, [yes(owner)]).status == "pending"
