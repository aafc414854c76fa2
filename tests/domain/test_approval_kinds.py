"""Commitments that wait before they bind: publication of an RFQ, and the contract of each party."""

from datetime import timedelta
from uuid import UUID

import pytest

from exchange.ctx import Ctx
from exchange.domain.approval import deciding, service
from exchange.domain.award import service as awards
from exchange.domain.bank_account import service as accounts
from exchange.domain.bank_account import store as account_store
from exchange.domain.bank_account.model import PolicyDecides, SecondPersonMissing
from exchange.domain.contract import agreeing, drafting
from exchange.domain.rfq import service as rfqs
from exchange.errors import Forbidden, WrongState
from schemas.approval import Decision
from schemas.common import Currency
from schemas.company import BankAccountIn
from tests.domain.awards import binding_award
from tests.domain.buying import Buying, buying
from tests.world import World, step, tier

YES, NO = Decision("approve"), Decision("reject", "Not now")


async def waiting(deal: Buying, who: Ctx, of: UUID) -> UUID:
    """The request that asks the people of a company."""
    async with deal.api.tx(who, "any") as tx:
        found = await service.waiting(tx, of)
    assert found is not None
    return found.id


async def decide(deal: Buying, who: Ctx, of: UUID, decision: Decision = YES) -> str:
    approval = await waiting(deal, who, of)
    async with deal.api.tx(who) as tx:
        return (await deciding.decide(tx, approval, decision)).status


async def test_an_rfq_waits_for_the_people_of_its_buyer(world: World) -> None:
    """Written and published at once or later, it opens with the last yes; frozen meanwhile, nobody else sees it."""
    deal = await buying(world)
    owner = await world.company("Buyer", roles=("owner",))
    buyer, seller = await world.person(owner.company, "Buyer", "Clerk", "buyer"), await world.company("Seller")
    await world.policy(owner.company, "rfq", tier(10**12, step("owner")))
    rfq = await deal.rfq(buyer)
    assert (rfq.status, rfq.published_at) == ("pending_approval", None)
    assert await deal.events("rfq.published") == []
    with pytest.raises(WrongState):
        async with deal.api.tx(buyer) as tx:
            await rfqs.revise(tx, rfq.id, await deal.rfq_in(), version=1)
    with pytest.raises(Exception, match="no such"):
        await deal.read(seller, rfq)
    assert await decide(deal, owner, rfq.id, NO) == "rejected"
    async with deal.api.tx(buyer) as tx:
        again = await rfqs.publish(tx, rfq.id)
    assert again.status == "pending_approval"
    assert await decide(deal, owner, rfq.id) == "approved"
    opened = await deal.read(seller, rfq)
    assert opened.status == "open"
    assert opened.published_at is not None
    other = await deal.rfq(buyer)
    approval = await waiting(deal, buyer, other.id)
    async with deal.api.tx(buyer) as tx:
        assert (await awards.cancel_rfq(tx, other.id, "Changed plans")).status == "cancelled"
        assert (await service.get(tx, approval)).status == "recalled"


async def test_an_rfq_that_nobody_approves_in_time_is_a_draft_again(world: World) -> None:
    """The request ends while its deadline would still leave suppliers their day, so that a yes always opens it."""
    deal = await buying(world)
    owner = await world.company("Buyer", roles=("owner",))
    buyer = await world.person(owner.company, "Buyer", "Clerk", "buyer")
    await world.policy(owner.company, "rfq", tier(0, step("owner")))
    rfq = await deal.rfq(buyer, due_at=await deal.now() + timedelta(days=2))
    async with deal.api.tx(owner, "any") as tx:
        found = await service.get(tx, await waiting(deal, owner, rfq.id))
    assert (rfq.due_at - found.due_at).days == 1
    await world.advance("25 hours")
    await deal.act()
    assert (await deal.read(buyer, rfq)).status == "draft"


class Signing:
    """A binding award of two companies, and its contract as jobs leave it."""

    def __init__(self, deal: Buying, contract: UUID) -> None:
        self.deal = deal
        self.contract = contract

    async def status(self) -> str:
        return str(await self.deal.world.owner.fetchval("SELECT status FROM contract WHERE id = $1", self.contract))

    async def go_on(self) -> str:
        """What the job does after somebody agreed."""
        async with self.deal.worker.system() as tx:
            await agreeing.go_on(tx, self.contract)
        return await self.status()


async def signing(world: World, buyer: Ctx, seller: Ctx) -> Signing:
    deal = await buying(world)
    award = await binding_award(world, buyer, seller)
    async with deal.worker.system() as tx:
        contract = await drafting.draft(tx, award)
    assert contract is not None
    return Signing(deal, contract)


