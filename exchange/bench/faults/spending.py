"""Guarantees 6 to 8: an account is never overdrawn and a hold ends once, whoever tries, and all the while money is conserved."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from exchange.bench.faults.case import Case, Figures, Plan
from exchange.bench.faults.ground import Place
from exchange.bench.faults.members import fund, member
from exchange.domain.ledger import service
from exchange.domain.ledger.model import HoldEnded, HoldOutOfTime, InsufficientFunds, Line
from exchange.errors import Unavailable

CLIENTS: Final = 200
COVERED: Final = 100
PRICE_MINOR: Final = 10
HELD_MINOR: Final = 100
HOLDS_AT_ONCE: Final = 20
POSTED_MINOR: Final = 60
# The checks on an account's row are the second wall; a control takes them away too.
NO_CHECKS = """
DO $$ DECLARE c record; BEGIN
    FOR c IN SELECT conname FROM pg_constraint WHERE conrelid = 'ledger_account'::regclass AND contype = 'c'
    LOOP EXECUTE format('ALTER TABLE ledger_account DROP CONSTRAINT %I', c.conname); END LOOP;
END $$
"""


async def _attempt(act: Callable[[], Awaitable[object]]) -> str:
    """Says "ok" or the code of the refusal. Who is only told to come back later does."""
    while True:
        try:
            await act()
        except (InsufficientFunds, HoldEnded, HoldOutOfTime) as refusal:
            return refusal.code
        except Unavailable:
            continue
        return "ok"


async def _unlock(place: Place) -> None:
    """The ledger without its lock on the account and without the checks behind it."""
    await place.rewrite("ledger_write", [("FOR NO KEY UPDATE", "")])
    async with place.connection() as owner:
        await owner.execute(NO_CHECKS)


async def spend(plan: Plan) -> Figures:
    """200 clients at once each spend a hundredth of one account's balance."""
    async with plan.ground.place() as place:
        buyer, seller = await member(place, "Buyer"), await member(place, "Seller")
        worker = await place.database("exchange_worker", 20)
        paying = await fund(worker, buyer.company, COVERED * PRICE_MINOR)
        paid = await fund(worker, seller.company, 0)
        if not plan.guarded:
            await _unlock(place)

        async def pay(client: int) -> None:
            async with worker.system() as tx:
                await service.post(tx, f"spend:{client}", "payment", [Line(paying, -PRICE_MINOR), Line(paid, PRICE_MINOR)], {})

        clients = list(range(CLIENTS))
        plan.rng.shuffle(clients)
        async with place.watched() as watched:
            said = Counter(await asyncio.gather(*(_attempt(lambda client=client: pay(client)) for client in clients)))
        async with worker.system() as tx:
            left = (await service.balance(tx, buyer.company, "VND")).balance_minor
        return {
            "clients": CLIENTS,
            "succeeded": said["ok"],
            "refused": said[InsufficientFunds.code],
            "left_minor": left,
            **watched,
            **await place.books(),
        }


async def _forget_ends(place: Place) -> None:
    """The ledger without its memory of which holds have ended."""
    await place.rewrite("ledger_check_open", [("IF EXISTS (", "IF false AND EXISTS (")])
    await place.rewrite("ledger_hold_end", [("ELSIF FOUND THEN", "ELSIF false THEN")])
    async with place.connection() as owner:
        await owner.execute("ALTER TABLE ledger_hold_resolution DROP CONSTRAINT ledger_hold_resolution_pkey")
        await owner.execute(NO_CHECKS)


async def end_holds(plan: Plan) -> Figures:
    """Two postings, two voids and an expiry race for each hold; the clock passes the end of half of them meanwhile."""
    count = plan.size(100, 5000)
    async with plan.ground.place() as place:
        buyer, seller = await member(place, "Buyer"), await member(place, "Seller")
        worker = await place.database("exchange_worker", 20)
        account = await fund(worker, buyer.company, count * HELD_MINOR * 5)
        paid = await fund(worker, seller.company, 0)
        async with worker.system() as tx:
            end = await tx.value("SELECT market_now()") + timedelta(hours=1)
            holds = [await service.hold(tx, f"hold:{n}", account, HELD_MINOR, end if n % 2 else None) for n in range(count)]
        if not plan.guarded:
            await _forget_ends(place)

        async def post(hold: UUID, racer: int) -> None:
            lines = [Line(account, -POSTED_MINOR), Line(paid, POSTED_MINOR)]
            async with worker.system() as tx:
                await service.post_hold(tx, hold, f"post:{racer}:{hold}", "release", lines, {})

        async def void(hold: UUID, racer: int) -> None:
            async with worker.system() as tx:
                await service.void_hold(tx, hold, f"void:{racer}:{hold}")

        async def expire(hold: UUID, racer: int) -> None:
            async with worker.system() as tx:
                await service.expire_hold(tx, hold, f"expire:{racer}:{hold}")

        at_once = asyncio.Semaphore(HOLDS_AT_ONCE)
        orders = [plan.rng.sample([post, void, expire, void, post], 5) for _ in holds]

        async def race(number: int, hold: UUID) -> int:
            if number == count // 2:
                async with place.connection() as owner:
                    await owner.execute("UPDATE market_clock SET ahead = ahead + interval '2 hours'")
            async with at_once:
                racers = (_attempt(lambda r=r, act=act: act(hold, r)) for r, act in enumerate(orders[number]))
                return (await asyncio.gather(*racers)).count("ok")

        async with place.watched() as watched:
            ended = await asyncio.gather(*(race(number, hold) for number, hold in enumerate(holds)))
        async with place.connection() as owner:
            kinds = dict(await owner.fetch("SELECT kind, count(*) FROM ledger_hold_resolution GROUP BY kind"))
        return {
            "holds": count,
            "ended_once": ended.count(1),
            "ended_twice": sum(1 for times in ended if times > 1),
            "never_ended": ended.count(0),
            "posted": kinds.get("post", 0),
            "voided": kinds.get("void", 0),
            "expired": kinds.get("expire", 0),
            **watched,
            **await place.books(),
        }


def _conserved(figures: Mapping[str, Any]) -> bool:
    """Guarantee 6: money was conserved in every snapshot and at the end."""
    return figures["snapshots"] > 0 and figures["broken_snapshots"] == figures["ledger_findings"] == figures["ledger_sum"] == 0


CASES: Final = (
    Case(
        id="7",
        name="200 clients spend one account that covers 100",
        attempt=spend,
        exercised=lambda f: f["succeeded"] + f["refused"] == CLIENTS,
        holds=lambda f: f["succeeded"] == COVERED and f["left_minor"] == 0 and _conserved(f),
    ),
    Case(
        id="8",
        name="post, void and expire race for each hold",
        attempt=end_holds,
        exercised=lambda f: min(f["posted"], f["voided"], f["expired"]) > 0,
        holds=lambda f: f["ended_once"] == f["holds"] and _conserved(f),
    ),
)
