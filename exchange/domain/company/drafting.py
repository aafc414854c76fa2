"""An application that is begun, saved, and sent later: by a visitor who registers first, and again when changes are asked for."""

from typing import Any, Final
from uuid import UUID

import msgspec

from exchange import events
from exchange.db import Tx
from exchange.domain.company import account_store, applying, dossier, file_store, people_store, store
from exchange.domain.company.model import LIFECYCLE, Company, CompanyFile, fold
from exchange.domain.permission import need
from exchange.domain.privacy import fields
from exchange.errors import Conflict, FieldError, NotFound, WrongState
from exchange.ids import new_id
from schemas.application import ApplicationDraft, ApplicationStart, DraftBank
from schemas.company import CompanyFacts

# A draft may be written in these states, and is sent from them.
OPEN: Final = ("draft", "changes_requested")


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What is written so far, at its version; 0: nothing is saved yet."""

    company: Company
    version: int
    body: ApplicationDraft


async def start(tx: Tx, command: ApplicationStart, password_hash: str) -> Company:
    """A person and a company in draft; the number is given later. `tx` has a context of `application_ctx`.

    Raises Conflict for an e-mail that the exchange knows.
    """
    found = applying.profile_of(command.country)
    name = command.legal_name[:80].strip()
    company = await store.insert_draft(
        tx,
        tx.ctx.company,
        command.legal_name,
        name,
        fold(name),
        command.country,
        found.code,
        found.resident_currency or applying.DEFAULT_CURRENCY,
    )
    await file_store.insert(tx, company.id, "", "", "", "", command.email.lower())
    registered = await people_store.register(
        tx, tx.ctx.person, command.email.lower(), command.name, password_hash, command.locale, company.id, signs=False
    )
    if not registered:
        raise Conflict(
            what="A person with this e-mail",
            errors=(FieldError("/email", "exists", "This e-mail belongs to a person already. Take another one."),),
        )
    await events.append(tx, "company.registered", company.id, company.version, to_state=company.status)
    return company


class Saved(msgspec.Struct, frozen=True):
    """A row of `company_application`; its body is sealed: it names people and accounts."""

    version: int
    body: str


LOAD: Final = "SELECT a.version, a.body FROM company_application AS a WHERE a.company_id = $1"


async def load(tx: Tx) -> Draft:
    """The own draft: as it was saved, or from what the company's file says."""
    need(tx.ctx, "company.write")
    company, file = await store.get(tx, tx.ctx.company), await file_store.get(tx, tx.ctx.company)
    if company is None or file is None:
        raise NotFound(noun="company")
    saved = await tx.maybe(Saved, LOAD, company.id)
    if saved is not None:
        text = await fields.open_text(tx, company.id, saved.body, at=fields.APPLICATION, row=company.id)
        if text != fields.ERASED:
            return Draft(company=company, version=saved.version, body=msgspec.json.decode(text, type=ApplicationDraft))
    return Draft(company=company, version=0, body=await _from_file(tx, company, file))


async def _from_file(tx: Tx, company: Company, file: CompanyFile) -> ApplicationDraft:
    bank = await account_store.get(tx, company.id)
    fresh = company.status == "draft"
    return ApplicationDraft(
        legal_name=company.legal_name,
        country=company.country,
        region="" if fresh else company.region,
        registration_id="" if fresh else company.registration_id,
        tax_id="" if fresh or company.tax_id == company.registration_id else company.tax_id,
        display_name="" if fresh else company.display_name,
        trade_roles=company.trade_roles,
        about=company.about,
        website=company.website or "",
        address=file.address,
        representative=file.representative,
        representative_title=file.representative_title,
        phone=file.phone,
        contact_email=file.contact_email,
        bank=DraftBank()
        if bank is None
        else DraftBank(holder=bank.holder, bank_name=bank.bank_name, number=bank.number, currency=bank.currency),
    )


SAVE: Final = """
INSERT INTO company_application (company_id, body, saved_at) VALUES ($1, $2, market_now())
ON CONFLICT (company_id) DO UPDATE SET body = excluded.body, version = company_application.version + 1, saved_at = market_now()
"""


