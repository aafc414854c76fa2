"""A deposit: one operator enters it, another releases or rejects it, and it moves once."""

import asyncio
from collections.abc import Sequence

import pytest

from exchange.ctx import Ctx
from exchange.domain.ledger import model, service
from exchange.domain.ledger.model import Balance, Deposit, EnterDeposit
from exchange.errors import DomainError, Forbidden, Invalid, NotFound, WrongState
from exchange.ids import new_id
from tests.domain.ledger_books import Books


async def entered(books: Books, amount_minor: int = 5_000_000, reference: str = "FT26-001", currency: str = "VND") -> Deposit:
    async with books.api.tx(books.operators[0]) as tx:
        return await service.enter_deposit(tx, EnterDeposit(books.buyer, amount_minor, currency, reference))


async def events_of(books: Books, deposit: Deposit) -> list[tuple[object, ...]]:
    async with books.owner() as owner:
        rows = await owner.fetch(
            "SELECT type, version, from_state, to_state, actor_id, audience FROM event WHERE aggregate_id = $1 ORDER BY version",
            deposit.id,
        )
    return [tuple(row) for row in rows]


async def test_what_one_operator_enters_another_releases(db) -> None:
    """The amount arrives on the member's account from clearing, and both acts are recorded with who did them."""
    books = await Books.open(db)
    first, second = books.operators
    deposit = await entered(books, reference="  FT26   001 ")
    assert (deposit.status, deposit.bank_reference) == ("entered", "FT26 001")
    assert await books.available(books.buyer) == 0
    async with books.api.tx(second) as tx:
        released = await service.release_deposit(tx, deposit.id)
        assert await service.exchange_balance(tx, "clearing", "VND") == -5_000_000
    assert (released.status, released.version, released.decided_by) == ("released", 2, second.person)
    async with books.api.tx(books.member(books.buyer)) as tx:
        assert await service.balance(tx, books.buyer, "VND") == Balance("VND", 5_000_000)
        (line,) = await service.statement(tx, books.buyer)
        assert (line.ref, line.reason) == (f"deposit:{deposit.id}", {"deposit_id": str(deposit.id)})
        assert await service.deposits(tx) == [released]
    assert await events_of(books, deposit) == [
        ("deposit.entered", 1, None, "entered", first.person, []),
        ("deposit.released", 2, "entered", "released", second.person, [books.buyer]),
    ]
    assert await books.findings() == []


async def test_who_entered_a_deposit_does_not_decide_on_it(db) -> None:
    """The same operator is refused by the service, and by a CHECK when the service is not asked."""
    books = await Books.open(db)
    deposit = await entered(books)
    with pytest.raises(model.SecondPersonNeeded):
        async with books.api.tx(books.operators[0]) as tx:
            await service.release_deposit(tx, deposit.id)
    with pytest.raises(model.SecondPersonNeeded):
        async with books.api.tx(books.operators[0]) as tx:
            await service.reject_deposit(tx, deposit.id, "mine")
    async with books.owner() as owner:
        with pytest.raises(Exception, match="deposit_check"):
            await owner.execute(
                "UPDATE deposit SET status = 'released', decided_by = entered_by, decided_at = market_now() WHERE id = $1",
                deposit.id,
            )
    assert await books.available(books.buyer) == 0


async def test_a_bank_reference_counts_once_until_it_is_rejected(db) -> None:
    """The same payment is not entered twice; a rejected entry makes room for the right one; currencies are apart."""
    books = await Books.open(db)
    deposit = await entered(books)
    await entered(books, currency="USD")
    with pytest.raises(model.BankReferenceUsed):
        await entered(books, amount_minor=1)
    with pytest.raises(Invalid):
        async with books.api.tx(books.operators[1]) as tx:
            await service.reject_deposit(tx, deposit.id, " ")
    async with books.api.tx(books.operators[1]) as tx:
        rejected = await service.reject_deposit(tx, deposit.id, "wrong amount")
    assert (rejected.status, rejected.note) == ("rejected", "wrong amount")
    again = await entered(books, amount_minor=4_000_000)
    async with books.api.tx(books.operators[1]) as tx:
        await service.release_deposit(tx, again.id)
        assert [row.id for row in await service.deposits(tx, status="released")] == [again.id]
        assert len(await service.deposits(tx, company_id=books.buyer)) == 3
    assert await books.available(books.buyer) == 4_000_000
    assert [event[0] for event in await events_of(books, deposit)] == ["deposit.entered", "deposit.rejected"]
    assert await books.findings() == []


