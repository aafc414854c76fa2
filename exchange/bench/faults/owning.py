"""Guarantee 30: a company keeps an owner, and the exchange an administrator, whoever removes whom at the same time."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import cycle
from typing import Final

import asyncpg

from exchange.bench.faults.case import Case, Figures, Plan
from exchange.bench.faults.ground import Place
from exchange.bench.faults.members import member
from exchange.bench.market import PERSON
from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.company import members
from exchange.domain.company.model import LastOwner
from exchange.domain.identity.bootstrap import LastAdministrator, add_operator
from exchange.errors import Forbidden, NotFound, Unavailable
from exchange.ids import new_id
from schemas.company import MemberChange

ROUNDS: Final = 50
SECOND: Final = "INSERT INTO membership (company_id, person_id, roles) VALUES ($1, $2, '{owner,signatory}')"
OWNERS: Final = """
SELECT count(*) FROM membership AS m WHERE m.company_id = $1 AND m.ended_at IS NULL AND 'owner' = ANY (m.roles)
"""
# Another pair of eyes between the check and the change: what a lock would have made wait.
UNLOCKED: Final = [("FOR UPDATE;", "; PERFORM pg_sleep(0.01);")]

NO_OTHERS: Final = """
UPDATE person SET operator_roles = '{moderator}' WHERE 'administrator' = ANY (operator_roles) AND email <> ALL ($1)
"""
ADMINISTRATORS: Final = "SELECT count(*) FROM person AS p WHERE 'administrator' = ANY (p.operator_roles)"
UNGUARDED: Final = [
    ("PERFORM pg_advisory_xact_lock(hashtextextended('administrators', 0));", ""),
    ("RETURN NEW;", "PERFORM pg_sleep(0.01); RETURN NEW;"),
]


async def _two_owners(place: Place, number: int) -> tuple[Ctx, Ctx]:
    """A company whose people are two owners."""
    first = await member(place, f"Company {number}")
    second = new_id()
    async with place.connection() as owner:
        await owner.execute(PERSON, second, f"{second.hex}@faults.example")
        await owner.execute(SECOND, first.company, second)
    return first, Ctx(
        person_id=second,
        company_id=first.company,
        company_status="active",
        roles=frozenset({"owner", "signatory"}),
        request_id="faults",
        stepped_up=True,
    )


async def _end(api: Database, acting: Ctx, person: Ctx) -> None:
    async with api.tx(acting, "any") as tx:
        await members.end(tx, person.person)


async def _step_down(api: Database, acting: Ctx, person: Ctx) -> None:
    async with api.tx(acting, "any") as tx:
        await members.change(tx, person.person, MemberChange(version=1, roles=("signatory",)))


async def _said(act: Callable[[], Awaitable[None]]) -> str:
    while True:
        try:
            await act()
        except (LastOwner, Forbidden, NotFound) as refusal:
            return refusal.code
        except Unavailable:
            continue
        return "ok"


async def keep_an_owner(plan: Plan) -> Figures:
    """Fifty times two owners end each other's membership, or each their own ownership, at the same instant."""
    async with plan.ground.place() as place:
        api = await place.database("exchange_api", 4)
        if not plan.guarded:
            await place.rewrite("member_change(uuid, integer, text[], uuid[])", UNLOCKED)
        said: Counter[str] = Counter()
        ownerless = 0
        for number, crossed in zip(range(ROUNDS), cycle((True, False)), strict=False):
            first, second = await _two_owners(place, number)
            act, pairs = (
                (_end, ((first, second), (second, first))) if crossed else (_step_down, ((first, first), (second, second)))
            )
            said.update(await asyncio.gather(*(_said(lambda a=a, b=b, act=act: act(api, a, b)) for a, b in pairs)))
            async with place.connection() as owner:
                ownerless += await owner.fetchval(OWNERS, first.company) == 0
        return {"rounds": ROUNDS, "done": said["ok"], "refused": said.total() - said["ok"], "ownerless": ownerless}


async def _alone(owner: asyncpg.Connection, number: int) -> tuple[str, str]:
    """Two administrators, and nobody else is one."""
    emails = (f"a{number}@faults.example", f"b{number}@faults.example")
    for email in emails:
        await add_operator(owner, email, "Administrator", "", "en", ["administrator"])
    await owner.execute(NO_OTHERS, list(emails))
    return emails


async def _resign(owner: asyncpg.Connection, email: str) -> str:
    try:
        await add_operator(owner, email, "Administrator", "", "en", ["moderator"])
    except LastAdministrator:
        return "refused"
    return "done"


async def keep_an_administrator(plan: Plan) -> Figures:
    """Fifty times the two administrators of the exchange are given other roles at the same instant."""
    async with plan.ground.place() as place, place.connection() as one, place.connection() as two:
        if not plan.guarded:
            await place.rewrite("an_administrator_stays()", UNGUARDED)
        said: Counter[str] = Counter()
        missing = 0
        for number in range(ROUNDS):
            first, second = await _alone(one, number)
            said.update(await asyncio.gather(_resign(one, first), _resign(two, second)))
            missing += await one.fetchval(ADMINISTRATORS) == 0
        return {"rounds": ROUNDS, "done": said["done"], "refused": said["refused"], "without": missing}


CASES: Final = (
    Case(
        id="30",
        name="two owners of a company remove each other, or step down, at once",
        attempt=keep_an_owner,
        exercised=lambda f: f["done"] + f["refused"] == 2 * ROUNDS and f["done"] >= ROUNDS,
        holds=lambda f: f["ownerless"] == 0 and f["refused"] == ROUNDS,
    ),
    Case(
        id="30a",
        name="the two administrators of the exchange are given other roles at once",
        attempt=keep_an_administrator,
        exercised=lambda f: f["done"] + f["refused"] == 2 * ROUNDS and f["done"] >= ROUNDS,
        holds=lambda f: f["without"] == 0 and f["refused"] == ROUNDS,
    ),
)
