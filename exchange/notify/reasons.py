"""Why a request fits what a supplier sells: the matcher's reasons, kept small and put into words for the reader."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from exchange.i18n import N_

MOST: Final = 5
# A price stays on the page; here stand facts that may be read over a shoulder.
UNSAID: Final = frozenset({"price"})
MICRO: Final = 1_000_000
Say = Callable[[str], str]


def kept(reasons: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The strongest reasons as they stand in an inbox row and a webhook: criterion and value, no price."""
    strong = [item for item in reasons if item.get("criterion") not in UNSAID and item.get("utility", 0) > 0]
    strong.sort(key=lambda item: -int(item.get("utility", 0)) * int(item.get("weight", 1)))
    return [{"criterion": item["criterion"], "value": item.get("value")} for item in strong[:MOST]]


LEAD_TIME: Final = N_("delivered within %(value)s days")
CAPACITY: Final = N_("%(value)s available")
UNLIMITED: Final = N_("no limit of quantity")
WORDS: Final = N_("words found: %(value)s")
ATTRIBUTE: Final = N_("%(name)s: %(value)s")
YES: Final = N_("yes")
NO: Final = N_("no")


def words(reasons: Iterable[dict[str, Any]], say: Say) -> list[str]:
    """Each reason as a short phrase; a criterion that this release does not know is left out."""
    return [phrase for item in reasons if (phrase := _phrase(str(item["criterion"]), item.get("value"), say))]


def _phrase(criterion: str, value: object, say: Say) -> str:
    if criterion.startswith("attribute:"):
        name = criterion.partition(":")[2].replace("_", " ")
        return say(ATTRIBUTE) % {"name": name, "value": _shown(value, say)}
    match criterion, value:
        case "lead_time", int():
            return say(LEAD_TIME) % {"value": value}
        case "capacity", None:
            return say(UNLIMITED)
        case "capacity", int():
            return say(CAPACITY) % {"value": _shown(value / MICRO, say)}
        case "text", int():
            return say(WORDS) % {"value": value}
        case _:
            return ""


def _shown(value: object, say: Say) -> str:
    if isinstance(value, bool):
        return say(YES if value else NO)
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    if isinstance(value, list):
        return ", ".join(_shown(item, say) for item in value)
    return str(value)[:80]
