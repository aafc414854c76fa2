"""Guarantee 26: whoever proves more gets another session id, an ended session ends everywhere, wrong codes are counted."""

import asyncio
import secrets
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, nullcontext
from itertools import pairwise
from typing import Any, Final

from redis.asyncio import Redis

from exchange import embedded
from exchange.bench.faults.case import Case, Figures, Plan
from exchange.bench.faults.entering import PASSWORD, give_password
from exchange.bench.faults.ground import Place
from exchange.bench.faults.instead import instead
from exchange.bench.faults.members import member
from exchange.bench.market import MEMBERSHIP
from exchange.ctx import Ctx
from exchange.db import Database, Tx
from exchange.domain.identity import factor, second_step, service, sessions, stepping_up, store
from exchange.domain.identity.access import Access, SessionCache
from exchange.domain.identity.factor import Vault
from exchange.domain.identity.model import SignedIn
from exchange.domain.identity.refusals import LockedOut, SecondFactorRequired, WrongCode
from exchange.domain.identity.service import token_hash
from exchange.passwords import Passwords
from schemas.identity import SignIn, SignInCode, StepUp

VAULT: Final = Vault("a secret of a fault case " * 2)
ADDRESS: Final = "192.0.2.1"
AT_ONCE_S: Final = 30
WRONG: Final = 10


class _Person:
    """Somebody of two companies who proves who they are in one way after another."""

    def __init__(self, api: Database, ctx: Ctx, email: str, codes: list[str]) -> None:
        self.api = api
        self.ctx = ctx
        self.email = email
        self.codes = codes
        self.passwords = Passwords.cheap()

    @classmethod
    async def make(cls, place: Place, name: str) -> "_Person":
        api, ctx = await place.database("exchange_api", 2), await member(place, name)
        return cls(api, ctx, await give_password(place, ctx), [])

    async def enter(self, old: str | None = None) -> SignedIn:
        """With the password, and a code where one is asked for."""
        given = SignIn(email=self.email, password=PASSWORD)
        try:
            return await service.sign_in(self.api, self.passwords, VAULT, given, address=ADDRESS, old_token=old)
        except SecondFactorRequired as asked:
            return await self.answer(asked, self.codes.pop(), old)

    async def answer(self, asked: SecondFactorRequired, code: str, old: str | None) -> SignedIn:
        given = SignInCode(challenge=str(asked.data["challenge"]), code=code)
        return await second_step.sign_in_with_code(self.api, VAULT, given, address=ADDRESS, old_token=old)

    async def challenge(self) -> SecondFactorRequired:
        given = SignIn(email=self.email, password=PASSWORD)
        try:
            await service.sign_in(self.api, self.passwords, VAULT, given, address=ADDRESS)
        except SecondFactorRequired as asked:
            return asked
        raise LookupError("no second step is asked for")

    async def switch_on(self, token: str) -> SignedIn:
        """The second factor; its recovery codes are kept."""
        async with self.api.tx(self.ctx, "any") as tx:
            uri = await factor.begin(tx, VAULT)
        code = factor.TOTP(factor.key_of(uri).replace(" ", "")).now()
        codes, signed_in = await second_step.confirm(self.api, self.passwords, VAULT, self.ctx, PASSWORD, code, token=token)
        self.codes = list(codes)
        return signed_in

    async def step_up(self, token: str) -> SignedIn:
        given = StepUp(code=self.codes.pop())
        return await stepping_up.step_up(self.api, self.passwords, VAULT, self.ctx, given, token=token)


async def _kept_renewal(tx: Tx, token: str) -> SignedIn:
    left = await store.step_up(tx, token_hash(token), token_hash(token), tx.ctx.person)
    return SignedIn(token, left or 0, tx.ctx.person, tx.ctx.company_id, False)


async def _kept_switch(db: Database, ctx: Ctx, company: Any, *, token: str) -> SignedIn:
    async with db.tx(ctx, "any") as tx:
        left = await store.switch_company(tx, token_hash(token), token_hash(token), ctx.person, company)
    return SignedIn(token, left or 0, ctx.person, company, False)


@contextmanager
def _ids(guarded: bool) -> Generator[None]:
    """Without the guard a session keeps its id, whatever it may do afterwards."""
    with ExitStack() as stack:
        if not guarded:
            for owner, name, value in (
                (second_step, "renew", _kept_renewal),
                (stepping_up, "renew", _kept_renewal),
                (service, "switch_company", _kept_switch),
            ):
                stack.enter_context(instead(owner, name, value))
        yield


