"""Who is away from when to when, and who decides instead: set by the person, or by an owner for a colleague."""

from datetime import UTC
from typing import Final
from uuid import UUID

from exchange import events
from exchange.db import Tx
from exchange.domain.approval import policy_store, service
from exchange.domain.approval.model import Absence
from exchange.domain.permission import need, need_step_up
from exchange.errors import FieldError, Forbidden, Invalid, NotFound, WrongState
from exchange.ids import new_id
from schemas.approval import AbsenceIn

LONGEST_DAYS: Final = 366


async def now_and_later(tx: Tx) -> list[Absence]:
    """The absences of the acting company that are not over."""
    need(tx.ctx, "company.read")
    return await policy_store.absences(tx, tx.ctx.company)


async def get(tx: Tx, absence: UUID) -> Absence:
    found = await policy_store.get_absence(tx, absence, tx.ctx.company)
    if found is None:
        raise NotFound(noun="absence")
    return found


async def put(tx: Tx, command: AbsenceIn, absence: UUID | None = None) -> Absence:
    """Away from then until then; the deputy decides what the person is asked, recorded as for them."""
    need(tx.ctx, "approval.decide")
    person = command.person_id or tx.ctx.person
    _own(tx, person)
    people = await service.members(tx, tx.ctx.company)
    errors: list[FieldError] = []
    if command.ends_at <= command.starts_at:
        errors.append(FieldError("/ends_at", "too-early", "The end must be after the start."))
    elif (command.ends_at - command.starts_at).days > LONGEST_DAYS:
        errors.append(FieldError("/ends_at", "too-late", "An absence lasts a year at most."))
    if person not in people:
        errors.append(FieldError("/person_id", "not-a-colleague", "This person does not belong to your company."))
    if command.deputy_id == person:
        errors.append(FieldError("/deputy_id", "same-person", "Somebody else must decide instead."))
    elif command.deputy_id is not None and command.deputy_id not in people:
        errors.append(FieldError("/deputy_id", "not-a-colleague", "This person does not belong to your company."))
    if errors:
        raise Invalid(errors=tuple(errors))
    absence = absence or new_id()
    starts_at, ends_at = command.starts_at.astimezone(UTC), command.ends_at.astimezone(UTC)
    await policy_store.insert_absence(
        tx, absence, tx.ctx.company, person, command.deputy_id, starts_at, ends_at, tx.ctx.person
    )  # fmt: skip
    payload = {"person_id": str(person), "deputy_id": None if command.deputy_id is None else str(command.deputy_id)}
    await events.append(tx, "absence.set", absence, 1, to_state="set", payload=payload)
    return await get(tx, absence)


async def end(tx: Tx, absence: UUID) -> Absence:
    """Back earlier, or not away after all: from now on nobody decides instead."""
    need(tx.ctx, "approval.decide")
    before = await get(tx, absence)
    _own(tx, before.person_id)
    version = await policy_store.end_absence(tx, absence, tx.ctx.company)
    if version is None:
        raise WrongState(noun="absence", current="ended")
    payload = {"person_id": str(before.person_id)}
    await events.append(tx, "absence.ended", absence, version, from_state="set", to_state="ended", payload=payload)
    return await get(tx, absence)


def _own(tx: Tx, person: UUID) -> None:
    """Their own, or a colleague's by who may change policies; never by a key."""
    if tx.ctx.scopes is not None:
        raise Forbidden(needed="a person's session")
    if person != tx.ctx.person:
        # Naming who decides for a colleague changes who must agree, as a policy does.
        need(tx.ctx, "policy.write")
        need_step_up(tx.ctx)
