"""Why the others are not among the matches: counts per reason, and the offers that miss by one constraint only."""

import numpy as np
from numpy.typing import NDArray

from matching.constraints import Verdict, unknown_name
from matching.frame import Frame
from matching.model import FAIL, NONE_YET, OK, UNKNOWN
from schemas.matching import NEAR_MISSES_MAX, Exclusion, NearMiss

NEAR_MISSES_PER_REASON = 5

Rows = NDArray[np.intp]


def same_group(visible: NDArray[np.bool_], seen: NDArray[np.bool_]) -> list[Exclusion]:
    """The offers of the asking company's group as a count: what is visible and not seen."""
    count = int(np.count_nonzero(visible & ~seen))
    return [Exclusion("same_group", count, 0, None)] if count else []


class Excluded:
    """The rows that a viewer may know of, told apart by how many constraints they do not meet."""

    def __init__(self, frame: Frame, verdicts: list[Verdict], seen: NDArray[np.bool_], prices: NDArray[np.int64]) -> None:
        self._frame = frame
        self._verdicts = verdicts
        self._seen = seen
        self._prices = prices
        unmet = np.zeros(frame.size, dtype=np.int16)
        for verdict in verdicts:
            unmet += verdict.states != OK
        self.passing: Rows = np.flatnonzero(seen & (unmet == 0))
        self._once = seen & (unmet == 1)

    def exclusions(self) -> list[Exclusion]:
        """Counts per reason, in the order of the constraints; a reason that excludes nobody is left out."""
        result: list[Exclusion] = []
        for verdict in self._verdicts:
            for state, reason in ((FAIL, verdict.name), (UNKNOWN, unknown_name(verdict.name))):
                here = verdict.states == state
                count = int(np.count_nonzero(here & self._seen))
                if count:
                    only = np.flatnonzero(here & self._once)
                    nearest = None
                    if state == FAIL and verdict.distance is not None and len(only):
                        nearest = verdict.has(int(self._nearest_first(verdict, state, only)[0]))
                    result.append(Exclusion(reason, count, len(only), nearest))
        return result

    def near_misses(self) -> list[NearMiss]:
        """Up to 5 per reason, nearest first, then cheaper, faster, older; 20 in all."""
        result: list[NearMiss] = []
        for verdict in self._verdicts:
            for state, reason in ((FAIL, verdict.name), (UNKNOWN, unknown_name(verdict.name))):
                only = np.flatnonzero((verdict.states == state) & self._once)
                nearest = self._nearest_first(verdict, state, only)[:NEAR_MISSES_PER_REASON]
                result += [self._near_miss(verdict, reason, int(row)) for row in nearest]
        return result[:NEAR_MISSES_MAX]

    def _nearest_first(self, verdict: Verdict, state: int, rows: Rows) -> Rows:
        frame = self._frame
        keys = [frame.column("id_low")[rows], frame.column("id_high")[rows]]
        keys += [last_if_none(frame.column("lead")[rows]), last_if_none(self._prices[rows])]
        if state == FAIL and verdict.distance is not None:
            keys.append(verdict.distance[rows])
        return rows[np.lexsort(keys)]

    def _near_miss(self, verdict: Verdict, reason: str, row: int) -> NearMiss:
        frame = self._frame
        price = int(self._prices[row])
        return NearMiss(
            offer_id=frame.offer_id(row),
            company_id=frame.company_id(row),
            version=frame.version(row),
            price_micro=None if price == NONE_YET else price,
            reason=reason,
            op=verdict.op(row),
            needed=verdict.needed(row),
            has=verdict.has(row),
        )


def last_if_none(column: NDArray[np.int32] | NDArray[np.int64]) -> NDArray[np.uint64]:
    """Makes "not stated" (-1) the largest value, so that it sorts behind everything stated."""
    return column.astype(np.int64).view(np.uint64)
