"""Where a company's money goes: two of its people and an operator change it, payers are told, payments pause."""

from datetime import timedelta

import asyncpg
import msgspec
import pytest

from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.bank_account import service, store
from exchange.domain.bank_account.model import Account, HolderDiffers, SamePerson, SecondPersonMissing
from exchange.domain.home import service as home
from exchange.domain.payment import service as payments
from exchange.domain.payment.model import PaymentsPaused
from exchange.errors import Conflict, Forbidden, Invalid, StepUpRequired, WrongState
from schemas.bank import AccountReject
from schemas.company import BankAccountIn
from schemas.terms import InstalmentTerm
from tests.domain.deals import Deals
from tests.world import World

DIRECT = InstalmentTerm(percent="100", trigger="order_confirmation", method="direct")
NUMBER = "0071 0099 8877"


async def propose(api: Database, acting: Ctx, holder: str, number: str = NUMBER) -> Account:
    async with api.tx(acting, "finish") as tx:
        return await service.propose(tx, BankAccountIn(holder, "Ngân hàng Đông Hải", number, "VND"))


async def test_a_change_takes_two_people_and_an_operator_and_the_old_account_holds_until_then(world: World) -> None:
    """Proposed, confirmed, verified: each by somebody else; only then the account before is replaced."""
    api = await world.db.api()
    owner = await world.company("Sao Mai")
    finance = await world.person(owner.company, "Sao Mai", "Kế toán", "finance")
    buyer = await world.person(owner.company, "Sao Mai", "Mua", "buyer")
    operator = await world.operator("compliance")
    made = await propose(api, finance, "sao mai LTD")
    for acting, waits in ((finance, []), (buyer, []), (owner, [("confirm_bank", made.id)])):
        async with api.tx(acting, "any") as tx:
            assert [(task.kind, task.id) for task in await home.tasks(tx)] == waits
    with pytest.raises(Conflict):
        await propose(api, owner, "Sao Mai Ltd", "0071 0099 0000")
    with pytest.raises(Invalid):
        await propose(api, owner, "Somebody Else Ltd")
    with pytest.raises(SamePerson):
        async with api.tx(finance, "finish") as tx:
            await service.confirm(tx, made.id)
    with pytest.raises(asyncpg.CheckViolationError):
        async with api.tx(finance, "finish") as tx:
            await store.move(tx, made.id, ["proposed"], "confirmed", finance.person)
    with pytest.raises(Forbidden):
        async with api.tx(buyer, "finish") as tx:
            await service.confirm(tx, made.id)
    with pytest.raises(SecondPersonMissing):
        async with api.tx(operator, "any") as tx:
            await service.verify(tx, made.id)
    with pytest.raises(Forbidden):
        async with api.tx(operator, "any") as tx:
            await store.move(tx, made.id, ["proposed"], "verified", operator.person)
    async with api.tx(operator, "any") as tx:
        assert (await service.waiting(tx, None, 10)).items == ()
    async with api.tx(owner, "finish") as tx:
        assert (await service.confirm(tx, made.id)).status == "confirmed"
        assert [item.status for item in await service.listed(tx, owner.company)] == ["confirmed", "verified"]
    idle = msgspec.structs.replace(operator, stepped_up=False)
    with pytest.raises(StepUpRequired):
        async with api.tx(idle, "any") as tx:
            await service.verify(tx, made.id)
    async with api.tx(operator, "any") as tx:
        assert [item.id for item in (await service.waiting(tx, None, 10)).items] == [made.id]
        verified = await service.verify(tx, made.id)
        assert sorted(item.status for item in await service.listed(tx, owner.company)) == ["replaced", "verified"]
    assert verified.paused_until is not None
    assert verified.verified_at is not None
    assert timedelta(0) <= verified.paused_until - verified.verified_at - timedelta(hours=24) < timedelta(seconds=1)
    with pytest.raises(WrongState):
        async with api.tx(owner, "finish") as tx:
            await service.withdraw(tx, made.id)


async def test_the_operator_is_the_second_pair_of_eyes_of_one_person(world: World) -> None:
    """A company of one proposes, an operator verifies what is in its name, or rejects with a reason; nobody else sees it."""
    api = await world.db.api()
    owner, stranger = await world.company("Một Người"), await world.company("Lạ")
    operator = await world.operator("moderator")
    made = await propose(api, owner, "Một Người Ltd")
    async with api.tx(stranger, "active") as tx:
        assert await store.get(tx, made.id) is None
    await world.owner.execute("UPDATE bank_account SET holder = 'Somebody' WHERE id = $1", made.id)
    with pytest.raises(HolderDiffers):
        async with api.tx(operator, "any") as tx:
            await service.verify(tx, made.id)
    async with api.tx(operator, "any") as tx:
        assert (await service.reject(tx, made.id, AccountReject("The holder differs."))).reason == "The holder differs."
    again = await propose(api, owner, "MOT NGUOI LTD")
    async with api.tx(operator, "any") as tx:
        assert (await service.verify(tx, again.id)).status == "verified"


async def test_who_pays_is_told_and_announces_nothing_to_a_new_account_for_a_day(world: World) -> None:
    """A buyer with a running order hears of the change; its payment to the new account is refused, then possible."""
    deals = await Deals.open(world)
    api = deals.api
    order = await deals.order([("1", "100000", "10")], payment=[DIRECT])
    instalment = order.instalments[0]
    made = await propose(api, deals.seller, "Seller Ltd")
    async with api.tx(await world.operator("compliance"), "any") as tx:
        await service.verify(tx, made.id)
    audience = await world.owner.fetchval("SELECT audience FROM event WHERE type = 'bank_account.verified'")
    assert set(audience or ()) == {deals.seller.company, deals.buyer.company}
    with pytest.raises(PaymentsPaused):
        async with api.tx(deals.buyer, "finish") as tx:
            await payments.announce(tx, instalment)
    await world.advance("25 hours")
    async with api.tx(deals.buyer, "finish") as tx:
        assert (await payments.announce(tx, instalment)).status == "announced"
