"""A company shows its verified file to one counterparty, by consent and until a day, and takes the consent back at once."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from exchange import events
from exchange.db import Tx
from exchange.domain import access_log
from exchange.domain.company import store as companies
from exchange.domain.passport import store
from exchange.domain.passport.model import LIFECYCLE, Paper, Passport
from exchange.domain.permission import need, need_step_up
from exchange.errors import Conflict, NotFound, WrongState, invalid
from exchange.ids import new_id
from schemas.passport import PassportDossier, PassportGrant

LONGEST: Final = timedelta(days=366)


async def get(tx: Tx, passport: UUID) -> Passport:
    """The passport as one of its sides may see it."""
    found = await store.get(tx, passport)
    if found is None:
        raise NotFound(noun="passport")
    return found


async def listed(tx: Tx) -> list[Passport]:
    """Those that the acting company gave, and those that it may read."""
    need(tx.ctx, "company.read")
    return await store.of_company(tx, tx.ctx.company)


async def grant(tx: Tx, command: PassportGrant) -> Passport:
    """Consent to show these fields to one member until a day. Who is asked for its bank account has just proved who it is."""
    need(tx.ctx, "company.write")
    need_step_up(tx.ctx)
    if command.reader_id == tx.ctx.company:
        raise invalid("/reader_id", "own-company", "This is your own company.")
    reader = await companies.get(tx, command.reader_id)
    if reader is None or reader.status not in ("active", "suspended"):
        raise invalid("/reader_id", "unknown-company", "There is no such member.")
    now: datetime = await tx.value("SELECT market_now()")
    if not now < command.until <= now + LONGEST:
        raise invalid("/until", "out-of-range", "The consent ends after now and within a year.")
    await store.revoke_over(tx, tx.ctx.company, reader.id, tx.ctx.person)
    made = new_id()
    fields = sorted(set(command.fields))
    if not await store.insert(tx, made, tx.ctx.company, reader.id, fields, command.until, tx.ctx.person):
        raise Conflict(what="A passport for this member")
    found = await get(tx, made)
    audience = (found.company_id, found.reader_id)
    await events.append(tx, "passport.granted", made, found.version, to_state=found.status, audience=audience)
    return found


async def revoke(tx: Tx, passport: UUID) -> Passport:
    """Take the consent back: the next look finds nothing."""
    step = LIFECYCLE.step("revoke")
    need(tx.ctx, step.who)
    found = await get(tx, passport)
    if found.company_id != tx.ctx.company:
        raise NotFound(noun="passport")
    version = await store.revoke(tx, passport, tx.ctx.company, tx.ctx.person)
    if version is None:
        raise WrongState(noun="passport", current=found.status)
    audience = (found.company_id, found.reader_id)
    await events.append(tx, step.event, passport, version, from_state=step.from_[0], to_state=step.to, audience=audience)
    return await get(tx, passport)


async def dossier(tx: Tx, passport: UUID) -> PassportDossier:
    """What it shows now; each look leaves a row in the access log. NotFound once it is revoked or over."""
    need(tx.ctx, "company.read")
    found = await get(tx, passport)
    shown = await store.dossier(tx, passport, found.company_id)
    if shown is None:
        raise NotFound(noun="passport")
    await access_log.record(tx, "passport.dossier", passport, found.company_id)
    return shown


async def paper(tx: Tx, passport: UUID, document: UUID) -> Paper:
    """The file of a document that it shows now."""
    need(tx.ctx, "company.read")
    found = await get(tx, passport)
    shown = await store.paper(tx, passport, document)
    if shown is None:
        raise NotFound(noun="document")
    await access_log.record(tx, "document.file", document, found.company_id)
    return shown
