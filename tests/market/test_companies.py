"""The sample companies: each could apply as it stands, and together they can play every part of a deal."""

import re

import msgspec
import pycountry
import pytest
from stdnum import iban

from exchange.country import check_identifier, profile
from exchange.domain.company.applying import check
from exchange.market.data import Company, categories, sample_companies
from schemas.company import CompanyApply

SHARED = (
    "legal_name",
    "display_name",
    "country",
    "region",
    "registration_id",
    "tax_id",
    "base_currency",
    "trade_roles",
    "website",
    "address",
    "representative",
    "representative_title",
    "phone",
    "contact_email",
)
COMPANIES = sample_companies().companies
OPERATORS = sample_companies().operators
REGIONS = {found.code for found in pycountry.subdivisions} | {found.alpha_2 for found in pycountry.countries}
each_company = pytest.mark.parametrize("company", COMPANIES, ids=[company.key for company in COMPANIES])


@each_company
def test_its_numbers_pass_the_check_of_its_country(company: Company) -> None:
    """Registration and tax id are already in their compact form; in Viet Nam they are one number."""
    rules = profile(company.profile)
    assert check_identifier(rules, "registration", company.registration_id) == company.registration_id
    assert check_identifier(rules, "tax", company.tax_id) == company.tax_id
    assert (company.profile == "vn") == (company.country == "VN")
    assert company.tax_id == company.registration_id or not rules.registration_is_tax_id


@each_company
def test_its_place_account_and_interests_exist(company: Company) -> None:
    """Region of ISO 3166, an account number that passes, categories of our tree."""
    assert company.region in REGIONS
    assert company.region.startswith(company.country)
    number = company.bank_account.number
    assert re.fullmatch(r"[A-Z0-9]{5,34}", number)
    assert not re.match(r"[A-Z]{2}[0-9]{2}", number) or iban.is_valid(number)
    assert set(company.categories) <= {category.code for category in categories()}
    assert company.about_en
    assert company.about_vi


@each_company
def test_its_account_is_in_its_name_unless_it_was_rejected(company: Company) -> None:
    """The holder is the legal name; the one that differs is why an application was rejected."""
    assert (company.bank_account.holder == company.legal_name) == (company.status != "rejected")
    assert bool(company.decision_reason) == (company.status == "rejected")


@each_company
def test_it_has_an_owner_who_may_sign(company: Company) -> None:
    """The first person is the owner; an active company has a signatory, a seller and somebody for the money."""
    assert "owner" in company.people[0].roles
    if company.status == "active":
        roles = {role for person in company.people for role in person.roles}
        assert {"owner", "signatory", "seller", "finance"} <= roles


@each_company
def test_it_can_apply(company: Company) -> None:
    """The rules of an application accept it as it stands, phone, website and account included."""
    owner = company.people[0]
    command = msgspec.convert(
        {
            **{name: getattr(company, name) for name in SHARED},
            "about": company.about_en,
            "bank": msgspec.to_builtins(company.bank_account),
            "owner": {"name": owner.name, "email": owner.email, "password": "a long enough password", "locale": owner.locale},
        },
        CompanyApply,
    )
    checked = check(command)
    assert (checked.registration_id, checked.tax_id) == (company.registration_id, company.tax_id)
    assert checked.base_currency == company.base_currency


def test_people_are_told_apart_by_e_mail() -> None:
    """One address, one person, on a domain that can never receive mail."""
    emails = [person.email for company in COMPANIES for person in company.people] + [operator.email for operator in OPERATORS]
    assert len(emails) == len(set(emails))
    assert [email for email in emails if not re.fullmatch(r"[a-z.]+@[a-z0-9.-]+\.example", email)] == []


def test_the_market_has_every_trade_role_and_a_queue() -> None:
    """Makers, traders and service providers are active; others wait for the operator or were refused."""
    active = [company for company in COMPANIES if company.status == "active"]
    assert 12 <= len(active) <= 14
    assert {role for company in active for role in company.trade_roles} == {
        "manufacturer",
        "distributor",
        "wholesaler",
        "retailer",
        "service_provider",
        "raw_material_supplier",
        "importer",
        "exporter",
    }
    assert {company.status for company in COMPANIES} == {"applied", "in_review", "active", "rejected"}
    assert {company.country for company in active} > {"VN"}


def test_one_buyer_has_a_committee() -> None:
    """Phú Điền has a buyer, another approver, a signatory, finance, warehouse and seller, and a limit that calls for them."""
    buyer = next(company for company in COMPANIES if company.key == "phu-dien")
    holders = {role: person.email for person in buyer.people for role in person.roles}
    assert holders["buyer"] != holders["approver"]
    assert {"signatory", "finance", "warehouse", "seller"} <= set(holders)
    assert buyer.approval_limit_minor == 100_000_000


def test_operators_cover_every_desk() -> None:
    """A moderator, compliance, an administrator, and two people of finance, because money needs four eyes."""
    roles = [role for operator in OPERATORS for role in operator.operator_roles]
    assert roles.count("finance") == 2
    assert {"moderator", "compliance", "administrator"} <= set(roles)
