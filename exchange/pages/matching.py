"""What the matcher found, ready for the macros of `ui.match`: reasons, near misses and counts in words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from exchange.domain.category.model import AttributeRow, Tree
from exchange.i18n import N_, translator
from exchange.pages import formats
from exchange.pages.attributes import attribute_name, value_text, wish_text
from exchange.pages.choices import region_name
from schemas.pairing import ExclusionView, LineMatches, MatchView, NearMissView, ReasonView, Stated
from schemas.rfq import RfqLine, RfqLineIn

Shown = dict[str, Any]
FULL: Final = 10_000

# Why offers were left out, as a continuation of their number.
LEFT_OUT: Final = {
    "same_group": N_("of your own group"),
    "validity": N_("no longer valid"),
    "currency": N_("in another currency"),
    "unit": N_("sold by another unit"),
    "region": N_("not delivered there"),
    "moq": N_("ask for a larger order"),
    "increment": N_("sold in other steps"),
    "available": N_("too little available"),
    "lead_time": N_("too slow"),
    "unknown:region": N_("do not say where they deliver"),
    "unknown:lead_time": N_("do not say how fast they are"),
}


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One line as its matches are told: what it asks for and in which language to say so."""

    locale: str
    line: RfqLine | RfqLineIn
    currency: str
    attributes: Mapping[str, AttributeRow]

    def quantity(self, value: Stated) -> str:
        return formats.quantity(str(value), self.line.unit, self.locale)

    def days(self, value: Stated) -> str:
        count = int(value) if isinstance(value, int | float) else 0
        return translator(self.locale).ngettext("%(num)s day", "%(num)s days", count) % {"num": count}

    def value(self, key: str, value: Stated) -> str:
        return value_text(value, self.attributes.get(key), self.locale)

    def name(self, key: str) -> str:
        attribute = self.attributes.get(key)
        return key if attribute is None else attribute_name(attribute, self.locale)


def wanted(tree: Tree, line: RfqLine | RfqLineIn, currency: str, locale: str) -> Wanted:
    attributes = tree.nodes[line.category].attributes if line.category in tree.nodes else {}
    return Wanted(locale=locale, line=line, currency=currency, attributes=attributes)


def shown(found: LineMatches, want: Wanted) -> Shown:
    """One line's answer for the page: `items`, `near`, `excluded` and the counts beside them."""
    return {
        "line": found.line,
        "text": want.line.text,
        "total": found.total,
        "considered": found.considered,
        "suppliers": found.suppliers,
        "items": [match_item(match, found.score_max, want) for match in found.matches],
        "near": [near_item(miss, want) for miss in found.near_misses],
        "excluded": [excluded_item(item, want) for item in found.exclusions],
    }


def match_item(match: MatchView, score_max: int, want: Wanted) -> Shown:
    offer = match.offer
    asked = want.line.deliver_within_days
    facts = [region_name(offer.ship_from, want.locale)]
    if offer.firm:
        facts.append(translator(want.locale).gettext("order now"))
    return {
        "id": offer.id,
        "company_id": offer.company_id,
        "firm": offer.firm,
        "title": offer.title,
        "href": f"/offers/{offer.id}?quantity={want.line.quantity}",
        "supplier": offer.company,
        "supplier_href": f"/companies/{offer.company_id}",
        "verified": True,
        "facts": facts,
        "price": "" if match.price is None else formats.money(match.price, offer.currency, want.locale),
        "lead": want.days(offer.lead_time_days),
        "in_time": None if asked is None else offer.lead_time_days <= asked,
        "score": match.score * FULL // score_max if score_max else 0,
        "parts": reason_parts(match.reasons, score_max, want),
    }


def reason_parts(reasons: Sequence[ReasonView], score_max: int, want: Wanted) -> list[Shown]:
    """Each criterion with its share of a perfect score of 10,000."""
    return [
        {
            "label": criterion_name(item.criterion, want),
            "points": item.weight * item.utility * FULL // score_max if score_max else 0,
            "weight": item.weight * FULL * FULL // score_max if score_max else 0,
            "reason": reason_words(item, want),
        }
        for item in reasons
    ]


def criterion_name(criterion: str, want: Wanted) -> str:
    _ = translator(want.locale).gettext
    named = {
        "price": _("Price at this quantity"),
        "lead_time": _("Lead time"),
        "capacity": _("Available"),
        "text": _("Words found"),
    }
    kind, _colon, key = criterion.partition(":")
    return named.get(kind) or want.name(key or kind)


def reason_words(item: ReasonView, want: Wanted) -> str:
    """The value behind a criterion, beside what is asked for."""
    _ = translator(want.locale).gettext
    kind, _colon, key = item.criterion.partition(":")
    match kind:
        case "price":
            return _("not stated") if item.value is None else formats.money(str(item.value), want.currency, want.locale)
        case "lead_time":
            asked = want.line.deliver_within_days
            has = _("not stated") if item.value is None else want.days(item.value)
            return has if asked is None else _("%(has)s, you ask for %(needed)s") % {"has": has, "needed": want.days(asked)}
        case "capacity":
            return _("no limit stated") if item.value is None else want.quantity(item.value)
        case "text":
            return str(item.value)
        case _:
            return want.value(key, item.value)


