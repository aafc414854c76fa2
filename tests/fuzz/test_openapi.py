"""No input that the OpenAPI document allows, forbids or did not think of gets an answer 5xx or one that it does not describe."""

from tests.fuzz.__main__ import fuzz
from tests.fuzz.fuzzing import LEFT_OUT, operations
from tests.live_stack import LiveStack

EXAMPLES = 4
SEED = 20261123


def test_every_operation_answers_as_it_is_described(sample_market: LiveStack) -> None:
    """Right, wrong and hostile requests by a member and an operator: `python -m tests.fuzz` sends many more."""
    found, answers = fuzz(sample_market, examples=EXAMPLES, seed=SEED)
    assert [f"{item.operation} by {item.actor}, {item.kind}: {item.what}\n{item.curl}" for item in found] == []
    assert answers[200] + answers[201] > 200, "hardly anything got through: the actors are not admitted"
    assert answers[429] == 0


def test_what_is_left_out_exists() -> None:
    """A renamed route is not forgotten among the exceptions."""
    assert LEFT_OUT.keys() <= {operation.label for operation in operations()}
