"""The verifier finds each kind of tampering and names the row; a clean ledger has no finding."""

from uuid import UUID

import asyncpg
import pytest

from exchange.domain.ledger import service
from exchange.domain.ledger.model import EnterDeposit, Line
from exchange.verify import LEDGER_RULES, VerifierIsBlind, verify_ledger
from tests.domain.ledger_books import Books


async def lively_books(db) -> tuple[Books, dict[str, UUID]]:
    """A ledger with every kind of record in it, and the ids to tamper with."""
    books = await Books.open(db)
    ids: dict[str, UUID] = {"buyer_company": books.buyer, "seller_company": books.seller}
    async with books.api.tx(books.operators[0]) as tx:
        deposit = await service.enter_deposit(tx, EnterDeposit(books.buyer, 10_000, "VND", "FT1"))
        waiting = await service.enter_deposit(tx, EnterDeposit(books.seller, 77, "VND", "FT2"))
    async with books.api.tx(books.operators[1]) as tx:
        await service.release_deposit(tx, deposit.id)
    ids |= {"deposit": deposit.id, "waiting": waiting.id}
    for name, company, kind in [
        ("buyer", books.buyer, "member"),
        ("seller", books.seller, "member"),
        ("owed", books.seller, "receivable"),
        ("fee", None, "fee"),
        ("clearing", None, "clearing"),
    ]:
        ids[name] = await books.account(company, kind)
    buyer, seller, fee = ids["buyer"], ids["seller"], ids["fee"]
    async with books.worker.system() as tx:
        ids["paid"] = await service.post(tx, "pay:1", "payment", [Line(buyer, -500), Line(seller, 500)], {})
        ids["open"] = await service.hold(tx, "hold:open", buyer, 1000)
        ids["posted"] = await service.hold(tx, "hold:posted", buyer, 1000)
        lines = [Line(buyer, -600), Line(seller, 594), Line(fee, 6)]
        ids["released"] = await service.post_hold(tx, ids["posted"], "release:1", "release", lines, {})
        ids["voided"] = await service.hold(tx, "hold:voided", buyer, 1000)
        await service.void_hold(tx, ids["voided"], "void:1")
    async with books.worker.system() as tx:
        await service.roll_up(tx, fee)
    async with books.worker.system() as tx:
        await service.post(tx, "fee:1", "fee", [Line(ids["owed"], -5), Line(fee, 5)], {})
        await service.post(tx, "pay:2", "payment", [Line(buyer, -1), Line(seller, 1)], {})
    return books, ids


