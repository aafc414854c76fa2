"""Everything on the ledger at the same time as itself; the control shows that the guard is what holds."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from exchange.domain.ledger import model, service
from exchange.domain.ledger.model import Line
from exchange.verify import verify_ledger
from tests.domain.ledger_books import Books


async def attempt(act: Callable[[], Awaitable[object]]) -> str:
    """Runs one attempt and answers "ok" or the code of its refusal."""
    try:
        await act()
    except (model.InsufficientFunds, model.HoldEnded, model.HoldOutOfTime) as refusal:
        return refusal.code
    return "ok"


async def test_200_clients_spend_an_account_that_covers_100(db) -> None:
    """Exactly 100 succeed, the others are refused, and the account stands at zero."""
    books = await Books.open(db, pool_size=20)
    buyer, seller = await books.fund(books.buyer, 1000), await books.account(books.seller)

    async def spend(client: int) -> None:
        async with books.worker.system() as tx:
            await service.post(tx, f"spend:{client}", "payment", [Line(buyer, -10), Line(seller, 10)], {})

    outcomes = Counter(await asyncio.gather(*(attempt(lambda client=client: spend(client)) for client in range(200))))
    assert outcomes == {"ok": 100, "insufficient-funds": 100}
    assert await books.available(books.buyer) == 0
    assert await books.available(books.seller) == 1000
    assert await books.findings() == []


async def spend_twice_at_once(books: Books, buyer: UUID, seller: UUID) -> str:
    """Two payments of the whole balance; the second starts while the first is not committed. Answers its outcome."""

    async def second() -> None:
        async with books.worker.system() as tx:
            await service.post(tx, "spend:2", "payment", [Line(buyer, -100), Line(seller, 100)], {})

    async with books.owner() as watcher:
        async with books.worker.system() as tx:
            await service.post(tx, "spend:1", "payment", [Line(buyer, -100), Line(seller, 100)], {})
            waiting = asyncio.create_task(attempt(second))
            while not await watcher.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted") and not waiting.done():
                await asyncio.sleep(0)
        return await waiting


async def test_a_payment_that_waited_for_another_sees_what_it_left(db) -> None:
    """The second payment waits for the first to commit and is then refused."""
    books = await Books.open(db)
    buyer, seller = await books.fund(books.buyer, 100), await books.account(books.seller)
    assert await spend_twice_at_once(books, buyer, seller) == "insufficient-funds"
    assert await books.findings() == []


async def test_control_without_the_lock_and_the_check_the_account_is_overdrawn(db) -> None:
    """The same two payments with the row lock and the CHECK taken away both go through."""
    books = await Books.open(db)
    buyer, seller = await books.fund(books.buyer, 100), await books.account(books.seller)
    async with books.owner() as owner:
        source = await owner.fetchval("SELECT pg_get_functiondef('ledger_write'::regproc)")
        assert "FOR NO KEY UPDATE" in source
        await owner.execute(source.replace("FOR NO KEY UPDATE", ""))
        name = await owner.fetchval(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'ledger_account'::regclass"
            " AND pg_get_constraintdef(oid) LIKE '%balance_minor - held_minor%'"
        )
        await owner.execute(f"ALTER TABLE ledger_account DROP CONSTRAINT {name}")
    assert await spend_twice_at_once(books, buyer, seller) == "ok"
    assert await books.available(books.buyer) == -100


async def test_a_hold_ends_once_however_many_try(db) -> None:
    """Posts, voids and an expiry race for each of 150 holds while the clock passes their end: one each wins."""
    books = await Books.open(db, pool_size=16)
    buyer, seller = await books.fund(books.buyer, 15_000), await books.account(books.seller)
    async with books.worker.system() as tx:
        end = await tx.value("SELECT market_now()") + timedelta(hours=1)
        ends = [None, end] * 75
        holds = [await service.hold(tx, f"hold:{number}", buyer, 100, end) for number, end in enumerate(ends)]

    async def post(hold: UUID, racer: int) -> None:
        async with books.worker.system() as tx:
            await service.post_hold(tx, hold, f"post:{racer}:{hold}", "release", [Line(buyer, -60), Line(seller, 60)], {})

    async def void(hold: UUID, racer: int) -> None:
        async with books.worker.system() as tx:
            await service.void_hold(tx, hold, f"void:{racer}:{hold}")

    async def expire(hold: UUID, racer: int) -> None:
        async with books.worker.system() as tx:
            await service.expire_hold(tx, hold, f"expire:{racer}:{hold}")

    async def race(number: int, hold: UUID) -> list[str]:
        if number == 70:
            async with books.owner() as owner:
                await owner.execute("UPDATE market_clock SET ahead = '2 hours'")
        acts = [post, void, expire, void, post]
        turned = acts[number % 5 :] + acts[: number % 5]
        return await asyncio.gather(*(attempt(lambda r=r, act=act: act(hold, r)) for r, act in enumerate(turned)))

    outcomes = await asyncio.gather(*(race(number, hold) for number, hold in enumerate(holds)))
    assert [outcome.count("ok") for outcome in outcomes] == [1] * 150
    async with books.owner() as owner:
        ended = dict(await owner.fetch("SELECT kind, count(*) FROM ledger_hold_resolution GROUP BY kind"))
    assert sum(ended.values()) == 150
    assert set(ended) == {"post", "void", "expire"}
    assert await books.available(books.buyer) == 15_000 - 60 * ended["post"]
    assert await books.available(books.seller) == 60 * ended["post"]
    assert await books.findings() == []


async def test_one_ref_at_the_same_time_is_one_transfer(db) -> None:
    """Fifty parallel repeats of one posting get the same transfer, and the money moves once."""
    books = await Books.open(db, pool_size=16)
    buyer, seller = await books.fund(books.buyer, 1000), await books.account(books.seller)

    async def settle() -> UUID:
        async with books.worker.system() as tx:
            return await service.post(tx, "settle:1", "payment", [Line(buyer, -100), Line(seller, 100)], {})

    transfers = await asyncio.gather(*(settle() for _ in range(50)))
    assert len(set(transfers)) == 1
    assert await books.available(books.seller) == 100
    assert await books.findings() == []


async def test_payments_in_both_directions_do_not_deadlock(db) -> None:
    """Accounts are locked in id order, whatever the order of the lines."""
    books = await Books.open(db, pool_size=16)
    buyer, seller = await books.fund(books.buyer, 1000), await books.fund(books.seller, 1000)

    async def pay(number: int) -> None:
        lines = [Line(buyer, -1), Line(seller, 1)] if number % 2 else [Line(seller, -1), Line(buyer, 1)]
        async with books.worker.system() as tx:
            await service.post(tx, f"pay:{number}", "payment", lines if number % 3 else lines[::-1], {})

    await asyncio.gather(*(pay(number) for number in range(200)))
    assert await books.available(books.buyer) == 1000
    assert await books.findings() == []


async def test_opening_an_account_at_the_same_time_opens_one(db) -> None:
    """Twenty parallel first uses of an account agree on it."""
    books = await Books.open(db, pool_size=16)
    accounts = await asyncio.gather(*(books.account(books.buyer, "member", "EUR") for _ in range(20)))
    assert len(set(accounts)) == 1


async def test_a_roll_up_misses_no_posting_under_way(db) -> None:
    """Fees are posted, rolled up and verified at the same time; every snapshot balances and no fee is lost."""
    books = await Books.open(db, pool_size=16)
    buyer = await books.fund(books.buyer, 10_000)
    seller = await books.fund(books.seller, 10_000)
    fee = await books.account(None, "fee")
    posted = asyncio.Event()

    async def charge(number: int) -> None:
        payer = buyer if number % 2 else seller
        async with books.worker.system() as tx:
            await service.post(tx, f"fee:{number}", "fee", [Line(payer, -1), Line(fee, 1)], {})

    async def roll_up() -> int:
        rounds = 0
        while not posted.is_set():
            async with books.worker.system() as tx:
                await service.roll_up(tx, fee)
            rounds += 1
        return rounds

    async def verify() -> list[object]:
        found: list[object] = []
        connection = await asyncpg.connect(db.url("exchange_worker"))
        try:
            while not posted.is_set():
                found += await verify_ledger(connection)
        finally:
            await connection.close()
        return found

    async def charge_all() -> None:
        try:
            await asyncio.gather(*(charge(number) for number in range(400)))
        finally:
            posted.set()

    _, rounds, found = await asyncio.gather(charge_all(), roll_up(), verify())
    assert found == []
    assert rounds > 1
    async with books.worker.system() as tx:
        assert await service.exchange_balance(tx, "fee", "VND") == 400
        assert await service.roll_up(tx, fee) == 400
    assert await books.findings() == []


@pytest.mark.parametrize("late_lock", [False, True], ids=["guarded", "control"])
async def test_a_posting_that_drew_its_entry_id_early_is_in_the_next_roll_up(db, late_lock: bool) -> None:
    """A roll-up waits for a posting that has drawn its ids; the control skips the wait and loses that entry."""
    books = await Books.open(db)
    buyer, fee = await books.fund(books.buyer, 100), await books.account(None, "fee")
    if late_lock:
        async with books.owner() as owner:
            source = await owner.fetchval("SELECT pg_get_functiondef('ledger_roll_up'::regproc)")
            assert source.count("FOR UPDATE") == 1
            await owner.execute(source.replace("FOR UPDATE", ""))

    async def roll_up() -> int:
        async with books.worker.system() as tx:
            return await service.roll_up(tx, fee)

    async with books.owner() as watcher:
        async with books.worker.system() as early:
            await service.post(early, "fee:1", "fee", [Line(buyer, -1), Line(fee, 1)], {})
            seller = await books.fund(books.seller, 100)
            async with books.worker.system() as later:
                await service.post(later, "fee:2", "fee", [Line(seller, -2), Line(fee, 2)], {})
            rolling = asyncio.create_task(roll_up())
            while not await watcher.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted") and not rolling.done():
                await asyncio.sleep(0)
        await rolling
    assert await books.broken_rules() == (
        {"balances of a currency sum to zero", "a roll-up is the sum of its entries"} if late_lock else set()
    )
