"""Who may do what to the ledger when no service is asked: grants, row security, triggers and checks."""

import asyncpg
import pytest

from exchange.domain.ledger import model, service
from exchange.domain.ledger.model import Line
from tests.domain.ledger_books import Books


async def test_a_member_debits_and_holds_its_own_company_only(db) -> None:
    """In a request the acting company may pay and set aside; taking from another or from the exchange is refused."""
    books = await Books.open(db)
    buyer, seller = await books.fund(books.buyer, 1000), await books.fund(books.seller, 1000)
    clearing = await books.account(None, "clearing")
    async with books.api.tx(books.member(books.buyer)) as tx:
        await service.post(tx, "pay:1", "payment", [Line(buyer, -10), Line(seller, 10)], {})
        await service.hold(tx, "hold:1", buyer, 20)
    for lines in ([Line(seller, -10), Line(buyer, 10)], [Line(clearing, -10), Line(buyer, 10)]):
        with pytest.raises(model.NotYoursToDebit):
            async with books.api.tx(books.member(books.buyer)) as tx:
                await service.post(tx, "steal:1", "payment", lines, {})
    with pytest.raises(model.NotYoursToDebit):
        async with books.api.tx(books.member(books.buyer)) as tx:
            await service.hold(tx, "steal:1", seller, 10)
    assert await books.available(books.buyer) == 970
    assert await books.findings() == []


async def test_a_company_sees_its_own_side_and_operators_see_all(db) -> None:
    """Accounts, entries, transfers and holds of others do not exist for a member; the exchange's neither."""
    books = await Books.open(db)
    buyer, seller = await books.fund(books.buyer, 1000), await books.account(books.seller)
    fee = await books.account(None, "fee")
    async with books.worker.system() as tx:
        await service.post(tx, "pay:1", "payment", [Line(buyer, -100), Line(seller, 99), Line(fee, 1)], {})
        await service.hold(tx, "hold:1", buyer, 5)
        await service.roll_up(tx, fee)
    tables = ("ledger_account", "ledger_entry", "ledger_transfer", "ledger_hold", "ledger_rollup")
    seen: dict[str, list[int]] = {}
    for name, ctx in [
        ("buyer", books.member(books.buyer)),
        ("seller", books.member(books.seller)),
        ("operator", books.operators[0]),
    ]:
        async with books.api.tx(ctx) as tx:
            seen[name] = [await tx.value(f"SELECT count(id) FROM {table}") for table in tables[:4]]
            seen[name].append(await tx.value("SELECT count(*) FROM ledger_rollup"))
    assert seen == {"buyer": [1, 2, 2, 1, 0], "seller": [1, 1, 1, 0, 0], "operator": [4, 5, 2, 1, 1]}
    async with books.api.tx(books.member(books.seller)) as tx:
        assert await service.balances(tx, books.buyer) == []
        assert await service.statement(tx, books.buyer) == []


RUNTIME_MAY_NOT = (
    "INSERT INTO ledger_account (kind, currency) VALUES ('fee', 'USD')",
    "UPDATE ledger_account SET balance_minor = 10",
    "INSERT INTO ledger_entry (transfer_id, account_id, currency, amount_minor) VALUES (uuidv7(), uuidv7(), 'VND', 1)",
    "INSERT INTO ledger_transfer (book_id, ref, kind, at, reason, companies) VALUES (1, 'x:1', 'x', market_now(), '{}', '{}')",
    "DELETE FROM ledger_hold",
    "TRUNCATE ledger_rollup",
    "SELECT ledger_write('x:1', 'x', '{}', '{}', '{}', NULL)",
    "SELECT ledger_hold_end(uuidv7(), 'x:1', 'void')",
)
A_REQUEST_MAY_NOT = (
    "SELECT ledger_hold_post(uuidv7(), 'x:1', 'x', '{}', '{}', '{}')",
    "SELECT ledger_hold_void(uuidv7(), 'x:1')",
    "SELECT ledger_hold_expire(uuidv7(), 'x:1')",
    "SELECT ledger_roll_up(uuidv7())",
    "SELECT companies FROM ledger_transfer",
)


async def test_runtime_roles_write_through_the_functions_alone(db) -> None:
    """No grant lets a process change a table of the ledger or call an inner function; only the worker ends a hold."""
    books = await Books.open(db)
    for database, statements in [(books.api, RUNTIME_MAY_NOT + A_REQUEST_MAY_NOT), (books.worker, RUNTIME_MAY_NOT)]:
        for statement in statements:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with database.tx(books.operators[0]) as tx:
                    await tx.execute(statement)


