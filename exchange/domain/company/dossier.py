"""A dossier field by field: what an operator found right, what the company has to change, what the tax authority says."""

from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange import events
from exchange.db import Tx
from exchange.domain.company import people_store, store
from exchange.domain.permission import need
from exchange.errors import DomainError, Forbidden, NotFound, WrongState, invalid
from schemas.dossier import CheckedField, ChecksIn, FieldCheckView, TaxState, TaxStatusIn, TaxStatusView

REQUIRED: Final[tuple[CheckedField, ...]] = ("legal_name", "registration_id", "tax_id", "address", "representative", "bank")
FIELDS: Final[tuple[CheckedField, ...]] = (*REQUIRED, "documents")


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `company_check`."""

    field: CheckedField
    result: Literal["ok", "change"]
    note: str
    checked_at: datetime


class TaxStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `company_tax_status`."""

    status: TaxState
    checked_on: date
    source: str
    checked_at: datetime


class ChecksMissing(DomainError):
    status = 409
    code = "checks-missing"
    title = "Not every field is checked"
    detail = "Still to be found right: %(fields)s."


class NothingToChange(DomainError):
    status = 409
    code = "nothing-to-change"
    title = "No field is marked"
    detail = "Mark at least one field that the company has to change, with a note."


CHECKS: Final = """
SELECT k.field, k.result, k.note, k.checked_at FROM company_check AS k WHERE k.company_id = $1 ORDER BY k.field
"""


async def checks(tx: Tx, company: UUID) -> list[Check]:
    """What operators said so far: for the company itself and for operators."""
    return await tx.many(Check, CHECKS, company)


def views(found: list[Check]) -> tuple[FieldCheckView, ...]:
    """Every field, also those that nobody has looked at."""
    by_field = {item.field: item for item in found}
    return tuple(
        FieldCheckView(
            field=field,
            required=field in REQUIRED,
            result=by_field[field].result if field in by_field else None,
            note=by_field[field].note if field in by_field else "",
            checked_at=by_field[field].checked_at if field in by_field else None,
        )
        for field in FIELDS
    )


MARK: Final = """
INSERT INTO company_check (company_id, field, result, note, checked_by, checked_at)
VALUES ($1, $2, $3, $4, $5, market_now())
ON CONFLICT (company_id, field) DO UPDATE SET result = excluded.result, note = excluded.note, checked_by = excluded.checked_by,
    checked_at = excluded.checked_at
"""


async def mark(tx: Tx, company: UUID, command: ChecksIn) -> list[Check]:
    """An operator says of fields whether they are right. Only while the application is in review."""
    need(tx.ctx, "operator.company")
    own = await store.get(tx, company)
    if own is None:
        raise NotFound(noun="company")
    if own.status != "in_review":
        raise WrongState(noun="company", current=own.status)
    if await people_store.belongs(tx, company, tx.ctx.person):
        raise Forbidden(needed="an operator who is none of its people")
    for at, item in enumerate(command.checks):
        note = item.note.strip()
        if item.result == "change" and len(note) < 3:
            raise invalid(f"/checks/{at}/note", "required", "Say what has to change: the applicant reads it.")
        await tx.execute(MARK, company, item.field, item.result, note, tx.ctx.person)
        payload = {"field": item.field, "result": item.result}
        await events.append(
            tx, "company.checked", company, own.version, from_state=own.status, to_state=own.status, payload=payload,
            audience=(company,),
        )  # fmt: skip
    return await checks(tx, company)


async def need_all(tx: Tx, company: UUID) -> None:
    """Refuse while a required field is not found right."""
    right = {item.field for item in await checks(tx, company) if item.result == "ok"}
    missing = [field for field in REQUIRED if field not in right]
    if missing:
        raise ChecksMissing(fields=", ".join(missing))


async def need_change(tx: Tx, company: UUID) -> None:
    """Refuse to send back what nobody objects to."""
    if all(item.result == "ok" for item in await checks(tx, company)):
        raise NothingToChange


UNCHECK: Final = "DELETE FROM company_check WHERE company_id = $1 AND (result = 'change' OR field = ANY ($2))"


async def uncheck(tx: Tx, fields: list[str]) -> None:
    """What the acting company changed, and what it was asked to change, is looked at again."""
    await tx.execute(UNCHECK, tx.ctx.company, fields)


TAX: Final = """
SELECT t.status, t.checked_on, t.source, t.checked_at FROM company_tax_status AS t WHERE t.company_id = $1
"""


async def tax_status(tx: Tx, company: UUID) -> TaxStatus | None:
    return await tx.maybe(TaxStatus, TAX, company)


def tax_view(found: TaxStatus | None) -> TaxStatusView | None:
    if found is None:
        return None
    return TaxStatusView(status=found.status, checked_on=found.checked_on, source=found.source, checked_at=found.checked_at)


SET_TAX: Final = """
INSERT INTO company_tax_status (company_id, status, checked_on, source, checked_by, checked_at)
VALUES ($1, $2, $3, $4, $5, market_now())
ON CONFLICT (company_id) DO UPDATE SET status = excluded.status, checked_on = excluded.checked_on, source = excluded.source,
    checked_by = excluded.checked_by, checked_at = excluded.checked_at
"""


async def set_tax(tx: Tx, company: UUID, command: TaxStatusIn) -> TaxStatus:
    """An operator has read the company's tax status at its source."""
    need(tx.ctx, "operator.company")
    own = await store.get(tx, company)
    if own is None:
        raise NotFound(noun="company")
    if await people_store.belongs(tx, company, tx.ctx.person):
        raise Forbidden(needed="an operator who is none of its people")
    today: date = await tx.value("SELECT (market_now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date")
    if not date(2000, 1, 1) <= command.checked_on <= today:
        raise invalid("/checked_on", "out-of-range", "Give the day on which it was read, not a later one.")
    await tx.execute(SET_TAX, company, command.status, command.checked_on, command.source, tx.ctx.person)
    await events.append(
        tx, "company.tax_checked", company, own.version, from_state=own.status, to_state=own.status,
        payload={"tax_status": command.status}, audience=(company,),
    )  # fmt: skip
    found = await tax_status(tx, company)
    assert found is not None, "it was just written"
    return found
