"""One engine for every commitment: steps in order, deputies, escalation, races, and what the database refuses."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import asyncpg
import msgspec
import pytest
import pytest_asyncio

from exchange.ctx import Ctx
from exchange.domain.approval import absences, deciding, policies, service, standing
from exchange.domain.approval.model import AlreadyDecided, Approval, NotAsked, OwnRequest, StepPassed
from exchange.errors import DeadlinePassed, Forbidden, Invalid, WrongState
from schemas.approval import AbsenceIn, Decision, Opinion, PolicyIn, PresetIn, StepIn, TierIn
from tests.domain.buying import Buying, buying
from tests.world import World, step, tier

YES = Decision("approve")
NO = Decision("reject", "Too dear")


@pytest_asyncio.fixture
async def office(world: World) -> AsyncIterator["Office"]:
    yield await Office.open(world)


class Office:
    """A company whose selections need two of three approvers, then an owner; a buyer asks; evaluators say what they think."""

    def __init__(self, deal: Buying, owner: Ctx, buyer: Ctx, approvers: list[Ctx], evaluator: Ctx, seller: Ctx) -> None:
        self.deal = deal
        self.owner = owner
        self.buyer = buyer
        self.approvers = approvers
        self.evaluator = evaluator
        self.seller = seller

    @classmethod
    async def open(cls, world: World) -> "Office":
        deal = await buying(world)
        owner = await world.company("Buyer", roles=("owner",))
        people = [await world.person(owner.company, "Buyer", f"Approver {name}", "approver") for name in "ABC"]
        buyer = await world.person(owner.company, "Buyer", "Clerk", "buyer")
        evaluator = await world.person(owner.company, "Buyer", "Evaluator", "evaluator")
        two_then_owner = (step("approver", mode="n_of", count=2), step("owner"))
        await world.policy(owner.company, "award", tier(1000, *two_then_owner, opinion_roles=("evaluator",)))
        return cls(deal, owner, buyer, people, evaluator, await world.company("Seller"))

    async def asked(self) -> UUID:
        """A selection that waits."""
        rfq = await self.deal.rfq(self.buyer, sealed=True)
        quote = await self.deal.quote(self.seller, rfq)
        await self.deal.pass_deadline(rfq)
        award = await self.deal.award(self.buyer, rfq, quote)
        assert award.approval_id is not None
        return award.approval_id

    async def decide(self, who: Ctx, approval: UUID, decision: Decision = YES) -> Approval:
        async with self.deal.api.tx(who) as tx:
            return await deciding.decide(tx, approval, decision)

    async def read(self, approval: UUID) -> Approval:
        async with self.deal.api.tx(self.owner, "any") as tx:
            return await service.get(tx, approval)

    async def rfq_status(self, approval: UUID) -> str:
        status = await self.deal.world.owner.fetchval(
            """SELECT r.status FROM approval_request AS a JOIN award AS w ON w.id = a.object_id JOIN rfq AS r ON r.id = w.rfq_id
            WHERE a.id = $1""",
            approval,
        )
        return str(status)

    async def next_of(self, type_: str) -> set[str]:
        """Whom the last event of a type names as asked."""
        return set(msgspec.json.decode((await self.deal.events(type_))[-1]["payload"])["next"].split(","))


async def refusal(world: World, who: Ctx, sql: str, *arguments: object) -> str:
    """How the database itself refuses a statement of the api's role."""
    connection = await asyncpg.connect(world.db.url("exchange_api"))
    try:
        async with connection.transaction():
            await connection.execute("SELECT ctx($1, $2, false, 'any')", who.company, who.person)
            await connection.execute(sql, *arguments)
    except asyncpg.PostgresError as error:
        return str(getattr(error, "sqlstate", ""))
    finally:
        await connection.close()
    return "done"


