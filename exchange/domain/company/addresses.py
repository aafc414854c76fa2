"""Addresses of a company: checked against country, province and the number of a branch."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
import pycountry
from stdnum.vn import mst

from exchange import events
from exchange.db import Tx
from exchange.domain.company import store
from exchange.domain.company.applying import in_country
from exchange.domain.permission import need
from exchange.errors import Conflict, FieldError, NotFound, WrongState, invalid
from exchange.ids import new_id
from schemas.address import AddressAdd, AddressKind, AddressView

MOST: Final = 100


class CompanyAddress(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `company_address`."""

    id: UUID
    version: int
    kind: AddressKind
    name: str
    street: str
    commune: str
    province: str
    country: str
    hours: str
    branch_tax_id: str | None
    created_at: datetime


def view(row: CompanyAddress) -> AddressView:
    return AddressView(
        id=row.id,
        kind=row.kind,
        name=row.name,
        street=row.street,
        commune=row.commune,
        province=row.province,
        country=row.country,
        hours=row.hours,
        branch_tax_id=row.branch_tax_id,
        created_at=row.created_at,
    )


LISTED: Final = """
SELECT a.id, a.version, a.kind, a.name, a.street, a.commune, a.province, a.country, a.hours, a.branch_tax_id, a.created_at
FROM company_address AS a WHERE a.company_id = $1 ORDER BY a.created_at, a.id LIMIT 100
"""


async def listed(tx: Tx, company: UUID) -> list[CompanyAddress]:
    """For the company itself, and for operators."""
    need(tx.ctx, "operator.read" if tx.ctx.operator else "company.read")
    return await tx.many(CompanyAddress, LISTED, company)


GET: Final = """
SELECT a.id, a.version, a.kind, a.name, a.street, a.commune, a.province, a.country, a.hours, a.branch_tax_id, a.created_at
FROM company_address AS a WHERE a.id = $1
"""


async def get(tx: Tx, address: UUID) -> CompanyAddress:
    found = await tx.maybe(CompanyAddress, GET, address)
    if found is None:
        raise NotFound(noun="address")
    return found


# Nothing comes back for a second registered address, or the number of another branch.
INSERT: Final = """
INSERT INTO company_address (id, company_id, kind, name, street, commune, province, country, hours, branch_tax_id, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, market_now()) ON CONFLICT DO NOTHING RETURNING id
"""


async def add(tx: Tx, command: AddressAdd) -> CompanyAddress:
    """One more address of the acting company."""
    need(tx.ctx, "company.write")
    own = await store.get(tx, tx.ctx.company)
    if own is None or own.status in ("rejected", "closed"):
        raise WrongState(noun="company", current="closed" if own is None else own.status)
    if pycountry.countries.get(alpha_2=command.country) is None:
        raise invalid("/country", "unknown-country", "There is no such country.")
    if not in_country(command.province, command.country):
        raise invalid("/province", "unknown-region", "This province is not one of the country.")
    if command.kind == "warehouse" and not command.hours:
        raise invalid("/hours", "required", "Say when the warehouse is open.")
    number = None if command.branch_tax_id is None else command.branch_tax_id.replace("-", "")
    if number is not None and (command.kind != "branch" or not number.startswith(own.tax_id[:10]) or not mst.is_valid(number)):
        raise invalid("/branch_tax_id", "not-a-branch", "A branch has the company's ten digits and three more.")
    if len(await listed(tx, own.id)) >= MOST:
        raise invalid("/kind", "too-many", "A company has at most 100 addresses.")
    made = new_id()
    columns = command.kind, command.name, command.street, command.commune, command.province, command.country, command.hours
    if await tx.value(INSERT, made, own.id, *columns, number) is None:
        detail = "There is one registered address, and one branch for a number."
        raise Conflict(what="This address", errors=(FieldError("/kind", "exists", detail),))
    await events.append(tx, "company.address_added", own.id, own.version, payload={"address_id": str(made)})
    return await get(tx, made)


REMOVE: Final = "DELETE FROM company_address WHERE id = $1 AND company_id = $2 RETURNING id"


async def remove(tx: Tx, address: UUID) -> CompanyAddress:
    """The address is no longer one of the acting company."""
    need(tx.ctx, "company.write")
    found = await get(tx, address)
    if await tx.value(REMOVE, address, tx.ctx.company) is None:
        raise NotFound(noun="address")
    own = await store.get(tx, tx.ctx.company)
    version = 1 if own is None else own.version
    await events.append(tx, "company.address_removed", tx.ctx.company, version, payload={"address_id": str(address)})
    return found
