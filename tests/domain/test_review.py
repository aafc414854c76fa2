"""Reviews stay blind until both sides wrote or the time is over."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from exchange.ctx import Ctx
from exchange.domain.review import service, store
from exchange.domain.review.model import AlreadyReviewed, Review, ReviewClosed
from exchange.errors import WrongState
from schemas.review import ReviewIn
from tests.domain.deals import Deals, Ordered, together
from tests.world import World


@pytest_asyncio.fixture
async def done(world: World) -> AsyncIterator[tuple[Deals, Ordered]]:
    """A completed order."""
    deals = await Deals.open(world)
    order = await deals.order([("1", "1000", "10")], payment="advance")
    await deals.announce(order.instalments[0])
    await deals.confirm(order.instalments[0])
    delivery = await deals.despatch(order, "1")
    await deals.arrive(delivery.id)
    with pytest.raises(WrongState):
        await write(deals, order, deals.buyer)
    await deals.inspect(delivery.id, (order.lines[0], "1", "0"))
    await deals.settle()
    assert await deals.status("purchase_order", order.id) == "completed"
    yield deals, order
    await deals.verified()


async def write(deals: Deals, order: Ordered, ctx: Ctx, score: int = 5) -> Review:
    async with deals.tx(ctx) as tx:
        return await service.write(tx, order.id, ReviewIn(score, "As agreed"))


async def seen(deals: Deals, order: Ordered, ctx: Ctx) -> list[str]:
    async with deals.api.tx(ctx, "any") as tx:
        return [f"{item.author} {item.status}" for item in await store.of_order(tx, order.id)]


async def test_both_are_published_when_the_second_is_written(done: tuple[Deals, Ordered]) -> None:
    """Until then each side sees its own only."""
    deals, order = done
    assert (await write(deals, order, deals.buyer)).status == "written"
    assert await seen(deals, order, deals.seller) == []
    with pytest.raises(AlreadyReviewed):
        await write(deals, order, deals.buyer)
    second = await write(deals, order, deals.seller, 2)
    assert second.status == "published"
    assert await seen(deals, order, deals.buyer) == ["Buyer published", "Seller published"]
    assert await deals.events(second.id) == ["review.written", "review.published"]
    async with deals.api.tx(await deals.world.company("Stranger"), "any") as tx:
        assert [item.score for item in await store.about(tx, deals.seller.company, None, None, 10)] == [5]


async def test_two_written_at_once_are_both_published(done: tuple[Deals, Ordered]) -> None:
    """Neither misses the other."""
    deals, order = done
    await together(write(deals, order, deals.buyer), write(deals, order, deals.seller))
    assert await deals.value("SELECT count(*) FROM review WHERE status = 'published'") == 2


async def test_one_alone_is_published_after_seven_days_and_ends_the_blind_time(done: tuple[Deals, Ordered]) -> None:
    """What would be written after it is no longer blind and is refused."""
    deals, order = done
    await write(deals, order, deals.seller)
    await deals.world.advance("8 days")
    await deals.settle(sweep=True)
    assert await seen(deals, order, deals.buyer) == ["Seller published"]
    with pytest.raises(ReviewClosed):
        await write(deals, order, deals.buyer)
