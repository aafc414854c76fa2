"""The sample offers: each could be posted by its company as it stands."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pycountry

from exchange.country import profile, vat_codes_on
from exchange.market.data import (
    Attribute,
    Company,
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


def test_an_offer_belongs_to_an_active_company_and_a_leaf_of_the_tree() -> None:
    """Only members sell, and an offer stands where buyers look for it."""
    leaves = {category.code for category in categories()} - PARENTS
    for row in OFFERS:
        assert COMPANIES[row.company].status == "active", row.offer.external_id
        assert row.offer.category in leaves, row.offer.external_id
        assert 7 <= row.valid_days <= 365, row.offer.external_id


def _fits(value: object, attribute: Attribute) -> bool:
    match attribute.kind:
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
        case "boolean":
            return isinstance(value, bool)
        case "choice":
            return value in attribute.choices
        case "text":
            return isinstance(value, str) and value.strip() == value != ""


def test_attributes_are_declared_and_of_their_kind() -> None:
    """Every attribute can be filtered; required ones are there."""
    for row in OFFERS:
        declared = declared_attributes(row.offer.category)
        assert set(row.offer.attributes) <= set(declared), row.offer.external_id
        required = {key for key, attribute in declared.items() if attribute.required}
        assert required <= set(row.offer.attributes), row.offer.external_id
        wrong = [key for key, value in row.offer.attributes.items() if not _fits(value, declared[key])]
        assert wrong == [], row.offer.external_id


def test_price_breaks_rise_in_quantity_and_fall_in_price() -> None:
    """Buying more never costs more for one unit, the first break is the MOQ, and every break can be ordered."""
    for row in OFFERS:
        offer = row.offer
        quantities = [Decimal(tier.min_quantity) for tier in offer.tiers]
        prices = [Decimal(tier.price) for tier in offer.tiers]
        assert quantities == sorted(set(quantities)), offer.external_id
        assert prices == sorted(set(prices), reverse=True), offer.external_id
        assert quantities[0] == Decimal(offer.moq or 0), offer.external_id
        assert [q for q in quantities if (q - quantities[0]) % Decimal(offer.increment or 1)] == [], offer.external_id
        assert offer.available is None or Decimal(offer.available) >= quantities[0], offer.external_id


def test_units_regions_and_places_exist() -> None:
    """Units of Rec 20; ship-from and regions of ISO 3166; a place where the delivery rule needs one."""
    subdivisions = {found.code for found in pycountry.subdivisions}
    countries = {found.alpha_2 for found in pycountry.countries}
    for row in OFFERS:
        assert row.offer.unit in UNITS, row.offer.external_id
        assert {row.offer.ship_from, *row.offer.regions} <= subdivisions | countries | {"*"}, row.offer.external_id
        assert row.offer.terms.delivery.place, row.offer.external_id


def test_vat_code_and_currency_are_lawful() -> None:
    """The code is valid in the seller's country; a seller in Viet Nam who asks for dollars serves no buyer there."""
    for row in OFFERS:
        seller = COMPANIES[row.company]
        valid = {vat.code for vat in vat_codes_on(profile(seller.profile), BEFORE)}
        assert row.offer.vat_code in valid, row.offer.external_id
        if seller.country == "VN" and row.offer.currency != "VND":
            at_home = [region for region in row.offer.regions if region.startswith("VN") or region == "*"]
            assert at_home == [], row.offer.external_id
            assert row.offer.vat_code == "VN0", row.offer.external_id


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
