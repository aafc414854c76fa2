"""Values that break careless code, put into the places of a request that is otherwise right."""

import copy
from typing import Any, Final

from hypothesis import strategies as st

VALUES: Final[tuple[Any, ...]] = (
    None, True, 0, -1, 2**31, 2**63, 2**64, 10**40, -0.0, 1e308, "", " ", "NaN", "Infinity", "1e400000", "-1", "0.0000001",
    "9" * 400, "\x00", "a\x00b", "\u202e\ufeff", "😀" * 300, "../../etc/passwd", "' OR 1=1 --", "<script>alert(1)</script>",
    "%00%0d%0a", "{{7*7}}", "=cmd|' /C calc'!A0", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00",
    "2026-02-30T00:00:00Z", "0000-00-00", "99999-01-01", "00000000-0000-0000-0000-000000000000", "x" * 20_000, [], [[]], {},
    {"a\x00b": "c"}, [None] * 200, {"$ref": "#"},
)  # fmt: skip
# What stands in a query or in a path: text.
TEXTS: Final = tuple(value for value in VALUES if isinstance(value, str) and value and len(value) < 5_000)

Place = tuple[str | int, ...]


def places(value: Any, here: Place = ()) -> list[Place]:
    """Every place inside JSON data, the root first."""
    found: list[Place] = [here]
    if isinstance(value, dict):
        for key, inner in value.items():
            found += places(inner, (*here, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            found += places(inner, (*here, position))
    return found


def put(value: Any, place: Place, new: Any) -> Any:
    """A copy of `value` with something else at `place`."""
    if not place:
        return new
    changed = copy.deepcopy(value)
    target = changed
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = new
    return changed


@st.composite
def spoilt(draw: st.DrawFn, body: Any) -> Any:
    """`body` with one to three hostile values, or an unknown field."""
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(places(body)))
        body = put(body, place, copy.deepcopy(draw(st.sampled_from(VALUES))))
    if isinstance(body, dict) and draw(st.booleans()):
        body = {**body, draw(st.sampled_from(("status", "company_id", "__proto__", "a\x00b", ""))): 1}
    return body


def with_ids(body: Any, ids: dict[str, list[str]], draw: st.DrawFn) -> Any:
    """`body` with ids that exist where a field is named after an object, most of the time."""
    if isinstance(body, list):
        return [with_ids(item, ids, draw) for item in body]
    if not isinstance(body, dict):
        return body
    changed: dict[str, Any] = {}
    for key, value in body.items():
        known = ids.get(key)
        changed[key] = draw(st.sampled_from(known)) if known and draw(st.integers(0, 3)) else with_ids(value, ids, draw)
    return changed