async def test_an_unbalanced_transfer_between_two_companies_is_refused_at_commit(db) -> None:
    """Written directly as the owner, past every function: the deferred check sees both companies' entries."""
    books = await Books.open(db)
    accounts = [await books.fund(books.buyer, 1000), await books.fund(books.seller, 1000)]
    for amounts, outcome in [((-100, 100), None), ((-100, 99), "EX104"), ((-100, 101), "EX104")]:
        async with books.owner() as owner:
            transaction = owner.transaction()
            await transaction.start()
            transfer = await owner.fetchval(
                "INSERT INTO ledger_transfer (book_id, ref, kind, at, reason, companies)"
                " VALUES (1, $1, 'direct', market_now(), '{}', $2) RETURNING id",
                f"direct:{amounts}",
                [books.buyer, books.seller],
            )
            for account, company, amount in zip(accounts, (books.buyer, books.seller), amounts, strict=True):
                await owner.execute(
                    "WITH moved AS (UPDATE ledger_account SET balance_minor = balance_minor + $4, version = version + 1"
                    " WHERE id = $2 RETURNING balance_minor, version)"
                    " INSERT INTO ledger_entry (transfer_id, account_id, company_id, currency, amount_minor,"
                    " balance_after_minor, account_version) SELECT $1, $2, $3, 'VND', $4, balance_minor, version FROM moved",
                    transfer,
                    account,
                    company,
                    amount,
                )
            if outcome is None:
                await transaction.commit()
            else:
                with pytest.raises(asyncpg.PostgresError) as caught:
                    await transaction.commit()
                assert caught.value.sqlstate == outcome
    assert await books.available(books.seller) == 1100
    assert await books.findings() == []


async def test_not_even_the_owner_changes_a_record(db) -> None:
    """Transfers, entries, roll-ups, holds and their ends are facts."""
    books = await Books.open(db)
    async with books.owner() as owner:
        for table in ("transfer", "entry", "rollup", "hold", "hold_resolution"):
            for statement in ("UPDATE ledger_{} SET at = at", "DELETE FROM ledger_{}", "TRUNCATE ledger_{} CASCADE"):
                change = statement.replace("at = at", "currency = currency") if table == "entry" else statement
                with pytest.raises(asyncpg.PostgresError) as caught:
                    await owner.execute(change.format(table))
                assert caught.value.sqlstate == "EX100"


async def test_what_must_never_be_is_a_check(db) -> None:
    """No member below zero, no hold beyond the balance, no account of nobody, no debt that is a credit."""
    books = await Books.open(db)
    account = await books.fund(books.buyer, 100)
    async with books.owner() as owner:
        for change in (
            "balance_minor = -1",
            "held_minor = balance_minor + 1",
            "held_minor = -1",
            "company_id = NULL",
            "kind = 'clearing'",
            "kind = 'receivable'",
        ):
            with pytest.raises(asyncpg.CheckViolationError):
                await owner.execute(f"UPDATE ledger_account SET {change} WHERE id = $1", account)


async def test_every_function_of_the_ledger_is_the_owners_and_closed_to_the_public(db) -> None:
    """Definer functions run as the owner with a fixed search path, and only those who need them may call them."""
    books = await Books.open(db)
    async with books.owner() as owner:
        rows = await owner.fetch(
            "SELECT p.proname AS name, pg_get_userbyid(p.proowner) AS owner, p.prosecdef AS definer, p.proconfig AS config,"
            " has_function_privilege('exchange_matcher', p.oid, 'EXECUTE') AS open,"
            " has_function_privilege('exchange_api', p.oid, 'EXECUTE') AS api"
            " FROM pg_proc AS p WHERE p.pronamespace = 'public'::regnamespace AND p.proname LIKE 'ledger%'"
        )
    assert {row["owner"] for row in rows} == {"exchange_owner"}
    assert [row["name"] for row in rows if row["open"]] == []
    assert {row["name"] for row in rows if row["api"]} == {"ledger_open", "ledger_post", "ledger_hold_place"}
    definers = [row for row in rows if row["definer"]]
    assert len(definers) >= 12
    assert {tuple(row["config"]) for row in definers} == {("search_path=pg_catalog, public, pg_temp",)}
