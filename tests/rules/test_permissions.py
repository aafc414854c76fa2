"""Who may do what is one table, and what the code asks for stands in it."""

import re

from exchange.domain.permission import ANYBODY, MEMBER, OPERATOR
from tests.rules.literals import arguments, texts

ALL = MEMBER.keys() | OPERATOR.keys()
VERBS = "|".join(sorted({name.partition(".")[2] for name in ALL} - {""}))
SHAPE = re.compile(rf"[a-z]+\.({VERBS})")
HERE = {"domain/permission.py"}


def test_every_permission_that_is_asked_for_exists() -> None:
    """A misspelt one would answer 500 to everybody."""
    asked = arguments({"need", "may", "need_person", "need_scope"}, 1)
    assert {name: files for name, files in asked.items() if name not in ALL} == {}
    shaped = {name: files for name, files in texts().items() if SHAPE.fullmatch(name) and name not in ALL}
    assert shaped == {}
    assert len(asked) > 20


def test_every_permission_is_asked_for() -> None:
    """One that nothing needs would be a promise about nothing."""
    used = {text for text, files in texts().items() if files - HERE}
    assert sorted(ALL - used) == []


def test_every_role_has_something_to_do() -> None:
    """A role without a permission could not even read; one that the table does not know is misspelt."""
    assert frozenset().union(*MEMBER.values()) == ANYBODY
    assert {name for name in ALL if not (MEMBER.get(name) or OPERATOR.get(name))} == set()


def test_members_and_operators_share_no_permission() -> None:
    """An operator never trades, and no member runs the exchange."""
    assert MEMBER.keys() & OPERATOR.keys() == set()
    assert {name for name in ALL if name.startswith("operator.")} == OPERATOR.keys()
