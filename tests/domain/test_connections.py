"""Groups and what companies share: no deal inside a group, no bids of one group unseen, flags for what is shared."""

from uuid import UUID

import pytest

from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.connection import service
from exchange.domain.privacy.fields import seal_all
from exchange.domain.quote import service as quotes
from exchange.errors import Invalid, OwnGroup
from tests.domain.buying import buying
from tests.domain.firm_orders import left, live_offer, parties, placed
from tests.world import World


async def one_group(world: World, *companies: Ctx) -> None:
    """As the graph of affiliations leaves it."""
    ids = [ctx.company for ctx in companies]
    await world.owner.execute("UPDATE company SET group_id = $2 WHERE id = ANY ($1)", ids, min(ids))


async def flags(world: World) -> list[tuple[UUID, list[str]]]:
    rows = await world.owner.fetch(
        """SELECT m.object_id, array(SELECT h ->> 'rule' FROM jsonb_array_elements(m.hits) AS h ORDER BY 1) AS rules
        FROM moderation_case AS m WHERE m.kind = 'flag' ORDER BY m.opened_at, m.id"""
    )
    return [(row["object_id"], row["rules"]) for row in rows]


async def test_a_group_neither_quotes_to_itself_nor_invites_itself(world: World) -> None:
    """Refused by the service with a reason, and by the table whatever asks; a stranger quotes as always."""
    deal = await buying(world)
    buyer, sister, stranger = [await world.company(name) for name in ("Buyer", "Sister", "Stranger")]
    await one_group(world, buyer, sister)
    rfq = await deal.rfq(buyer)
    with pytest.raises(OwnGroup):
        await deal.quote(sister, rfq)
    await deal.quote(stranger, rfq)
    with pytest.raises(Invalid) as refused:
        await deal.rfq(buyer, mode="invited", invite=[str(sister.company)])
    assert [error.code for error in refused.value.errors] == ["own-group"]


async def test_bids_of_one_group_are_flagged_and_shown_to_the_buyer(world: World) -> None:
    """Both may quote; the operators get one flag, and the buyer reads it beside the open quotes."""
    deal = await buying(world)
    buyer, one, two, three = [await world.company(name) for name in ("Buyer", "One", "Two", "Three")]
    await one_group(world, one, two)
    rfq = await deal.rfq(buyer, sealed=False)
    made = [await deal.quote(seller, rfq) for seller in (one, two, three)]
    for quote in (*made, made[1]):
        async with deal.worker.system() as tx:
            await service.flag_bids(tx, quote.id)
    assert await flags(world) == [(rfq.id, ["group_bids"])]
    async with deal.api.tx(buyer, "any") as tx:
        found = await quotes.comparison(tx, rfq.id)
    assert found.one_group == ((min(one.company, two.company), max(one.company, two.company)),)


async def _mark(db: Database, company: UUID) -> None:
    async with db.system() as tx:
        await service.mark(tx, company)


async def test_what_companies_share_raises_one_flag(world: World) -> None:
    """Address, domain and telephone in any spelling, and a device; a public mailbox connects nobody, a known group neither."""
    api, worker = await world.db.api(), await world.db.worker()
    first, second, third, sister = [await world.company(name) for name in ("First", "Second", "Third", "Sister")]
    files = {
        first: ("12 Lê Lợi, Phường Bến Nghé", "0903 123 456", "a@kho-hang.example"),
        second: ("12 LÊ LỢI - phường Bến Nghé", "+84 903123456", "b@kho-hang.example"),
        third: ("99 Nguyễn Huệ, Quận 1", "028 3822 1234", "c@gmail.com"),
        sister: ("7 Hai Bà Trưng, Quận 1", "0903123456", "d@gmail.com"),
    }
    for ctx, (address, phone, email) in files.items():
        await world.owner.execute(
            "UPDATE company_file SET address = $2, phone = $3, contact_email = $4 WHERE company_id = $1",
            ctx.company, address, phone, email,
        )  # fmt: skip
    await one_group(world, first, sister)
    for ctx in (first, third, sister):
        await _mark(worker, ctx.company)
    assert await flags(world) == []
    await _mark(worker, second.company)
    await _mark(worker, second.company)
    assert await flags(world) == [(second.company, ["same_address", "same_domain", "same_phone", "same_phone"])]
    for ctx in (third, sister, third):
        async with api.tx(ctx, "any") as tx:
            await service.device(tx, "x" * 43)
    jobs = await world.owner.fetch("SELECT payload ->> 'company_id' AS company FROM job WHERE kind = 'flag_company' ORDER BY id")
    assert [UUID(row["company"]) for row in jobs] == [third.company, sister.company]
    async with worker.system() as tx:
        await service.flag(tx, sister.company)
    assert ("same_device" in (await flags(world))[-1][1], (await flags(world))[-1][0]) == (True, sister.company)


async def test_one_bank_account_of_two_companies_is_flagged(world: World) -> None:
    """Found by its keyed hash, for the number is sealed; once, with both others, and not inside a known group."""
    worker = await world.db.worker()
    first, second, third, sister = [await world.company(name) for name in ("First", "Second", "Third", "Sister")]
    numbers = {first: "0123456789", second: "0123456789", third: "9999999999", sister: "0123456789"}
    for ctx, number in numbers.items():
        await world.owner.execute("UPDATE bank_account SET number = $2 WHERE company_id = $1", ctx.company, number)
    await seal_all(worker)
    assert await world.owner.fetchval("SELECT count(*) FROM bank_account WHERE starts_with(number, 'sealed:')") == 4
    await one_group(world, first, second, sister)
    for ctx in (first, second, third, sister):
        await _mark(worker, ctx.company)
    assert await flags(world) == []
    await world.owner.execute("UPDATE company SET group_id = NULL WHERE id = $1", second.company)
    for ctx in (third, second, second):
        await _mark(worker, ctx.company)
    assert await flags(world) == [(second.company, ["same_bank", "same_bank"])]


async def test_no_firm_order_is_placed_inside_a_group(world: World) -> None:
    """Refused by the table with the reason; nothing is taken from the stock, and a stranger's order stands."""
    api, buyer, seller = await parties(world)
    offer = await live_offer(api, seller)
    await one_group(world, buyer, seller)
    with pytest.raises(OwnGroup):
        await placed(api, buyer, (offer, "10"))
    assert await world.owner.fetchval("SELECT count(*) FROM purchase_order") == 0
    stranger = await world.company("Stranger")
    assert (await placed(api, stranger, (offer, "10"))).buyer_id == stranger.company
    assert (await left(world, offer)) == 990


def test_ways_of_writing_one_thing_are_one() -> None:
    """What is compared is the thing, not its spelling."""
    assert service.telephone("0903 123 456") == service.telephone("+84903123456") == "+84903123456"
    assert service.telephone("none") == service.address("Short", "VN") == service.domain("x@gmail.com") == ""
    assert service.domain("A@Kho.Example") == "kho.example"