async def test_both_parties_ask_their_own_people_before_they_sign(world: World) -> None:
    """First the buyer's, then the seller's; a no makes it a draft that is submitted again; what is agreed is not asked twice."""
    buyer, seller = await world.company("Buyer"), await world.company("Seller")
    for company in (buyer.company, seller.company):
        await world.policy(company, "contract", tier(1000, step("approver", "owner")))
    bosses = [await world.person(party.company, "Boss", "Boss", "owner") for party in (buyer, seller)]
    made = await signing(world, buyer, seller)
    deal = made.deal
    assert await made.status() == "pending_approval"
    assert await decide(deal, bosses[0], made.contract) == "approved"
    assert await made.status() == "pending_approval"
    assert await made.go_on() == "pending_approval"
    assert await decide(deal, bosses[1], made.contract, NO) == "rejected"
    assert await made.status() == "draft"
    async with deal.api.tx(seller, "finish") as tx:
        await agreeing.submit(tx, made.contract)
    assert await made.go_on() == "pending_approval"
    assert await decide(deal, bosses[1], made.contract) == "approved"
    assert await made.go_on() == "signing"
    assert len(await deal.events("contract.signing_started")) == 1


async def test_an_approved_award_covers_its_contract(world: World) -> None:
    """The people who agreed to the award are not asked again at the same value; another policy's people are."""
    buyer, seller = await world.company("Buyer"), await world.company("Seller")
    await world.policy(buyer.company, "contract", tier(0, step("owner")))
    deal = await buying(world)
    award = await binding_award(world, buyer, seller)
    gross = await world.owner.fetchval("SELECT gross_minor FROM award WHERE id = $1", award) or 0
    await world.owner.execute(
        """INSERT INTO approval_request (id, company_id, kind, object_id, object_version, status, currency, gross_minor,
        requested_by, requested_at, decided_at, due_at)
        VALUES (gen_random_uuid(), $1, 'award', $2, 1, 'approved', 'VND', $3, $4, now(), now(), now())""",
        buyer.company, award, gross - 1, buyer.person,
    )  # fmt: skip
    async with deal.worker.system() as tx:
        contract = await drafting.draft(tx, award)
    assert contract is not None
    made = Signing(deal, contract)
    assert await made.status() == "pending_approval"
    await world.owner.execute("UPDATE approval_request SET gross_minor = $1 WHERE kind = 'award'", gross)
    await world.owner.execute("DELETE FROM approval_request WHERE kind = 'contract'")
    assert await made.go_on() == "signing"


async def test_a_contract_that_nobody_agrees_to_lapses(world: World) -> None:
    """When the time to sign is over it is refused, whoever it waits for, and its request ends."""
    buyer, seller = await world.company("Buyer"), await world.company("Seller")
    await world.policy(buyer.company, "contract", tier(0, step("owner")))
    made = await signing(world, buyer, seller)
    await world.advance("169 hours")
    async with made.deal.worker.system() as tx:
        await drafting.lapse(tx, made.contract)
        asked = await world.owner.fetchrow("SELECT id FROM approval_request")
        assert asked is not None
        assert await deciding.expire(tx, asked["id"])
    assert await made.status() == "refused"
    assert await world.owner.fetchval("SELECT status FROM approval_request") == "expired"


async def test_whom_the_policy_names_agrees_to_a_bank_account(world: World) -> None:
    """No other second person confirms and no operator verifies before; a no or the time takes it back."""
    deal = await buying(world)
    owner = await world.company("Sao Mai")
    finance = await world.person(owner.company, "Sao Mai", "Kế toán", "finance")
    other = await world.person(owner.company, "Sao Mai", "Kế toán hai", "finance")
    operator = await world.operator("compliance")
    await world.policy(owner.company, "bank_account", tier(0, step("owner")))

    async def proposed(currency: Currency) -> UUID:
        async with deal.api.tx(finance, "finish") as tx:
            made = await accounts.propose(tx, BankAccountIn("Sao Mai Ltd", "Đông Hải", "0071 0099 8877", currency))
        assert made.by_policy
        return made.id

    async def state(account: UUID) -> str:
        return str(await world.owner.fetchval("SELECT status FROM bank_account WHERE id = $1", account))

    first = await proposed("VND")
    with pytest.raises(PolicyDecides):
        async with deal.api.tx(other, "finish") as tx:
            await accounts.confirm(tx, first)
    with pytest.raises(Forbidden):
        async with deal.api.tx(other, "finish") as tx:
            await account_store.move(tx, first, ["proposed"], "confirmed", other.person)
    with pytest.raises(SecondPersonMissing):
        async with deal.api.tx(operator, "any") as tx:
            await accounts.verify(tx, first)
    async with deal.api.tx(operator, "any") as tx:
        assert (await accounts.waiting(tx, None, 10)).items == ()
    assert await decide(deal, owner, first) == "approved"
    assert await state(first) == "confirmed"
    async with deal.api.tx(operator, "any") as tx:
        assert (await accounts.verify(tx, first)).status == "verified"
    second = await proposed("USD")
    assert await decide(deal, owner, second, NO) == "rejected"
    assert await state(second) == "withdrawn"
    third = await proposed("USD")
    approval = await waiting(deal, owner, third)
    async with deal.api.tx(finance, "finish") as tx:
        assert (await accounts.withdraw(tx, third)).status == "withdrawn"
        assert (await service.get(tx, approval)).status == "recalled"
    late = await proposed("USD")
    await world.advance("5 days")
    await deal.act()
    assert await state(late) == "withdrawn"
