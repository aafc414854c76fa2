"""Ways to reach somebody outside of the exchange in a message: what the screening of listings finds, found here too. Pure."""

from exchange.domain.moderation.model import Hit
from exchange.domain.screening import text as texts
from exchange.domain.screening.rules import PATTERNS


def contacts(body: str) -> tuple[Hit, ...]:
    """Telephone numbers, e-mail and web addresses, names at other services, each where it stands."""
    folded = texts.folded(body)
    found = [("contact_phone", place) for place in texts.phones(folded)]
    found += [(rule, place) for rule, pattern in PATTERNS.items() for place in texts.matches(pattern, folded)]
    return tuple(Hit(rule, "body", place.from_, place.to, {"found": place.found}) for rule, place in found)