async def test_a_decided_deposit_is_decided(db) -> None:
    """A second decision answers with the current state, an unknown deposit is not found."""
    books = await Books.open(db)
    deposit = await entered(books)
    async with books.api.tx(books.operators[1]) as tx:
        await service.release_deposit(tx, deposit.id)
    with pytest.raises(WrongState) as caught:
        async with books.api.tx(books.operators[1]) as tx:
            await service.reject_deposit(tx, deposit.id, "late")
    assert caught.value.data["current"] == "released"
    with pytest.raises(NotFound):
        async with books.api.tx(books.operators[1]) as tx:
            await service.release_deposit(tx, new_id())
    assert await books.available(books.buyer) == 5_000_000


async def test_two_releases_at_the_same_time_move_it_once(db) -> None:
    """Ten parallel releases: one goes through, nine see that it is released."""
    books = await Books.open(db, pool_size=10)
    deposit = await entered(books)

    async def release() -> type[Exception] | None:
        try:
            async with books.api.tx(books.operators[1]) as tx:
                await service.release_deposit(tx, deposit.id)
        except WrongState as refusal:
            return type(refusal)
        return None

    outcomes = await asyncio.gather(*(release() for _ in range(10)))
    assert outcomes.count(None) == 1
    assert await books.available(books.buyer) == 5_000_000
    assert await books.findings() == []


async def test_members_and_other_operators_have_no_hand_in_deposits(db) -> None:
    """Only the finance operators enter and decide; a member reads its own and nobody else's."""
    books = await Books.open(db)
    deposit = await entered(books)
    moderator = Ctx(
        person_id=new_id(), operator=True, operator_roles=frozenset({"moderator"}), request_id="test", stepped_up=True
    )
    for ctx in (books.member(books.buyer), moderator):
        with pytest.raises(Forbidden):
            async with books.api.tx(ctx) as tx:
                await service.enter_deposit(tx, EnterDeposit(books.buyer, 1, "VND", "FT26-002"))
        with pytest.raises(Forbidden):
            async with books.api.tx(ctx) as tx:
                await service.release_deposit(tx, deposit.id)
    async with books.api.tx(books.member(books.buyer)) as tx:
        assert await service.get_deposit(tx, deposit.id) == deposit
    async with books.api.tx(books.member(books.seller)) as tx:
        assert await service.deposits(tx) == []
        with pytest.raises(NotFound):
            await service.get_deposit(tx, deposit.id)
    # Row security alone, without the service: the member's UPDATE and INSERT find nothing or are refused.
    async with books.api.tx(books.member(books.buyer)) as tx:
        assert await tx.execute("UPDATE deposit SET note = 'mine'") == "UPDATE 0"


async def test_a_wrong_deposit_says_which_field(db) -> None:
    """Unknown company, untraded currency, no reference, and amounts that are none."""
    books = await Books.open(db)
    wrong: Sequence[tuple[EnterDeposit, type[DomainError], str]] = [
        (EnterDeposit(new_id(), 1, "VND", "FT1"), NotFound, ""),
        (EnterDeposit(books.buyer, 1, "XXX", "FT1"), Invalid, "/currency"),
        (EnterDeposit(books.buyer, 1, "VND", "  "), Invalid, "/bank_reference"),
        (EnterDeposit(books.buyer, 1, "VND", "x" * 101), Invalid, "/bank_reference"),
        (EnterDeposit(books.buyer, 0, "VND", "FT1"), Invalid, "/amount"),
        (EnterDeposit(books.buyer, -5, "VND", "FT1"), Invalid, "/amount"),
        (EnterDeposit(books.buyer, 10**18, "VND", "FT1"), Invalid, "/amount"),
        (EnterDeposit(books.buyer, 1, "VND", "FT1", "n" * 501), Invalid, "/note"),
    ]
    for command, refusal, pointer in wrong:
        with pytest.raises(refusal) as caught:
            async with books.api.tx(books.operators[0]) as tx:
                await service.enter_deposit(tx, command)
        assert [error.pointer for error in caught.value.errors] == ([pointer] if pointer else [])


async def test_the_states_of_a_deposit_are_those_of_the_table(db) -> None:
    """The lifecycle names exactly the states that the CHECK allows."""
    books = await Books.open(db)
    async with books.owner() as owner:
        checks = await owner.fetchval(
            "SELECT string_agg(pg_get_constraintdef(c.oid), ' ') FROM pg_constraint AS c"
            " WHERE c.conrelid = 'deposit'::regclass AND c.conname = 'deposit_status_check'"
        )
    assert {state for state in ("entered", "released", "rejected") if f"'{state}'" in checks} == model.DEPOSIT.states
    assert checks.count("'") == 2 * len(model.DEPOSIT.states)
