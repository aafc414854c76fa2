"""What an RFQ must be: its lines against the category tree, its deadline against the market's clock. Pure."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from exchange.domain.category.model import NUMBER_MAX, TEXT_MAX, AttributeRow, Tree
from exchange.domain.rfq.model import OPEN_AT_LEAST, OPEN_AT_MOST
from exchange.errors import FieldError, NotFound
from schemas.offer import AttributeValue
from schemas.rfq import Requirement, RfqLineIn

NUMBER_OPS: Final = frozenset({">=", "<=", "=", "in", "between"})
EQUAL_OPS: Final = frozenset({"=", "in"})
IN_MAX: Final = 100


def line_errors(tree: Tree, lines: Sequence[RfqLineIn]) -> list[FieldError]:
    """Every wrong place of every line."""
    errors: list[FieldError] = []
    for index, line in enumerate(lines):
        at = f"/lines/{index}"
        if line.unit not in tree.units:
            errors.append(
                FieldError(
                    f"{at}/unit",
                    "unknown-unit",
                    "%(unit)s is no unit of UN/ECE Recommendation 20 that we know.",
                    {"unit": line.unit},
                )
            )
        try:
            declared = tree.get(line.category).attributes
        except NotFound:
            errors.append(
                FieldError(
                    f"{at}/category", "unknown-category", "There is no category %(category)s.", {"category": line.category}
                )
            )
            continue
        for place, requirement in enumerate(line.requirements):
            errors += requirement_errors(declared.get(requirement.attribute), requirement, f"{at}/requirements/{place}")
    return errors


def requirement_errors(attribute: AttributeRow | None, requirement: Requirement, at: str) -> list[FieldError]:
    """What is wrong with one requirement about an attribute of the category; None: it has no such attribute."""
    if attribute is None:
        unknown = "This category has no attribute %(attribute)s."
        return [FieldError(f"{at}/attribute", "unknown-attribute", unknown, {"attribute": requirement.attribute})]
    if not attribute.filterable:
        return [FieldError(f"{at}/attribute", "not-filterable", "This attribute is only shown, it cannot be required.")]
    if requirement.op not in (NUMBER_OPS if attribute.kind == "number" else EQUAL_OPS):
        return [FieldError(f"{at}/op", "operator", "This kind of attribute takes = and in only.")]
    values: list[AttributeValue] = list(requirement.value) if isinstance(requirement.value, tuple) else [requirement.value]
    many = isinstance(requirement.value, tuple)
    if many != (requirement.op in ("in", "between")):
        return [FieldError(f"{at}/value", "value-shape", "in and between take a list, the other operators one value.")]
    if requirement.op == "between" and len(values) != 2:
        return [FieldError(f"{at}/value", "value-shape", "between takes [low, high].")]
    if not 1 <= len(values) <= IN_MAX:
        return [FieldError(f"{at}/value", "value-shape", "in takes 1 to 100 values.")]
    wrong = [problem for value in values if (problem := _value_problem(attribute, value, f"{at}/value"))]
    if not wrong and requirement.op == "between" and _number(values[0]) > _number(values[1]):
        return [FieldError(f"{at}/value", "value-order", "between takes the lower bound first.")]
    return wrong[:1]


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else math.nan


def _value_problem(attribute: AttributeRow, value: object, at: str) -> FieldError | None:
    match attribute.kind:
        case "number":
            if isinstance(value, bool) or not isinstance(value, int | float):
                return FieldError(at, "not-a-number", "This attribute is a number.")
            if not math.isfinite(value) or abs(value) > NUMBER_MAX:
                return FieldError(at, "out-of-range", "A number must be finite and at most 15 digits long.")
        case "boolean":
            if not isinstance(value, bool):
                return FieldError(at, "not-a-boolean", "This attribute is true or false.")
        case "choice":
            if value not in attribute.choices:
                named = ", ".join(attribute.choices)
                return FieldError(at, "not-a-choice", "This attribute is one of: %(choices)s.", {"choices": named})
        case "text":
            if not isinstance(value, str) or not value.strip() or len(value) > TEXT_MAX or not value.isprintable():
                return FieldError(at, "not-a-text", "This attribute is a text of one line.")
    return None


def due_errors(due_at: datetime, now: datetime, mode: str, *, publishing: bool) -> list[FieldError]:
    """A draft's deadline may still be anything within a year; a published one leaves suppliers time."""
    if due_at.tzinfo is None:
        missing = "Write the time with its zone, e.g. 2027-01-31T17:00:00+07:00."
        return [FieldError("/due_at", "time-zone-missing", missing)]
    left = due_at - now
    if left > OPEN_AT_MOST:
        return [FieldError("/due_at", "too-late", "The deadline is at most %(days)s days ahead.", {"days": OPEN_AT_MOST.days})]
    if not publishing:
        return []
    if left.total_seconds() <= 0:
        return [FieldError("/due_at", "in-the-past", "This time has passed.")]
    if mode == "open" and left < OPEN_AT_LEAST:
        return [FieldError("/due_at", "too-soon", "An open RFQ leaves suppliers at least one day.")]
    return []
