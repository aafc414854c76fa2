"""What a fault case is: one attempt, run with its guard and run again without it, and one judgement for both."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec

from exchange.bench.faults.ground import Ground

PATIENCE_S: Final = 120.0
Figures = dict[str, int | float]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How one attempt is to go. The same seed gives the same schedule of faults, with and without the guard."""

    ground: Ground
    guarded: bool
    quick: bool
    rng: random.Random

    def size(self, quick: int, full: int) -> int:
        return quick if self.quick else full


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A promise by its number in the list of guarantees.

    `exercised` says whether an attempt met the fault at all; `holds`, whether the promise was kept. The control must
    be exercised and must not hold: a fault test that cannot fail proves nothing. `breaks`: what the control must show, where
    several guards keep one promise and each of them must be missed.
    """

    id: str
    name: str
    attempt: Callable[[Plan], Awaitable[Figures]]
    exercised: Callable[[Mapping[str, Any]], bool]
    holds: Callable[[Mapping[str, Any]], bool]
    breaks: Callable[[Mapping[str, Any]], bool] | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One case that was run; `figures` are those of the guarded attempt, with those of the control under "control"."""

    id: str
    name: str
    seed: int
    figures: dict[str, Any]
    ok: bool
    control_failed: bool


async def run(case: Case, ground: Ground, *, quick: bool, seed: int) -> Outcome:
    """Attempt it with its guard, then without."""
    figures: list[Figures] = []
    for guarded in (True, False):
        plan = Plan(ground=ground, guarded=guarded, quick=quick, rng=random.Random(f"{seed}:{case.id}"))
        started = time.perf_counter()
        found = await case.attempt(plan)
        figures.append({**found, "seconds": round(time.perf_counter() - started, 1)})
    kept, control = figures
    return Outcome(
        id=case.id,
        name=case.name,
        seed=seed,
        figures={**kept, "control": control},
        ok=case.exercised(kept) and case.holds(kept),
        control_failed=case.exercised(control) and not case.holds(control) and (case.breaks is None or case.breaks(control)),
    )


async def until(condition: Callable[[], Awaitable[bool]], what: str, *, patience_s: float = PATIENCE_S) -> float:
    """Wait until it holds, and say how many seconds that took; raises TimeoutError with what did not come true."""
    started = time.monotonic()
    while not await condition():
        if time.monotonic() - started > patience_s:
            raise TimeoutError(what)
        await asyncio.sleep(0.02)
    return time.monotonic() - started
