"""The same answers as the engine by plain loops over rows: slow and obviously right. Tests compare the two; nothing else uses it.

Shared with the engine are only how text falls into words, how rare a word is, and the wire types.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from math import floor
from uuid import UUID

from msgspec import Struct

from matching.model import FAIL, NEVER_US, OK, UNKNOWN, OfferRow
from matching.text import (
    EXACT_PART_BONUS,
    TERM_COUNT_MAX,
    Word,
    document_tokens,
    fold,
    part_key,
    query_parts,
    query_words,
    rarity,
)
from schemas.matching import (
    MATCHES_MAX,
    NEAR_MISSES_MAX,
    SEARCH_TOTAL_MAX,
    Exclusion,
    Match,
    MatchResult,
    NearMiss,
    Need,
    Op,
    Reason,
    Requirement,
    Scalar,
    SearchHit,
    SearchQuery,
    SearchResult,
    SupplierMatches,
    Value,
)

LAST = 2**70


class Judged(Struct):
    """One constraint on one offer."""

    name: str
    state: int
    needed: Value
    has: Value
    distance: float | None = None
    op: Op | None = None

    @property
    def reason(self) -> str:
        return self.name if self.state == FAIL else "unknown:" + self.name.removeprefix("attribute:")


def match(rows: Collection[OfferRow], active: set[UUID], need: Need) -> MatchResult:
    """What the engine must answer for these offers."""
    in_category = [row for row in rows if within(row.category_path, need.category_path)]
    own = {need.viewer_id} if need.viewer_id else set()
    known = visible(in_category, active, need.viewer_id, own)
    seen = [row for row in known if row.company_id not in need.group_ids]
    of_group = len(known) - len(seen)
    texts = text_scores(seen, need.words)
    judged = [(row, judge(row, need)) for row in seen]
    passing = [row for row, verdicts in judged if all(verdict.state == OK for verdict in verdicts)]
    best_text = max((texts[row.id] for row in passing), default=0)
    ranked = sorted(
        ((row, reasons(row, need, passing, texts[row.id], best_text)) for row in passing),
        key=lambda pair: (-total(pair[1]), *order_of(pair[0], need.quantity_micro)),
    )
    matches = [
        Match(row.id, row.company_id, row.version, rank, total(why), price_at(row, need.quantity_micro), why)
        for rank, (row, why) in enumerate(ranked, 1)
    ]
    counts = Counter(found.company_id for found in matches)
    best = {found.company_id: found for found in reversed(matches)}
    return MatchResult(
        considered=len(seen),
        total=len(matches),
        score_max=10_000 * score_weight(need),
        matches=matches[:MATCHES_MAX],
        suppliers=[
            SupplierMatches(company, counts[company], best[company])
            for company in dict.fromkeys(found.company_id for found in matches)
        ],
        exclusions=[*([Exclusion("same_group", of_group, 0, None)] if of_group else []), *exclusions(judged)],
        near_misses=near_misses(judged, need),
    )


def within(path: str, asked: str) -> bool:
    return not asked or path == asked or path.startswith(asked + "/")


def visible(rows: Iterable[OfferRow], active: set[UUID], viewer: UUID | None, barred: set[UUID]) -> list[OfferRow]:
    return [
        row
        for row in rows
        if row.live
        and row.company_id in active - barred
        and (row.visibility == "all" or viewer in (row.company_id, *row.audience))
    ]


def price_at(row: OfferRow, quantity: int) -> int | None:
    reached = [tier.price_micro for tier in row.tiers if tier.min_quantity_micro <= quantity]
    return reached[-1] if reached else None


def order_of(row: OfferRow, quantity: int) -> tuple[int, int, UUID]:
    price = price_at(row, quantity)
    return (LAST if price is None else price, LAST if row.lead_time_days is None else row.lead_time_days, row.id)


def word_count(row: OfferRow, word: Word, text: str) -> int:
    tokens = document_tokens(row.title, row.mpn)
    named = int(part_key(row.mpn) in (part_key(word.whole), part_key(text)))
    count = min(tokens[word.whole], TERM_COUNT_MAX)
    if not count and word.pieces:
        count = min(min(tokens[piece], TERM_COUNT_MAX) for piece in word.pieces)
    return max(count, named)


def text_scores(seen: list[OfferRow], text: str) -> dict[UUID, int]:
    words, parts = query_words(text), query_parts(text)
    scores = {row.id: 0 for row in seen}
    for row in seen:
        length = sum(document_tokens(row.title, row.mpn).values())
        for word in words:
            count = word_count(row, word, text)
            weight = rarity(len(seen), sum(word_count(other, word, text) > 0 for other in seen))
            scores[row.id] += weight * count * 2_200 // (1_000 * count + 75 * length + 300)
        if part_key(row.mpn) in parts:
            scores[row.id] += EXACT_PART_BONUS
    return scores


def judge(row: OfferRow, need: Need) -> list[Judged]:
    verdicts = [
        judge_validity(row, need.at_us),
        yes("currency", row.currency == need.currency, need.currency, row.currency),
        yes("unit", row.unit == need.unit, need.unit, row.unit),
    ]
    if need.region is not None:
        verdicts.append(judge_region(row, need.region))
    if row.unit == need.unit:
        verdicts += judge_quantity(row, need.quantity_micro)
    if need.deliver_within_days is not None:
        verdicts.append(judge_lead_time(row, need.deliver_within_days))
    for word in query_words(need.words):
        verdicts.append(yes(f"word:{word.whole}", word_count(row, word, need.words) > 0, word.whole, None))
    for attribute in dict.fromkeys(requirement.attribute for requirement in need.requirements):
        asked = [requirement for requirement in need.requirements if requirement.attribute == attribute]
        verdicts.append(judge_attribute(row, attribute, asked))
    return verdicts


def yes(name: str, met: bool, needed: Value, has: Value, distance: float | None = None) -> Judged:
    return Judged(name, OK if met else FAIL, needed, has, distance)


def judge_validity(row: OfferRow, at_us: int) -> Judged:
    until = NEVER_US if row.valid_until_us is None else row.valid_until_us
    return yes("validity", at_us < until, at_us, row.valid_until_us)


def judge_region(row: OfferRow, region: str) -> Judged:
    served: list[Scalar] = [*sorted(set(row.regions))]
    verdict = yes("region", any(name in served for name in (region, region[:2], "*")), region, served or None)
    if not served:
        verdict.state = UNKNOWN
    return verdict


def judge_quantity(row: OfferRow, quantity: int) -> list[Judged]:
    moq, increment, available = row.moq_micro, row.increment_micro, row.available_micro
    return [
        yes("moq", quantity >= moq, quantity, moq, moq),
        yes("increment", increment == 0 or quantity % increment == 0, quantity, increment),
        yes("available", available is None or available >= quantity, quantity, available, -(available or 0)),
    ]


def judge_lead_time(row: OfferRow, within_days: int) -> Judged:
    if row.lead_time_days is None:
        return Judged("lead_time", UNKNOWN, within_days, None)
    return yes("lead_time", row.lead_time_days <= within_days, within_days, row.lead_time_days, row.lead_time_days)


def judge_attribute(row: OfferRow, attribute: str, asked: list[Requirement]) -> Judged:
    has = row.attributes.get(attribute)
    if isinstance(has, int) and not isinstance(has, bool):
        has = float(has)
    states = [meets(has, requirement) for requirement in asked]
    unmet = next((requirement for requirement, state in zip(asked, states, strict=True) if state != OK), asked[0])
    verdict = Judged(f"attribute:{attribute}", max(states), unmet.value, has, None, unmet.op)
    numbers = [number_in(value) for value in asked[0].values()]
    stated = number_in(has)
    if len(asked) == 1 and stated is not None:
        gaps = [abs(stated - number) for number in numbers if number is not None]
        verdict.distance = min(gaps) if len(gaps) == len(numbers) else None
    return verdict


def number_in(value: Scalar | None) -> float | None:
    return None if isinstance(value, bool | str | None) else float(value)


def meets(has: Scalar | None, requirement: Requirement) -> int:
    if requirement.op in (">=", "<=", "between"):
        stated, asked = number_in(has), [number_in(value) or 0.0 for value in requirement.values()]
        if stated is None:
            return UNKNOWN
        above = requirement.op == "<=" or stated >= asked[0]
        below = requirement.op == ">=" or stated <= asked[-1]
        return OK if above and below else FAIL
    alike = [value for value in requirement.values() if has is not None and same_kind(has, value)]
    if not alike:
        return UNKNOWN
    return OK if any(same_value(has, value) for value in alike) else FAIL


def same_kind(has: Scalar, value: Scalar) -> bool:
    return (isinstance(has, str), isinstance(has, bool)) == (isinstance(value, str), isinstance(value, bool))


def same_value(has: Scalar | None, value: Scalar) -> bool:
    if isinstance(has, str) and isinstance(value, str):
        return fold(has).strip() == fold(value).strip()
    return number_in(has) == number_in(value) if number_in(has) is not None else has == value


def score_weight(need: Need) -> int:
    each = 2_000 // len(need.requirements) if need.requirements else 0
    return 4_000 + 1_500 + 1_000 + each * len(need.requirements) + (1_500 if query_words(need.words) else 0)


def total(why: list[Reason]) -> int:
    return sum(reason.weight * reason.utility for reason in why)


def reasons(row: OfferRow, need: Need, passing: list[OfferRow], text: int, best_text: int) -> list[Reason]:
    prices = [price_at(other, need.quantity_micro) for other in passing]
    cheapest = min((price for price in prices if price is not None), default=0)
    price = price_at(row, need.quantity_micro)
    result = [
        Reason("price", price, price_utility(price, cheapest), 4_000),
        Reason("lead_time", row.lead_time_days, lead_utility(row, need, passing), 1_500),
        Reason("capacity", row.available_micro, capacity_utility(row, need.quantity_micro), 1_000),
    ]
    for requirement in need.requirements:
        has = row.attributes[requirement.attribute]
        shown = has if isinstance(has, bool | str) else float(has)
        weight = 2_000 // len(need.requirements)
        result.append(Reason(f"attribute:{requirement.attribute}", shown, surplus_utility(has, requirement), weight))
    words = query_words(need.words)
    if words:
        utility = text * 10_000 // best_text if best_text else 0
        result.append(Reason("text", len(words), utility, 1_500))
    return result


def price_utility(price: int | None, cheapest: int) -> int:
    if price is None:
        return 0
    return 10_000 * cheapest // price if price else 10_000


def lead_utility(row: OfferRow, need: Need, passing: list[OfferRow]) -> int:
    if row.lead_time_days is None:
        return 0
    if need.deliver_within_days is not None:
        return (need.deliver_within_days + 1 - row.lead_time_days) * 10_000 // (need.deliver_within_days + 1)
    fastest = min(other.lead_time_days for other in passing if other.lead_time_days is not None)
    return (fastest + 1) * 10_000 // (row.lead_time_days + 1)


def capacity_utility(row: OfferRow, quantity: int) -> int:
    if row.available_micro is None:
        return 5_000
    return min(10_000, 5_000 + 5_000 * (row.available_micro - quantity) // quantity)


def surplus_utility(has: Scalar, requirement: Requirement) -> int:
    stated, asked = number_in(has), number_in(requirement.values()[0])
    if requirement.op not in (">=", "<=") or stated is None or asked is None:
        return 10_000
    better = stated - asked if requirement.op == ">=" else asked - stated
    return 5_000 + floor(5_000.0 * min(better / (abs(asked) or 1.0), 1.0))


def failures(verdicts: list[Judged]) -> list[Judged]:
    return [verdict for verdict in verdicts if verdict.state != OK]


def explained(judged: list[tuple[OfferRow, list[Judged]]]) -> dict[str, list[tuple[OfferRow, Judged, bool]]]:
    """Every failure by reason, in the order of the constraints, with whether it is the offer's only one."""
    names: dict[str, None] = {}
    for _, verdicts in judged:
        names |= dict.fromkeys(verdict.name for verdict in verdicts)
    result: dict[str, list[tuple[OfferRow, Judged, bool]]] = {}
    for name in ordered(names):
        for state in (FAIL, UNKNOWN):
            for row, verdicts in judged:
                failed = failures(verdicts)
                for verdict in failed:
                    if verdict.name == name and verdict.state == state:
                        result.setdefault(verdict.reason, []).append((row, verdict, len(failed) == 1))
    return result


