"""A company's file as operators judge it: each field with its value, what it is compared with and where, and who shares what."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from exchange.country import CountryProfile, profile
from exchange.db import Tx
from exchange.domain.company import dossier, service, suspending
from exchange.domain.company.model import dossier_view
from exchange.domain.document import service as documents
from exchange.domain.document.model import Document
from exchange.domain.operating import service as operating
from exchange.domain.operating.model import Lookalike
from exchange.i18n import N_, translator
from exchange.pages.choices import country_name, field_words, region_name
from exchange.pages.history import timeline
from schemas.company import CompanyFileView
from schemas.dossier import CheckedField, FieldCheckView

# Of those who share an account or an address so many are named, the others counted.
NAMED: Final = 5
EXPECTED: Final[dict[CheckedField, str]] = {
    "legal_name": N_("Letter for letter as in the register of companies."),
    "registration_id": N_("No other member has this number."),
    "tax_id": N_("The tax authority knows it under this name."),
    "address": N_("The head office of the register."),
    "representative": N_("The register names this person as legal representative."),
    "bank": N_("The account holder is the legal name."),
    "documents": N_("Each says what its file says."),
}


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One field to be judged. `said` is what the program found (`tone` good or bad) or what to compare the value with."""

    check: FieldCheckView
    name: str
    values: tuple[str, ...]
    tone: str
    said: str
    sources: tuple[tuple[str, str], ...] = ()
    papers: tuple[Document, ...] = ()


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """Other companies with the same account or address; `more` of them are not named."""

    what: str
    companies: tuple[Lookalike, ...]
    more: int


def _values(file: CompanyFileView, locale: str) -> dict[str, tuple[str, ...]]:
    own, bank = file.company, file.bank
    drafted = own.status == "draft"
    place = region_name(own.region, locale) if own.region else country_name(own.country, locale)
    return {
        "legal_name": (own.legal_name,),
        "registration_id": () if drafted else (own.registration_id,),
        "tax_id": () if drafted else (own.tax_id,),
        "address": (file.address, "" if place in file.address else place),
        "representative": (file.representative, file.representative_title),
        "bank": () if bank is None else (bank.holder, f"{bank.number}, {bank.currency}", bank.bank_name),
    }


def _found(field: CheckedField, file: CompanyFileView, country: CountryProfile, locale: str) -> tuple[str, str]:
    """What the program can say of a field by itself: tone and sentence."""
    say, own = translator(locale).gettext, file.company
    checked = any(item.kind == "registration" and item.stdnum for item in country.identifiers)
    if field == "registration_id" and checked:
        return "good", say("Its check digit is right, and no other member has it.")
    if field == "tax_id" and country.registration_is_tax_id:
        return ("good", say("The same as the registration number.")) if own.tax_id == own.registration_id else (
            "bad", say("Differs from the registration number."))  # fmt: skip
    if field == "bank" and file.bank is None:
        return "bad", say("No account was given.")
    if field == "bank" and file.bank is not None and not file.bank.in_company_name:
        return "bad", say("The account holder differs from the legal name.")
    if field == "bank" and file.bank is not None and file.bank.currency != file.base_currency:
        return "bad", say("The account is in another currency than the company's.")
    return ("good" if field in ("bank", "registration_id") else ""), say(EXPECTED[field])


def judged(
    file: CompanyFileView, checks: Sequence[FieldCheckView], papers: Sequence[Document], country: CountryProfile, locale: str
) -> list[Judged]:
    """Every field of a dossier with all that is needed to say whether it is right."""
    words, values = field_words(locale), _values(file, locale)
    registers = {item.kind: (item.url, item.name_vi if locale == "vi" else item.name_en) for item in country.registers}
    where = {"legal_name": "registration", "registration_id": "registration", "tax_id": "tax", "address": "registration",
        "representative": "registration"}  # fmt: skip
    found: list[Judged] = []
    for check in checks:
        source = registers.get(where.get(check.field, ""))
        tone, said = _found(check.field, file, country, locale)
        found.append(
            Judged(
                check=check,
                name=words[check.field],
                values=tuple(text for text in values.get(check.field, ()) if text),
                tone=tone,
                said=said,
                sources=() if source is None else (source,),
                papers=tuple(papers) if check.field == "documents" else (),
            )
        )
    return found


def shared(lookalikes: Sequence[Lookalike], locale: str) -> list[Shared]:
    """Who shares the bank account, who the address: each company once in each."""
    say = translator(locale).gettext
    groups = (
        (say("The same bank account:"), [item for item in lookalikes if item.bank]),
        (say("The same address:"), [item for item in lookalikes if item.address]),
    )
    return [Shared(what=what, companies=tuple(group[:NAMED]), more=max(0, len(group) - NAMED)) for what, group in groups if group]


async def item(tx: Tx, company_id: UUID, locale: str) -> dict[str, object]:
    """One company with everything that a decision needs."""
    found = await service.dossier(tx, company_id)
    file = dossier_view(found)
    papers = [item for item in await documents.listed(tx, company_id) if item.status in ("submitted", "verified")]
    checks = dossier.views(await dossier.checks(tx, company_id))
    schemes = await documents.schemes(tx)
    running = await suspending.running(tx, company_id)
    return {
        "file": file,
        "reviewer": found.file.reviewer_id,
        "staff": await operating.staff(tx, company_id),
        "shared": shared(await operating.lookalikes(tx, company_id), locale),
        "fields": judged(file, checks, papers, profile(found.company.profile), locale),
        "schemes": {item.code: item.name_vi if locale == "vi" else item.name_en for item in schemes},
        "tax": dossier.tax_view(await dossier.tax_status(tx, company_id)),
        "suspension": running,
        "people": await operating.people(tx, [running.lift_proposed_by] if running else []),
        "events": await timeline(tx, [company_id], 20),
    }
