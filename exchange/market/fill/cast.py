"""Who plays: the people of the sample companies, the operators and the keys, each signed in when first needed."""

import asyncio
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from exchange.domain.permission import MEMBER
from exchange.market.data import Companies, Company, Person
from exchange.market.fill.client import Caller, FillFailed
from schemas.clock import ClockMove, ClockView
from schemas.identity import KeyCreate, KeyCreatedView, MeView, SignIn
from schemas.offer import OfferRow

PASSWORD: Final = "sample-market"  # noqa: S105  known to everybody: it opens nothing but a sandbox
CLOCK: Final = "admin@exchange.example"
# More would only wait inside the exchange, where a request that waits too long is given up.
REQUESTS_AT_ONCE: Final = 8
LONGEST_STEP: Final = timedelta(days=31)
DECIDERS: Final = frozenset({"owner", "approver"})
KEY_SCOPES: Final = ("market.read", "offer.write", "rfq.read", "order.read", "event.read")


class Cast:
    """Everybody who acts on one running exchange, and what the others must know of them: ids, and offers by external id."""

    def __init__(self, url: str, companies: Companies) -> None:
        self._url = url
        self._turns = asyncio.Semaphore(REQUESTS_AT_ONCE)
        self._sessions: dict[str, asyncio.Task[Caller]] = {}
        self._callers: list[Caller] = []
        self.companies: dict[str, Company] = {company.key: company for company in companies.companies}
        self.ids: dict[str, UUID] = {}
        self.offers: dict[tuple[str, str], OfferRow] = {}

    async def close(self) -> None:
        for task in self._sessions.values():
            task.cancel()
        await asyncio.gather(*(caller.close() for caller in self._callers))

    def visitor(self) -> Caller:
        """Somebody who has not signed in."""
        return self._caller("a visitor")

    async def person(self, email: str) -> Caller:
        """A signed-in person; signed in once, however many ask at the same time."""
        if email not in self._sessions:
            self._sessions[email] = asyncio.create_task(self._sign_in(email))
        return await asyncio.shield(self._sessions[email])

    async def who(self, company: str, permission: str, *, besides: str | None = None) -> Caller:
        """The person of a company who does such things: not its owner, where somebody has it as their only work."""
        return await self.person(self.email(company, permission, besides=besides))

    def email(self, company: str, permission: str, *, besides: str | None = None) -> str:
        """The same person's e-mail; `besides` cannot be the one (nobody approves their own request)."""
        able = [person for person in self.companies[company].people if _may(person, permission) and person.email != besides]
        if not able:
            raise FillFailed(f"nobody of {company} has {permission}")
        return min(able, key=lambda person: ("owner" in person.roles, len(person.roles))).email

    def deciders(self, company: str) -> list[str]:
        """Whom a policy made from the preset "director above ..." asks: approvers before owners."""
        able = [person for person in self.companies[company].people if not DECIDERS.isdisjoint(person.roles)]
        return [person.email for person in sorted(able, key=lambda person: "owner" in person.roles)]

    async def partner_system(self, company: str) -> Caller:
        """A system of the company, with a key made by its owner that may write offers."""
        owner = await self.who(company, "key.write")
        made = await owner.post("/keys", KeyCreatedView, KeyCreate(name="ERP", scopes=KEY_SCOPES))
        assert made.secret is not None, "the first answer carries the secret"
        return self._caller(f"the system of {company}", secret=made.secret)

    async def now(self) -> datetime:
        """Market time."""
        return (await (await self.person(CLOCK)).get("/clock", ClockView)).now

    async def move_clock(self, until: datetime) -> datetime:
        """Move market time forward to a moment, in steps; nothing when that has passed. Returns market time."""
        administrator = await self.person(CLOCK)
        now = await self.now()
        while now < until:
            step = min(until - now, LONGEST_STEP)
            moved = await administrator.post("/sandbox/clock", ClockView, ClockMove(seconds=max(1, int(step.total_seconds()))))
            now = moved.now
        return now

    def _caller(self, name: str, *, secret: str | None = None) -> Caller:
        caller = Caller(self._url, name, self._turns, secret=secret)
        self._callers.append(caller)
        return caller

    async def _sign_in(self, email: str) -> Caller:
        caller = self._caller(email)
        await caller.post("/session", MeView, SignIn(email=email, password=PASSWORD))
        return caller


def _may(person: Person, permission: str) -> bool:
    return not MEMBER[permission].isdisjoint(person.roles)
