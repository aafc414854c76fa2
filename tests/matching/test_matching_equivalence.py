"""The engine equals the naive reference, whatever happened to the columns before."""

from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from matching import columns, reference
from matching.columns import Columns
from matching.engine import match
from matching.model import OfferRow
from matching.search import search
from schemas.matching import Need, SearchQuery
from tests.matching import generated_markets as markets

Change = tuple[str, OfferRow]

active_companies = st.sets(markets.companies, min_size=3)
changes = st.lists(
    st.tuples(st.sampled_from(["apply", "apply", "apply", "remove", "compact"]), markets.offers(markets.offer_ids)), max_size=24
)


@pytest.fixture(autouse=True)
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets fresh rows, delta and base change over after a few rows."""
    monkeypatch.setattr(columns, "FRESH_ROWS_ASKED", 3)
    monkeypatch.setattr(columns, "DELTA_ROWS_MIN", 6)


def filled(loaded: list[OfferRow], steps: list[Change], active: set[UUID]) -> tuple[Columns, list[OfferRow]]:
    """A store after the steps, and the rows that a plain dictionary keeps after the same steps."""
    store, rows, versions = Columns(), {}, {}
    for company in active:
        store.set_standing(company, True)
    store.load(loaded)
    for row in loaded:
        if row.live:
            rows[row.id], versions[row.id] = row, row.version
    for verb, row in steps:
        if verb == "compact":
            store.compact()
            continue
        newer = versions.get(row.id, 0) <= row.version
        gone = verb == "remove" or not row.live
        assert newer == (store.remove(row.id, row.version) if verb == "remove" else store.apply(row))
        if newer:
            versions[row.id] = row.version
            rows.pop(row.id, None)
            if not gone:
                rows[row.id] = row
    assert len(rows) == store.live
    assert versions == {offer_id: store.version_of(offer_id) for offer_id in versions}
    return store, list(rows.values())


@settings(max_examples=80, deadline=None)
@given(loaded=markets.markets, steps=changes, active=active_companies, need=markets.needs)
def test_matches_equal_the_reference(loaded: list[OfferRow], steps: list[Change], active: set[UUID], need: Need) -> None:
    """Matches, reasons, counts and near misses are those of the reference after any changes in any merge state."""
    store, rows = filled(loaded, steps, active)
    assert reference.match(rows, active, need) == match(store, need)


@settings(max_examples=80, deadline=None)
@given(loaded=markets.markets, steps=changes, active=active_companies, query=markets.searches)
def test_hits_equal_the_reference(loaded: list[OfferRow], steps: list[Change], active: set[UUID], query: SearchQuery) -> None:
    """Found offers, their order and the total are those of the reference after any changes in any merge state."""
    store, rows = filled(loaded, steps, active)
    assert reference.search(rows, active, query) == search(store, query)


@settings(max_examples=50, deadline=None)
@given(
    rows=markets.markets,
    private=markets.offers(st.just(UUID(int=99))),
    need=markets.needs,
    query=markets.searches,
    order=st.randoms(),
)
def test_a_private_offer_changes_nothing_for_a_stranger(
    rows: list[OfferRow], private: OfferRow, need: Need, query: SearchQuery, order: Random
) -> None:
    """Counts, scores, reasons and order stay the same to the last bit when an offer appears that the viewer may not see."""
    stranger = markets.COMPANIES[4]
    private = replace(private, company_id=markets.COMPANIES[0], visibility="own", audience=(markets.COMPANIES[1],), live=True)
    need, query = replace(need, viewer_id=stranger), replace(query, viewer_id=stranger)
    before, _ = filled(rows, [], set(markets.COMPANIES))
    with_private = [*rows, private]
    order.shuffle(with_private)
    after, _ = filled([], [("apply", row) for row in with_private], set(markets.COMPANIES))
    assert match(before, need) == match(after, need)
    assert search(before, query) == search(after, query)


def test_a_private_offer_counts_for_whom_it_is_shown_to() -> None:
    """Control of the test above: the same offer does change the answer of a company in its audience."""
    row = OfferRow(
        id=UUID(int=1),
        company_id=markets.COMPANIES[0],
        version=1,
        category_path="office",
        title="Toner",
        currency="VND",
        unit="C62",
        regions=("VN",),
        visibility="own",
        audience=(markets.COMPANIES[4],),
    )
    store, _ = filled([row], [], {markets.COMPANIES[0]})
    need = Need(quantity_micro=1, unit="C62", currency="VND", at_us=markets.NOON_US)
    totals = [match(store, replace(need, viewer_id=viewer)).total for viewer in (None, *markets.COMPANIES)]
    assert totals == [0, 0, 0, 0, 0, 1]
