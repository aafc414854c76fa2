"""`exchange bench faults`: the guarantees under a seeded schedule of faults, each beside a control without its guard."""

from exchange.bench.faults import (
    answering,
    bids,
    claiming,
    climbing,
    crashing,
    entering,
    flooding,
    inferring,
    leaking,
    owning,
    reaching,
    renewing,
    sequencing,
    settling,
    spending,
    tampering,
    waking,
    walls,
)
from exchange.bench.faults.case import Case, Outcome, run
from exchange.bench.faults.ground import Ground, ground

# In the order of their numbers.
CASES: tuple[Case, ...] = (
    *crashing.CASES,
    *answering.CASES,
    *waking.CASES,
    *settling.CASES,
    *spending.CASES,
    *sequencing.CASES,
    *bids.CASES,
    *walls.CASES,
    *inferring.CASES,
    *entering.CASES,
    *renewing.CASES,
    *tampering.CASES,
    *reaching.CASES,
    *flooding.CASES,
    *owning.CASES,
    *climbing.CASES,
    *claiming.CASES,
    *leaking.CASES,
)

__all__ = ["CASES", "Case", "Ground", "Outcome", "ground", "run"]
