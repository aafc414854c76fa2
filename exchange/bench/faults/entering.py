"""Guarantee 26: nobody gives somebody else a session, and guessing is counted where Valkey cannot forget it."""

import asyncio
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx2
from redis.asyncio import Redis

from exchange import embedded
from exchange.bench.faults.case import Case, Figures, Plan
from exchange.bench.faults.children import child
from exchange.bench.faults.ground import Place
from exchange.bench.faults.members import member
from exchange.ctx import Ctx
from exchange.passwords import Passwords

PASSWORD: Final = "a password of a fault case"  # noqa: S105  of a throw-away database
SESSION: Final = "/api/v1/session"
COOKIE: Final = "session"
WRONG: Final = 10
GIVE: Final = "UPDATE person SET password_hash = $2 WHERE id = $1 RETURNING email"


async def give_password(place: Place, ctx: Ctx) -> str:
    """The e-mail of a person whose password is `PASSWORD` from now on."""
    hashed = await Passwords.cheap().hash(PASSWORD)
    async with place.connection() as owner:
        return str(await owner.fetchval(GIVE, ctx.person, hashed))


async def _person(place: Place, name: str) -> str:
    """The e-mail of a member whose password is known here."""
    return await give_password(place, await member(place, name))


@asynccontextmanager
async def _browser(url: str, planted: str = "", address: str = "127.0.0.1") -> AsyncGenerator[httpx2.AsyncClient]:
    """A browser at an address of this machine, with a cookie that somebody else chose for it."""
    line = httpx2.AsyncHTTPTransport(local_address=address)
    async with httpx2.AsyncClient(base_url=url, timeout=20, transport=line) as client:
        if planted:
            client.cookies.set(COOKIE, planted, domain="127.0.0.1", path="/")
        yield client


async def fix(plan: Plan) -> Figures:
    """Somebody plants a session id in a browser of which they know that its owner will sign in."""
    rounds = plan.size(5, 50)
    adopted = opened = signed_in = ended = 0
    async with plan.ground.place() as place, child(place, "serve", without=() if plan.guarded else ("new-token",)) as api:
        email = await _person(place, "Victim")
        given = {"email": email, "password": PASSWORD}
        for number in range(rounds):
            planted = secrets.token_urlsafe(32)
            home = f"127.0.1.{number + 1}"  # an address of its own, so that the limit of sign-ins per address stays out of it
            async with _browser(api.url, planted, home) as victim, _browser(api.url, planted, home) as attacker:
                before = await attacker.get(SESSION)
                entered = await victim.post(SESSION, json=given)
                signed_in += entered.status_code == 201 and (await victim.get(SESSION)).status_code == 200
                adopted += victim.cookies[COOKIE] == planted
                opened += before.status_code == 200 or (await attacker.get(SESSION)).status_code == 200
                old = victim.cookies[COOKIE]
                await victim.post(SESSION, json=given)
                async with _browser(api.url, old, home) as late:
                    ended += (await late.post("/api/v1/session/locale", json={"locale": "en"})).status_code == 401
    return {"rounds": rounds, "signed_in": signed_in, "adopted": adopted, "opened": opened, "ended": ended}


async def guess(plan: Plan) -> Figures:
    """Ten wrong passwords, and Valkey forgets everything after each; then the right one, from the same place."""
    people = 2
    wrong = locked = entered = alive = flushed = 0
    server = await asyncio.to_thread(embedded.Valkey.start, plan.ground.folder / f"valkey-{secrets.token_hex(4)}")
    guards = () if plan.guarded else ("lasting-counters",)
    try:
        async with plan.ground.place() as place, child(place, "serve", without=guards, valkey_url=server.url) as api:
            valkey: Any = Redis.from_url(server.url)
            for number in range(people):
                email = await _person(place, f"Person {number}")
                async with _browser(api.url) as owner, _browser(api.url) as guesser:
                    await owner.post(SESSION, json={"email": email, "password": PASSWORD})
                    for attempt in range(WRONG):
                        given = {"email": email, "password": f"wrong {attempt}"}
                        wrong += (await guesser.post(SESSION, json=given)).status_code == 401
                        await valkey.flushall()
                        flushed += 1
                    right = await guesser.post(SESSION, json={"email": email, "password": PASSWORD})
                    locked += right.status_code == 429
                    entered += right.status_code == 201
                    alive += (await owner.post("/api/v1/session/locale", json={"locale": "en"})).status_code == 204
            await valkey.aclose()
    finally:
        await asyncio.to_thread(server.stop)
    return {"people": people, "wrong": wrong, "flushed": flushed, "locked": locked, "entered": entered, "still_signed_in": alive}


CASES: Final = (
    Case(
        id="26a",
        name="a session id that somebody else chose is never adopted",
        attempt=fix,
        exercised=lambda f: f["signed_in"] == f["rounds"],
        holds=lambda f: f["adopted"] == f["opened"] == 0 and f["ended"] == f["rounds"],
    ),
    Case(
        id="26b",
        name="ten wrong passwords lock although Valkey forgets after each, and nobody is signed out",
        attempt=guess,
        exercised=lambda f: f["flushed"] == f["people"] * WRONG and f["wrong"] > 0 and f["still_signed_in"] == f["people"],
        holds=lambda f: f["locked"] == f["people"] and f["entered"] == 0,
    ),
)