async def renew(plan: Plan) -> Figures:
    """Signing in, second factor on, signing in with a code, step-up, the other company: the id before opens nothing after."""
    rounds = plan.size(2, 20)
    changed = old_opens = alive = slowest = 0
    async with plan.ground.place() as place:
        other = await member(place, "Other")
        with _ids(plan.guarded):
            for number in range(rounds):
                person = await _Person.make(place, f"Person {number}")
                async with place.connection() as owner:
                    await owner.execute(MEMBERSHIP, other.company, person.ctx.person)
                access = await Access.open(person.api)
                ids = [(await person.enter()).token]
                ids.append((await person.switch_on(ids[-1])).token)
                ids.append((await person.enter(ids[-1])).token)
                ids.append((await person.step_up(ids[-1])).token)
                ids.append((await service.switch_company(person.api, person.ctx, other.company, token=ids[-1])).token)
                changed += sum(new != old for old, new in pairwise(ids))
                old_opens += sum([await access.session(old, fresh=True) is not None for old in ids[:-1]])
                alive += await access.session(ids[-1], fresh=True) is not None
                slowest = max(slowest, await _ended_after(plan, person, ids[-1]))
    return {"rounds": rounds, "changed": changed, "old_opens": old_opens, "alive": alive, "ended_after_s": slowest}


async def _ended_after(plan: Plan, person: _Person, token: str) -> int:
    """How many seconds another process lets a session in that was ended here; a minute at most."""
    now = 0.0
    cache = SessionCache(clock=lambda: now) if plan.guarded else SessionCache(seconds=3600, clock=lambda: now)
    elsewhere = await Access.open(person.api, cache=cache)
    acting = await elsewhere.session(token)
    assert acting is not None, "the session is open"
    async with person.api.tx(acting, "any") as tx:
        for item in await sessions.listed(tx, token):
            await sessions.end(tx, item.id)
    while now < 60 and await elsewhere.session(token) is not None:
        now += 1.0
    return int(now)


async def guess_codes(plan: Plan) -> Figures:
    """Ten wrong codes after the right password, and Valkey forgets everything after each; then a right one."""
    server = await asyncio.to_thread(embedded.Valkey.start, plan.ground.folder / f"valkey-{secrets.token_hex(4)}")
    valkey: Any = Redis.from_url(server.url)

    async def in_valkey(_tx: Tx, counter: bytes) -> int:
        return 900 if await valkey.incr(counter.hex()) > WRONG else 0

    try:
        async with plan.ground.place() as place:
            person = await _Person.make(place, "Guessed")
            await person.switch_on((await person.enter()).token)
            with nullcontext() if plan.guarded else instead(store, "attempt", in_valkey):
                return await _guess(person, valkey)
    finally:
        await valkey.aclose()
        await asyncio.to_thread(server.stop)


async def _guess(person: _Person, valkey: Any) -> Figures:
    wrong = locked = entered = flushed = 0
    asked = await person.challenge()
    for code in [f"{number:06d}" for number in range(WRONG)] + [person.codes.pop()]:
        try:
            await person.answer(asked, code, None)
            entered += 1
        except WrongCode:
            wrong += 1
        except LockedOut:
            locked += 1
        flushed += bool(await valkey.flushall())
    return {"tried": WRONG + 1, "flushed": flushed, "wrong": wrong, "locked": locked, "entered": entered}


CASES: Final = (
    Case(
        id="26c",
        name="a session's id changes with what it may do, and an ended one ends everywhere",
        attempt=renew,
        exercised=lambda f: f["alive"] == f["rounds"],
        holds=lambda f: f["changed"] == 4 * f["rounds"] and f["old_opens"] == 0 and f["ended_after_s"] <= AT_ONCE_S,
    ),
    Case(
        id="26d",
        name="ten wrong codes of a second factor lock, also for the right one, although Valkey forgets after each",
        attempt=guess_codes,
        exercised=lambda f: f["flushed"] == f["tried"] and f["wrong"] >= WRONG - 1,
        holds=lambda f: f["entered"] == 0 and f["locked"] >= 1,
    ),
)
