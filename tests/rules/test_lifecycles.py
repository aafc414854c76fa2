"""Every noun's life is a table that reads true: who may, what is recorded, which column holds the deadline."""

import re

import pytest

from exchange.domain.permission import MEMBER, OPERATOR
from exchange.domain.transition import Lifecycle
from tests.conftest import TestDatabase
from tests.rules.product import lifecycles

EVENT = re.compile(r"[a-z_]+\.[a-z_]+")
# Bookkeeping of the exchange itself: no event of its own, or every delivery of an event would make another.
SILENT = {"webhook_delivery"}
LIVES = pytest.mark.parametrize("life", lifecycles(), ids=lambda life: life.noun)


@LIVES
def test_who_acts_is_a_known_permission_or_the_exchange(life: Lifecycle) -> None:
    """A misspelt permission would let nobody act, or show a button to nobody."""
    assert {step.who for step in life.transitions} <= MEMBER.keys() | OPERATOR.keys() | {"job", "token"}


@LIVES
def test_every_transition_is_recorded(life: Lifecycle) -> None:
    """Each step names the event that it appends."""
    events = [step.event for step in life.transitions]
    if life.noun in SILENT:
        assert set(events) == {""}
    else:
        assert [event for event in events if not EVENT.fullmatch(event)] == []


@LIVES
def test_actions_are_named_once_and_every_state_is_reached(life: Lifecycle) -> None:
    """A state is where a life begins, where a step leads, or reserved for later."""
    actions = [step.action for step in life.transitions]
    left = {state for step in life.transitions for state in step.from_}
    reached = set(life.initial) | {step.to for step in life.transitions}
    assert len(set(actions)) == len(actions)
    assert left <= reached | set(life.reserved)
    assert not reached & set(life.reserved)


@LIVES
async def test_a_deadline_is_a_stored_and_indexed_column(db: TestDatabase, life: Lifecycle) -> None:
    """What the clock does, it finds by an index on the column that the table names."""
    owner = await db.owner()
    try:
        first = await owner.fetch(
            """SELECT a.attname FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
            WHERE i.indrelid = $1::regclass AND i.indpred IS NOT NULL""",
            life.table,
        )
    finally:
        await owner.close()
    assert {step.deadline for step in life.transitions if step.deadline} <= {record["attname"] for record in first}
