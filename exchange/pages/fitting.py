"""Why an own offer fits a request, in the words of its supplier."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from exchange.domain.category.model import AttributeRow
from exchange.i18n import N_, translator
from exchange.pages import formats
from exchange.pages.attributes import attribute_name, value_text, wish_text
from schemas.pairing import ReasonView
from schemas.rfq import RfqLine

PRICE: Final = N_("your price for this quantity: %(price)s")
LEAD_TIME: Final = N_("you deliver within %(days)s days")
LEAD_TIME_ASKED: Final = N_("you deliver within %(days)s days, %(asked)s are allowed")
CAPACITY: Final = N_("%(quantity)s available")
UNLIMITED: Final = N_("no limit of quantity")
ATTRIBUTE: Final = N_("%(name)s: %(value)s")
ATTRIBUTE_ASKED: Final = N_("%(name)s: %(value)s, asked for %(asked)s")
HUNDRED: Final = 10_000


def percent_of_best(reasons: Sequence[ReasonView]) -> int:
    """How good the fit is, 0 to 100, of the best that the request allows."""
    most = sum(item.weight for item in reasons) * HUNDRED
    return 0 if most == 0 else sum(item.weight * item.utility for item in reasons) * 100 // most


def why(
    reasons: Sequence[ReasonView],
    line: RfqLine | None,
    attributes: Mapping[str, AttributeRow],
    currency: str | None,
    locale: str,
) -> list[str]:
    """Each reason as a phrase. Without a currency the price is left out, without a line what was asked."""
    found = [_phrase(item, line, attributes, currency, locale) for item in reasons]
    return [phrase for phrase in found if phrase]


def _phrase(
    item: ReasonView, line: RfqLine | None, attributes: Mapping[str, AttributeRow], currency: str | None, locale: str
) -> str:
    words = translator(locale)
    say = words.gettext
    if item.criterion.startswith("attribute:"):
        return _attribute(item, line, attributes, locale)
    match item.criterion, item.value:
        case "price", str(price) if currency is not None:
            return say(PRICE) % {"price": formats.money(price, currency, locale)}
        case "lead_time", int(days):
            asked = None if line is None else line.deliver_within_days
            return say(LEAD_TIME if asked is None else LEAD_TIME_ASKED) % {"days": days, "asked": asked}
        case "capacity", None:
            return say(UNLIMITED)
        case "capacity", str(quantity):
            return say(CAPACITY) % {"quantity": formats.number(Decimal(quantity), locale)}
        case "text", int(count) if count > 0:
            return words.ngettext("%(num)s word of the request found", "%(num)s words of the request found", count) % {
                "num": count
            }
        case _:
            return ""


def _attribute(item: ReasonView, line: RfqLine | None, attributes: Mapping[str, AttributeRow], locale: str) -> str:
    key = item.criterion.partition(":")[2]
    attribute = attributes.get(key)
    name = key if attribute is None else attribute_name(attribute, locale)
    data = {"name": name, "value": value_text(item.value, attribute, locale)}
    asked = next((wish for wish in line.requirements if wish.attribute == key), None) if line is not None else None
    if asked is None or asked.op == "=":
        return translator(locale).gettext(ATTRIBUTE) % data
    return translator(locale).gettext(ATTRIBUTE_ASKED) % {
        **data,
        "asked": wish_text(asked.op, asked.value, attribute, locale),
    }
