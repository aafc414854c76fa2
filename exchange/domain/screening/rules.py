"""The rules themselves: a listing, what it is compared with, and the rules in force give what was found. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from math import exp, log
from typing import Final

import msgspec
from rapidfuzz import fuzz, process

from exchange.domain.moderation.model import Hit
from exchange.domain.screening import text as texts
from exchange.domain.screening.model import Figure, Grounds, Judged, Other, Parameters, Rule, Subject, Verdict
from exchange.domain.screening.text import Folded, Place
from exchange.money import decimal_text

MICRO: Final = Decimal(1_000_000)
PATTERNS: Final = {"contact_email": texts.EMAIL, "contact_url": texts.URL, "contact_handle": texts.HANDLE}


class Surroundings(msgspec.Struct, frozen=True):
    """What one listing is compared with."""

    figure: Figure | None = None
    # The same words: of the market, or of the same file. Others of the category, to be compared letter by letter.
    double: Other | None = None
    near: tuple[Other, ...] = ()
    had: int = 0
    judged: Judged | None = None


def screen(subject: Subject, around: Surroundings, rules: Iterable[Rule]) -> Verdict:
    """Everything that the rules find, in their order, and whether one of them holds the listing back.

    What an operator approved once, in the same listing and the same words, is not found again.
    """
    fields = {"title": texts.folded(subject.title), "description": texts.folded(subject.description)}
    cleared = {hit.mark() for hit in around.judged.hits} if around.judged and around.judged.outcome == "approved" else set()
    found: list[Hit] = []
    holds = False
    for rule in rules:
        hits = [hit for hit in _hits(rule, subject, around, fields) if hit.mark() not in cleared]
        found += hits
        holds = holds or (rule.holds and bool(hits))
    return Verdict(tuple(found), holds)


def _hits(rule: Rule, subject: Subject, around: Surroundings, fields: dict[str, Folded]) -> Iterator[Hit]:
    match rule.code:
        case "price_far":
            yield from _price(subject, around.figure, rule.parameters)
        case "double":
            yield from _double(subject, around, rule.parameters)
        case "first_offers" if subject.fresh and around.had < rule.parameters.first:
            yield Hit("first_offers", "", data={"found": around.had + 1, "first": rule.parameters.first})
        case "rejected_before" if around.judged is not None and around.judged.outcome == "rejected":
            yield Hit("rejected_before", "", data={"found": "rejected"})
        case _:
            written = {"title": subject.title, "description": subject.description}
            for name, text in fields.items():
                for place in _places(rule, written[name], text):
                    yield Hit(rule.code, name, place.from_, place.to, {"found": place.found})


def _places(rule: Rule, written: str, text: Folded) -> Iterator[Place]:
    if rule.code == "banned_terms":
        return texts.terms(rule.parameters.terms, written, text)
    if rule.code == "contact_phone":
        return texts.phones(text)
    pattern = PATTERNS.get(rule.code)
    return iter(()) if pattern is None else texts.matches(pattern, text)


def _price(subject: Subject, figure: Figure | None, parameters: Parameters) -> Iterator[Hit]:
    """Farther from the middle price than prices of this category ordinarily are, where enough listings make a middle.

    The distances are logarithms, as prices differ by factors, and their middle is moved by no outlier.
    """
    if figure is None or figure.offers < parameters.least_offers:
        return
    price, median = subject.price_micro, figure.median_micro
    far = log(price / median)
    if abs(far) <= max(parameters.steps * figure.spread, log(parameters.factor)):
        return
    yield Hit(
        "price_far",
        "price",
        data={
            "found": decimal_text(Decimal(price) / MICRO),
            "currency": subject.currency,
            "median": decimal_text(Decimal(median) / MICRO),
            "times": round(exp(abs(far))),
            "half": f"{exp(figure.spread):.2f}",
            "side": "above" if far > 0 else "below",
            "offers": figure.offers,
        },
    )


def _double(subject: Subject, around: Surroundings, parameters: Parameters) -> Iterator[Hit]:
    """The same goods twice: the same words in any order, or nearly the same letters with the same numbers. A different part
    number tells articles apart."""
    other = around.double or _nearly(subject, around.near, parameters.alike_percent)
    if other is not None:
        data: dict[str, str | int] = {"found": str(other.id or other.title), "title": other.title}
        yield Hit("double", "title", 0, len(subject.title), data)


def _nearly(subject: Subject, others: Sequence[Other], percent: int) -> Other | None:
    title = texts.folded(subject.title).text
    digits = texts.digits_of(title)
    alike = {
        index: folded
        for index, other in enumerate(others)
        if not different_articles(subject, other) and texts.digits_of(folded := texts.folded(other.title).text) == digits
    }
    best = process.extractOne(title, alike, scorer=fuzz.ratio, score_cutoff=percent)
    return None if best is None else others[best[2]]


def different_articles(subject: Subject, other: Other) -> bool:
    """Another part number, or other trade item numbers altogether."""
    if subject.mpn is not None and other.mpn is not None and subject.mpn.lower() != other.mpn.lower():
        return True
    return bool(subject.gtins and other.gtins) and set(subject.gtins).isdisjoint(other.gtins)


def screen_all(subjects: Sequence[Subject], grounds: Grounds) -> dict[int, Verdict]:
    """Every listing of a batch, also against those before it in the same batch."""
    rules = grounds.rules or ()
    figures = {(item.category, item.currency, item.unit): item for item in grounds.figures or ()}
    words, doubles, judged = grounds.words or {}, grounds.doubles or {}, grounds.judged or {}
    before: dict[tuple[str, str], list[Other]] = {}
    verdicts: dict[int, Verdict] = {}
    had = grounds.had
    for subject in subjects:
        key = str(subject.n)
        same = before.setdefault((subject.category, words.get(key, "")), [])
        inside = next((item for item in same if words.get(key) and not different_articles(subject, item)), None)
        same.append(Other(None, subject.title, subject.mpn, subject.gtins))
        verdicts[subject.n] = screen(
            subject,
            Surroundings(
                figure=figures.get((subject.category, subject.currency, subject.unit)),
                double=doubles.get(key) or inside,
                near=grounds.near or (),
                had=had,
                judged=judged.get(key),
            ),
            rules,
        )
        had += subject.fresh
    return verdicts
