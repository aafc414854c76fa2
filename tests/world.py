"""Companies, people, sessions and keys in a test database, and clients of the whole HTTP application in process."""

import asyncio
import hashlib
import secrets
import tempfile
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import msgspec
from litestar import Litestar

from exchange.app import create, guard
from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.category.importing import import_categories, import_units
from exchange.domain.company.model import fold
from exchange.domain.identity.access import Access
from exchange.domain.identity.grantable import renew_grantable
from exchange.domain.permission import MEMBER
from exchange.files import Files
from exchange.ids import new_id
from exchange.metrics import ApiMetrics
from exchange.notify.live import LiveHub
from exchange.passwords import Passwords
from exchange.settings import Settings
from exchange.stack import CATEGORIES, UNITS
from exchange.web import Deps
from exchange.writes import Writes
from matching.client import MatcherClient
from tests.conftest import TestDatabase

PASSWORD = "correct horse battery"
TERMS = {"payment": "direct_after_acceptance"}


class World:
    """A test database with its reference data; makes members without the sign-up, which has tests of its own."""

    def __init__(self, db: TestDatabase, owner: asyncpg.Connection) -> None:
        self.db = db
        self.owner = owner
        self.passwords = Passwords.cheap()
        self._hash: str | None = None

    async def company(
        self,
        name: str,
        *,
        profile: str = "vn",
        status: str = "active",
        roles: tuple[str, ...] = ("owner", "signatory", "approver"),
        approval_limit: int | None = None,
        signing_limit: int | None = None,
        currency: str = "VND",
    ) -> Ctx:
        """A company with its file, a verified bank account and one person; the context of that person."""
        company = new_id()
        country = "VN" if profile == "vn" else "US"
        number = f"{secrets.randbelow(10**10):010d}"
        await self.owner.execute(
            """INSERT INTO company (id, status, legal_name, display_name, sort_key, country, profile, region, registration_id,
            tax_id, base_currency, applied_at, active_at) VALUES ($1, $2, $3, $4, $10, $5, $6, $7, $8, $8, $9, market_now(),
            market_now())""",
            company, status, f"{name} Ltd", name, country, profile, "VN-SG" if profile == "vn" else "US", number, currency,
            fold(name),
        )  # fmt: skip
        await self.owner.execute(
            """INSERT INTO company_file (company_id, address, representative, contact_email, signing_limit_minor)
            VALUES ($1, '1 Test Street', $2, $3, $4)""",
            company, f"{name} Owner", f"contact@{company.hex}.example", signing_limit,
        )  # fmt: skip
        if approval_limit is not None:
            for kind in ("award", "order"):
                await self.policy(company, kind, tier(approval_limit + 1, step("owner", "approver")), currency=currency)
        await self.owner.execute(
            """INSERT INTO bank_account (id, company_id, holder, bank_name, number, currency, status, verified_at, verified_by)
            VALUES ($1, $2, $3, 'Test Bank', $4, $5, 'verified', market_now(), $1)""",
            new_id(), company, f"{name} Ltd", number, currency,
        )  # fmt: skip
        return await self.person(company, name, f"{name} Owner", *roles, status=status)

    async def person(self, company: UUID, company_name: str, name: str, *roles: str, status: str = "active") -> Ctx:
        """One more person of a company."""
        person = new_id()
        await self._insert_person(person, name)
        await self.owner.execute(
            "INSERT INTO membership (company_id, person_id, roles) VALUES ($1, $2, $3)", company, person, list(roles)
        )
        # Who is not the first signs under an authorisation without a limit.
        await self.owner.execute(
            """UPDATE signatory SET status = 'verified', number = '01/UQ', issued_on = '2026-01-01', scope = '{purchase,sale}',
            valid_from = '2026-01-01', verified_at = market_now() WHERE person_id = $1 AND status = 'incomplete'""",
            person,
        )
        return Ctx(
            person_id=person,
            person_name=name,
            company_id=company,
            company_name=company_name,
            company_status=status,
            roles=frozenset(roles),
            request_id="test",
            stepped_up=True,
        )

    async def policy(self, company: UUID, kind: str, *tiers: dict[str, object], currency: str = "VND") -> None:
        """The next version of a company's policy for one kind of commitment; without tiers nothing waits."""
        await self.owner.execute(
            "UPDATE approval_policy SET active = false WHERE company_id = $1 AND kind = $2 AND active", company, kind
        )
        await self.owner.execute(
            """INSERT INTO approval_policy (id, company_id, kind, version, active, currency, tiers, changed_at)
            SELECT $1, $2, $3, count(*) + 1, $4, $5, $6, market_now() FROM approval_policy
            WHERE company_id = $2 AND kind = $3""",
            new_id(), company, kind, bool(tiers), currency, msgspec.json.encode(tiers).decode(),
        )  # fmt: skip

    async def operator(self, *roles: str) -> Ctx:
        """A person who runs the exchange."""
        person = new_id()
        await self._insert_person(person, "Operator", list(roles))
        return Ctx(
            person_id=person,
            person_name="Operator",
            operator=True,
            operator_roles=frozenset(roles),
            request_id="test",
            stepped_up=True,
        )

    async def _insert_person(self, person: UUID, name: str, operator_roles: list[str] | None = None) -> None:
        if self._hash is None:
            self._hash = await self.passwords.hash(PASSWORD)
        await self.owner.execute(
            """INSERT INTO person (id, email, name, password_hash, locale, operator_roles, created_at)
            VALUES ($1, $2, $3, $4, 'en', $5, market_now())""",
            person, f"{person.hex}@test.example", name, self._hash, operator_roles or [],
        )  # fmt: skip

    async def session(self, ctx: Ctx) -> str:
        """A live session's token; proved just now when the context is."""
        token = secrets.token_urlsafe(32)
        await self.owner.execute(
            """INSERT INTO session (token_hash, person_id, company_id, operator, expires_at, stepped_up_at)
            VALUES ($1, $2, $3, $4, clock_timestamp() + interval '1 hour', CASE WHEN $5 THEN clock_timestamp() END)""",
            hashlib.sha256(token.encode()).digest(), ctx.person_id, ctx.company_id, ctx.operator, ctx.stepped_up,
        )  # fmt: skip
        return token

    async def advance(self, interval: str) -> None:
        """Move the sandbox's clock forward, e.g. by '2 days'."""
        await self.owner.execute("UPDATE market_clock SET ahead = ahead + $1::text::interval", interval)


