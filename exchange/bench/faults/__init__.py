"""`exchange bench faults`: the guarantees under a seeded schedule of faults, each beside a control without its guard."""

from exchange.bench.faults import answering, bids, sequencing, settling, spending, tampering, waking
from exchange.bench.faults.case import Case, Outcome, run
from exchange.bench.faults.ground import Ground, ground

CASES: tuple[Case, ...] = (
    *answering.CASES,
    *waking.CASES,
    *settling.CASES,
    *bids.CASES,
    *spending.CASES,
    *sequencing.CASES,
    *tampering.CASES,
)

__all__ = ["CASES", "Case", "Ground", "Outcome", "ground", "run"]
