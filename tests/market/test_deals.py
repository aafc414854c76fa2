"""The sample RFQs and orders: each can be played through the services to the state that it names."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import pytest

from exchange.country import profile, required_currency, vat_codes_on, vat_percent
from exchange.market.data import (
    Company,
    Deal,
    Rfq,
    declared_attributes,
    sample_companies,
    sample_deals,
    sample_offers,
    sample_rfqs,
    units,
)
from schemas.offer import AttributeValue, OfferIn
from schemas.rfq import Requirement

BEFORE = date(2026, 12, 1)
AFTER = date(2027, 3, 1)
COMPANIES: dict[str, Company] = {company.key: company for company in sample_companies().companies}
OFFERS: dict[tuple[str, str], OfferIn] = {(row.company, row.offer.external_id or ""): row.offer for row in sample_offers(BEFORE)}
UNITS = {unit.code for unit in units()}
RFQS = sample_rfqs(BEFORE)
DEALS = sample_deals()

each_rfq = pytest.mark.parametrize("rfq", RFQS, ids=[rfq.key for rfq in RFQS])
each_deal = pytest.mark.parametrize("deal", DEALS, ids=[deal.key for deal in DEALS])


def served(regions: Iterable[str], region: str) -> bool:
    return not {"*", region, region.split("-")[0]}.isdisjoint(regions)


def fits(requirement: Requirement, value: AttributeValue) -> bool:
    wanted = requirement.value
    match requirement.op:
        case "=":
            return value == wanted
        case "in":
            return isinstance(wanted, tuple) and value in wanted
        case "between":
            assert isinstance(wanted, tuple)
            assert isinstance(value, int | float)
            low, high = wanted
            return isinstance(low, int | float) and isinstance(high, int | float) and low <= value <= high
        case ">=":
            return isinstance(value, int | float) and isinstance(wanted, int | float) and value >= wanted
        case "<=":
            return isinstance(value, int | float) and isinstance(wanted, int | float) and value <= wanted


def gross(deal: Deal) -> Decimal:
    total = Decimal(0)
    seller = profile(COMPANIES[deal.seller].profile)
    for line in deal.lines:
        offer = OFFERS[deal.seller, line.offer]
        price = [Decimal(tier.price) for tier in offer.tiers if Decimal(tier.min_quantity) <= Decimal(line.quantity)][-1]
        total += price * Decimal(line.quantity) * (100 + vat_percent(seller, offer.vat_code, BEFORE)) / 100
    return total


@each_rfq
def test_what_an_rfq_asks_for_is_declared(rfq: Rfq) -> None:
    """Requirements name attributes of the line's category, with an operator and a value of their kind."""
    assert COMPANIES[rfq.buyer].status == "active"
    for line in rfq.lines:
        assert line.unit in UNITS
        declared = declared_attributes(line.category)
        for requirement in line.requirements:
            attribute = declared[requirement.attribute]
            values = requirement.value if isinstance(requirement.value, tuple) else (requirement.value,)
            assert isinstance(requirement.value, tuple) == (requirement.op in ("in", "between"))
            assert attribute.kind == "number" or requirement.op in ("=", "in")
            assert attribute.kind != "choice" or set(values) <= set(attribute.choices)
            assert attribute.kind != "number" or all(isinstance(value, int | float) for value in values)


@each_rfq
def test_its_quotes_could_be_submitted(rfq: Rfq) -> None:
    """Active suppliers, other than the buyer, each once, with VAT codes and a currency that both may use."""
    buyer = COMPANIES[rfq.buyer]
    assert len({quote.company for quote in rfq.quotes}) == len(rfq.quotes)
    for quote in rfq.quotes:
        seller = COMPANIES[quote.company]
        assert seller.status == "active"
        assert quote.company != rfq.buyer
        assert required_currency(profile(seller.profile), profile(buyer.profile)) in (None, rfq.currency)
        codes = {vat.code for vat in vat_codes_on(profile(seller.profile), BEFORE)}
        assert [line for line in quote.lines if line.vat_code not in codes] == []
        assert [line for line in quote.lines if Decimal(line.quantity) > Decimal(rfq.lines[line.line].quantity)] == []


@each_rfq
def test_the_offers_that_are_quoted_meet_the_line(rfq: Rfq) -> None:
    """A quote that names the seller's own offer names one of that category that fits every requirement and region."""
    for quote in rfq.quotes:
        for quoted in quote.lines:
            if quoted.offer is None:
                continue
            offer = OFFERS[quote.company, quoted.offer]
            line = rfq.lines[quoted.line]
            assert (offer.category, offer.unit) == (line.category, line.unit)
            assert served(offer.regions, line.region)
            missed = [r.attribute for r in line.requirements if not fits(r, offer.attributes[r.attribute])]
            assert missed == [] or quoted.note