def ordered(names: Iterable[str]) -> list[str]:
    first = ["validity", "currency", "unit", "region", "moq", "increment", "available", "lead_time"]
    return [name for name in first if name in names] + [name for name in names if name not in first]


def exclusions(judged: list[tuple[OfferRow, list[Judged]]]) -> list[Exclusion]:
    result: list[Exclusion] = []
    for reason, failed in explained(judged).items():
        alone = [verdict for _, verdict, only in failed if only]
        gaps = [verdict for verdict in alone if verdict.state == FAIL and verdict.distance is not None]
        nearest = min(gaps, key=lambda verdict: verdict.distance or 0).has if gaps else None
        result.append(Exclusion(reason, len(failed), len(alone), nearest))
    return result


def near_misses(judged: list[tuple[OfferRow, list[Judged]]], need: Need) -> list[NearMiss]:
    result: list[NearMiss] = []
    for reason, failed in explained(judged).items():
        alone = [(row, verdict) for row, verdict, only in failed if only]
        alone.sort(
            key=lambda pair: (
                (pair[1].distance or 0) if pair[1].state == FAIL else 0,
                *order_of(pair[0], need.quantity_micro),
            )
        )
        for row, verdict in alone[:5]:
            price = price_at(row, need.quantity_micro)
            result.append(NearMiss(row.id, row.company_id, row.version, price, reason, verdict.op, verdict.needed, verdict.has))
    return result[:NEAR_MISSES_MAX]


