"""How the exchange stands, for those who run it: figures, jobs that gave up, all companies, the record of everything."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from exchange import events
from exchange.cursor import page_of, read_cursor
from exchange.db import Tx
from exchange.domain.company.model import fold
from exchange.domain.operating import store
from exchange.domain.operating.model import AuditRow, JobRow, Lookalike, MemberRow, Overview, Retried, Staff
from exchange.domain.permission import need
from exchange.errors import NotFound, WrongState
from schemas.common import Page


async def overview(tx: Tx) -> Overview:
    """Figures of this moment."""
    need(tx.ctx, "operator.read")
    return await store.overview(tx)


async def jobs(tx: Tx, *, dead: bool, cursor: str | None, limit: int) -> Page[JobRow]:
    """The dead letters, or what waits and runs, newest first."""
    need(tx.ctx, "operator.read")
    before = None if cursor is None else read_cursor(cursor, UUID)
    find = store.dead_jobs if dead else store.open_jobs
    rows = await find(tx, before, limit + 1)
    return page_of(rows, limit, lambda row: row.id)


async def retry(tx: Tx, job_id: UUID) -> Retried:
    """A job that gave up is tried again from the start. Raises WrongState for one that did not."""
    need(tx.ctx, "operator.job")
    retried = await store.retry(tx, job_id)
    if retried is None:
        found = await store.job(tx, job_id)
        if found is None:
            raise NotFound(noun="job")
        raise WrongState(noun="job", current=found.state)
    await events.append(tx, "job.retried", retried.id, retried.version, from_state="dead", to_state="new")
    tx.wake.append(retried.id)
    return retried


async def retried(tx: Tx, job_id: UUID) -> Retried:
    """The answer to a repeated request."""
    found = await store.job(tx, job_id)
    if found is None:
        raise NotFound(noun="job")
    return Retried(found.id, found.attempts + 1)


async def members(tx: Tx, *, status: str | None, find: str, cursor: str | None, limit: int) -> Page[MemberRow]:
    """All companies by name, whatever their state."""
    need(tx.ctx, "operator.read")
    typed = find.strip() or None
    after = None if cursor is None else read_cursor(cursor, tuple[str, UUID])
    rows = await store.members(tx, status, None if typed is None else fold(typed), typed, after, limit + 1)
    return page_of(rows, limit, lambda row: (row.sort_key, row.id))


async def audit(
    tx: Tx, *, find: str, type_: str, until: datetime | None = None, cursor: str | None, limit: int
) -> Page[AuditRow]:
    """The record, newest first. `find` is an id of anything (object, company, person, request) or a human number.

    `type_` is a kind of object or the beginning of a type; `until` leaves out what happened later.
    """
    need(tx.ctx, "operator.read")
    before = None if cursor is None else read_cursor(cursor, int)
    if before is None and until is not None:
        before = await store.position_at(tx, until) + 1
    typed = find.strip()
    objects = None if not typed else await _named(tx, typed)
    request_id = typed.replace("-", "").lower() if typed else None
    rows = await store.audit(tx, objects, request_id, type_.removesuffix("*") or None, before, limit + 1)
    return page_of(rows, limit, lambda row: row.position)


async def _named(tx: Tx, typed: str) -> list[UUID]:
    try:
        return [UUID(typed)]
    except ValueError:
        return await store.numbered(tx, typed.upper())


async def people(tx: Tx, ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Names of people by id, for operators."""
    need(tx.ctx, "operator.read")
    wanted = sorted({item for item in ids if item is not None})
    return {item.id: item.name for item in await store.people(tx, wanted)} if wanted else {}


async def staff(tx: Tx, company: UUID) -> list[Staff]:
    """The people of a company with their e-mails."""
    need(tx.ctx, "operator.read")
    return await store.staff(tx, company)


async def lookalikes(tx: Tx, company: UUID) -> list[Lookalike]:
    """Other companies with the same bank account or address: a question to ask, no verdict."""
    need(tx.ctx, "operator.read")
    return await store.lookalikes(tx, company)
