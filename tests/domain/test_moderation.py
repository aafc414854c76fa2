"""Cases: opened once per object, read by who may, decided once, appealed once and to somebody else."""

import asyncio
from uuid import UUID

import asyncpg
import msgspec
import pytest

from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.moderation import deciding, service
from exchange.domain.moderation.model import AppealedAlready, AppealTooLate, Case, Decision, Hit, Kind, TakenByAnother
from exchange.domain.offer import service as offers
from exchange.errors import Forbidden, Invalid, NotFound, WrongState
from exchange.ids import new_id
from schemas.offer import OfferIn
from tests.world import World, offer_json

PHONE = Hit("contact_phone", "description", 5, 17, {"found": "0903 123 456"})


async def opened(db: Database, ctx: Ctx, kind: Kind, object_id: UUID, company: UUID, *hits: Hit) -> UUID:
    async with db.tx(ctx, "any") as tx:
        return await service.open_case(tx, kind, object_id, company, hits)


async def test_an_object_has_one_open_case_however_often_it_is_met(world: World) -> None:
    """Twenty at once open one; the hits are those of the last; the event names no company, so its feed says nothing."""
    api = await world.db.api()
    seller, moderator = await world.company("Seller"), await world.operator("moderator")
    thing = new_id()
    cases = await asyncio.gather(*(opened(api, moderator, "document", thing, seller.company, PHONE) for _ in range(20)))
    assert len(set(cases)) == 1
    async with api.read(moderator) as tx:
        found = await service.get(tx, cases[0])
    assert (found.status, found.version, found.hits) == ("open", 20, (PHONE,))
    recorded = await world.owner.fetch(
        "SELECT version, company_id, audience FROM event WHERE aggregate_id = $1 ORDER BY version", cases[0]
    )
    assert [tuple(row.values()) for row in recorded] == [(version, None, []) for version in range(1, 21)]


async def test_who_reads_a_case(world: World) -> None:
    """Its company and the operators; a flag the operators alone; and nobody opens one about another company."""
    api, worker = await world.db.api(), await world.db.worker()
    seller, other = await world.company("Seller"), await world.company("Other")
    moderator = await world.operator("moderator")
    about = await opened(api, moderator, "document", new_id(), seller.company)
    async with worker.system() as tx:
        flag = await service.open_case(tx, "flag", new_id(), seller.company)
    seen: dict[str, list[bool]] = {}
    for name, ctx in (("seller", seller), ("other", other), ("moderator", moderator)):
        seen[name] = []
        for case in (about, flag):
            async with api.read(ctx) as tx:
                try:
                    await service.get(tx, case)
                except NotFound:
                    seen[name].append(False)
                else:
                    seen[name].append(True)
    assert seen == {"seller": [True, False], "other": [False, False], "moderator": [True, True]}
    async with api.tx(other, "active") as tx:
        own = await offers.create(tx, msgspec.convert(offer_json(), OfferIn), publish=False)
    # What an api process may report: a rule that there is, met in an own listing or message, and nothing else.
    assert await opened(api, other, "offer", own.id, other.company, PHONE)
    forged: tuple[tuple[Kind, UUID, UUID, tuple[Hit, ...]], ...] = (
        ("document", new_id(), seller.company, (PHONE,)),
        ("offer", own.id, seller.company, (PHONE,)),
        ("offer", new_id(), other.company, (PHONE,)),
        ("message", new_id(), other.company, (PHONE,)),
        ("flag", other.company, other.company, (Hit("same_bank", ""),)),
        ("offer", own.id, other.company, (Hit("made_up", "title"),)),
        ("offer", own.id, other.company, ()),
    )
    for kind, thing, company, hits in forged:
        with pytest.raises(Forbidden):
            await opened(api, other, kind, thing, company, *hits)


async def test_what_is_withdrawn_needs_no_decision(world: World) -> None:
    """Its own company drops it, another cannot, and a member writes no decision into it."""
    api = await world.db.api()
    seller, other = await world.company("Seller"), await world.company("Other")
    thing = new_id()
    case = await opened(api, await world.operator("moderator"), "document", thing, seller.company)
    dropped: list[bool] = []
    for ctx in (other, seller, seller):
        async with api.tx(ctx, "any") as tx:
            dropped.append(await service.drop(tx, "document", thing))
    assert dropped == [False, True, False]
    async with api.tx(seller, "any") as tx:
        assert (await service.get(tx, case)).outcome == "dropped"
        assert await tx.execute("UPDATE moderation_case SET reason = 'mine' WHERE id = $1", case) == "UPDATE 0"
    with pytest.raises(asyncpg.CheckViolationError):
        await world.owner.execute("UPDATE moderation_case SET outcome = NULL WHERE id = $1", case)


async def _held(db: Database, seller: Ctx, title: str) -> tuple[UUID, Case]:
    async with db.tx(seller) as tx:
        command = msgspec.convert(offer_json(title=title, mpn=None, description="Zalo 0903 123 456"), OfferIn)
        offer = await offers.create(tx, command, publish=True)
        case = await service.about(tx, offer.id)
    assert case is not None
    return offer.id, case


