"""Catalogue search: words and filters in, one ordered page of offers out."""

import numpy as np
from numpy.typing import NDArray

from matching import hits
from matching.columns import Columns
from matching.constraints import judge_attributes, judge_code, judge_lead_time, judge_region, judge_validity
from matching.explain import last_if_none
from matching.frame import Frame
from matching.model import NONE_YET, OK
from schemas.matching import SEARCH_TOTAL_MAX, SearchHit, SearchQuery, SearchResult

Mask = NDArray[np.bool_]


def search(columns: Columns, query: SearchQuery) -> SearchResult:
    """Offers with all the words; when there is none, those with most of them. What an offer does not state passes no filter."""
    frame = columns.frame(query.category_path)
    seen = frame.takes_part(query.viewer_id, set(query.excluded_ids))
    found = hits.find(frame, query.text, seen)
    prices = frame.prices(query.quantity_micro)
    kept = seen & _filter(frame, query, prices)
    complete = kept & (found.found == len(found.words))
    all_words = bool(complete.any()) or not found.words
    rows = np.flatnonzero(complete if all_words else kept & (found.found > 0))
    page = rows[_order(frame, query, found, prices, rows)][query.offset : query.offset + query.limit]
    return SearchResult(
        hits=[_hit(frame, int(row), int(prices[row])) for row in page],
        total=min(len(rows), SEARCH_TOTAL_MAX),
        total_exact=len(rows) <= SEARCH_TOTAL_MAX,
        all_words=all_words,
    )


def _filter(frame: Frame, query: SearchQuery, prices: NDArray[np.int64]) -> Mask:
    verdicts = [judge_validity(frame, query.at_us), *judge_attributes(frame, query.requirements)]
    if query.currency is not None:
        verdicts.append(judge_code(frame, "currency", query.currency))
    if query.region is not None:
        verdicts.append(judge_region(frame, query.region))
    if query.max_lead_days is not None:
        verdicts.append(judge_lead_time(frame, query.max_lead_days))
    kept = np.logical_and.reduce([verdict.states == OK for verdict in verdicts])
    if query.price_min_micro is not None:
        kept &= (prices != NONE_YET) & (prices >= query.price_min_micro)
    if query.price_max_micro is not None:
        kept &= (prices != NONE_YET) & (prices <= query.price_max_micro)
    if query.firm is not None:
        kept &= frame.column("firm") == query.firm
    if query.company_ids is not None:
        kept &= frame.of_companies(query.company_ids)
    return kept


def _order(
    frame: Frame, query: SearchQuery, found: hits.Hits, prices: NDArray[np.int64], rows: NDArray[np.intp]
) -> NDArray[np.intp]:
    """By the asked sort, then relevance, then newest: ids carry the time of their creation."""
    newest = [~frame.column("id_low")[rows], ~frame.column("id_high")[rows]]
    relevance = [-found.score[rows], -found.found[rows]]
    if query.sort == "newest":
        return np.lexsort(newest)
    if query.sort == "price":
        return np.lexsort([*newest, *relevance, last_if_none(prices[rows]), _currency_rank(frame)[rows]])
    if query.sort == "lead_time":
        return np.lexsort([*newest, *relevance, last_if_none(frame.column("lead")[rows])])
    return np.lexsort([*newest, *relevance])


def _currency_rank(frame: Frame) -> NDArray[np.int64]:
    """Prices compare inside one currency only; currencies follow each other by name, whatever code they happen to have."""
    names = frame.tables.currencies.values
    rank = np.zeros(len(names), dtype=np.int64)
    rank[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    return rank[frame.column("currency")]


def _hit(frame: Frame, row: int, price: int) -> SearchHit:
    return SearchHit(frame.offer_id(row), frame.version(row), None if price == NONE_YET else price)
