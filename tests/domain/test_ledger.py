"""Transfers, holds and balances: what the ledger does, and what it refuses without a trace."""

from datetime import timedelta

import pytest

from exchange.domain.ledger import model, service
from exchange.domain.ledger.model import Balance, Line
from exchange.errors import NotFound
from exchange.ids import new_id
from tests.domain.ledger_books import Books


async def test_a_transfer_moves_money_and_stands_in_both_statements(db) -> None:
    """What leaves one account arrives in the other, numbered and with the balance after it."""
    books = await Books.open(db)
    buyer, seller = await books.fund(books.buyer, 1000), await books.account(books.seller)
    order = str(new_id())
    async with books.worker.system() as tx:
        transfer = await service.post(tx, "order:1:pay", "payment", [Line(buyer, -300), Line(seller, 300)], {"order_id": order})
        assert await service.balance(tx, books.buyer, "VND") == Balance("VND", 700)
        assert await service.balances(tx, books.seller) == [Balance("VND", 300)]
        assert await service.balance(tx, books.seller, "USD") == Balance("USD")
        (line,) = await service.statement(tx, books.seller)
    assert (line.transfer_id, line.amount_minor, line.balance_after_minor) == (transfer, 300, 300)
    assert (line.kind, line.ref, line.reason) == ("payment", "order:1:pay", {"order_id": order})
    assert await books.findings() == []


async def test_a_statement_pages_from_the_newest_entry_by_id(db) -> None:
    """Pages meet without a gap or a repeat, and filter by currency."""
    books = await Books.open(db)
    for amount in range(1, 8):
        await books.fund(books.buyer, amount)
    await books.fund(books.buyer, 99, "USD")
    seen: list[int] = []
    async with books.worker.system() as tx:
        before = None
        while page := await service.statement(tx, books.buyer, currency="VND", before=before, limit=3):
            seen += [line.amount_minor for line in page]
            before = page[-1].id
        assert len(await service.statement(tx, books.buyer)) == 8
    assert seen == [7, 6, 5, 4, 3, 2, 1]


async def test_the_same_ref_moves_once_and_other_content_is_refused(db) -> None:
    """A repeat returns the first transfer; another amount, account or kind under the ref is refused."""
    books = await Books.open(db)
    buyer, seller = await books.fund(books.buyer, 1000), await books.account(books.seller)
    fee = await books.account(None, "fee")
    lines = [Line(buyer, -100), Line(seller, 100)]
    async with books.worker.system() as tx:
        first = await service.post(tx, "once:1", "payment", lines, {})
        assert await service.post(tx, "once:1", "payment", lines[::-1], {}) == first
    for kind, other in [
        ("payment", [Line(buyer, -101), Line(seller, 101)]),
        ("payment", [Line(buyer, -100), Line(fee, 100)]),
        ("payment", [Line(buyer, -100), Line(seller, 99), Line(fee, 1)]),
        ("refund", lines),
    ]:
        with pytest.raises(model.RefReused):
            async with books.worker.system() as tx:
                await service.post(tx, "once:1", kind, other, {})
    assert await books.available(books.buyer) == 900
    assert await books.findings() == []


async def test_a_malformed_transfer_is_refused_with_its_own_error_and_leaves_nothing(db) -> None:
    """Every way to write a wrong transfer has a class, and none of them moves or records anything."""
    books = await Books.open(db)
    buyer, seller = await books.fund(books.buyer, 1000), await books.account(books.seller)
    dollars = await books.account(books.seller, "member", "USD")
    wrong = [
        (model.InsufficientFunds, [Line(buyer, -1001), Line(seller, 1001)]),
        (model.InsufficientFunds, [Line(seller, -1), Line(buyer, 1)]),
        (model.Unbalanced, [Line(buyer, -100), Line(seller, 99)]),
        (model.Unbalanced, [Line(buyer, 2**62), Line(seller, 2**62)]),
        (model.AccountCurrencyDiffers, [Line(buyer, -100), Line(dollars, 100)]),
        (model.MalformedPosting, [Line(buyer, -100), Line(new_id(), 100)]),
        (model.MalformedPosting, [Line(buyer, -100), Line(buyer, 100)]),
        (model.MalformedPosting, [Line(buyer, 0), Line(seller, 0)]),
        (model.MalformedPosting, [Line(buyer, -100)]),
        (model.MalformedPosting, []),
    ]
    for refusal, lines in wrong:
        with pytest.raises(refusal):
            async with books.worker.system() as tx:
                await service.post(tx, "wrong:1", "payment", lines, {})
    async with books.owner() as owner:
        assert await owner.fetchval("SELECT count(*) FROM ledger_transfer WHERE ref = 'wrong:1'") == 0
    assert await books.available(books.buyer) == 1000
    assert await books.findings() == []


