"""The hard constraints of a need, each three-valued over a whole frame: met, not met, or not stated by the offer.

What an offer does not state never passes silently. An offer in another unit is judged by its unit only: its quantities cannot be
compared. Each judge returns None when the need does not ask.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.frame import Frame
from matching.hits import Hits
from matching.model import BOOLEAN, FAIL, NEVER_US, NONE_YET, NUMBER, OK, TEXT, UNKNOWN
from matching.segment import Array
from schemas.matching import Need, Op, Requirement, Scalar, Value

States = NDArray[np.int8]


@dataclass(slots=True)
class Verdict:
    """One constraint over all rows. `distance` says how far a row is from passing, where that has a meaning."""

    name: str
    states: States
    needed: Callable[[int], Value]
    has: Callable[[int], Value]
    distance: Array | None = None
    op: Callable[[int], Op | None] = lambda row: None


def unknown_name(name: str) -> str:
    """The reason under which rows that do not state it are counted."""
    return "unknown:" + name.removeprefix("attribute:")


def judge(frame: Frame, need: Need, hits: Hits) -> list[Verdict]:
    """Every constraint that the need poses, in the order in which they are explained."""
    verdicts = [
        judge_validity(frame, need.at_us),
        judge_code(frame, "currency", need.currency),
        judge_code(frame, "unit", need.unit),
    ]
    if need.region is not None:
        verdicts.append(judge_region(frame, need.region))
    in_unit = frame.column("unit") == frame.tables.units.find(need.unit)
    verdicts += judge_quantity(frame, need.quantity_micro, in_unit)
    if need.deliver_within_days is not None:
        verdicts.append(judge_lead_time(frame, need.deliver_within_days))
    verdicts += judge_words(hits)
    verdicts += judge_attributes(frame, need.requirements)
    return verdicts


def judge_validity(frame: Frame, at_us: int) -> Verdict:
    """Valid as long as the instant lies before the end."""
    until = frame.column("valid_until")

    def has(row: int) -> Value:
        return None if until[row] == NEVER_US else int(until[row])

    return Verdict("validity", _states(until > at_us), lambda row: at_us, has)


def judge_code(frame: Frame, name: str, wanted: str) -> Verdict:
    """The currency or the unit is the asked one."""
    codes = frame.tables.currencies if name == "currency" else frame.tables.units
    column = frame.column(name)
    return Verdict(name, _states(column == codes.find(wanted)), lambda row: wanted, lambda row: codes.values[int(column[row])])


def judge_region(frame: Frame, region: str) -> Verdict:
    """VN-SG is served by an offer for VN-SG, for VN or for everywhere; an offer that names no region says nothing."""
    sets = frame.tables.region_sets.values
    serving = {region, region.split("-")[0], "*"}
    by_set = np.array([UNKNOWN if not served else FAIL if serving.isdisjoint(served) else OK for served in sets], np.int8)
    column = frame.column("regions")
    return Verdict("region", by_set[column], lambda row: region, lambda row: list(sets[int(column[row])]) or None)


def judge_quantity(frame: Frame, quantity: int, in_unit: NDArray[np.bool_]) -> list[Verdict]:
    """At least the minimum order, a multiple of the increment (0: any), and no more than is available (unstated: no limit)."""
    moq, increment, available = (frame.column(name) for name in ("moq", "increment", "available"))
    uneven = (increment > 0) & (np.remainder(quantity, np.maximum(increment, 1)) != 0)
    short = (available != NONE_YET) & (available < quantity)
    return [
        Verdict("moq", _states(~(in_unit & (moq > quantity))), lambda row: quantity, lambda row: int(moq[row]), moq),
        Verdict("increment", _states(~(in_unit & uneven)), lambda row: quantity, lambda row: int(increment[row])),
        Verdict("available", _states(~(in_unit & short)), lambda row: quantity, lambda row: int(available[row]), -available),
    ]


def judge_lead_time(frame: Frame, days: int) -> Verdict:
    """Delivered within the days, by the stated lead time."""
    lead = frame.column("lead")
    states = np.where(lead == NONE_YET, UNKNOWN, np.where(lead <= days, OK, FAIL)).astype(np.int8)
    return Verdict("lead_time", states, lambda row: days, lambda row: _stated(lead[row]), lead)


def judge_words(hits: Hits) -> list[Verdict]:
    """Each asked word stands in the title or the part number."""
    return [
        Verdict(f"word:{word.whole}", _states(times > 0), lambda row, whole=word.whole: whole, lambda row: None)
        for word, times in zip(hits.words, hits.times, strict=True)
    ]


def judge_attributes(frame: Frame, requirements: Iterable[Requirement]) -> list[Verdict]:
    """One verdict per attribute, whatever number of requirements name it."""
    by_attribute: dict[str, list[Requirement]] = {}
    for requirement in requirements:
        by_attribute.setdefault(requirement.attribute, []).append(requirement)
    return [_judge_attribute(frame, attribute, asked) for attribute, asked in by_attribute.items()]


def _judge_attribute(frame: Frame, attribute: str, asked: list[Requirement]) -> Verdict:
    kinds, values = frame.attribute(attribute)
    parts = [_meets(frame, requirement, kinds, values) for requirement in asked]

    def first_unmet(row: int) -> Requirement:
        return next(requirement for requirement, part in zip(asked, parts, strict=True) if part[row] != OK)

    return Verdict(
        name=f"attribute:{attribute}",
        states=np.maximum.reduce(parts),
        needed=lambda row: first_unmet(row).value,
        has=lambda row: frame.scalar(int(kinds[row]), float(values[row])),
        distance=_attribute_distance(asked[0], values) if len(asked) == 1 else None,
        op=lambda row: first_unmet(row).op,
    )


def _meets(frame: Frame, requirement: Requirement, kinds: NDArray[np.int8], values: NDArray[np.float64]) -> States:
    """Numbers are compared as IEEE doubles, texts folded; a value of another kind than asked says nothing."""
    asked = requirement.values()
    if requirement.op in (">=", "<=", "between"):
        low = float(asked[0]) if requirement.op != "<=" else -np.inf
        high = float(asked[-1]) if requirement.op != ">=" else np.inf
        comparable = kinds == NUMBER
        met = (values >= low) & (values <= high)
    else:
        comparable = np.isin(kinds, [kind_of(value) for value in asked])
        met = np.zeros(frame.size, dtype=np.bool_)
        for value in asked:
            codes = frame.tables.texts.equal_to(value) if isinstance(value, str) else [float(value)]
            met |= (kinds == kind_of(value)) & np.isin(values, codes)
    return np.where(comparable, np.where(met, OK, FAIL), UNKNOWN).astype(np.int8)


def _attribute_distance(requirement: Requirement, values: NDArray[np.float64]) -> Array | None:
    numbers = [float(value) for value in requirement.values() if kind_of(value) == NUMBER]
    if len(numbers) < len(requirement.values()):
        return None
    return np.minimum.reduce([np.abs(values - number) for number in numbers])


def kind_of(value: Scalar) -> int:
    """The kind of a stated or asked value."""
    return BOOLEAN if isinstance(value, bool) else TEXT if isinstance(value, str) else NUMBER


def _states(met: NDArray[np.bool_]) -> States:
    return np.where(met, OK, FAIL).astype(np.int8)


def _stated(value: Any) -> int | None:
    return None if value == NONE_YET else int(value)
