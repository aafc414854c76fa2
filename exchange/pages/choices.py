"""What stands in the lists of forms, in the reader's language: countries, provinces, currencies, roles."""

from functools import cache
from typing import Final, get_args

import pycountry
from babel import Locale
from babel.numbers import get_currency_name

from exchange.domain.company.model import fold
from exchange.i18n import N_, translator
from schemas.common import Currency

Choices = tuple[tuple[str, str], ...]
HOME_COUNTRY: Final = "VN"

TRADE_ROLES: Final = {
    "manufacturer": N_("Manufacturer"),
    "distributor": N_("Distributor"),
    "wholesaler": N_("Wholesaler"),
    "retailer": N_("Retailer"),
    "service_provider": N_("Service provider"),
    "raw_material_supplier": N_("Raw material supplier"),
    "importer": N_("Importer"),
    "exporter": N_("Exporter"),
}
MEMBER_ROLES: Final = {
    "owner": N_("Owner"),
    "buyer": N_("Buyer"),
    "seller": N_("Seller"),
    "finance": N_("Finance"),
    "admin": N_("Administrator"),
    "approver": N_("Approver"),
    "evaluator": N_("Evaluator"),
    "signatory": N_("Signatory"),
    "warehouse": N_("Warehouse"),
    "viewer": N_("Viewer"),
}
# What each role may do, said to the one who gives it.
ROLES_EXPLAINED: Final = {
    "owner": N_("Everything, and makes other owners."),
    "buyer": N_("Asks for quotations, selects suppliers, orders."),
    "seller": N_("Lists products, quotes, confirms and despatches orders."),
    "finance": N_("Pays, confirms receipts, records invoices."),
    "admin": N_("Everything but signing and approving."),
    "approver": N_("Decides on commitments as the company's policies say."),
    "evaluator": N_("Reads quotations and gives an opinion."),
    "signatory": N_("Signs contracts."),
    "warehouse": N_("Despatches, receives and inspects goods."),
    "viewer": N_("Reads everything, changes nothing."),
}
OPERATOR_ROLES: Final = {
    "moderator": N_("Moderator"),
    "compliance": N_("Compliance"),
    "finance": N_("Finance"),
    "arbiter": N_("Arbiter"),
    "administrator": N_("Administrator"),
}

# What people and API keys may be allowed to do.
PERMISSIONS: Final = {
    "market.read": N_("Read listings, members and matches"),
    "offer.write": N_("Write listings"),
    "rfq.read": N_("Read requests"),
    "rfq.write": N_("Write and publish requests"),
    "quote.read": N_("Read quotations"),
    "quote.write": N_("Quote"),
    "award.write": N_("Select suppliers"),
    "approval.decide": N_("Decide on approvals that ask you"),
    "approval.recall": N_("Take requests for approval back"),
    "policy.write": N_("Say who must approve what"),
    "contract.read": N_("Read contracts"),
    "contract.submit": N_("Submit contracts for approval again"),
    "order.read": N_("Read orders"),
    "order.write": N_("Place orders"),
    "order.confirm": N_("Confirm orders"),
    "delivery.despatch": N_("Record despatches"),
    "delivery.receive": N_("Record receipts and inspections"),
    "invoice.write": N_("Record invoices"),
    "payment.read": N_("Read payments and balances"),
    "payment.write": N_("Pay and confirm payments"),
    "review.write": N_("Write reviews"),
    "event.read": N_("Follow the feed of events"),
    "access.read": N_("See who looked at the company's data"),
    "inbox.read": N_("Read the inbox"),
    "file.read": N_("Read files"),
    "company.read": N_("Read the own company's file, people and accounts"),
    "company.write": N_("Change the company file"),
    "bank.write": N_("Propose and confirm bank accounts"),
    "people.write": N_("Add people"),
    "member.write": N_("Change roles and end memberships"),
    "key.write": N_("Make and revoke keys"),
    "webhook.write": N_("Register webhooks"),
    "contract.sign": N_("Sign contracts"),
    "signatory.write": N_("Write down who signs on which basis"),
    "signatory.verify": N_("Verify authorisations to sign"),
    "clock": N_("Move the clock of a sandbox"),
    "operator.read": N_("Work in the console"),
    "operator.company": N_("Decide on companies"),
    "message.read": N_("Read conversations with partners"),
    "message.write": N_("Write to partners and colleagues"),
    "provider.write": N_("Set where the company's people sign in"),
    "person.erase": N_("Ask for the erasure of a former colleague"),
    "operator.privacy": N_("Carry out requests about personal data"),
    "operator.identity": N_("Remove second factors that people have lost"),
    "operator.case": N_("Decide on cases of the queue"),
    "operator.view": N_("See the exchange as a member sees it"),
    "operator.rules": N_("Change the screening rules"),
    "operator.deposit": N_("Enter and release deposits"),
    "operator.job": N_("Try jobs again"),
    "operator.clock": N_("Move the market clock"),
}


FIELD_WORDS: Final = {
    "legal_name": N_("Legal name"),
    "registration_id": N_("Registration number"),
    "tax_id": N_("Tax number"),
    "address": N_("Address"),
    "representative": N_("Legal representative"),
    "bank": N_("Bank account"),
    "documents": N_("Documents"),
}


def field_words(locale: str) -> dict[str, str]:
    """The fields of a dossier in the language."""
    say = translator(locale).gettext
    return {field: say(word) for field, word in FIELD_WORDS.items()}


@cache
def countries(locale: str) -> Choices:
    """Every country by its name in the language; the exchange's own first."""
    names = Locale.parse(locale).territories
    found = [(str(item.alpha_2), str(names[item.alpha_2])) for item in pycountry.countries]
    return tuple(sorted(found, key=lambda item: (item[0] != HOME_COUNTRY, fold(item[1]))))


@cache
def provinces(country: str) -> Choices:
    """The provinces of a country by ISO 3166-2 code, its municipalities first."""
    found = pycountry.subdivisions.get(country_code=country) or []
    ordered = sorted(found, key=lambda item: (item.type != "Municipality", fold(item.name)))
    return tuple((str(item.code), str(item.name)) for item in ordered)


def country_name(code: str, locale: str) -> str:
    return str(Locale.parse(locale).territories.get(code, code))


def region_name(code: str, locale: str) -> str:
    """``VN-SG`` is Hồ Chí Minh, ``VN`` is Việt Nam, ``*`` is everywhere."""
    if code == "*":
        return translator(locale).gettext("Everywhere")
    country, _, province = code.partition("-")
    if not province:
        return country_name(country, locale)
    name = next((text for own, text in provinces(country) if own == code), code)
    return name if country == HOME_COUNTRY else f"{name}, {country_name(country, locale)}"


@cache
def currencies(locale: str) -> Choices:
    """The currencies of the exchange: ``VND, Đồng Việt Nam``."""
    return tuple((code, f"{code}, {get_currency_name(code, locale=locale)}") for code in get_args(Currency))


def translated(words: dict[str, str], locale: str) -> Choices:
    """A table of codes and words of this file, in the language."""
    say = translator(locale).gettext
    return tuple((code, say(word)) for code, word in words.items())


def word(words: dict[str, str], code: str, locale: str) -> str:
    return translator(locale).gettext(words.get(code, code))
