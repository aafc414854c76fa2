"""Generated markets for the matching tests: few distinct values, so that offers and needs meet often and tie often."""

from uuid import UUID

from hypothesis import strategies as st

from matching.model import OfferRow, Tier
from schemas.matching import MICRO_MAX, Need, Requirement, SearchQuery

NOON_US = 1_800_000_000_000_000
MICRO = 1_000_000
COMPANIES = [UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0000 + number) for number in range(1, 6)]
PATHS = ["office", "office/toner", "office/toner/laser", "office-chairs", "computers", "computers/notebooks"]
WORDS = ["Xerox", "toner", "toners", "HP", "máy", "tính", "dv7-1211ea", "Đen", "006R90321", "M/F"]

companies = st.sampled_from(COMPANIES)
quantities = st.sampled_from([1, 2, 3, 5, 10]).map(lambda count: count * MICRO) | st.integers(1, MICRO_MAX)
days = st.integers(0, 6)
numbers = st.sampled_from([-1, 0, 1, 2, 2.5, 4, 8, 1e300])
scalars = numbers | st.booleans() | st.sampled_from(["Đen", "đen", "black", "1"])
attributes = st.sampled_from(["memory_gb", "colour", "duplex"])
texts = st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join)
instants = st.sampled_from([NOON_US - 1, NOON_US, NOON_US + 1])


@st.composite
def tiers(draw: st.DrawFn) -> tuple[Tier, ...]:
    minimums = sorted(draw(st.sets(st.sampled_from([0, 1, 2, 5, 100]), max_size=3)))
    prices = st.sampled_from([0, 5, 7, MICRO, MICRO_MAX - 1, MICRO_MAX]) | st.integers(0, MICRO_MAX)
    return tuple(Tier(minimum * MICRO, draw(prices)) for minimum in minimums)


def offers(ids: st.SearchStrategy[UUID]) -> st.SearchStrategy[OfferRow]:
    return st.builds(
        OfferRow,
        id=ids,
        company_id=companies,
        version=st.integers(1, 6),
        category_path=st.sampled_from(PATHS),
        title=texts,
        mpn=st.sampled_from(["", *WORDS[-4:]]),
        currency=st.sampled_from(["VND", "VND", "VND", "USD"]),
        unit=st.sampled_from(["C62", "C62", "C62", "KGM"]),
        tiers=tiers(),
        moq_micro=st.sampled_from([0, MICRO, 2 * MICRO, 5 * MICRO, MICRO_MAX]),
        increment_micro=st.sampled_from([0, 1, MICRO, 2 * MICRO]),
        available_micro=st.none() | st.sampled_from([0, 3 * MICRO, 10 * MICRO, MICRO_MAX]),
        lead_time_days=st.none() | days,
        regions=st.lists(st.sampled_from(["VN", "VN-SG", "VN-HN", "US", "*"]), max_size=3).map(tuple),
        attributes=st.dictionaries(attributes, scalars, max_size=3),
        firm=st.booleans(),
        valid_until_us=st.none() | instants,
        visibility=st.sampled_from(["all", "all", "own"]),
        audience=st.lists(companies, max_size=2).map(tuple),
        live=st.sampled_from([True, True, True, False]),
    )


offer_ids = st.integers(1, 24).map(lambda number: UUID(int=number << 60 | number % 3))
markets = st.lists(offers(offer_ids), max_size=24, unique_by=lambda row: row.id)


@st.composite
def requirements(draw: st.DrawFn) -> Requirement:
    op = draw(st.sampled_from([">=", "<=", "=", "in", "between"]))
    if op == "between":
        value: object = sorted([draw(numbers), draw(numbers)])
    elif op == "in":
        value = draw(st.lists(scalars, min_size=1, max_size=3))
    else:
        value = draw(scalars if op == "=" else numbers)
    return Requirement(draw(attributes), op, value)


needs = st.builds(
    Need,
    quantity_micro=quantities,
    unit=st.sampled_from(["C62", "C62", "C62", "KGM", "HUR"]),
    currency=st.sampled_from(["VND", "VND", "VND", "USD", "EUR"]),
    at_us=st.just(NOON_US),
    viewer_id=st.none() | companies,
    group_ids=st.lists(companies, max_size=2),
    category_path=st.sampled_from(["", "", *PATHS, "services"]),
    words=st.just("") | texts,
    requirements=st.lists(requirements(), max_size=2),
    region=st.none() | st.sampled_from(["VN-SG", "VN", "US"]),
    deliver_within_days=st.none() | days,
)

searches = st.builds(
    SearchQuery,
    at_us=st.just(NOON_US),
    viewer_id=st.none() | companies,
    excluded_ids=st.lists(companies, max_size=1),
    text=st.just("") | texts,
    category_path=st.sampled_from(["", "", *PATHS, "services"]),
    requirements=st.lists(requirements(), max_size=1),
    quantity_micro=st.none() | quantities,
    price_min_micro=st.none() | st.sampled_from([0, 6]),
    price_max_micro=st.none() | st.sampled_from([7, MICRO, MICRO_MAX]),
    currency=st.none() | st.just("VND"),
    max_lead_days=st.none() | days,
    region=st.none() | st.just("VN-SG"),
    company_ids=st.none() | st.lists(companies, max_size=3),
    firm=st.none() | st.booleans(),
    sort=st.sampled_from(["relevance", "price", "lead_time", "newest"]),
    offset=st.integers(0, 3),
    limit=st.integers(1, 8),
)
