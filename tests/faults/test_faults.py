"""Every promise under its faults, in the quick size: it holds with its guard, and the same schedule breaks it without."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from exchange.bench.faults import CASES, Case, Ground, run

SEED = 20261123


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_a_guarantee_holds_and_its_control_fails(server: Ground, case) -> None:
    """The promise is kept through the faults, and the control, whose guard is gone, breaks it."""
    outcome = asyncio.run(run(case, server, quick=True, seed=SEED))
    assert (outcome.ok, outcome.control_failed) == (True, True), outcome.figures


def test_every_case_stands_in_the_table() -> None:
    """Who looks for the proof of a promise finds it; a test that is named there exists."""
    table = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")
    cases, _, _ = table.partition("## Promises with tests")
    assert re.findall(r"^\| \d.*? \| `([^`]+)` \|", cases, re.MULTILINE) == [case.id for case in CASES]
    root = Path(__file__).parents[2]
    assert [name for name in re.findall(r"`(tests/[^`]+)`", table) if not (root / name).exists()] == []


def test_a_control_that_cannot_fail_is_told_apart(server: Ground) -> None:
    """A control that keeps the promise, and a fault that was never met, count as failures of the test itself."""

    async def attempt(plan) -> dict[str, int]:
        return {"met": 1, "broken": 0}

    def judged(case: Case) -> tuple[bool, bool]:
        outcome = asyncio.run(run(case, server, quick=True, seed=1))
        return outcome.ok, outcome.control_failed

    harmless = Case(id="0", name="nothing", attempt=attempt, exercised=lambda f: f["met"] > 0, holds=lambda f: f["broken"] == 0)
    assert judged(harmless) == (True, False)
    assert judged(msgspec.structs.replace(harmless, exercised=lambda f: f["met"] > 1)) == (False, False)


def test_the_command_prints_one_json_value() -> None:
    """`exchange bench faults --json` gives the figures of each case, and exit status 0 when all of them prove something."""
    command = [sys.executable, "-m", "exchange", "bench", "faults", "--quick", "--json", "--seed", "7", "--only", "27"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    found = json.loads(done.stdout)
    assert (done.returncode, [sorted(item) for item in found]) == (
        0,
        [["control_failed", "figures", "id", "name", "ok", "seed"]],
    )
    assert (found[0]["id"], found[0]["seed"], found[0]["figures"]["record_found"]) == ("27", 7, 5)
    assert "seed 7" in done.stderr
