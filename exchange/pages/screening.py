"""What screening found, in words, and a text with its findings marked where they stand."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from exchange.domain.moderation.model import Hit
from exchange.i18n import N_, translator
from exchange.pages.formats import money, number

SENTENCES: Final = {
    "banned_terms": N_("“%(found)s” is on the list of banned terms."),
    "contact_phone": N_("A telephone number: %(found)s. Contact data belongs in the company profile."),
    "contact_email": N_("An e-mail address: %(found)s. Contact data belongs in the company profile."),
    "contact_url": N_("A web address: %(found)s. Contact data belongs in the company profile."),
    "contact_handle": N_("A way to write outside the exchange: %(found)s."),
    "price_far above": N_(
        "The price is %(times)s times the middle price of %(offers)s listings in this category, %(median)s; half of them cost at "
        "most %(half)s times more or less than that."
    ),
    "price_far below": N_(
        "The middle price of %(offers)s listings in this category, %(median)s, is %(times)s times the price; half of them cost "
        "at most %(half)s times more or less than that."
    ),
    "double": N_("The seller has a listing of the same goods already: “%(title)s”."),
    "rejected_before": N_("An operator rejected this listing before."),
    "first_offers": N_("Listing %(found)s of a new member: the first %(first)s are looked at."),
    "same_bank": N_("%(other)s has the same bank account."),
    "renamed": N_("It now calls itself “%(found)s”; operators let it in as “%(other)s”."),
    "same_address": N_("%(other)s has the same address."),
    "same_domain": N_("%(other)s uses the same mail domain, %(found)s."),
    "same_phone": N_("%(other)s has the same telephone number."),
    "same_device": N_("Somebody of %(other)s signed in on the same device."),
    "group_bids": N_("%(one)s and %(other)s belong to one group and both quote on this request."),
}
OTHER: Final = N_("Found by the rule %(rule)s.")
RULES: Final = {
    "banned_terms": N_("Banned terms"),
    "contact_phone": N_("Telephone number in the text"),
    "contact_email": N_("E-mail address in the text"),
    "contact_url": N_("Web address in the text"),
    "contact_handle": N_("Messenger name in the text"),
    "price_far": N_("Price far from the category's middle"),
    "double": N_("The same goods twice"),
    "rejected_before": N_("Rejected before"),
    "first_offers": N_("First listings of a new member"),
}


class Marked(NamedTuple):
    """A part of a text; `why` is what was found there, in words, or nothing."""

    text: str
    why: str


def explain(hit: Hit, locale: str) -> str:
    """One finding as a sentence."""
    say = translator(locale).gettext
    sentence = SENTENCES.get(f"{hit.rule} {hit.data.get('side', '')}".strip())
    if sentence is None:
        return say(OTHER) % {"rule": hit.rule}
    data = dict(hit.data)
    if "median" in data and "currency" in data:
        data["median"] = str(money(str(data["median"]), str(data["currency"]), locale))
        data |= {name: number(data[name], locale) for name in ("times", "half", "offers") if name in data}
    try:
        return say(sentence) % data
    except KeyError:
        return say(OTHER) % {"rule": hit.rule}


def marked(text: str, field: str, hits: Iterable[Hit], locale: str) -> list[Marked]:
    """The text of a field in parts, each finding a part of its own; of two that overlap the first counts."""
    parts: list[Marked] = []
    at = 0
    for hit in sorted((hit for hit in hits if hit.field == field and hit.to > hit.from_), key=lambda hit: (hit.from_, -hit.to)):
        if hit.from_ < at or hit.to > len(text):
            continue
        if hit.from_ > at:
            parts.append(Marked(text[at : hit.from_], ""))
        parts.append(Marked(text[hit.from_ : hit.to], explain(hit, locale)))
        at = hit.to
    if at < len(text):
        parts.append(Marked(text[at:], ""))
    return parts