async def test_a_receivable_is_owed_and_never_overpaid(db) -> None:
    """A seller's debt for fees goes below zero, shows as owed, and takes no more than it is."""
    books = await Books.open(db)
    seller, owed = await books.fund(books.seller, 500), await books.account(books.seller, "receivable")
    fee = await books.account(None, "fee")
    async with books.worker.system() as tx:
        await service.post(tx, "fee:1", "fee", [Line(owed, -110), Line(fee, 110)], {})
        assert await service.balance(tx, books.seller, "VND") == Balance("VND", 500, 0, 110)
    with pytest.raises(model.Overpaid):
        async with books.worker.system() as tx:
            await service.post(tx, "pay:1", "fee_payment", [Line(seller, -111), Line(owed, 111)], {})
    async with books.worker.system() as tx:
        await service.post(tx, "pay:1", "fee_payment", [Line(seller, -110), Line(owed, 110)], {})
        assert await service.balance(tx, books.seller, "VND") == Balance("VND", 390)
    assert await books.findings() == []


async def test_a_hold_takes_from_what_is_available_and_a_part_of_it_posts(db) -> None:
    """Held money cannot be spent or held again; posting a part frees the rest."""
    books = await Books.open(db)
    buyer, seller = await books.fund(books.buyer, 1000), await books.account(books.seller)
    fee = await books.account(None, "fee")
    async with books.worker.system() as tx:
        hold = await service.hold(tx, "instalment:1", buyer, 800)
        assert await service.hold(tx, "instalment:1", buyer, 800) == hold
        assert await service.balance(tx, books.buyer, "VND") == Balance("VND", 1000, 800)
        assert [open_hold.id for open_hold in await service.open_holds(tx, books.buyer)] == [hold]
    with pytest.raises(model.RefReused):
        async with books.worker.system() as tx:
            await service.hold(tx, "instalment:1", buyer, 801)
    with pytest.raises(model.InsufficientFunds):
        async with books.worker.system() as tx:
            await service.hold(tx, "instalment:2", buyer, 201)
    with pytest.raises(model.InsufficientFunds):
        async with books.worker.system() as tx:
            await service.post(tx, "spend:1", "payment", [Line(buyer, -201), Line(seller, 201)], {})
    lines = [Line(buyer, -600), Line(seller, 594), Line(fee, 6)]
    async with books.worker.system() as tx:
        transfer = await service.post_hold(tx, hold, "instalment:1:release", "release", lines, {})
        assert await service.post_hold(tx, hold, "instalment:1:release", "release", lines, {}) == transfer
        assert await service.balance(tx, books.buyer, "VND") == Balance("VND", 400)
        assert await service.balance(tx, books.seller, "VND") == Balance("VND", 594)
        assert await service.exchange_balance(tx, "fee", "VND") == 6
        ended = await service.get_hold(tx, hold)
        assert (ended.ended, ended.posted_minor, ended.transfer_id) == ("post", 600, transfer)
        assert await service.open_holds(tx, books.buyer) == []
    assert await books.findings() == []


async def test_a_hold_that_is_the_whole_balance_posts_in_full(db) -> None:
    """The debit comes out of the hold, not out of what is available beside it."""
    books = await Books.open(db)
    buyer, seller = await books.fund(books.buyer, 1000), await books.account(books.seller)
    async with books.worker.system() as tx:
        hold = await service.hold(tx, "instalment:1", buyer, 1000)
        await service.post_hold(tx, hold, "instalment:1:release", "release", [Line(buyer, -1000), Line(seller, 1000)], {})
    assert await books.available(books.buyer) == 0
    assert await books.available(books.seller) == 1000
    assert await books.findings() == []


async def test_a_hold_ends_once(db) -> None:
    """After a void nothing posts it; the same void again is quiet, another one is refused."""
    books = await Books.open(db)
    buyer, seller = await books.fund(books.buyer, 1000), await books.account(books.seller)
    async with books.worker.system() as tx:
        hold = await service.hold(tx, "instalment:1", buyer, 800)
        await service.void_hold(tx, hold, "instalment:1:refund")
        await service.void_hold(tx, hold, "instalment:1:refund")
        assert (await service.get_hold(tx, hold)).ended == "void"
    with pytest.raises(model.HoldEnded):
        async with books.worker.system() as tx:
            await service.void_hold(tx, hold, "instalment:1:again")
    with pytest.raises(model.HoldEnded):
        async with books.worker.system() as tx:
            await service.post_hold(tx, hold, "late", "release", [Line(buyer, -800), Line(seller, 800)], {})
    assert await books.available(books.buyer) == 1000
    assert await books.findings() == []


