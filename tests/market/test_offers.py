"""The sample offers: each could be posted by its company as it stands."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pycountry
import pytest

from exchange.country import profile, vat_codes_on
from exchange.market.data import (
    Company,
    Offer,
    categories,
    declared_attributes,
    sample_companies,
    sample_offers,
    units,
)

BEFORE = date(2026, 12, 1)
AFTER = date(2027, 3, 1)
COMPANIES: dict[str, Company] = {company.key: company for company in sample_companies().companies}
UNITS = {unit.code for unit in units()}
PARENTS = {category.parent for category in categories()}
OFFERS = sample_offers(BEFORE)

each_offer = pytest.mark.parametrize("row", OFFERS, ids=[f"{row.company}-{row.offer.external_id}" for row in OFFERS])


@each_offer
def test_an_offer_belongs_to_an_active_company_and_a_leaf_of_the_tree(row: Offer) -> None:
    """Only members sell, and an offer stands where buyers look for it."""
    assert COMPANIES[row.company].status == "active"
    assert row.offer.category in {category.code for category in categories()} - PARENTS
    assert 7 <= row.valid_days <= 365


@each_offer
def test_its_attributes_are_declared_and_of_their_kind(row: Offer) -> None:
    """Every attribute can be filtered; required ones are there."""
    declared = declared_attributes(row.offer.category)
    assert set(row.offer.attributes) <= set(declared)
    assert {key for key, attribute in declared.items() if attribute.required} <= set(row.offer.attributes)
    for key, value in row.offer.attributes.items():
        match declared[key].kind:
            case "number":
                assert isinstance(value, int | float)
                assert not isinstance(value, bool)
                assert value >= 0
            case "boolean":
                assert isinstance(value, bool)
            case "choice":
                assert value in declared[key].choices
            case "text":
                assert isinstance(value, str)
                assert value.strip() == value != ""


@each_offer
def test_its_price_breaks_rise_in_quantity_and_fall_in_price(row: Offer) -> None:
    """Buying more never costs more for one unit, and the first break is the MOQ."""
    quantities = [Decimal(tier.min_quantity) for tier in row.offer.tiers]
    prices = [Decimal(tier.price) for tier in row.offer.tiers]
    assert quantities == sorted(set(quantities))
    assert prices == sorted(set(prices), reverse=True)
    assert row.offer.moq is not None
    assert row.offer.increment is not None
    assert quantities[0] == Decimal(row.offer.moq)
    for quantity in quantities:
        assert (quantity - quantities[0]) % Decimal(row.offer.increment) == 0
    assert row.offer.available is None or Decimal(row.offer.available) >= quantities[0]


@each_offer
def test_its_unit_regions_and_places_exist(row: Offer) -> None:
    """Units of Rec 20; ship-from and regions of ISO 3166; a place where the delivery rule needs one."""
    assert row.offer.unit in UNITS
    for region in (row.offer.ship_from, *row.offer.regions):
        known = pycountry.subdivisions.get(code=region) if "-" in region else pycountry.countries.get(alpha_2=region)
        assert region == "*" or known is not None
    assert row.offer.terms.delivery.place


@each_offer
def test_its_vat_code_and_currency_are_lawful(row: Offer) -> None:
    """The code is valid in the seller's country; a seller in Viet Nam who asks for dollars serves no buyer there."""
    seller = COMPANIES[row.company]
    assert row.offer.vat_code in {vat.code for vat in vat_codes_on(profile(seller.profile), BEFORE)}
    if seller.country == "VN" and row.offer.currency != "VND":
        assert not any(region.startswith("VN") or region == "*" for region in row.offer.regions)
        assert row.offer.vat_code == "VN0"


def test_a_price_in_dong_has_no_fraction() -> None:
    """Đồng has no minor unit, so a unit price in it is a whole number."""
    odd = [tier.price for row in OFFERS for tier in row.offer.tiers if row.offer.currency == "VND" and "." in tier.price]
    assert odd == []


def test_offers_are_told_apart() -> None:
    """One external id per company, and no title twice."""
    assert len({(row.company, row.offer.external_id) for row in OFFERS}) == len(OFFERS)
    assert [title for title, count in Counter(row.offer.title for row in OFFERS).items() if count > 1] == []
    assert [row.offer.external_id for row in OFFERS if len(row.offer.description) < 30] == []


def test_the_market_is_broad() -> None:
    """About 300 offers over the whole tree, goods and services, firm and indicative, mostly in đồng."""
    assert 290 <= len(OFFERS) <= 340
    assert len({row.offer.category for row in OFFERS}) >= 80
    firm = sum(row.offer.firm for row in OFFERS)
    assert 30 <= len(OFFERS) - firm < firm
    assert Counter(row.offer.currency for row in OFFERS).keys() == {"VND", "USD"}
    assert {row.company for row in OFFERS} == {company.key for company in COMPANIES.values() if company.status == "active"}


def test_the_reduced_rate_goes_back_when_its_time_is_over() -> None:
    """The same offers on a day of 2027 carry 10 % where they carried 8 %."""
    later = sample_offers(AFTER)
    assert "VN8" in {row.offer.vat_code for row in OFFERS}
    assert "VN8" not in {row.offer.vat_code for row in later}
    assert [row.offer.vat_code.replace("VN8", "VN10") for row in OFFERS] == [row.offer.vat_code for row in later]
