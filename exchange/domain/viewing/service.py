"""View as member: an operator's session shows a member's pages, announced to it, read-only, for half an hour."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from exchange import events
from exchange.db import Tx
from exchange.domain.access_log import service as access_log
from exchange.domain.permission import need, need_step_up
from exchange.errors import DomainError, NotFound, invalid
from exchange.ids import new_id

REASON_LEAST: Final = 10
REASON_MOST: Final = 500


class Viewing(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator's session shows now."""

    id: UUID
    company_id: UUID
    company_name: str
    company_status: str
    ends_at: datetime


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `member_view`."""

    id: UUID
    company_id: UUID
    ended_at: datetime | None
    version: int


class NoView(DomainError):
    status = 409
    code = "no-view"
    title = "The view cannot begin"
    detail = "This session shows a member already, or you belong to the company."


LOOKUP: Final = "SELECT v.id, v.company_id, v.company_name, v.company_status, v.ends_at FROM member_view_lookup($1) AS v"


async def lookup(tx: Tx, session_hash: bytes) -> Viewing | None:
    """What this session of an operator shows, if it shows a member."""
    return await tx.maybe(Viewing, LOOKUP, session_hash)


START: Final = "SELECT member_view_start($1, $2, $3, $4)"
COMPANY_VERSION: Final = "SELECT c.version FROM company AS c WHERE c.id = $1"


async def start(tx: Tx, session_hash: bytes, company: UUID, reason: str) -> View:
    """Begin, after a fresh proof of who acts; the company is told at once, and it stands in the record and the access log."""
    need(tx.ctx, "operator.view")
    need_step_up(tx.ctx)
    if not REASON_LEAST <= len(reason.strip()) <= REASON_MOST:
        raise invalid(
            "/reason", "length", "Give a reason of %(least)s to %(most)s characters.", least=REASON_LEAST, most=REASON_MOST
        )
    version = await tx.value(COMPANY_VERSION, company)
    if version is None:
        raise NotFound(noun="company")
    view_id = new_id()
    if not await tx.value(START, session_hash, view_id, company, reason.strip()):
        raise NoView
    await events.append(tx, "company.view_started", company, version, audience=(company,), payload={"view_id": str(view_id)})
    await access_log.record(tx, "company.view_as", view_id, company)
    return await get(tx, view_id)


GET: Final = "SELECT v.id, v.company_id, v.ended_at, v.version FROM member_view AS v WHERE v.id = $1"


async def get(tx: Tx, view_id: UUID) -> View:
    found = await tx.maybe(View, GET, view_id)
    if found is None:
        raise NotFound(noun="view")
    return found


END: Final = "SELECT member_view_end($1)"


async def end(tx: Tx, view_id: UUID) -> None:
    """The acting operator has seen enough. Nothing for a view that is over."""
    company = await tx.value(END, view_id)
    if company is not None:
        await ended(tx, view_id, company)


async def ended(tx: Tx, view_id: UUID, company: UUID) -> None:
    """Record the end, by a click or by the clock."""
    version = await tx.value(COMPANY_VERSION, company)
    await events.append(tx, "company.view_ended", company, version, audience=(company,), payload={"view_id": str(view_id)})