async def test_steps_follow_each_other_and_each_voice_counts_once(office: Office) -> None:
    """Two of three approvers, then the owner; opinions hold up nothing; who is asked next is told, and nobody else."""
    a, b, c = office.approvers
    approval = await office.asked()
    assert await office.next_of("approval.requested") == {str(person.person) for person in office.approvers}
    for person, refusal in ((office.buyer, OwnRequest), (office.owner, NotAsked), (office.evaluator, NotAsked)):
        with pytest.raises(refusal):
            await office.decide(person, approval)
    async with office.deal.api.tx(office.evaluator) as tx:
        assert (await service.give_opinion(tx, approval, Opinion("against", "Late twice"))).status == "pending"
        with pytest.raises(AlreadyDecided):
            await service.give_opinion(tx, approval, Opinion("favour"))
    assert ((await office.decide(a, approval)).step, (await office.read(approval)).status) == (1, "pending")
    with pytest.raises(AlreadyDecided):
        await office.decide(a, approval)
    assert (await office.decide(b, approval)).step == 2
    assert await office.next_of("approval.advanced") == {str(office.owner.person)}
    with pytest.raises(StepPassed):
        await office.decide(c, approval, Decision("approve", step=1))
    async with office.deal.api.tx(office.owner) as tx:
        found = await standing.one(tx, approval)
    assert (found.waits_for, found.actions) == ((office.owner.person,), ("approve", "reject", "recall"))
    assert (await office.decide(office.owner, approval)).status == "approved"
    assert await office.rfq_status(approval) == "awarded"


async def test_a_no_at_any_step_returns_the_object_and_so_does_a_recall(office: Office) -> None:
    """The second step may still say no; the side that asked may take it back; both end the request for good."""
    first = await office.asked()
    for person in office.approvers[:2]:
        await office.decide(person, first)
    assert ((await office.decide(office.owner, first, NO)).status, await office.rfq_status(first)) == ("rejected", "evaluating")
    second = await office.asked()
    async with office.deal.api.tx(office.buyer) as tx:
        assert (await deciding.recall(tx, second)).status == "recalled"
    assert await office.rfq_status(second) == "evaluating"
    with pytest.raises(WrongState):
        await office.decide(office.approvers[0], second)


