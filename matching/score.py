"""How good a passing offer is: integer utilities 0..10,000 per criterion, weighed and summed in int64.

Every formula rounds down and is exact on any machine; reference.py states each of them once more in plain Python.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.constraints import kind_of
from matching.frame import Frame
from matching.hits import Hits
from matching.model import NONE_YET, NUMBER
from matching.text import query_words
from schemas.matching import Need, Requirement, Value

UTILITY_MAX = 10_000
PRICE_WEIGHT = 4_000
LEAD_TIME_WEIGHT = 1_500
CAPACITY_WEIGHT = 1_000
ATTRIBUTES_WEIGHT = 2_000
TEXT_WEIGHT = 1_500

Utility = NDArray[np.int64]
Rows = NDArray[np.intp]


@dataclass(slots=True)
class Criterion:
    """One criterion over the passing rows: its weight, their utilities, and the value behind each, by place among them."""

    name: str
    weight: int
    utility: Utility
    value: Callable[[int], Value]


def criteria(frame: Frame, need: Need, hits: Hits, rows: Rows, prices: NDArray[np.int64]) -> list[Criterion]:
    """The criteria that apply to the need, over the rows that passed; `prices` stand beside `rows`."""
    lead = frame.column("lead")[rows]
    available = frame.column("available")[rows]
    result = [
        Criterion("price", PRICE_WEIGHT, price_utility(prices), lambda at: _stated(prices[at])),
        Criterion("lead_time", LEAD_TIME_WEIGHT, lead_utility(lead, need.deliver_within_days), lambda at: _stated(lead[at])),
        Criterion(
            "capacity",
            CAPACITY_WEIGHT,
            capacity_utility(available, need.quantity_micro),
            lambda at: _stated(available[at]),
        ),
    ]
    result += [_attribute(frame, requirement, _each_weight(need), rows) for requirement in need.requirements]
    if hits.words:
        score = hits.score[rows]
        result.append(Criterion("text", TEXT_WEIGHT, text_utility(score), lambda at: int(hits.found[rows[at]])))
    return result


def _each_weight(need: Need) -> int:
    return ATTRIBUTES_WEIGHT // len(need.requirements) if need.requirements else 0


def score_max(need: Need) -> int:
    """A perfect score: known from the need alone, so that it says nothing about who offers what."""
    weight = PRICE_WEIGHT + LEAD_TIME_WEIGHT + CAPACITY_WEIGHT + _each_weight(need) * len(need.requirements)
    return UTILITY_MAX * (weight + (TEXT_WEIGHT if query_words(need.words) else 0))


def weigh(parts: list[Criterion], count: int) -> NDArray[np.int64]:
    """The score of each row; at most 10,000 times the sum of weights, far inside int64."""
    total = np.zeros(count, dtype=np.int64)
    for part in parts:
        total += part.weight * part.utility
    return total


def ratio(part: NDArray[np.int64], whole: NDArray[np.int64]) -> Utility:
    """floor(10,000 x part / whole) for 0 <= part <= whole, 1 <= whole <= 10^18, digit by digit: the product would overflow."""
    rest, divisor = part.astype(np.uint64), whole.astype(np.uint64)
    result = rest // divisor
    rest = rest - result * divisor
    for _ in range(4):
        rest = rest * np.uint64(10)
        digit = rest // divisor
        rest = rest - digit * divisor
        result = result * np.uint64(10) + digit
    return result.astype(np.int64)


def price_utility(prices: NDArray[np.int64]) -> Utility:
    """The cheapest passing price over this one; 0 for an offer without a price, full for a price of zero."""
    priced = prices != NONE_YET
    if not priced.any():
        return np.zeros(len(prices), dtype=np.int64)
    cheapest = prices[priced].min()
    utility = ratio(np.full(len(prices), cheapest), np.maximum(np.maximum(prices, cheapest), 1))
    utility[prices == 0] = UTILITY_MAX
    utility[~priced] = 0
    return utility


def lead_utility(lead: NDArray[np.int32], within_days: int | None) -> Utility:
    """The share of the asked days that is left over, or without a date (fastest + 1) over (own + 1); 0 when not stated."""
    stated = lead != NONE_YET
    days = lead.astype(np.int64)
    if within_days is not None:
        utility = (within_days + 1 - days) * UTILITY_MAX // (within_days + 1)
    elif stated.any():
        utility = (days[stated].min() + 1) * UTILITY_MAX // (np.maximum(days, 0) + 1)
    else:
        utility = np.zeros(len(days), dtype=np.int64)
    return np.where(stated, utility, 0)


def capacity_utility(available: NDArray[np.int64], quantity: int) -> Utility:
    """Half for exactly the asked quantity or no stated limit, full for twice of it."""
    surplus = np.where(available == NONE_YET, 0, np.minimum(np.maximum(available - quantity, 0), quantity))
    return UTILITY_MAX // 2 + ratio(surplus, np.full(len(available), quantity, dtype=np.int64)) // 2


def text_utility(score: NDArray[np.int64]) -> Utility:
    """This text score over the best one among the passing."""
    best = score.max(initial=0)
    return score * UTILITY_MAX // best if best else np.zeros(len(score), dtype=np.int64)


def _attribute(frame: Frame, requirement: Requirement, weight: int, rows: Rows) -> Criterion:
    """Half for exactly the asked bound, full for twice as good; full where there is no better or worse."""
    kinds, values = frame.attribute(requirement.attribute)
    kinds, values = kinds[rows], values[rows]
    utility = np.full(len(rows), UTILITY_MAX, dtype=np.int64)
    if requirement.op in (">=", "<="):
        bound = requirement.values()[0]
        assert kind_of(bound) == NUMBER, "a bound is a number"
        asked = float(bound)
        with np.errstate(over="ignore"):
            surplus = (values - asked if requirement.op == ">=" else asked - values) / (abs(asked) or 1.0)
        utility = UTILITY_MAX // 2 + np.floor(5_000.0 * np.minimum(surplus, 1.0)).astype(np.int64)
    return Criterion(
        f"attribute:{requirement.attribute}",
        weight,
        utility,
        lambda at: frame.scalar(int(kinds[at]), float(values[at])),
    )


def _stated(value: np.integer) -> int | None:
    return None if value == NONE_YET else int(value)
