"""A company's profile, its own file and its people."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final, TypeVar
from uuid import UUID

from msgspec import UNSET, UnsetType

from exchange import events
from exchange.cursor import escaped, page_of, read_cursor
from exchange.db import Tx
from exchange.domain import access_log
from exchange.domain.company import account_store, file_store, people_store, store
from exchange.domain.company.model import Company, CompanyName, Dossier, Member, fold
from exchange.domain.permission import need, need_person, need_step_up, show
from exchange.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, WrongState
from exchange.ids import new_id
from exchange.money import NotAnAmount, decode_amount
from schemas.common import Page
from schemas.company import CompanyEdit, MemberAdd

Value = TypeVar("Value")
# Whose profile every member may read.
LISTED: Final = ("active", "suspended", "closed")


async def get(tx: Tx, company: UUID) -> Company:
    """The public profile; NotFound also for an applicant, who is nobody's business yet."""
    found = await store.get(tx, company)
    if found is None:
        raise NotFound(noun="company")
    if found.status not in LISTED:
        show(tx.ctx, "company", found.id)
    return found


async def names(tx: Tx, companies: Iterable[UUID]) -> dict[UUID, CompanyName]:
    """Names of the companies that the reader may see, by id."""
    wanted = sorted(set(companies))
    return {item.id: item for item in await store.names(tx, wanted)} if wanted else {}


async def by_tax_id(tx: Tx, typed: str) -> UUID | None:
    """The member with this tax number, however it is spaced."""
    return await store.by_tax_id(tx, "".join(typed.split()).upper())


async def directory(tx: Tx, cursor: str | None, limit: int, find: str = "") -> Page[Company]:
    """Active members by name; with `find`, those with such a word in their name, or with this tax number."""
    after = None if cursor is None else read_cursor(cursor, tuple[str, UUID])
    folded = escaped(fold(find)) or None
    typed = escaped(find.strip()) if folded else None
    rows = await store.directory(tx, after, limit + 1, folded, typed)
    return page_of(rows, limit, lambda row: (row.sort_key, row.id))


async def dossier(tx: Tx, company: UUID) -> Dossier:
    """Profile, file and bank account: for the company itself, and for operators, of whose look it keeps a note."""
    need(tx.ctx, "operator.read" if tx.ctx.operator else "company.read")
    found = await _dossier(tx, company)
    if tx.ctx.operator:
        await access_log.record(tx, "company.dossier", company, company)
    return found


async def _dossier(tx: Tx, company: UUID) -> Dossier:
    show(tx.ctx, "company", company)
    file = await file_store.get(tx, company)
    if file is None:
        raise NotFound(noun="company")
    return Dossier(company=await get(tx, company), file=file, bank=await account_store.get(tx, company))


async def edit(tx: Tx, command: CompanyEdit) -> Dossier:
    """Change what the command names of the own profile and file, if they are still at its version."""
    need(tx.ctx, "company.write")
    before = await _dossier(tx, tx.ctx.company)
    company, file = before.company, before.file
    if company.status in ("rejected", "closed"):
        raise WrongState(noun="company", current=company.status)
    errors: list[FieldError] = []
    currency = company.base_currency
    signing_limit = _limit(command.signing_limit, file.signing_limit_minor, currency, "/signing_limit", errors)
    if errors:
        raise Invalid(errors=tuple(errors))
    if signing_limit != file.signing_limit_minor:
        # Up to which value one signature binds: no key and no session left open raises that.
        need_step_up(tx.ctx)
    display_name = _given(command.display_name, company.display_name)
    after = await store.edit(
        tx,
        company.id,
        command.version,
        display_name,
        fold(display_name),
        _given(command.about, company.about),
        company.website if command.website is UNSET else command.website,
        sorted(set(_given(command.trade_roles, company.trade_roles))),
    )
    if after is None:
        raise WrongState(noun="company", current=f"{company.status} v{company.version}")
    if not isinstance(command.capabilities, UnsetType):
        await store.set_capabilities(tx, company.id, command.capabilities)
    address, phone = _given(command.address, file.address), _given(command.phone, file.phone)
    contact_email = _given(command.contact_email, file.contact_email).lower()
    await file_store.edit(tx, company.id, address, phone, contact_email, signing_limit)
    await events.append(tx, "company.edited", after.id, after.version, from_state=after.status, to_state=after.status)
    return await _dossier(tx, company.id)


def _given(value: Value | UnsetType, before: Value) -> Value:
    return before if isinstance(value, UnsetType) else value


def _limit(
    value: str | UnsetType | None, before: int | None, currency: str, pointer: str, errors: list[FieldError]
) -> int | None:
    """A limit in minor units; None is no limit."""
    if isinstance(value, UnsetType):
        return before
    if value is None:
        return None
    if Decimal(value) == 0:
        return 0
    try:
        return decode_amount(value, currency)
    except NotAnAmount as error:
        errors.append(FieldError(pointer, error.code, error.detail, error.data))
        return None


async def people(tx: Tx) -> list[Member]:
    """The people of the acting company, by name."""
    need(tx.ctx, "company.read")
    return await people_store.people(tx)


async def add_member(tx: Tx, command: MemberAdd, password_hash: str) -> Member:
    """A new colleague with a first password. Only an owner makes another owner. Raises Conflict for a known e-mail."""
    need_person(tx.ctx, "people.write")
    if "owner" in command.roles and "owner" not in tx.ctx.roles:
        raise Forbidden(needed="owner")
    if "owner" in command.roles:
        need_step_up(tx.ctx)
    person = new_id()
    roles = tuple(dict.fromkeys(command.roles))
    email = command.email.lower()
    if not await people_store.add_member(tx, person, email, command.name, password_hash, command.locale, roles):
        raise Conflict(
            what="A person with this e-mail",
            errors=(FieldError("/email", "exists", "This e-mail belongs to a person already. Take another one."),),
        )
    await events.append(tx, "person.added", person, 1)
    return Member(person_id=person, name=command.name, email=email, locale=command.locale, roles=roles, version=1)
