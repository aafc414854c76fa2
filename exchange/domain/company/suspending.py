"""A suspension: said by one operator, lifted by two, looked at again on the day that it names."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from exchange import events
from exchange.db import Tx
from exchange.errors import DomainError
from exchange.ids import new_id
from schemas.dossier import SuspensionView


class SameOperator(DomainError):
    status = 403
    code = "same-operator"
    title = "A second operator decides"
    detail = "Who proposed to lift the suspension cannot lift it. Ask another operator."


class Suspension(msgspec.Struct, frozen=True, kw_only=True):
    """The row of `suspension` that runs."""

    id: UUID
    company_id: UUID
    reason: str
    until: datetime | None
    suspended_at: datetime
    lift_proposed_by: UUID | None
    lift_proposed_at: datetime | None


def view(row: Suspension | None) -> SuspensionView | None:
    if row is None:
        return None
    return SuspensionView(
        id=row.id,
        reason=row.reason,
        until=row.until,
        suspended_at=row.suspended_at,
        lift_proposed_at=row.lift_proposed_at,
    )


RUNNING: Final = """
SELECT s.id, s.company_id, s.reason, s.until, s.suspended_at, s.lift_proposed_by, s.lift_proposed_at
FROM suspension AS s WHERE s.company_id = $1 AND s.lifted_at IS NULL
"""


async def running(tx: Tx, company: UUID) -> Suspension | None:
    return await tx.maybe(Suspension, RUNNING, company)


BEGIN: Final = """
INSERT INTO suspension (id, company_id, reason, until, suspended_by, suspended_at) VALUES ($1, $2, $3, $4, $5, market_now())
"""


async def begin(tx: Tx, company: UUID, reason: str, until: datetime | None) -> None:
    await tx.execute(BEGIN, new_id(), company, reason, until, tx.ctx.person)


PROPOSE: Final = """
UPDATE suspension SET lift_proposed_by = $2, lift_proposed_at = market_now()
WHERE company_id = $1 AND lifted_at IS NULL AND lift_proposed_at IS NULL RETURNING id
"""
LIFT: Final = """
UPDATE suspension SET lifted_by = $2, lifted_at = market_now()
WHERE company_id = $1 AND lifted_at IS NULL AND lift_proposed_at IS NOT NULL RETURNING id
"""


async def lift(tx: Tx, company: UUID) -> bool:
    """The first operator proposes (False), a second one lifts (True). Raises SameOperator."""
    if await tx.value(PROPOSE, company, tx.ctx.person) is not None:
        return False
    found = await running(tx, company)
    if found is not None and found.lift_proposed_by == tx.ctx.person:
        raise SameOperator
    return await tx.value(LIFT, company, tx.ctx.person) is not None


# Nothing when it was lifted meanwhile.
OVER: Final = """
SELECT s.company_id AS id, c.version FROM suspension AS s JOIN company AS c ON c.id = s.company_id
WHERE s.id = $1 AND s.lifted_at IS NULL AND s.until <= market_now() AND c.status = 'suspended'
"""


class Over(msgspec.Struct, frozen=True):
    id: UUID
    version: int


async def remind(tx: Tx, suspension: UUID) -> None:
    """The day has come that was named: operators look again. Nothing is lifted by itself."""
    found = await tx.maybe(Over, OVER, suspension)
    if found is not None:
        await events.append(
            tx, "company.suspension_due", found.id, found.version, from_state="suspended", to_state="suspended",
            audience=(found.id,),
        )  # fmt: skip
