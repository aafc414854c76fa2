"""Two companies, two finance operators and their accounts in a fresh database, for the tests of the ledger."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg

from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.ledger import service
from exchange.domain.ledger.model import Line
from exchange.ids import new_id
from exchange.verify import Finding, verify_ledger

COMPANY = """
INSERT INTO company (id, status, legal_name, display_name, sort_key, country, profile, region, registration_id, tax_id,
    base_currency, applied_at)
VALUES ($1, 'active', $2, $2, lower($2), 'VN', 'vn', 'VN-SG', $3, $3, 'VND', market_now())
"""
PERSON = """
INSERT INTO person (id, email, name, password_hash, operator_roles, created_at)
VALUES ($1, $2, $2, 'x', ARRAY['finance'], market_now())
"""


class Books:
    """The database of one test seen through the roles that run in service."""

    def __init__(self, db: Any, api: Database, worker: Database) -> None:
        self.db = db
        self.api = api
        self.worker = worker
        self.buyer = new_id()
        self.seller = new_id()
        self.operators = (self._operator(), self._operator())

    @classmethod
    async def open(cls, db: Any, *, pool_size: int = 5) -> "Books":
        books = cls(db, await db.api(pool_size), await db.worker(pool_size))
        async with books.owner() as owner:
            await owner.execute(COMPANY, books.buyer, "Buyer", "0100000001")
            await owner.execute(COMPANY, books.seller, "Seller", "0100000002")
            for operator in books.operators:
                await owner.execute(PERSON, operator.person, f"{operator.person}@exchange.example")
        return books

    @staticmethod
    def _operator() -> Ctx:
        return Ctx(person_id=new_id(), operator=True, operator_roles=frozenset({"finance"}), request_id="test", stepped_up=True)

    @staticmethod
    def member(company: UUID) -> Ctx:
        """The owner of a company, signed in."""
        return Ctx(person_id=new_id(), company_id=company, roles=frozenset({"owner"}), request_id="test")

    @asynccontextmanager
    async def owner(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await self.db.owner()
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def superuser(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self.db.server.superuser_url(self.db.name))
        try:
            yield connection
        finally:
            await connection.close()

    async def account(self, company: UUID | None, kind: Any = "member", currency: str = "VND") -> UUID:
        async with self.worker.system() as tx:
            return await service.open_account(tx, company, kind, currency)

    async def fund(self, company: UUID, amount_minor: int, currency: str = "VND") -> UUID:
        """Put money on a company's account and return the account."""
        account = await self.account(company, "member", currency)
        clearing = await self.account(None, "clearing", currency)
        async with self.worker.system() as tx:
            lines = [Line(clearing, -amount_minor), Line(account, amount_minor)]
            await service.post(tx, f"test:{new_id()}", "opening", lines, {})
        return account

    async def available(self, company: UUID, currency: str = "VND") -> int:
        async with self.worker.system() as tx:
            return (await service.balance(tx, company, currency)).available_minor

    async def findings(self) -> list[Finding]:
        async with self.owner() as connection:
            return await verify_ledger(connection)

    async def broken_rules(self) -> set[str]:
        return {finding.rule for finding in await self.findings()}