TAMPERED = {
    "an amount is raised": (
        "UPDATE ledger_entry SET amount_minor = amount_minor + 1 WHERE transfer_id = '{paid}' AND amount_minor > 0",
        {"entries of a transfer sum to zero", "a balance is the sum of its entries", "an entry keeps the balance after it"},
        "ledger_transfer {paid}",
    ),
    "a balance is raised": (
        "UPDATE ledger_account SET balance_minor = balance_minor + 1 WHERE id = '{seller}'",
        {"balances of a currency sum to zero", "a balance is the sum of its entries"},
        "ledger_account {seller}",
    ),
    "money moves between two accounts without a transfer": (
        "UPDATE ledger_account SET balance_minor = balance_minor + CASE id WHEN '{seller}' THEN 1 ELSE -1 END"
        " WHERE id IN ('{buyer}', '{seller}')",
        {"a balance is the sum of its entries"},
        "ledger_account {buyer}",
    ),
    "a whole transfer is removed": (
        "DELETE FROM ledger_entry WHERE transfer_id = '{paid}'; DELETE FROM ledger_transfer WHERE id = '{paid}'",
        {
            "a balance is the sum of its entries",
            "versions have no gap",
            "an account counts its entries",
            "an entry keeps the balance after it",
        },
        "ledger_account {buyer}",
    ),
    "the entries of a transfer are removed": (
        "DELETE FROM ledger_entry WHERE transfer_id = '{paid}'",
        {
            "a transfer has entries",
            "a transfer names its parties",
            "a balance is the sum of its entries",
            "versions have no gap",
            "an account counts its entries",
            "an entry keeps the balance after it",
        },
        "ledger_transfer {paid}",
    ),
    "an account's version is moved": (
        "UPDATE ledger_account SET version = version + 1 WHERE id = '{buyer}'",
        {"an account counts its entries"},
        "ledger_account {buyer}",
    ),
    "two versions change places": (
        "UPDATE ledger_entry SET account_version = account_version + 100 WHERE account_id = '{buyer}' AND account_version = 2",
        {"versions have no gap", "an entry keeps the balance after it"},
        "ledger_entry",
    ),
    "a balance after an entry is changed": (
        "UPDATE ledger_entry SET balance_after_minor = 1 WHERE transfer_id = '{paid}' AND account_id = '{seller}'",
        {"an entry keeps the balance after it"},
        "ledger_entry",
    ),
    "a roll-up is changed": (
        "UPDATE ledger_rollup SET balance_minor = balance_minor + 1",
        {"a roll-up is the sum of its entries", "balances of a currency sum to zero"},
        "ledger_rollup {fee}",
    ),
    "a fee's entry is removed and balanced elsewhere": (
        "UPDATE ledger_entry SET account_id = '{clearing}' WHERE account_id = '{fee}' AND amount_minor = 6",
        {"a roll-up is the sum of its entries", "balances of a currency sum to zero"},
        "ledger_rollup {fee}",
    ),
    "what is held is lowered": (
        "UPDATE ledger_account SET held_minor = held_minor - 1 WHERE id = '{buyer}'",
        {"what is held is what open holds set aside"},
        "ledger_account {buyer}",
    ),
    "the end of a hold is removed": (
        "DELETE FROM ledger_hold_resolution WHERE hold_id = '{voided}'",
        {"what is held is what open holds set aside"},
        "ledger_account {buyer}",
    ),
    "a hold is ended without giving it back": (
        "INSERT INTO ledger_hold_resolution (hold_id, company_id, kind, ref, posted_minor, at)"
        " VALUES ('{open}', '{buyer_company}', 'void', 'x:1', 0, market_now())",
        {"what is held is what open holds set aside"},
        "ledger_account {buyer}",
    ),
    "a posted part is changed": (
        "UPDATE ledger_hold_resolution SET posted_minor = 601 WHERE hold_id = '{posted}'",
        {"a hold ends as its record says"},
        "ledger_hold_resolution {posted}",
    ),
    "a hold without an end expires": (
        "UPDATE ledger_hold_resolution SET kind = 'expire' WHERE hold_id = '{voided}'",
        {"a hold ends as its record says"},
        "ledger_hold_resolution {voided}",
    ),
    "an entry is shown to another company": (
        "UPDATE ledger_entry SET company_id = '{seller_company}' WHERE transfer_id = '{paid}' AND account_id = '{buyer}'",
        {"an entry matches its account"},
        "ledger_entry",
    ),
    "a hold is shown to another company": (
        "UPDATE ledger_hold SET company_id = '{seller_company}' WHERE id = '{open}'",
        {"a hold matches its account"},
        "ledger_hold {open}",
    ),
    "a transfer is shown to another company": (
        "UPDATE ledger_transfer SET companies = companies || '{seller_company}'::uuid WHERE ref LIKE 'deposit:%'",
        {"a transfer names its parties"},
        "ledger_transfer",
    ),
    "a deposit is released without moving": (
        "UPDATE deposit SET status = 'released', decided_at = market_now(), decided_by ="
        " (SELECT p.id FROM person AS p WHERE p.id <> deposit.entered_by LIMIT 1) WHERE id = '{waiting}'",
        {"a deposit moves once, as released"},
        "deposit {waiting}",
    ),
    "a released deposit is made smaller": (
        "UPDATE deposit SET amount_minor = amount_minor - 1 WHERE id = '{deposit}'",
        {"a deposit moves once, as released"},
        "deposit {deposit}",
    ),
}


@pytest.mark.parametrize("kind", TAMPERED)
async def test_tampering_by_a_superuser_is_found(db, kind: str) -> None:
    """With triggers and foreign keys off, each change breaks exactly the rules that speak of it."""
    statements, rules, row = TAMPERED[kind]
    books, ids = await lively_books(db)
    assert await books.findings() == []
    async with books.superuser() as superuser:
        await superuser.execute("SET session_replication_role = replica")
        changed = await superuser.execute(statements.format(**ids))
        assert not changed.endswith(" 0")
    findings = await books.findings()
    assert {finding.rule for finding in findings} == rules
    assert any(finding.row.startswith(row.format(**ids)) for finding in findings)
    assert all(finding.expected != finding.actual for finding in findings)


def test_every_rule_has_a_tampering_that_breaks_it() -> None:
    """No rule is there that was never seen to fail."""
    assert set().union(*(rules for _, rules, _ in TAMPERED.values())) == set(LEDGER_RULES)


async def test_the_worker_verifies_and_a_member_cannot(db) -> None:
    """The worker sees every row; a role that sees a part is refused instead of finding nothing."""
    books, _ = await lively_books(db)
    async with books.worker.pool.acquire() as connection:
        assert await verify_ledger(connection) == []
    async with books.superuser() as superuser:
        await superuser.execute("UPDATE ledger_account SET balance_minor = balance_minor + 1 WHERE kind = 'member'")
    async with books.worker.pool.acquire() as connection:
        assert len(await verify_ledger(connection)) == 2
    api = await asyncpg.connect(db.url("exchange_api"))
    try:
        with pytest.raises(VerifierIsBlind):
            await verify_ledger(api)
    finally:
        await api.close()
