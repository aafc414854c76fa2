"""An application that is written over several sittings."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from schemas.common import CountryCode, Email, Locale, Text
from schemas.company import CompanyStatus, LegalName, PersonName, TradeRoles
from schemas.identity import NewPassword

# What stands in a draft may be half a word; the rules come when it is sent.
Written = Annotated[Text, Meta(max_length=400)]


class ApplicationStart(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A visitor registers: a person, and a company in draft that this person owns."""

    email: Email
    password: NewPassword
    name: PersonName
    legal_name: LegalName
    country: CountryCode
    locale: Locale = "vi"


class DraftBank(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    holder: Written = ""
    bank_name: Written = ""
    number: Written = ""
    currency: Written = ""


class ApplicationDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is written so far of an application; anything may still be missing."""

    legal_name: Written = ""
    country: Written = ""
    region: Written = ""
    registration_id: Written = ""
    tax_id: Written = ""
    lei: Written = ""
    base_currency: Written = ""
    display_name: Written = ""
    trade_roles: TradeRoles = ()
    about: Annotated[Text, Meta(max_length=4000)] = ""
    website: Written = ""
    address: Written = ""
    representative: Written = ""
    representative_title: Written = ""
    phone: Written = ""
    contact_email: Written = ""
    bank: DraftBank = DraftBank()


class ApplicationView(Struct, frozen=True, kw_only=True):
    """The own application: `version` counts its savings, 0 before the first."""

    company_id: UUID
    status: CompanyStatus
    version: int
    draft: ApplicationDraft