async def test_two_last_voices_at_once_complete_it_once(office: Office) -> None:
    """Of three approvers who speak at the same moment two complete the step, and the third is told that it has passed."""
    approval = await office.asked()
    answers = await asyncio.gather(
        *(office.decide(person, approval, Decision("approve", step=1)) for person in office.approvers), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Approval", "Approval", "StepPassed"]
    assert len(await office.deal.events("approval.advanced")) == 1
    second = await office.deal.world.person(office.owner.company, "Buyer", "Second owner", "owner")
    answers = await asyncio.gather(*(office.decide(who, approval) for who in (office.owner, second)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Approval", "WrongState"]
    assert len(await office.deal.events("award.bound")) == 1


async def test_a_running_request_keeps_the_policy_it_was_asked_under(office: Office) -> None:
    """Weakened or switched off while it waits, the policy changes nothing of it; the next request meets the new one."""
    approval = await office.asked()
    async with office.deal.api.tx(office.owner) as tx:
        assert [item.version for item in await policies.apply_preset(tx, PresetIn(preset="just_me"))] == [0, 2, 0, 0]
    assert (await office.decide(office.approvers[0], approval)).status == "pending"
    assert (await office.read(approval)).policy_version == 1
    rfq = await office.deal.rfq(office.buyer, sealed=True)
    quote = await office.deal.quote(office.seller, rfq)
    await office.deal.pass_deadline(rfq)
    assert (await office.deal.award(office.buyer, rfq, quote)).status == "binding"


async def test_a_deputy_decides_for_who_is_away(office: Office) -> None:
    """For the time of the absence alone, recorded as for them, and one voice is heard once."""
    a, b, _ = office.approvers
    deal = office.deal
    now = await deal.now()
    away = AbsenceIn(starts_at=now - timedelta(hours=1), ends_at=now + timedelta(days=9), deputy_id=office.evaluator.person)
    async with deal.api.tx(a) as tx:
        absence = await absences.put(tx, away)
    with pytest.raises(Forbidden):
        async with deal.api.tx(b) as tx:
            await absences.end(tx, absence.id)
    approval = await office.asked()
    await office.decide(office.evaluator, approval)
    with pytest.raises(AlreadyDecided):
        await office.decide(a, approval)
    row = await deal.world.owner.fetchrow("SELECT person_id, principal_id FROM approval_decision WHERE request_id = $1", approval)
    assert row is not None
    assert tuple(row) == (office.evaluator.person, a.person)
    async with deal.api.tx(office.owner) as tx:
        await absences.end(tx, absence.id)
    with pytest.raises(NotAsked):
        await office.decide(office.evaluator, await office.asked())


async def test_the_clock_reminds_then_asks_the_owners_then_ends_it(office: Office) -> None:
    """A quarter of the time, half of it, all of it; an owner may end the waiting in between, and only then."""
    approval = await office.asked()
    deal = office.deal
    await office.decide(office.approvers[0], approval)
    await deal.world.advance("25 hours")
    await deal.act()
    await deal.act()
    assert await office.next_of("approval.reminded") == {str(person.person) for person in office.approvers[1:]}
    assert len(await deal.events("approval.reminded")) == 1
    with pytest.raises(NotAsked):
        await office.decide(office.owner, approval)
    await deal.world.advance("24 hours")
    await deal.act()
    assert str(office.owner.person) in await office.next_of("approval.escalated")
    assert (await office.decide(office.owner, approval)).step == 2
    second = await office.asked()
    await deal.world.advance("97 hours")
    with pytest.raises(DeadlinePassed):
        await office.decide(office.approvers[0], second)
    await deal.act()
    assert ((await office.read(second)).status, await office.rfq_status(second)) == ("expired", "evaluating")


async def test_a_policy_is_checked_and_changed_by_owners_alone(office: Office) -> None:
    """Every wrong place is named; a stale version is refused; a preview names the steps and people for a value."""
    deal = office.deal
    nobody = TierIn(
        from_value="5", steps=(StepIn(roles=("finance",)), StepIn(), StepIn(mode="n_of", count=4, roles=("approver",)))
    )
    good = TierIn(from_value="1000000000", steps=(StepIn(mode="all", roles=("approver",), people=(office.evaluator.person,)),))
    async with deal.api.tx(office.owner) as tx:
        with pytest.raises(Invalid) as refused:
            await policies.put(tx, "order", PolicyIn(version=0, tiers=(nobody, nobody)))
        assert [error.pointer for error in refused.value.errors][:4] == [
            "/tiers/0/steps/0",
            "/tiers/0/steps/1",
            "/tiers/0/steps/2/count",
            "/tiers/1/from_value",
        ]
        saved = await policies.put(tx, "order", PolicyIn(version=0, tiers=(good,)))
        assert (saved.version, saved.active, saved.tiers[0].from_minor) == (1, True, 1_000_000_000)
        with pytest.raises(WrongState):
            await policies.put(tx, "order", PolicyIn(version=0, tiers=()))
        shown = await policies.preview(tx, "order", "VND", 1_200_000_000)
        assert (shown.waits, shown.why, [voice.name for voice in shown.steps[0].people], shown.steps[0].needed) == (
            True,
            "value",
            ["Approver A", "Approver B", "Approver C", "Evaluator"],
            4,
        )
        assert not (await policies.preview(tx, "order", "VND", 999_999_999)).waits
        assert (await policies.preview(tx, "order", "USD", 1)).why == "currency"
    with pytest.raises(Forbidden):
        async with deal.api.tx(office.buyer) as tx:
            await policies.put(tx, "order", PolicyIn(version=1, tiers=()))
    put = "SELECT approval_policy_put(gen_random_uuid(), 'order', 1, '[]')"
    assert await refusal(office.deal.world, office.buyer, put) == "EX003"


async def test_the_database_refuses_an_approval_that_nobody_gave(office: Office) -> None:
    """Whatever the code says: no yes of the requester, none for another step, no approval without its voices."""
    approval = await office.asked()
    say = """INSERT INTO approval_decision (request_id, company_id, step, person_id, principal_id, decision, at)
        VALUES ($1, $2, $3, $4, $5, 'approve', now())"""
    company, buyer, other = office.buyer.company, office.buyer.person, office.approvers[0].person
    asks, speaks = office.buyer, office.approvers[0]
    settle = "UPDATE approval_request SET status = 'approved', decided_by = $2, decided_at = now() WHERE id = $1"
    attempts = (
        (asks, say, (approval, company, 1, buyer, buyer), "EX020"),
        (speaks, say, (approval, company, 1, other, buyer), "EX020"),
        (speaks, say, (approval, company, 2, other, other), "EX020"),
        (speaks, say, (approval, company, 1, office.approvers[1].person, other), "42501"),
        (speaks, settle, (approval, other), "EX021"),
        (speaks, "UPDATE approval_request SET steps = '[]' WHERE id = $1", (approval,), "42501"),
    )
    for actor, sql, arguments, code in attempts:
        assert await refusal(office.deal.world, actor, sql, *arguments) == code, sql
