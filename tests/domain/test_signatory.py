"""On which basis somebody signs: completed, verified by an owner, and a signature outside of it is refused twice."""

from datetime import date

import asyncpg
import msgspec
import pytest

from exchange.ctx import Ctx
from exchange.domain.contract import body as text
from exchange.domain.contract import service as contracts
from exchange.domain.signatory import service
from exchange.domain.signatory.model import AboveAuthority, NoBasis, NotByLaw, OutsideScope, OutsideValidity
from exchange.errors import Forbidden, WrongState
from exchange.print.contract import paper
from schemas.signatory import SignatoryIn
from tests.domain.awards import drafted, read
from tests.world import World

GOOD = SignatoryIn(
    version=2, number="07/2026/GUQ", issued_on=date(2026, 1, 5), scope=("purchase",), valid_from=date(2026, 1, 5), limit="9000000"
)


async def test_a_signature_stays_within_its_authorisation(world: World) -> None:
    """Scope, validity and value of 8,074,022 đồng are held against the basis by the service and by the database."""
    buyer, seller = await world.company("Buyer"), await world.company("Seller")
    clerk = await world.person(buyer.company, "Buyer", "Le Van Ba", "signatory")
    contract = await drafted(world, buyer, seller)
    frozen = await read(world, buyer, contract)
    digest = frozen.digest.hex()
    parties = paper(text.read(frozen.body), frozen.digest)["parts"][0]["parties"]
    assert [line for _, line in parties[1]["rows"] if "Le Van Ba" in line] == [
        "Le Van Ba, giấy ủy quyền số 01/UQ ngày 1 tháng 1, 2026"
    ]
    boss = await world.person(buyer.company, "Buyer", "Second Owner", "owner")
    api = await world.db.api()

    async def authorised(version: int, **changes: object) -> None:
        command = msgspec.structs.replace(GOOD, version=version, **changes)
        async with api.tx(boss) as tx:
            found = await service.get(tx, clerk.person)
            await service.propose(tx, found.id, command)
            assert (await service.verify(tx, found.id)).status == "verified"

    wrong: tuple[tuple[dict[str, object], type[Exception]], ...] = (
        ({"scope": ("sale",)}, OutsideScope),
        ({"limit": "8074021"}, AboveAuthority),
        ({"valid_until": date(2026, 2, 1)}, OutsideValidity),
        ({"valid_from": date(2126, 1, 1)}, OutsideValidity),
    )
    for place, (changes, refusal) in enumerate(wrong):
        await authorised(1 + 2 * place, **changes)
        with pytest.raises(refusal):
            async with api.tx(clerk, "finish") as tx:
                await contracts.sign(tx, contract, digest)
        assert await by_hand(world, clerk, seller, contract) == "EX023"
    await authorised(1 + 2 * len(wrong))
    async with api.tx(clerk, "finish") as tx:
        signed = await contracts.sign(tx, contract, digest)
    assert [(item.basis, item.authorisation) for item in signed.signatures] == [
        ("authorised signatory", "07/2026/GUQ, 2026-01-05")
    ]


async def by_hand(world: World, who: Ctx, other: Ctx, contract: object) -> str:
    """How the database refuses a signature that no service has looked at."""
    connection = await asyncpg.connect(world.db.url("exchange_api"))
    try:
        async with connection.transaction():
            await connection.execute("SELECT ctx($1, $2, false, 'any')", who.company, who.person)
            await connection.execute(
                """INSERT INTO contract_signature (contract_id, company_id, contract_version, buyer_id, seller_id, person_id,
                person_name, digest, method, basis, at)
                SELECT k.id, $2, 1, k.buyer_id, k.seller_id, $3, 'X', k.digest, 'password', 'legal representative', now()
                FROM contract AS k WHERE k.id = $1""",
                contract, who.company, who.person,
            )  # fmt: skip
    except asyncpg.PostgresError as error:
        return str(getattr(error, "sqlstate", ""))
    finally:
        await connection.close()
    return "done"


async def test_who_gets_the_role_completes_a_basis_that_another_owner_verifies(world: World) -> None:
    """The first person signs by law; a colleague when another owner has verified; revoking ends it."""
    owner = await world.company("Buyer")
    second = await world.person(owner.company, "Buyer", "Second Owner", "owner", "signatory")
    await world.owner.execute("DELETE FROM signatory WHERE person_id = $1", second.person)
    await world.owner.execute("UPDATE membership SET roles = roles WHERE person_id = $1", second.person)
    api = await world.db.api()
    async with api.tx(second) as tx:
        listed = {item.person_id: (item.basis, item.status) for item in await service.listed(tx)}
        assert listed == {owner.person: ("legal_representative", "verified"), second.person: ("authorisation", "incomplete")}
        with pytest.raises(NoBasis):
            await service.basis_of(tx, "purchase", "VND", 1, date(2026, 6, 1))
        with pytest.raises(NotByLaw):
            await service.propose(tx, owner.person, GOOD)
        with pytest.raises(NotByLaw):
            await service.revoke(tx, owner.person)
        with pytest.raises(WrongState):
            await service.verify(tx, second.person)
        proposed = await service.propose(tx, second.person, msgspec.structs.replace(GOOD, version=1))
        assert (proposed.status, proposed.limit_minor) == ("proposed", 9_000_000)
    with pytest.raises(Forbidden):
        async with api.tx(second) as tx:
            await tx.execute("UPDATE signatory SET status = 'verified', verified_at = now() WHERE id = $1", proposed.id)
    async with api.tx(owner) as tx:
        assert (await service.verify(tx, proposed.id)).verified_by == owner.person
        assert (await service.revoke(tx, proposed.id)).status == "revoked"
    with pytest.raises(NoBasis):
        async with api.tx(second) as tx:
            await service.basis_of(tx, "purchase", "VND", 1, date(2026, 6, 1))