async def _decide(db: Database, operator: Ctx, case: Case, *, accept: bool, template: str | None = None) -> Case:
    async with db.tx(operator, "any") as tx:
        return await deciding.decide(tx, case.id, Decision(version=case.version, accept=accept, template=template))


async def _status(world: World, offer: UUID) -> str:
    return str(await world.owner.fetchval("SELECT status FROM offer WHERE id = $1", offer))


async def test_a_decision_is_made_once_and_moves_the_listing(world: World) -> None:
    """Ten operators at once: one decides, nine are refused; the listing is live, its seller hears of it by mail too."""
    api = await world.db.api(10)
    seller = await world.company("Seller")
    offer, case = await _held(api, seller, "Ink")
    operators = [await world.operator("moderator") for _ in range(10)]
    found = await asyncio.gather(*(_decide(api, one, case, accept=True) for one in operators), return_exceptions=True)
    assert sorted(type(item).__name__ for item in found) == ["Case"] + ["WrongState"] * 9
    assert await _status(world, offer) == "live"
    events = await world.owner.fetch("SELECT type, audience FROM event WHERE type IN ('offer.approved', 'case.approved')")
    told = {(row["type"], tuple(row["audience"])) for row in events}
    assert told == {("offer.approved", (seller.company,)), ("case.approved", ())}
    async with api.tx(seller) as tx:
        command = msgspec.convert(offer_json(title="Ink", mpn=None, description="Black. Zalo 0903 123 456"), OfferIn)
        assert (await offers.revise(tx, offer, command, version=2)).status == "live"


async def test_who_may_not_decide(world: World) -> None:
    """One of its people, without the right, who saw another version, whose colleague has taken it, without a reason."""
    api = await world.db.api()
    seller = await world.company("Seller")
    offer, case = await _held(api, seller, "Ink")
    moderator, colleague, finance = [await world.operator(role) for role in ("moderator", "moderator", "finance")]
    insider = await world.operator("moderator")
    await world.owner.execute(
        "INSERT INTO membership (company_id, person_id, roles) VALUES ($1, $2, '{viewer}')", seller.company, insider.person
    )
    for operator in (insider, finance, seller):
        with pytest.raises(Forbidden):
            await _decide(api, operator, case, accept=True)
    with pytest.raises(WrongState):
        await _decide(api, moderator, msgspec.structs.replace(case, version=case.version + 1), accept=True)
    with pytest.raises(Invalid):
        await _decide(api, moderator, case, accept=False)
    async with api.tx(colleague, "any") as tx:
        taken = await deciding.take(tx, case.id)
    with pytest.raises(TakenByAnother):
        await _decide(api, moderator, taken, accept=True)
    async with api.tx(moderator, "any") as tx:
        mine = await deciding.take(tx, case.id)
    assert (await _decide(api, moderator, mine, accept=False, template="contact")).outcome == "rejected"
    assert await _status(world, offer) == "rejected"


async def test_an_appeal_is_made_once_in_time_and_decided_by_somebody_else(world: World) -> None:
    """The first operator is refused, by the service and by the database itself; the second puts the listing on the market."""
    api = await world.db.api()
    seller = await world.company("Seller")
    first, second = await world.operator("moderator"), await world.operator("compliance")
    offer, case = await _held(api, seller, "Ink")
    await _decide(api, first, case, accept=False, template="contact")
    async with api.tx(seller) as tx:
        appeal = await deciding.appeal(tx, case.id, "It is our published hotline for recalls.")
    with pytest.raises(AppealedAlready):
        async with api.tx(seller) as tx:
            await deciding.appeal(tx, case.id, "And once more, please look.")
    with pytest.raises(Forbidden):
        await _decide(api, first, appeal, accept=True)
    with pytest.raises(asyncpg.CheckViolationError):
        await world.owner.execute(
            """UPDATE moderation_case SET status = 'decided', outcome = 'approved', decided_at = now(), decided_by = $2
            WHERE id = $1""", appeal.id, first.person,
        )  # fmt: skip
    await _decide(api, second, appeal, accept=True)
    assert await _status(world, offer) == "live"
    _, late = await _held(api, seller, "Toner")
    await _decide(api, first, late, accept=False, template="contact")
    await world.advance("15 days")
    with pytest.raises(AppealTooLate):
        async with api.tx(seller) as tx:
            await deciding.appeal(tx, late.id, "It took us a while to answer.")


async def test_several_are_decided_each_for_itself(world: World) -> None:
    """The one that was decided meanwhile is named; all others are done, and nothing of the refused one remains."""
    api = await world.db.api()
    seller, moderator = await world.company("Seller"), await world.operator("moderator")
    held = [await _held(api, seller, f"Ink of kind {word}") for word in ("alder", "birch", "cedar")]
    await _decide(api, moderator, held[1][1], accept=True)
    decisions = [(case.id, Decision(version=case.version, accept=False, template="contact")) for _, case in held]
    async with api.tx(moderator, "any") as tx:
        results = await deciding.decide_together(tx, decisions)
    assert {item.case_id: type(item.problem).__name__ for item in results} == {
        held[0][1].id: "NoneType", held[1][1].id: "WrongState", held[2][1].id: "NoneType"
    }  # fmt: skip
    assert [await _status(world, offer) for offer, _ in held] == ["rejected", "live", "rejected"]
