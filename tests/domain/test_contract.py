"""Contracts: drafted from an award, signed by both over one digest, active with the last signature."""

import asyncio
from decimal import Decimal

import asyncpg
import msgspec
import pytest

from exchange.ctx import Ctx
from exchange.domain.contract import body as text
from exchange.domain.contract import drafting, service
from exchange.domain.contract.model import (
    LIFECYCLE,
    AlreadySigned,
    DigestChanged,
    PersonNeeded,
)
from exchange.domain.contract.view import view
from exchange.domain.order import service as orders
from exchange.errors import DeadlinePassed, Forbidden, NotFound, Refusal, StepUpRequired, WrongState
from tests.domain.awards import binding_award, drafted, read
from tests.domain.firm_orders import count, event_types
from tests.world import World


async def both(world: World) -> tuple[Ctx, Ctx]:
    return await world.company("Buyer"), await world.company("Seller")


async def test_a_binding_award_becomes_one_contract_to_sign(world: World) -> None:
    """The worker drafts it once, however often it is told; the text holds parties, lines, terms, fee and references."""
    buyer, seller = await both(world)
    award = await binding_award(world, buyer, seller)
    worker = await world.db.worker()
    async with worker.system() as tx:
        contract = await drafting.draft(tx, award)
    async with worker.system() as tx:
        assert await drafting.draft(tx, award) is None
    assert contract is not None
    assert await count(world, "contract") == 1
    found = await read(world, seller, contract)
    assert (found.kind, found.status, found.version, found.signatures) == ("signed", "signing", 2, ())
    assert found.sign_by is not None
    assert (found.sign_by - found.created_at).days == 7
    body = text.read(found.body)
    assert text.canonical(body) == found.body
    assert text.digest(found.body) == found.digest
    assert body.basis.award is not None
    assert (body.basis.award.id, body.buyer.representative, body.seller.legal_name) == (award, "Buyer Owner", "Seller Ltd")
    assert [(line.title, line.unit, line.net, line.gross) for line in body.lines] == [
        ("Salt, food grade", "KGM", "7200000", "7920000"),
        ("Sacks of 25 kg", "C62", "140020", "154022"),
    ]
    assert (body.gross, [item.amount for item in body.instalments]) == ("8074022", ["8074022"])
    assert await event_types(world, contract) == [("contract.signing_started", 2)]
    assert view(found, seller).actions == ("sign", "decline")


async def test_the_last_signature_makes_the_contract_active_and_its_order_confirmed(world: World) -> None:
    """The order stands with the contract's lines and amounts, and its protected instalment is due, in one transaction."""
    buyer, seller = await both(world)
    contract = await drafted(world, buyer, seller)
    digest = (await read(world, buyer, contract)).digest.hex()
    api = await world.db.api()
    async with api.tx(seller, "finish") as tx:
        first = await service.sign(tx, contract, digest)
    assert (first.status, first.version, first.order_id, len(first.signatures)) == ("signing", 3, None, 1)
    colleague = await world.person(buyer.company, "Buyer", "Le Van Ba", "signatory")
    async with api.tx(colleague, "finish") as tx:
        signed = await service.sign(tx, contract, digest)
    assert (signed.status, signed.version) == ("active", 5)
    assert [(item.person_name, item.basis, item.digest) for item in signed.signatures] == [
        ("Seller Owner", "legal representative", digest),
        ("Le Van Ba", "authorised signatory", digest),
    ]
    assert signed.order_id is not None
    async with api.tx(seller, "any") as tx:
        order = await orders.get(tx, signed.order_id)
    assert (order.status, order.contract_id, order.gross_minor) == ("confirmed", contract, 8_074_022)
    assert [(line.title, line.quantity, line.price) for line in order.lines] == [
        ("Salt, food grade", Decimal(1000), Decimal(7200)),
        ("Sacks of 25 kg", Decimal(40), Decimal("3500.5")),
    ]
    assert [(item.method, item.status, item.amount_minor) for item in order.instalments] == [("protected", "due", 8_074_022)]
    assert await event_types(world, contract) == [
        ("contract.signing_started", 2),
        ("contract.signed", 3),
        ("contract.signed", 4),
        ("contract.activated", 5),
    ]
    assert await event_types(world, order.id) == [("order.confirmed", 1)]


async def test_fifty_signatures_at_once_are_one_of_each_party(world: World) -> None:
    """Both parties sign 25 times at the same moment: two signatures, one activation, one order."""
    buyer, seller = await both(world)
    contract = await drafted(world, buyer, seller)
    digest = (await read(world, buyer, contract)).digest.hex()
    api = await world.db.api(10)
    start = asyncio.Barrier(50)

    async def one(ctx: Ctx) -> str:
        await start.wait()
        try:
            async with api.tx(ctx, "finish") as tx:
                await service.sign(tx, contract, digest)
        except Refusal as refused:
            return refused.code
        return "signed"

    outcomes = await asyncio.gather(*(one(ctx) for ctx in (buyer, seller) for _ in range(25)))
    assert outcomes.count("signed") == 2
    assert set(outcomes) <= {"signed", "already-signed", "wrong-state"}
    assert (await count(world, "contract_signature"), await count(world, "purchase_order")) == (2, 1)
    assert await world.owner.fetchval("SELECT count(*) FROM event WHERE type = 'contract.activated'") == 1