def search(rows: Collection[OfferRow], active: set[UUID], query: SearchQuery) -> SearchResult:
    """What the engine's search must answer for these offers."""
    in_category = [row for row in rows if within(row.category_path, query.category_path)]
    seen = visible(in_category, active, query.viewer_id, set(query.excluded_ids))
    texts = text_scores(seen, query.text)
    words = query_words(query.text)
    prices = {row.id: price_at(row, query.quantity_micro or row.moq_micro) for row in seen}
    found = {row.id: sum(word_count(row, word, query.text) > 0 for word in words) for row in seen}
    kept = [row for row in seen if wanted(row, query, prices[row.id])]
    complete = [row for row in kept if found[row.id] == len(words)]
    hits = complete or [row for row in kept if found[row.id] > 0]

    def key(row: OfferRow) -> tuple[int | str, ...]:
        price, relevance = prices[row.id], (-found[row.id], -texts[row.id], -row.id.int)
        if query.sort == "price":
            return (row.currency, LAST if price is None else price, *relevance)
        if query.sort == "lead_time":
            return (LAST if row.lead_time_days is None else row.lead_time_days, *relevance)
        return relevance if query.sort == "relevance" else (-row.id.int,)

    page = sorted(hits, key=key)[query.offset : query.offset + query.limit]
    return SearchResult(
        hits=[SearchHit(row.id, row.version, prices[row.id]) for row in page],
        total=min(len(hits), SEARCH_TOTAL_MAX),
        total_exact=len(hits) <= SEARCH_TOTAL_MAX,
        all_words=bool(complete) or not words,
    )


def wanted(row: OfferRow, query: SearchQuery, price: int | None) -> bool:
    verdicts = [judge_validity(row, query.at_us)]
    verdicts += [judge_attribute(row, requirement.attribute, [requirement]) for requirement in query.requirements]
    if query.region is not None:
        verdicts.append(judge_region(row, query.region))
    if query.max_lead_days is not None:
        verdicts.append(judge_lead_time(row, query.max_lead_days))
    if query.price_min_micro is not None and (price is None or price < query.price_min_micro):
        return False
    if query.price_max_micro is not None and (price is None or price > query.price_max_micro):
        return False
    return (
        not failures(verdicts)
        and query.currency in (None, row.currency)
        and query.firm in (None, row.firm)
        and (query.company_ids is None or row.company_id in query.company_ids)
    )