async def test_a_hold_posts_only_its_own_account_and_at_most_itself(db) -> None:
    """A transfer that leaves the held account alone, adds to it, or takes more than the hold is refused."""
    books = await Books.open(db)
    buyer, seller = await books.fund(books.buyer, 1000), await books.fund(books.seller, 1000)
    third = await books.account(books.buyer, "receivable")
    async with books.worker.system() as tx:
        hold = await service.hold(tx, "instalment:1", buyer, 500)
    fee = await books.account(None, "fee")
    for refusal, lines in [
        (model.InsufficientFunds, [Line(buyer, -501), Line(seller, 501)]),
        (model.MalformedPosting, [Line(seller, -10), Line(fee, 10)]),
        (model.MalformedPosting, [Line(seller, -10), Line(buyer, 10)]),
        (model.Overpaid, [Line(buyer, -10), Line(third, 10)]),
    ]:
        with pytest.raises(refusal):
            async with books.worker.system() as tx:
                await service.post_hold(tx, hold, "release:1", "release", lines, {})
    with pytest.raises(model.MalformedPosting):
        async with books.worker.system() as tx:
            await service.post_hold(tx, new_id(), "release:1", "release", [Line(buyer, -1), Line(seller, 1)], {})
    with pytest.raises(NotFound):
        async with books.worker.system() as tx:
            await service.get_hold(tx, new_id())
    assert await books.available(books.buyer) == 500
    assert await books.findings() == []


async def test_a_hold_expires_at_its_market_time_and_not_before(db) -> None:
    """Until then it posts and cannot expire; from then on it expires and cannot post."""
    books = await Books.open(db)
    buyer, seller = await books.fund(books.buyer, 1000), await books.account(books.seller)
    async with books.worker.system() as tx:
        end = await tx.value("SELECT market_now()") + timedelta(days=1)
        first = await service.hold(tx, "quick:1", buyer, 400, end)
        second = await service.hold(tx, "slow:1", buyer, 400, end)
        await service.post_hold(tx, first, "quick:1:post", "release", [Line(buyer, -400), Line(seller, 400)], {})
    with pytest.raises(model.HoldOutOfTime):
        async with books.worker.system() as tx:
            await service.expire_hold(tx, second, "slow:1:expire")
    async with books.owner() as owner:
        await owner.execute("UPDATE market_clock SET ahead = '2 days'")
    with pytest.raises(model.HoldOutOfTime):
        async with books.worker.system() as tx:
            await service.post_hold(tx, second, "slow:1:post", "release", [Line(buyer, -400), Line(seller, 400)], {})
    async with books.worker.system() as tx:
        await service.expire_hold(tx, second, "slow:1:expire")
        assert (await service.get_hold(tx, second)).ended == "expire"
    with pytest.raises(model.HoldEnded):
        async with books.worker.system() as tx:
            await service.expire_hold(tx, first, "quick:1:expire")
    assert await books.available(books.buyer) == 600
    assert await books.findings() == []


async def test_the_exchanges_accounts_are_summed_by_roll_up_and_entries_after_it(db) -> None:
    """Posting to them changes no account row; rolling up, also twice, never changes the balance."""
    books = await Books.open(db)
    buyer = await books.fund(books.buyer, 1000)
    fee = await books.account(None, "fee")
    for number in range(1, 7):
        async with books.worker.system() as tx:
            await service.post(tx, f"fee:{number}", "fee", [Line(buyer, -number), Line(fee, number)], {})
        if number in (2, 3, 5):
            for _ in range(2):
                async with books.worker.system() as tx:
                    assert await service.roll_up(tx, fee) == sum(range(number + 1))
        async with books.worker.system() as tx:
            assert await service.exchange_balance(tx, "fee", "VND") == sum(range(number + 1))
    async with books.owner() as owner:
        assert await owner.fetchval("SELECT count(*) FROM ledger_rollup") == 3
        assert await owner.fetchval("SELECT sum(balance_minor) FROM ledger_account WHERE company_id IS NULL") == 0
    async with books.worker.system() as tx:
        assert fee in await service.append_only_accounts(tx)
    with pytest.raises(model.MalformedPosting):
        async with books.worker.system() as tx:
            await service.roll_up(tx, buyer)
    assert await books.findings() == []


async def test_a_refused_transfer_can_be_survived_in_a_savepoint(db) -> None:
    """A caller that goes on after a refusal keeps what it did before."""
    books = await Books.open(db)
    buyer, seller = await books.fund(books.buyer, 100), await books.account(books.seller)
    async with books.worker.system() as tx:
        await service.post(tx, "good:1", "payment", [Line(buyer, -40), Line(seller, 40)], {})
        with pytest.raises(model.InsufficientFunds) as caught:
            async with tx.savepoint():
                await service.post(tx, "bad:1", "payment", [Line(buyer, -61), Line(seller, 61)], {})
        assert caught.value.data == {"account_id": str(buyer)}
        await service.post(tx, "good:2", "payment", [Line(buyer, -60), Line(seller, 60)], {})
    assert await books.available(books.seller) == 100
    assert await books.findings() == []