@each_rfq
def test_it_can_reach_its_state(rfq: Rfq) -> None:
    """What the state needs is there: quotes to evaluate, a winner among them, a reason to end without one."""
    companies = {quote.company for quote in rfq.quotes}
    decided = rfq.play_to in ("award_pending", "awarded")
    assert (rfq.award_to is not None) == decided
    assert rfq.award_to is None or rfq.award_to in companies
    assert bool(rfq.reason) == (rfq.play_to in ("no_award", "cancelled"))
    assert bool(companies) or rfq.play_to in ("draft", "open")
    assert rfq.after.order is None or rfq.after.signed_by == ("buyer", "seller")
    assert not rfq.after.signed_by or rfq.play_to == "awarded"
    if rfq.play_to == "award_pending":
        buyer, winner = COMPANIES[rfq.buyer], next(quote for quote in rfq.quotes if quote.company == rfq.award_to)
        assert buyer.base_currency == rfq.currency
        assert buyer.approval_limit_minor is not None
        assert sum(Decimal(line.price) * Decimal(line.quantity) for line in winner.lines) > buyer.approval_limit_minor


def test_rfqs_stand_in_every_state_sealed_and_visible() -> None:
    """A visitor finds each kind of RFQ, and one that three suppliers answered."""
    assert {rfq.play_to for rfq in RFQS} == {
        "draft",
        "open",
        "evaluating",
        "award_pending",
        "awarded",
        "no_award",
        "cancelled",
    }
    assert {rfq.sealed for rfq in RFQS} == {True, False}
    assert max(len(rfq.quotes) for rfq in RFQS) >= 3
    assert len({rfq.key for rfq in RFQS} | {deal.key for deal in DEALS}) == len(RFQS) + len(DEALS)


def test_quotes_carry_the_vat_of_the_day() -> None:
    """In 2027 the reduced rate is gone from the quotes too."""
    assert "VN8" in {line.vat_code for rfq in RFQS for quote in rfq.quotes for line in quote.lines}
    later = {line.vat_code for rfq in sample_rfqs(AFTER) for quote in rfq.quotes for line in quote.lines}
    assert "VN8" not in later
    assert "VN10" in later


@each_deal
def test_an_order_takes_firm_offers_of_one_seller(deal: Deal) -> None:
    """Firm, same currency and terms, whole increments from the minimum, in stock, and delivered where the buyer is."""
    offers = [OFFERS[deal.seller, line.offer] for line in deal.lines]
    assert COMPANIES[deal.buyer].status == COMPANIES[deal.seller].status == "active"
    assert deal.buyer != deal.seller
    for offer, line in zip(offers, deal.lines, strict=True):
        quantity, moq = Decimal(line.quantity), Decimal(offer.moq or 0)
        assert offer.firm
        assert (offer.currency, offer.terms) == (offers[0].currency, offers[0].terms)
        assert quantity >= moq
        assert (quantity - moq) % Decimal(offer.increment or 1) == 0
        assert offer.available is None or quantity <= Decimal(offer.available)
        assert served(offer.regions, deal.region)


@each_deal
def test_an_order_can_reach_its_state(deal: Deal) -> None:
    """It stays below both signing limits, and waits for approval exactly when it is above the buyer's own limit."""
    buyer, seller = COMPANIES[deal.buyer], COMPANIES[deal.seller]
    value = gross(deal)
    for company in (buyer, seller):
        assert company.base_currency == "VND"
        assert company.signing_limit_minor is None or value <= company.signing_limit_minor
    above = buyer.approval_limit_minor is not None and value > buyer.approval_limit_minor
    assert above == (deal.play_to in ("draft", "pending_approval"))
    payment = OFFERS[deal.seller, deal.lines[0].offer].terms.payment
    assert deal.play_to != "lapsed" or payment == "protected_full"
    refused = [item.quantity for item in deal.rejected] == [line.quantity for line in deal.lines]
    assert deal.play_to != "completed" or payment == ("protected_full" if refused else "direct_after_acceptance")
    assert (deal.reached is not None) == (deal.play_to == "in_progress") or deal.reached == "held"
    assert deal.reached not in ("difference", "announced") or deal.invoice_number


def test_orders_stand_in_every_state_paid_both_ways() -> None:
    """Waiting, sent back, confirmed, on the way, completed and lapsed; protected and direct."""
    assert {deal.play_to for deal in DEALS} == {"draft", "pending_approval", "confirmed", "in_progress", "completed", "lapsed"}
    payments = {OFFERS[deal.seller, deal.lines[0].offer].terms.payment for deal in DEALS}
    assert {"protected_full", "direct_after_acceptance"} <= payments
    assert {deal.key for deal in DEALS if deal.rejected} == {"office-paper", "school-laptops"}
