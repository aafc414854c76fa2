"""What a buyer is told: matches with reasons, counts of the excluded, near misses."""

from uuid import UUID

from msgspec.structs import replace

from matching.columns import Columns
from matching.engine import match
from matching.model import OfferRow, Tier
from matching.search import search
from schemas.matching import MICRO_MAX, Exclusion, Need, Requirement, SearchQuery
from tests.matching import generated_markets as markets

MICRO = 1_000_000
BUYER, SELLER, RIVAL = markets.COMPANIES[:3]
TONER = OfferRow(
    id=UUID(int=1),
    company_id=SELLER,
    version=3,
    category_path="office/toner",
    title="Xerox 006R90321 toner cartridge Original Black 6 pc(s)",
    mpn="006R90321",
    currency="USD",
    unit="C62",
    tiers=(Tier(MICRO, 50 * MICRO), Tier(10 * MICRO, 45 * MICRO), Tier(100 * MICRO, 40 * MICRO)),
    moq_micro=MICRO,
    increment_micro=MICRO,
    available_micro=1_000 * MICRO,
    lead_time_days=3,
    regions=("VN",),
    attributes={"per_pack": 6, "colour": "Đen"},
    firm=True,
)
NEED = Need(
    quantity_micro=10 * MICRO,
    unit="C62",
    currency="USD",
    at_us=markets.NOON_US,
    viewer_id=BUYER,
    category_path="office",
    words="Xerox toner",
    requirements=[Requirement("per_pack", ">=", 6)],
    region="VN-SG",
    deliver_within_days=7,
)


def store(*rows: OfferRow) -> Columns:
    columns = Columns()
    for company in markets.COMPANIES:
        columns.set_standing(company, True)
    columns.load(rows)
    return columns


def variants(*changes: dict[str, object]) -> list[OfferRow]:
    return [replace(TONER, id=UUID(int=number), **change) for number, change in enumerate(changes, 1)]


def test_a_match_says_why() -> None:
    """Price at the asked quantity through its tier, lead time, stock, attribute and words each give value and utility."""
    result = match(store(TONER), NEED)
    found = result.matches[0]
    assert (found.offer_id, found.version, found.rank, found.price_micro) == (TONER.id, 3, 1, 45 * MICRO)
    assert [(reason.criterion, reason.value, reason.utility) for reason in found.reasons] == [
        ("price", 45 * MICRO, 10_000),
        ("lead_time", 3, 6_250),
        ("capacity", 1_000 * MICRO, 10_000),
        ("attribute:per_pack", 6.0, 5_000),
        ("text", 2, 10_000),
    ]
    assert found.score == sum(reason.weight * reason.utility for reason in found.reasons)
    assert result.score_max == 10_000 * sum(reason.weight for reason in found.reasons)


