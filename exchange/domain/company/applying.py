"""A company applies for membership: checked against its country's profile, with its bank account and its first person."""

import re
from typing import Final, Literal

import msgspec
import pycountry
from stdnum import iban, lei
from stdnum.eu import vat

from exchange import events
from exchange.country import PROFILES, CountryProfile, InvalidIdentifier, check_identifier, profile
from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.company import account_store, file_store, people_store, store
from exchange.domain.company.model import Company, fold
from exchange.errors import Conflict, FieldError, Invalid
from exchange.ids import new_id
from schemas.common import Currency
from schemas.company import CompanyApply, CompanyFacts

# Currency in which a company thinks where its country's profile does not say.
DEFAULT_CURRENCY: Final[Currency] = "USD"
ACCOUNT: Final = re.compile(r"[A-Z0-9]{5,34}")
IBAN_START: Final = re.compile(r"[A-Z]{2}[0-9]{2}")


def application_ctx(*, request_id: str = "", locale: str = "vi") -> Ctx:
    """The context of an applicant, who has no session: a person and a company that `apply` will make."""
    return Ctx(
        person_id=new_id(),
        company_id=new_id(),
        company_status="applied",
        roles=frozenset({"owner"}),
        request_id=request_id,
        locale=locale,
    )


def profile_of(country: str) -> CountryProfile:
    """The country's own profile, or the neutral one."""
    return next((found for code in PROFILES if (found := profile(code)).country == country), profile("default"))


class Checked(msgspec.Struct, frozen=True):
    """The numbers of an application in their compact forms."""

    profile: CountryProfile
    registration_id: str
    tax_id: str
    base_currency: str
    account: str
    lei: str | None


async def apply(tx: Tx, command: CompanyApply, password_hash: str) -> Company:
    """The new company, as applied; its owner can sign in at once. `tx` has a context of `application_ctx`.

    The hash is made before the transaction: hashing is slow. Raises Invalid with every wrong field, Conflict for a company
    or an e-mail that the exchange knows.
    """
    checked = check(command)
    display_name = command.display_name or command.legal_name[:80].strip()
    company = await store.insert(
        tx,
        tx.ctx.company,
        command.legal_name,
        display_name,
        fold(display_name),
        command.country,
        checked.profile.code,
        command.region,
        checked.registration_id,
        checked.tax_id,
        checked.base_currency,
        sorted(set(command.trade_roles)),
        command.about,
        command.website,
        checked.lei,
    )
    if company is None:
        raise known_number()
    await file_store.insert(
        tx,
        company.id,
        command.address,
        command.representative,
        command.representative_title,
        command.phone,
        (command.contact_email or command.owner.email).lower(),
    )
    bank = command.bank
    await account_store.insert(
        tx, new_id(), company.id, bank.holder, bank.bank_name, checked.account, bank.currency, tx.ctx.person
    )
    owner = command.owner
    signs = owner.name.lower() == command.representative.lower()
    if not await people_store.register(
        tx, tx.ctx.person, owner.email.lower(), owner.name, password_hash, owner.locale, company.id, signs=signs
    ):
        raise Conflict(
            what="A person with this e-mail",
            errors=(FieldError("/owner/email", "exists", "This e-mail belongs to a person already. Take another one."),),
        )
    await events.append(tx, "company.applied", company.id, company.version, to_state=company.status)
    return company


def known_number() -> Conflict:
    """Another company has this registration number."""
    return Conflict(
        what="A company with this registration number",
        errors=(FieldError("/registration_id", "exists", "A company with this number has applied already."),),
    )


def check(command: CompanyFacts) -> Checked:
    """The rules of an application against the country's profile. Raises Invalid with every error."""
    errors: list[FieldError] = []
    if pycountry.countries.get(alpha_2=command.country) is None:
        errors.append(FieldError("/country", "unknown-country", "There is no country %(code)s.", {"code": command.country}))
    if not in_country(command.region, command.country):
        detail = "%(region)s is not a region of %(country)s."
        errors.append(FieldError("/region", "unknown-region", detail, {"region": command.region, "country": command.country}))
    found = profile_of(command.country)
    registration_id = _identifier(found, "registration", command.registration_id, "/registration_id", errors)
    tax_id = registration_id
    if command.tax_id is not None:
        tax_id = _identifier(found, "tax", command.tax_id, "/tax_id", errors)
        # A number that says of itself that it is a European VAT number must be one.
        if command.country.lower() in vat.MEMBER_STATES and tax_id.startswith(command.country) and not vat.is_valid(tax_id):
            errors.append(FieldError("/tax_id", "not-a-vat-number", "This is no valid VAT number of its country."))
        if found.registration_is_tax_id and tax_id != registration_id:
            errors.append(FieldError("/tax_id", "differs", "In this country it is the registration number; leave it out."))
    elif not found.registration_is_tax_id:
        errors.append(FieldError("/tax_id", "required", "Give the company's tax or VAT number."))
    account = account_number(command.bank.number) or ""
    if not account:
        errors.append(FieldError("/bank/number", "not-an-account", "This is no account number: 5 to 34 digits, or an IBAN."))
    found_lei = None if command.lei is None else lei.compact(command.lei)
    if found_lei is not None and not lei.is_valid(found_lei):
        errors.append(FieldError("/lei", "not-an-lei", "This is no Legal Entity Identifier: 20 letters and digits with a check."))
    if errors:
        raise Invalid(errors=tuple(errors))
    currency = command.base_currency or found.resident_currency or DEFAULT_CURRENCY
    return Checked(found, registration_id, tax_id, currency, account, found_lei)


def account_number(typed: str) -> str | None:
    """The compact form of an account number; None for what is neither digits nor a valid IBAN."""
    account = re.sub(r"\s", "", typed).upper()
    wrong = ACCOUNT.fullmatch(account) is None or (IBAN_START.match(account) and not iban.is_valid(account))
    return None if wrong else account


def _identifier(
    found: CountryProfile, kind: Literal["registration", "tax"], value: str, pointer: str, errors: list[FieldError]
) -> str:
    try:
        return check_identifier(found, kind, value)
    except InvalidIdentifier:
        name = next(entry.name_en for entry in found.identifiers if entry.kind == kind)
        errors.append(FieldError(pointer, "not-an-identifier", "%(value)s is no valid %(name)s.", {"value": value, "name": name}))
        return value


def in_country(region: str, country: str) -> bool:
    """Whether a region is the country itself or one of its subdivisions (ISO 3166-2)."""
    return region == country or (region.startswith(f"{country}-") and pycountry.subdivisions.get(code=region) is not None)
