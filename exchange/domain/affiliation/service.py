"""The group of a company: declared by one side, confirmed by the other or by an operator, ended by an operator alone."""

import re
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import pycountry

from exchange import events
from exchange.cursor import page_of, read_cursor
from exchange.db import Tx
from exchange.domain.affiliation import store
from exchange.domain.affiliation.model import LIFECYCLE, Affiliation, MemberAction, OperatorAction
from exchange.domain.company import people_store
from exchange.domain.company import store as companies
from exchange.domain.permission import need, show
from exchange.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, WrongState, invalid
from exchange.ids import new_id
from schemas.affiliation import AffiliationDeclare, OutsideOwner
from schemas.common import Page


async def get(tx: Tx, affiliation: UUID) -> Affiliation:
    """The edge as one of its sides or an operator may see it."""
    found = await store.get(tx, affiliation)
    if found is None:
        raise NotFound(noun="affiliation")
    show(tx.ctx, "affiliation", *found.sides)
    return found


async def listed(tx: Tx, company: UUID) -> list[Affiliation]:
    """The edges of a company, newest first: for itself, and for operators."""
    need(tx.ctx, "operator.read" if tx.ctx.operator else "company.read")
    return await store.of_company(tx, company)


async def waiting(tx: Tx, cursor: str | None, limit: int) -> Page[Affiliation]:
    """What an operator may decide, longest waiting first."""
    need(tx.ctx, "operator.read")
    after = None if cursor is None else read_cursor(cursor, tuple[datetime, UUID])
    return page_of(await store.waiting(tx, after, limit + 1), limit, lambda row: (row.declared_at, row.id))


async def same_group(tx: Tx, one: UUID, two: UUID) -> bool:
    """Whether two members are one company or of one group by confirmed edges."""
    return await store.same_group(tx, one, two)


async def declare(tx: Tx, command: AffiliationDeclare) -> Affiliation:
    """The acting company names an owner, a subsidiary or a sister; it counts once it is confirmed."""
    need(tx.ctx, "company.write")
    if (command.other_id is None) == (command.owner is None):
        raise invalid("/other_id", "one-of-two", "Name either a member or an owner outside the exchange.")
    percent = None if command.percent is None else Decimal(command.percent)
    if command.kind != "sister" and (percent is None or percent == 0):
        raise invalid("/percent", "required", "Say how many percent: more than 0, at most 100.")
    owner = None if command.owner is None else _outside(command, command.owner)
    if command.other_id is not None:
        await _member(tx, command.other_id)
    made = new_id()
    share = None if command.kind == "sister" else percent
    if not await store.insert(tx, made, tx.ctx.company, command.kind, command.other_id, owner, share, tx.ctx.person):
        raise Conflict(what="This affiliation")
    found = await get(tx, made)
    await events.append(tx, "affiliation.declared", made, found.version, to_state=found.status, audience=found.sides)
    return found


def _outside(command: AffiliationDeclare, owner: OutsideOwner) -> tuple[str, str, str]:
    """Name, compact number and country of an owner outside the exchange."""
    if command.kind != "owner":
        raise invalid("/kind", "not-an-owner", "Outside the exchange only an owner can be named.")
    if pycountry.countries.get(alpha_2=owner.country) is None:
        detail = "There is no country %(code)s."
        raise Invalid(errors=(FieldError("/owner/country", "unknown-country", detail, {"code": owner.country}),))
    number = re.sub(r"[^0-9A-Z]", "", owner.number.upper())
    if len(number) < 3:
        raise invalid("/owner/number", "not-a-number", "Give the number of the owner's passport, identity card or register.")
    return owner.name, number, owner.country


async def _member(tx: Tx, other: UUID) -> None:
    if other == tx.ctx.company:
        raise invalid("/other_id", "own-company", "This is your own company.")
    if await companies.get(tx, other) is None:
        raise invalid("/other_id", "unknown-company", "There is no such member.")


async def act(tx: Tx, affiliation: UUID, action: MemberAction) -> Affiliation:
    """A side's own step: the other one confirms or refuses, who declared withdraws, either asks for an end."""
    step = LIFECYCLE.step(action)
    need(tx.ctx, step.who)
    if tx.ctx.scopes is not None:
        # A key that confirms would make its company part of any group.
        raise Forbidden(needed="a person's session")
    found = await get(tx, affiliation)
    declared = found.company_id == tx.ctx.company
    if action in ("confirm", "refuse") and declared:
        raise Forbidden(needed="the other side or an operator")
    if action == "withdraw" and not declared:
        raise Forbidden(needed="the company that declared it")
    return await _move(tx, found, action, "other" if action in ("confirm", "refuse") else None)


async def decide(tx: Tx, affiliation: UUID, action: OperatorAction) -> Affiliation:
    """An operator's decision; never about a company of their own."""
    need(tx.ctx, "operator.company")
    found = await get(tx, affiliation)
    for side in found.sides:
        if await people_store.belongs(tx, side, tx.ctx.person):
            raise Forbidden(needed="an operator who is none of its people")
    return await _move(tx, found, action, "operator")


async def _move(tx: Tx, found: Affiliation, action: str, decided_as: str | None) -> Affiliation:
    step = LIFECYCLE.step(action)
    person = None if decided_as is None else tx.ctx.person
    version = await store.move(tx, found.id, step.from_, step.to, decided_as, person)
    if version is None:
        raise WrongState(noun="affiliation", current=found.status)
    await events.append(tx, step.event, found.id, version, from_state=step.from_[0], to_state=step.to, audience=found.sides)
    return await get(tx, found.id)
