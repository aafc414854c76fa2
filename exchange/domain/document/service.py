"""Documents and certificates: submitted with a file, verified or rejected by an operator, warned of and expired by the clock."""

from datetime import datetime
from uuid import UUID

from exchange import events
from exchange.country import profile
from exchange.cursor import page_of, read_cursor
from exchange.db import Tx
from exchange.domain import access_log
from exchange.domain.company import people_store
from exchange.domain.company import store as companies
from exchange.domain.document import store
from exchange.domain.document.model import LIFECYCLE, Badges, Document, Scheme
from exchange.domain.file import service as files
from exchange.domain.permission import need
from exchange.errors import Forbidden, NotFound, WrongState, invalid
from exchange.ids import new_id
from schemas.common import Page
from schemas.document import DocumentReject, DocumentSubmit


async def get(tx: Tx, document: UUID) -> Document:
    """The document, for its company and for operators; a valid certificate for every member."""
    found = await store.get(tx, document)
    if found is None:
        raise NotFound(noun="document")
    return found


async def listed(tx: Tx, company: UUID) -> list[Document]:
    """All documents of a company, newest first: for itself, and for operators."""
    need(tx.ctx, "operator.read" if tx.ctx.operator else "company.read")
    return await store.of_company(tx, company)


async def waiting(tx: Tx, cursor: str | None, limit: int) -> Page[Document]:
    """What an operator may decide, longest waiting first."""
    need(tx.ctx, "operator.read")
    after = None if cursor is None else read_cursor(cursor, tuple[datetime, UUID])
    rows = await store.waiting(tx, after, limit + 1)
    for row in rows[:limit]:
        await access_log.record(tx, "document.file", row.id, row.company_id)
    return page_of(rows, limit, lambda row: (row.submitted_at, row.id))


async def schemes(tx: Tx) -> list[Scheme]:
    """The kinds of documents."""
    return await store.schemes(tx)


async def badges(tx: Tx, company: UUID) -> tuple[Badges, list[Document]]:
    """What the exchange has checked of a company, and its valid certificates: for every member."""
    return await store.badges(tx, company), await store.certificates(tx, company)


async def submit(tx: Tx, command: DocumentSubmit) -> Document:
    """A document of the acting company with its file, for an operator to verify."""
    need(tx.ctx, "company.write")
    own = await companies.get(tx, tx.ctx.company)
    if own is None:
        raise NotFound(noun="company")
    if own.status in ("rejected", "closed"):
        raise WrongState(noun="company", current=own.status)
    if command.valid_until is not None and command.valid_until < command.valid_from:
        raise invalid("/valid_until", "before-start", "It ends before it begins.")
    if command.valid_from.year < 1950 or (command.valid_until is not None and command.valid_until.year > 2199):
        raise invalid("/valid_until", "out-of-range", "Give dates between 1950 and 2199.")
    await files.attach(tx, command.file_id, "document", (), "/file_id")
    made = new_id()
    known = await store.insert(
        tx,
        made,
        own.id,
        command.scheme,
        number=command.number,
        issuer=command.issuer,
        scope=command.scope,
        valid_from=command.valid_from,
        valid_until=command.valid_until,
        file_id=command.file_id,
        person=tx.ctx.person,
        time_zone=profile(own.profile).timezone,
    )
    if not known:
        raise invalid("/scheme", "unknown-scheme", "There is no such kind of document.")
    found = await get(tx, made)
    await events.append(tx, "document.submitted", made, found.version, to_state=found.status)
    return found


async def withdraw(tx: Tx, document: UUID) -> Document:
    """The company shows it no longer."""
    need(tx.ctx, "company.write")
    found = await get(tx, document)
    if found.company_id != tx.ctx.company:
        raise NotFound(noun="document")
    return await _move(tx, found, "withdraw")


async def verify(tx: Tx, document: UUID) -> Document:
    """An operator has compared it with its file. What has expired already is refused."""
    found = await _for_decision(tx, document)
    at: datetime = await tx.value("SELECT market_now()")
    if found.expires_at is not None and found.expires_at <= at:
        raise WrongState(noun="document", current="expired")
    return await _move(tx, found, "verify", decided_by=tx.ctx.person)


async def reject(tx: Tx, document: UUID, command: DocumentReject) -> Document:
    """With a reason that the company reads."""
    return await _move(tx, await _for_decision(tx, document), "reject", decided_by=tx.ctx.person, reason=command.reason)


async def _for_decision(tx: Tx, document: UUID) -> Document:
    need(tx.ctx, "operator.company")
    found = await get(tx, document)
    if await people_store.belongs(tx, found.company_id, tx.ctx.person):
        raise Forbidden(needed="an operator who is none of its people")
    return found


async def _move(tx: Tx, found: Document, action: str, *, decided_by: UUID | None = None, reason: str | None = None) -> Document:
    step = LIFECYCLE.step(action)
    version = await store.move(tx, found.id, step.from_, step.to, decided_by, reason)
    if version is None:
        raise WrongState(noun="document", current=found.status)
    await events.append(
        tx, step.event, found.id, version, from_state=found.status, to_state=step.to, audience=(found.company_id,)
    )
    after = await store.get(tx, found.id)
    assert after is not None, "its company and operators see a document in every state"
    return after


async def warn(tx: Tx, document: UUID, days: int) -> None:
    """So many days are left: the company is told, unless a later one is verified already."""
    found = await store.ending(tx, document)
    if found is not None and not found.due and not found.renewed:
        audience = (found.company_id,)
        await events.append(
            tx, "document.expiring", document, found.version, from_state="verified", to_state="verified",
            audience=audience, payload={"days": days},
        )  # fmt: skip


async def expire(tx: Tx, document: UUID) -> None:
    """Its last day is over: the badge no longer counts it."""
    step = LIFECYCLE.step("expire")
    found = await store.ending(tx, document)
    if found is None or not found.due:
        return
    version = await store.move(tx, document, step.from_, step.to, None, None)
    if version is not None:
        audience = (found.company_id,)
        await events.append(tx, step.event, document, version, from_state="verified", to_state=step.to, audience=audience)
