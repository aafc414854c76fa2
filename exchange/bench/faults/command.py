"""Runs the fault cases one after the other, as `exchange bench faults` and nothing else does."""

import asyncio
from collections.abc import Iterator

import msgspec
from rich.console import Console

from exchange import log as logs
from exchange.bench.faults import CASES, Outcome, ground, run


def run_all(*, quick: bool, seed: int, only: str | None, console: Console) -> Iterator[Outcome]:
    """Each case's outcome as it ends; the seed is said first, so that a failure can be replayed."""
    logs.configure("faults", "CRITICAL")  # what is broken on purpose is no news
    chosen = [case for case in CASES if only in (None, case.id)]
    console.print(f"seed {seed}, {'quick' if quick else 'full'}, {len(chosen)} cases", highlight=False)
    with ground() as server:
        for case in chosen:
            console.print(f"{case.id:>5}  {case.name}", highlight=False, soft_wrap=True)
            outcome = asyncio.run(run(case, server, quick=quick, seed=seed))
            console.print(f"       {msgspec.json.encode(outcome.figures).decode()}", highlight=False, soft_wrap=True)
            yield outcome