async def save(tx: Tx, body: ApplicationDraft) -> Draft:
    """Keep what is written, however incomplete."""
    before = await load(tx)
    if before.company.status not in OPEN:
        raise WrongState(noun="company", current=before.company.status)
    text = msgspec.json.encode(body).decode()
    await tx.execute(
        SAVE, before.company.id, await fields.seal_text(tx, before.company.id, text, at=fields.APPLICATION, row=before.company.id)
    )
    return await load(tx)


WARN: Final = """
UPDATE company_application AS a SET warn_at = NULL, delete_at = market_now() + interval '14 days' FROM company AS c
WHERE a.company_id = $1 AND c.id = a.company_id AND c.status = 'draft' AND a.warn_at <= market_now() RETURNING a.version
"""


async def warn(tx: Tx, company: UUID) -> None:
    """Its people are told, once, that a draft which nobody has touched for long is deleted in two weeks."""
    version: int | None = await tx.value(WARN, company)
    if version is not None:
        await events.append(tx, "company.draft_ending", company, version, audience=(company,))


async def submit(tx: Tx, facts: CompanyFacts) -> Company:
    """Send the application, or the changes that were asked for: every rule holds now. What was changed is unchecked again."""
    step_name = {"draft": "send", "changes_requested": "resubmit"}
    before = await load(tx)
    own = before.company
    if own.status not in step_name:
        raise WrongState(noun="company", current=own.status)
    step = LIFECYCLE.step(step_name[own.status])
    need(tx.ctx, step.who)
    checked = applying.check(facts)
    file = await file_store.get(tx, own.id)
    bank = await account_store.get(tx, own.id)
    display_name = facts.display_name or facts.legal_name[:80].strip()
    identity: tuple[Any, ...] = (
        facts.legal_name, display_name, fold(display_name), facts.country, checked.profile.code, facts.region,
        checked.registration_id, checked.tax_id, checked.base_currency, sorted(set(facts.trade_roles)), facts.about,
        facts.website, checked.lei,
    )  # fmt: skip
    if await store.other_with_number(tx, own.id, facts.country, checked.registration_id):
        raise applying.known_number()
    await store.identify(tx, own.id, *identity)
    email = (facts.contact_email or (file.contact_email if file else "")).lower()
    await file_store.fill(tx, own.id, facts.address, facts.representative, facts.representative_title, facts.phone, email)
    account = facts.bank.holder, facts.bank.bank_name, checked.account, facts.bank.currency
    if bank is None or (bank.holder, bank.bank_name, bank.number, bank.currency) != account:
        if bank is not None:
            await account_store.withdraw(tx, own.id)
        await account_store.insert(tx, new_id(), own.id, *account, tx.ctx.person)
    await _name_representative(tx, facts.representative)
    await dossier.uncheck(tx, _changed(own, file, bank, facts, checked))
    after = await store.move(tx, own.id, step.from_, step.to, None)
    if after is None:
        raise WrongState(noun="company", current=own.status)
    await store.forget_draft(tx, own.id)
    await events.append(tx, step.event, own.id, after.version, from_state=own.status, to_state=step.to)
    return after


async def _name_representative(tx: Tx, name: str) -> None:
    """An owner of this name signs by law, the acting one first; who did before and has another name does no longer."""
    named = [
        person.person_id
        for person in await people_store.people(tx)
        if person.name.lower() == name.lower() and "owner" in person.roles
    ]
    await people_store.representative_is(tx, tx.ctx.person if tx.ctx.person in named else next(iter(named), None))


def _changed(own: Company, file: CompanyFile | None, bank: Any, facts: CompanyFacts, checked: applying.Checked) -> list[str]:
    """Which fields of the dossier are not what an operator may have looked at."""
    pairs = {
        "legal_name": (own.legal_name, facts.legal_name),
        "registration_id": ((own.country, own.registration_id), (facts.country, checked.registration_id)),
        "tax_id": (own.tax_id, checked.tax_id),
        "address": ((file.address, own.region) if file else None, (facts.address, facts.region)),
        "representative": (
            (file.representative, file.representative_title) if file else None,
            (facts.representative, facts.representative_title),
        ),
        "bank": (
            (bank.holder, bank.number, bank.currency) if bank else None,
            (facts.bank.holder, checked.account, facts.bank.currency),
        ),
    }
    return [field for field, (was, now) in pairs.items() if was != now]
