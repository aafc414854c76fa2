"""A company closes when an owner asks and nothing is open: no deal, no money, nothing that others rely on."""

from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange import events
from exchange.db import Tx
from exchange.domain.company import store
from exchange.domain.company.model import LIFECYCLE, Company
from exchange.domain.permission import need, need_step_up
from exchange.errors import DomainError, Forbidden, NotFound, WrongState
from schemas.dossier import ObligationView

What = Literal["orders", "contracts", "requests", "quotations", "listings", "money", "deposits"]


class Obligation(msgspec.Struct, frozen=True):
    """So many of one kind are open."""

    what: What
    how_many: int


class StillOpen(DomainError):
    status = 409
    code = "still-open"
    title = "Something is still open"
    detail = "A company closes when nothing is open. Still open: %(what)s."


OBLIGATIONS: Final = "SELECT o.what, o.how_many FROM company_obligations($1) AS o"


async def obligations(tx: Tx, company: UUID) -> list[Obligation]:
    return await tx.many(Obligation, OBLIGATIONS, company)


def views(found: list[Obligation]) -> tuple[ObligationView, ...]:
    return tuple(ObligationView(what=item.what, how_many=item.how_many) for item in found)


LOCK: Final = "SELECT c.status FROM company AS c WHERE c.id = $1 FOR UPDATE"


async def close(tx: Tx) -> Company:
    """An owner ends the membership of the acting company. Raises StillOpen with what is open."""
    step = LIFECYCLE.step("close")
    need(tx.ctx, step.who)
    need_step_up(tx.ctx)
    if "owner" not in tx.ctx.roles:
        raise Forbidden(needed="owner")
    company: UUID = tx.ctx.company
    # Waits for everything that is being begun in the company's name, and lets nothing begin until this is over.
    await store.hold_standing(tx, company)
    status = await tx.value(LOCK, company)
    if status is None:
        raise NotFound(noun="company")
    if status not in step.from_:
        raise WrongState(noun="company", current=str(status))
    found = await obligations(tx, company)
    if found:
        raise StillOpen(what=", ".join(f"{item.what} {item.how_many}" for item in found))
    after = await store.move(tx, company, step.from_, step.to, None)
    if after is None:
        raise WrongState(noun="company", current=str(status))
    await events.append(tx, step.event, company, after.version, from_state=str(status), to_state=step.to)
    return after
