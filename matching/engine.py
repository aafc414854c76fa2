"""One need in, its ranked and explained matches out: the flow of forward matching."""

import numpy as np
from numpy.typing import NDArray

from matching import hits
from matching.columns import Columns
from matching.constraints import judge
from matching.explain import Excluded, last_if_none, same_group
from matching.frame import Frame
from matching.model import NONE_YET
from matching.score import Criterion, criteria, score_max, weigh
from schemas.matching import MATCHES_MAX, SUPPLIERS_MAX, Match, MatchResult, Need, Reason, SupplierMatches


def match(columns: Columns, need: Need) -> MatchResult:
    """Ranks what meets every constraint by score, price, lead time and id, and says why the rest does not.

    What the asking company may not see, and its own offers, are set aside before anything is counted; of its group's offers
    nothing but their number is told.
    """
    frame = columns.frame(need.category_path)
    visible = frame.takes_part(need.viewer_id, {need.viewer_id} if need.viewer_id else set())
    seen = visible & ~frame.of_companies(need.group_ids)
    found = hits.find(frame, need.words, seen)
    prices = frame.prices(need.quantity_micro)
    excluded = Excluded(frame, judge(frame, need, found), seen, prices)
    ranking = _Ranking(frame, need, found, excluded.passing, prices[excluded.passing])
    return MatchResult(
        considered=int(np.count_nonzero(seen)),
        total=len(excluded.passing),
        score_max=score_max(need),
        matches=[ranking.match(place) for place in range(min(MATCHES_MAX, len(excluded.passing)))],
        suppliers=ranking.suppliers(),
        exclusions=[*same_group(visible, seen), *excluded.exclusions()],
        near_misses=excluded.near_misses(),
    )


class _Ranking:
    """The passing rows in their final order. A place is a position in that order, from 0."""

    def __init__(self, frame: Frame, need: Need, found: hits.Hits, rows: NDArray[np.intp], prices: NDArray[np.int64]) -> None:
        self._frame = frame
        self._rows = rows
        self._prices = prices
        self.parts: list[Criterion] = criteria(frame, need, found, rows, prices)
        self._score = weigh(self.parts, len(rows))
        self._order = np.lexsort(
            (
                frame.column("id_low")[rows],
                frame.column("id_high")[rows],
                last_if_none(frame.column("lead")[rows]),
                last_if_none(prices),
                -self._score,
            )
        )

    def match(self, place: int) -> Match:
        at = int(self._order[place])
        row = int(self._rows[at])
        price = int(self._prices[at])
        return Match(
            offer_id=self._frame.offer_id(row),
            company_id=self._frame.company_id(row),
            version=self._frame.version(row),
            rank=place + 1,
            score=int(self._score[at]),
            price_micro=None if price == NONE_YET else price,
            reasons=[Reason(part.name, part.value(at), int(part.utility[at]), part.weight) for part in self.parts],
        )

    def suppliers(self) -> list[SupplierMatches]:
        """Every supplier in the order of its best offer, at most 1,000."""
        companies = self._frame.column("company")[self._rows[self._order]]
        _, first, counts = np.unique(companies, return_index=True, return_counts=True)
        result: list[SupplierMatches] = []
        for position in np.argsort(first)[:SUPPLIERS_MAX]:
            best = self.match(int(first[position]))
            result.append(SupplierMatches(best.company_id, int(counts[position]), best))
        return result