async def test_only_the_shown_digest_is_signed(world: World) -> None:
    """One flipped bit in the request is refused with the digest that the contract has; nothing is recorded."""
    buyer, seller = await both(world)
    contract = await drafted(world, buyer, seller)
    digest = (await read(world, buyer, contract)).digest
    flipped = bytes([digest[0] ^ 1]) + digest[1:]
    api = await world.db.api()
    async with api.tx(buyer, "finish") as tx:
        with pytest.raises(DigestChanged) as refused:
            await service.sign(tx, contract, flipped.hex())
    assert refused.value.data["current"] == digest.hex()
    assert await count(world, "contract_signature") == 0


async def test_who_may_sign(world: World) -> None:
    """No API key, no role without signatory, nobody who has not proved just now who they are, no stranger, nobody twice."""
    buyer, seller = await both(world)
    contract = await drafted(world, buyer, seller)
    digest = (await read(world, buyer, contract)).digest.hex()
    stranger = await world.company("Stranger")
    key = msgspec.structs.replace(buyer, scopes=frozenset({"contract.sign", "contract.read"}))
    clerk = msgspec.structs.replace(buyer, roles=frozenset({"owner", "buyer"}))
    refusals: list[tuple[Ctx, type[Refusal]]] = [
        (key, PersonNeeded),
        (clerk, Forbidden),
        (msgspec.structs.replace(buyer, stepped_up=False), StepUpRequired),
        (stranger, NotFound),
    ]
    api = await world.db.api()
    for ctx, refusal in refusals:
        async with api.tx(ctx, "finish") as tx:
            with pytest.raises(refusal):
                await service.sign(tx, contract, digest)
    async with api.tx(buyer, "finish") as tx:
        mine = await service.sign(tx, contract, digest)
    assert view(mine, buyer).actions == ()
    with pytest.raises(AlreadySigned):
        async with api.tx(buyer, "finish") as tx:
            await service.sign(tx, contract, digest)
    async with api.tx(stranger, "any") as tx:
        with pytest.raises(NotFound):
            await service.get(tx, contract)
        assert await service.listed(tx, None, None, 10) == []
    assert await count(world, "contract_signature") == 1


async def test_what_is_not_signed_in_time_is_refused(world: World) -> None:
    """After the seven days a signature is late, and the job refuses the contract once; before them it does nothing."""
    buyer, seller = await both(world)
    contract = await drafted(world, buyer, seller)
    digest = (await read(world, buyer, contract)).digest.hex()
    worker = await world.db.worker()
    async with worker.system() as tx:
        await drafting.lapse(tx, contract)
    assert (await read(world, buyer, contract)).status == "signing"
    await world.advance("7 days")
    api = await world.db.api()
    with pytest.raises(DeadlinePassed):
        async with api.tx(buyer, "finish") as tx:
            await service.sign(tx, contract, digest)
    for _ in range(2):
        async with worker.system() as tx:
            await drafting.lapse(tx, contract)
    assert (await read(world, buyer, contract)).status == "refused"
    assert (await event_types(world, contract))[-1] == ("contract.refused", 3)
    with pytest.raises(WrongState):
        async with api.tx(buyer, "finish") as tx:
            await service.sign(tx, contract, digest)


async def test_the_database_itself_refuses_an_unsigned_contract(world: World) -> None:
    """Active needs both signatures over this very digest; a frozen text stays; a signature cannot be another's."""
    buyer, seller = await both(world)
    contract = await drafted(world, buyer, seller)
    activate = "UPDATE contract SET status = 'active', active_at = market_now() WHERE id = $1"
    sign = """INSERT INTO contract_signature (contract_id, company_id, contract_version, buyer_id, seller_id, person_id,
        person_name, digest, method, basis, at) SELECT $1, s.company_id, 1, $3, $4,
        s.person_id, 'X', $5, 'password', 'x', market_now() FROM signatory AS s WHERE s.company_id = $2"""
    forged = """INSERT INTO contract_signature (contract_id, company_id, contract_version, buyer_id, seller_id, person_id,
        person_name, digest, method, basis, at) VALUES ($1, $2, 1, $3, $4, $6, 'X', $5, 'password', 'x', market_now())"""
    parties = (buyer.company, seller.company)
    await world.owner.execute(sign, contract, buyer.company, *parties, b"\0" * 32)
    await world.owner.execute(sign, contract, seller.company, *parties, (await read(world, buyer, contract)).digest)
    with pytest.raises(asyncpg.PostgresError) as mixed:
        await world.owner.execute(activate, contract)
    assert mixed.value.sqlstate == "EX005"
    with pytest.raises(asyncpg.PostgresError) as frozen:
        await world.owner.execute("UPDATE contract SET body = '{}', digest = sha256('{}'::bytea) WHERE id = $1", contract)
    assert frozen.value.sqlstate == "EX006"
    api = await world.db.api()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with api.tx(buyer) as tx:
            await tx.execute(forged, contract, seller.company, *parties, b"\0" * 32, seller.person)


async def test_an_award_that_differs_from_its_quote_is_not_drafted(world: World) -> None:
    """The amounts of the award must be those of the opened quote; otherwise the job fails and no contract is made."""
    buyer, seller = await both(world)
    award = await binding_award(world, buyer, seller)
    await world.owner.execute("UPDATE award SET net_minor = net_minor + 1, gross_minor = gross_minor + 1 WHERE id = $1", award)
    worker = await world.db.worker()
    async with worker.system() as tx:
        with pytest.raises(drafting.QuoteDiffers):
            await drafting.draft(tx, award)
    assert await count(world, "contract") == 0


async def test_the_states_are_those_of_the_database(world: World) -> None:
    """The CHECK of the table names exactly the states of the lifecycle."""
    check = await world.owner.fetchval(
        """SELECT pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = 'contract'::regclass AND conname = 'contract_status_check'"""
    )
    assert {part.split("'")[1] for part in check.split(",")} == LIFECYCLE.states
