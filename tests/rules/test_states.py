"""The diagrams that a reader sees are the lives that the nouns lead."""

import msgspec

from tests.rules.product import lifecycles
from tests.rules.states import DOCUMENT, renewed


def test_the_diagrams_are_current() -> None:
    """Who changes a lifecycle draws it again, so that a change of states is seen in review."""
    document = DOCUMENT.read_text(encoding="utf-8")
    assert renewed(document, lifecycles()) == document, "draw them again: python -m tests.rules.states --write"


def test_a_changed_life_is_another_diagram() -> None:
    """The control: another way, another actor and another noun's absence each change the document."""
    document, lives = DOCUMENT.read_text(encoding="utf-8"), lifecycles()
    first = lives[0]
    step = first.transitions[0]
    for change in ({"to": "elsewhere"}, {"who": "offer.write"}, {"action": "renamed"}):
        steps = (msgspec.structs.replace(step, **change), *first.transitions[1:])
        assert renewed(document, [msgspec.structs.replace(first, transitions=steps), *lives[1:]]) != document
    assert renewed(document, lives[1:]) != document
