"""Every promise under its faults, in the quick size: it holds with its guard, and the same schedule breaks it without."""

import asyncio

import pytest

from exchange.bench.faults import CASES, Ground, run

SEED = 20261123


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_a_guarantee_holds_and_its_control_fails(server: Ground, case) -> None:
    """The promise is kept through the faults, and the control, whose guard is gone, breaks it."""
    outcome = asyncio.run(run(case, server, quick=True, seed=SEED))
    print(outcome)
    assert (outcome.ok, outcome.control_failed) == (True, True), outcome.figures