def test_the_cheaper_of_two_equal_offers_is_first() -> None:
    """Price decides between otherwise equal offers, also where price times quantity would pass 64 bits."""
    dear = (Tier(MICRO, MICRO_MAX),)
    rows = variants({"tiers": dear}, {"tiers": (Tier(MICRO, MICRO_MAX - MICRO_MAX // 10),)})
    assert [found.offer_id.int for found in match(store(*rows), NEED).matches] == [2, 1]
    assert [found.reasons[0].utility for found in match(store(*rows), NEED).matches] == [10_000, 9_000]


def test_equal_offers_keep_the_order_of_their_ids() -> None:
    """Nothing but the id decides between equal offers, whatever order they came in."""
    rows = variants({}, {}, {})
    assert match(store(*rows), NEED) == match(store(*reversed(rows)), NEED)
    assert [found.offer_id.int for found in match(store(*rows), NEED).matches] == [1, 2, 3]


def test_exclusions_count_and_name_the_nearest() -> None:
    """Two fail only on the minimum order, the lowest of which is 250; one fails on that and on its unit."""
    rows = variants(
        {"moq_micro": 500 * MICRO}, {"moq_micro": 250 * MICRO}, {"moq_micro": 20 * MICRO, "currency": "VND"}, {"unit": "KGM"}
    )
    asked = replace(NEED, requirements=[], quantity_micro=10 * MICRO)
    result = match(store(*rows), asked)
    assert (result.total, result.considered) == (0, 4)
    assert result.exclusions == [
        Exclusion("currency", 1, 0, None),
        Exclusion("unit", 1, 1, None),
        Exclusion("moq", 3, 2, 250 * MICRO),
    ]
    assert [(miss.reason, miss.needed, miss.has) for miss in result.near_misses] == [
        ("unit", "C62", "KGM"),
        ("moq", 10 * MICRO, 250 * MICRO),
        ("moq", 10 * MICRO, 500 * MICRO),
    ]


def test_a_missing_brand_word_is_a_near_miss() -> None:
    """Asked "for HP", the Xerox toner misses by this word alone."""
    result = match(store(TONER), replace(NEED, words="toner for HP"))
    assert [(miss.reason, miss.needed, miss.has) for miss in result.near_misses] == [("word:hp", "hp", None)]


def test_what_is_not_stated_does_not_pass() -> None:
    """An offer silent on an attribute, the lead time or its regions is counted as unknown and can be a near miss."""
    rows = variants(
        {"attributes": {"colour": "Đen"}}, {"attributes": {"per_pack": "six"}}, {"lead_time_days": None}, {"regions": ()}
    )
    result = match(store(*rows), NEED)
    assert [(found.reason, found.count, found.only) for found in result.exclusions] == [
        ("unknown:region", 1, 1),
        ("unknown:lead_time", 1, 1),
        ("unknown:per_pack", 2, 2),
    ]
    assert [miss.has for miss in result.near_misses] == [None, None, None, "six"]


def test_attribute_texts_compare_folded_and_show_as_written() -> None:
    """Asked for "den", the offer's "Đen" passes; asked for another colour it is shown as its seller wrote it."""
    colour = replace(NEED, requirements=[Requirement("colour", "in", ["den", "xanh"])])
    assert match(store(TONER), colour).total == 1
    blue = match(store(TONER), replace(NEED, requirements=[Requirement("colour", "=", "xanh")]))
    assert [(miss.op, miss.needed, miss.has) for miss in blue.near_misses] == [("=", "xanh", "Đen")]


def test_suppliers_are_counted_with_their_best_offer() -> None:
    """Each supplier stands once, in the order of its best offer."""
    cheap = (Tier(MICRO, MICRO),)
    rows = variants({}, {}, {"company_id": RIVAL, "tiers": cheap})
    result = match(store(*rows), NEED)
    assert [(found.company_id, found.count, found.best.rank) for found in result.suppliers] == [(RIVAL, 1, 1), (SELLER, 2, 2)]


def test_at_most_fifty_matches_but_all_are_counted() -> None:
    """The list ends at 50; the total does not."""
    result = match(store(*variants(*[{}] * 60)), NEED)
    assert (len(result.matches), result.total, result.suppliers[0].count) == (50, 60, 60)


def test_a_suspended_company_is_nowhere() -> None:
    """Its offers are in no match, count or search, and come back with its standing."""
    columns = store(TONER)
    columns.set_standing(SELLER, False)
    assert match(columns, NEED).considered == 0
    assert search(columns, SearchQuery(at_us=markets.NOON_US, text="toner")).total == 0
    columns.set_standing(SELLER, True)
    assert match(columns, NEED).total == 1


def test_an_exact_part_number_is_found_first() -> None:
    """The offer whose part number was typed stands above one that only mentions it often."""
    rows = variants({"mpn": "X-1", "title": "For 006R90321: 006R90321 006R90321"}, {})
    result = search(store(*rows), SearchQuery(at_us=markets.NOON_US, text="006r-90321"))
    assert [hit.offer_id.int for hit in result.hits] == [2]
    result = search(store(*rows), SearchQuery(at_us=markets.NOON_US, text="006R90321"))
    assert [hit.offer_id.int for hit in result.hits] == [2, 1]


def test_a_search_without_full_hits_shows_the_most_words() -> None:
    """No offer has all three words: those with two come before those with one, and the answer says so."""
    rows = variants({"title": "Toner"}, {"title": "Toner Xerox"}, {"title": "Paper"})
    result = search(store(*rows), SearchQuery(at_us=markets.NOON_US, text="xerox toner brother"))
    assert ([hit.offer_id.int for hit in result.hits], result.all_words) == ([2, 1], False)


def test_the_total_stops_at_a_thousand() -> None:
    """A longer list says only that it is longer."""
    result = search(store(*variants(*[{}] * 1_001)), SearchQuery(at_us=markets.NOON_US, text="toner"))
    assert (result.total, result.total_exact, len(result.hits)) == (1_000, False, 20)


def test_the_price_range_is_that_at_the_quantity() -> None:
    """At 100 pieces the offer costs 40 and passes a limit that it does not pass at 10."""
    asked = SearchQuery(at_us=markets.NOON_US, currency="USD", price_max_micro=40 * MICRO, quantity_micro=100 * MICRO)
    assert search(store(TONER), asked).total == 1
    assert search(store(TONER), replace(asked, quantity_micro=10 * MICRO)).total == 0
