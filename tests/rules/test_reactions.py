"""What happens leads somewhere: every event that is reacted to is recorded, every job that is made has one handler."""

from exchange import worker
from exchange.jobs import pair
from exchange.jobs.deadlines import SWEEPS
from exchange.notify.catalogue import TELLINGS, UNTOLD
from exchange.reactions import QUIET, REACTIONS, TELL
from matching.client import MatcherClient
from tests.rules.literals import arguments, texts
from tests.rules.product import lifecycles

# Where the words stand that are looked for elsewhere.
TABLES = {"reactions.py"}


def recorded() -> set[str]:
    """What domain and jobs call by the name of an event."""
    literals = {text for text, files in texts().items() if any(name.startswith(("domain/", "jobs/")) for name in files - TABLES)}
    return literals | {step.event for life in lifecycles() for step in life.transitions}


def made() -> set[str]:
    """Every kind of job that something inserts."""
    follow = {reaction.kind for reactions in REACTIONS.values() for reaction in reactions} | {TELL.kind}
    return follow | {sweep.kind for sweep in SWEEPS} | set(arguments({"enqueue"}, 1))


def handled() -> list[str]:
    """Every kind that a worker process handles, as often as it names it."""
    matcher = pair.handlers(MatcherClient("nowhere"))
    return [kind for module in (*worker.MODULES, matcher) for kind in module]


def test_every_job_has_exactly_one_handler() -> None:
    """A job without a handler would wait for ever, a handler without a job is forgotten code, two would be a race."""
    assert sorted(handled()) == sorted(made())


def test_what_is_reacted_to_happens() -> None:
    """A misspelt event in a table would never be followed by anything."""
    named = REACTIONS.keys() | QUIET | UNTOLD | {row.event for row in TELLINGS}
    later = {f"{life.noun}.{state}" for life in lifecycles() for state in life.reserved}
    assert sorted(named - recorded() - later) == []


def test_what_nobody_is_told_of_is_no_news() -> None:
    """A quiet event gets no `tell` job, so a row that tells of it would tell nobody."""
    assert {row.event for row in TELLINGS} & QUIET == set()


def test_a_deadline_of_a_lifecycle_is_swept() -> None:
    """What the clock does to a noun has a statement that finds it and a handler that does it."""
    swept = {sweep.noun for sweep in SWEEPS}
    timed = {life.noun.partition(" ")[0] for life in lifecycles() if any(step.deadline for step in life.transitions)}
    assert timed - swept == set()