def near_item(miss: NearMissView, want: Wanted) -> Shown:
    offer = miss.offer
    return {
        "id": offer.id,
        "company_id": offer.company_id,
        "title": offer.title,
        "href": f"/offers/{offer.id}?quantity={want.line.quantity}",
        "supplier": offer.company,
        "reason": near_words(miss, want),
    }


def near_words(miss: NearMissView, want: Wanted) -> str:
    """The one thing that fails, with what the offer has and what is asked for."""
    kind, _colon, key = miss.reason.partition(":")
    make = _NEAR.get(kind)
    if make is not None:
        return make(miss, want)
    _ = translator(want.locale).gettext
    if kind == "word":
        return _("The word “%(word)s” is missing") % {"word": key}
    if kind == "unknown":
        return _("Does not state: %(what)s") % {"what": _(_UNSTATED[key]) if key in _UNSTATED else want.name(key)}
    has, needed = want.value(key, miss.has), wish_text(miss.op, miss.needed, want.attributes.get(key), want.locale)
    return _("%(what)s: %(has)s, you ask for %(needed)s") % {"what": want.name(key), "has": has, "needed": needed}


_UNSTATED: Final = {"region": N_("where it delivers"), "lead_time": N_("how fast it is")}


def _region(miss: NearMissView, want: Wanted) -> str:
    _ = translator(want.locale).gettext
    return _("Not delivered to %(region)s") % {"region": region_name(str(miss.needed), want.locale)}


def _moq(miss: NearMissView, want: Wanted) -> str:
    _ = translator(want.locale).gettext
    return _("Smallest order %(has)s, you ask for %(needed)s") % _quantities(miss, want)


def _increment(miss: NearMissView, want: Wanted) -> str:
    _ = translator(want.locale).gettext
    return _("Sold in steps of %(has)s, you ask for %(needed)s") % _quantities(miss, want)


def _available(miss: NearMissView, want: Wanted) -> str:
    _ = translator(want.locale).gettext
    return _("Only %(has)s available, you ask for %(needed)s") % _quantities(miss, want)


def _lead_time(miss: NearMissView, want: Wanted) -> str:
    _ = translator(want.locale).gettext
    return _("Takes %(has)s, you ask for %(needed)s") % {"has": want.days(miss.has), "needed": want.days(miss.needed)}


def _currency(miss: NearMissView, want: Wanted) -> str:
    _ = translator(want.locale).gettext
    return _("Priced in %(has)s, you ask in %(needed)s") % {"has": miss.has, "needed": miss.needed}


def _unit(miss: NearMissView, want: Wanted) -> str:
    _ = translator(want.locale).gettext
    named = {name: formats.unit(str(code), want.locale, one=True) for name, code in (("has", miss.has), ("needed", miss.needed))}
    return _("Sold by %(has)s, you ask by %(needed)s") % named


def _validity(miss: NearMissView, want: Wanted) -> str:
    return translator(want.locale).gettext("No longer valid")


def _quantities(miss: NearMissView, want: Wanted) -> dict[str, str]:
    return {"has": want.quantity(miss.has), "needed": want.quantity(miss.needed)}


_NEAR: Final[Mapping[str, Callable[[NearMissView, Wanted], str]]] = {
    "region": _region,
    "moq": _moq,
    "increment": _increment,
    "available": _available,
    "lead_time": _lead_time,
    "currency": _currency,
    "unit": _unit,
    "validity": _validity,
}


def excluded_item(item: ExclusionView, want: Wanted) -> Shown:
    """How many fail one thing, and the nearest of those that fail nothing else."""
    _ = translator(want.locale).gettext
    kind, _colon, key = item.reason.partition(":")
    if item.reason in LEFT_OUT:
        words = _(LEFT_OUT[item.reason])
    elif kind == "word":
        words = _("without the word “%(word)s”") % {"word": key}
    elif kind == "unknown":
        words = _("do not state: %(what)s") % {"what": want.name(key)}
    else:
        words = _("fail on: %(what)s") % {"what": want.name(key)}
    if item.only and item.nearest is not None:
        words += " " + _("(%(count)s only on this, the nearest: %(nearest)s)") % {
            "count": item.only,
            "nearest": _nearest(item, want),
        }
    elif item.only:
        words += " " + _("(%(count)s only on this)") % {"count": item.only}
    return {"count": item.count, "reason": words}


def _nearest(item: ExclusionView, want: Wanted) -> str:
    kind, _colon, key = item.reason.partition(":")
    if kind in ("moq", "increment", "available"):
        return want.quantity(item.nearest)
    if kind == "lead_time":
        return want.days(item.nearest)
    return want.value(key, item.nearest)


def sellers(lines: Sequence[Shown]) -> dict[str, str]:
    """Every supplier with an offer that fits some line: id to name."""
    found: dict[str, str] = {}
    for line in lines:
        for item in cast(list[Shown], line["items"]):
            found.setdefault(str(item["company_id"]), str(item["supplier"]))
    return found