@asynccontextmanager
async def world(db: TestDatabase) -> AsyncGenerator[World]:
    """A World over a fresh database."""
    owner = await db.owner()
    try:
        await import_units(owner, UNITS.read_bytes())
        await import_categories(owner, CATEGORIES.read_bytes())
        await renew_grantable(owner)
        yield World(db, owner)
    finally:
        await owner.close()


_kept: list[Litestar] = []


def _application(deps: Deps) -> Litestar:
    """One application for all tests of a process, over the parts of the present one: building it takes longer than most."""
    if not _kept:
        _kept.append(create(deps))
    _kept[0].state["deps"] = deps
    return _kept[0]


class Site:
    """The HTTP application in process, and clients that act for somebody."""

    def __init__(self, world: World, deps: Deps) -> None:
        self.world = world
        self.deps = deps
        self._app: Any = guard(_application(deps), deps, ApiMetrics())
        self._clients: list[httpx2.AsyncClient] = []

    async def client(self, ctx: Ctx | None = None) -> httpx2.AsyncClient:
        """A browser signed in as `ctx`, or a visitor's."""
        client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self._app), base_url="http://exchange.test", timeout=30)
        if ctx is not None:
            # As the exchange itself sets it, so that a new one takes its place.
            client.cookies.set("session", await self.world.session(ctx), domain="exchange.test", path="/")
        self._clients.append(client)
        return client

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()


@asynccontextmanager
async def site(world: World, matcher_socket: str = "/nowhere/matcher.sock") -> AsyncGenerator[Site]:
    """The application over the world's database as the api role, with files in a folder of its own."""
    database: Database = await world.db.api(10)
    with tempfile.TemporaryDirectory(prefix="exchange-files-") as folder:
        settings = Settings(
            database_url="unused",
            matcher_socket=matcher_socket,
            files_url=Path(folder).as_uri(),
            public_url="http://exchange.test",
            secret="test-secret-" + "x" * 32,
            rate_limit="100000/minute",
        )
        matcher = MatcherClient(matcher_socket)
        deps = Deps(
            db=database,
            settings=settings,
            matcher=matcher,
            files=Files.open(settings.files_url),
            writes=Writes(database),
            access=Access(database, sandbox=True),
            passwords=world.passwords,
            live=LiveHub(database, "redis://127.0.0.1:1/0"),
            sandbox=True,
        )
        site = Site(world, deps)
        try:
            yield site
        finally:
            await site.close()
            await matcher.close()


def step(*roles: str, mode: str = "any", count: int = 1, people: tuple[UUID, ...] = ()) -> dict[str, object]:
    """One step of a policy as it is stored."""
    return {"mode": mode, "count": count, "roles": roles, "people": people}


def tier(from_minor: int, *steps: dict[str, object], opinion_roles: tuple[str, ...] = ()) -> dict[str, object]:
    """What applies from a gross value on, as it is stored."""
    return {"from_minor": from_minor, "steps": steps, "opinion_roles": opinion_roles, "opinion_people": ()}


def key() -> dict[str, str]:
    """A fresh Idempotency-Key header."""
    return {"Idempotency-Key": uuid.uuid4().hex}


def offer_json(**changes: object) -> dict[str, object]:
    """A valid live offer of a Vietnamese seller, with some fields changed."""
    base: dict[str, object] = {
        "title": "A4 copy paper 70 gsm, 500 sheets",
        "category": "other",
        "unit": "C62",
        "currency": "VND",
        "tiers": [{"min_quantity": "10", "price": "62000"}, {"min_quantity": "100", "price": "58000"}],
        "vat_code": "VN10",
        "lead_time_days": 3,
        "ship_from": "VN-SG",
        "regions": ["VN"],
        "terms": TERMS,
        "firm": True,
        "available": "1000",
        "mpn": "A4-70",
    }
    return {**base, **changes}


def encoded(value: object) -> Any:
    """A Struct as the JSON data that goes over the wire."""
    return msgspec.to_builtins(value)


async def gather_limited(*tasks: Any) -> list[Any]:
    """All results, exceptions included."""
    return await asyncio.gather(*tasks, return_exceptions=True)


ALL_SCOPES = sorted(MEMBER)
