"""What the exchange counts of a company: finished deals, and a share in time only of four deliveries or more."""

from uuid import UUID

import pytest

from exchange.domain.company import record, service
from exchange.errors import NotFound
from exchange.ids import new_id
from schemas.company import CompanyEdit
from tests.domain.deals import Deals
from tests.world import World


async def delivered(deals: Deals, days: int) -> None:
    """A finished order promised within five days, that arrived after so many."""
    order = await deals.order([("1", "100000", "10")])
    owner = deals.world.owner
    await owner.execute(
        """UPDATE purchase_order SET status = 'completed', completed_at = market_now(),
        delivery = '{"deliver_to": "x", "region": "VN-SG", "lines": [{"region": "VN-SG", "deliver_within_days": 5}]}'
        WHERE id = $1""",
        order.id,
    )
    await owner.execute(
        """INSERT INTO delivery (id, number, order_id, buyer_id, seller_id, status, lines, created_at, despatched_at, arrived_at)
        SELECT $1, 'D-' || $1::uuid, o.id, o.buyer_id, o.seller_id, 'inspected', '[]', o.confirmed_at, o.confirmed_at,
            o.confirmed_at + make_interval(days => $3) FROM purchase_order AS o WHERE o.id = $2""",
        new_id(), order.id, days,
    )  # fmt: skip


async def test_a_record_counts_what_is_finished_and_shows_no_single_delivery(world: World) -> None:
    """Three deliveries show no share, four do; the buyer has deals and no deliveries; an applicant has no record."""
    deals = await Deals.open(world)
    for days in (1, 5, 6):
        await delivered(deals, days)

    async def seen(of: UUID) -> record.Record:
        async with deals.api.read(deals.buyer) as tx:
            return await record.record(tx, of)

    before = await seen(deals.seller.company)
    assert (before.deals, before.deliveries, before.on_time_percent, before.rating) == (3, None, None, None)
    await delivered(deals, 2)
    async with deals.api.tx(deals.seller, "any") as tx:
        own = await service.get(tx, deals.seller.company)
        await service.edit(tx, CompanyEdit(version=own.version, capabilities=("2 dây chuyền ép nhựa", "ISO 9001")))
    after = await seen(deals.seller.company)
    assert (after.deals, after.deliveries, after.on_time_percent) == (4, 4, 75)
    assert after.capabilities == ("2 dây chuyền ép nhựa", "ISO 9001")
    assert (await seen(deals.buyer.company)).deals == 4
    applicant = await world.company("Applicant", status="applied")
    with pytest.raises(NotFound):
        await seen(applicant.company)
