"""Companies and people of a fault case, made by the owner of the database: signing up has tests of its own."""

import secrets
from uuid import UUID

from exchange.bench.faults.ground import Place
from exchange.bench.market import BANK, COMPANY, FILE, KEY, MEMBERSHIP, PERSON
from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.identity.keys import new_secret
from exchange.domain.identity.service import token_hash
from exchange.domain.ledger import service as ledger
from exchange.domain.ledger.model import Line
from exchange.domain.permission import MEMBER
from exchange.ids import new_id


async def member(place: Place, name: str) -> Ctx:
    """An active company with its file, a verified bank account and one person who may do everything."""
    company, person = new_id(), new_id()
    async with place.connection() as owner:
        await owner.execute(COMPANY, company, name, f"{secrets.randbelow(10**12):012d}")
        await owner.execute(FILE, company)
        await owner.execute(BANK, new_id(), company)
        await owner.execute(PERSON, person, f"{person.hex}@faults.example")
        await owner.execute(MEMBERSHIP, company, person)
    return Ctx(
        person_id=person,
        person_name=name,
        company_id=company,
        company_name=name,
        company_status="active",
        roles=frozenset({"owner", "signatory"}),
        request_id="faults",
        stepped_up=True,
    )


async def api_key(place: Place, ctx: Ctx) -> str:
    """A key of that person with every scope."""
    secret = new_secret("test")
    async with place.connection() as owner:
        await owner.execute(KEY, new_id(), ctx.company, ctx.person, token_hash(secret), sorted(MEMBER))
    return secret


async def fund(worker: Database, company: UUID, amount_minor: int, currency: str = "VND") -> UUID:
    """Put money on a company's account and return the account."""
    async with worker.system() as tx:
        account = await ledger.open_account(tx, company, "member", currency)
        clearing = await ledger.open_account(tx, None, "clearing", currency)
        if amount_minor:
            lines = [Line(clearing, -amount_minor), Line(account, amount_minor)]
            await ledger.post(tx, f"faults:{new_id()}", "opening", lines, {})
    return account
