"""Goods on their way: never more than is open, counted line by line, accepted by silence only after the deadline."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from exchange.domain.delivery import service
from exchange.domain.delivery.model import AlreadyProposed, NothingOpen, OtherSideAnswers
from exchange.errors import DeadlinePassed, Forbidden, Invalid, NotFound, WrongState
from schemas.delivery import DespatchCommand, DespatchLine, InspectCommand, InspectLine
from tests.domain.deals import Deals, Ordered, together
from tests.world import World


@dataclass
class Running:
    """A paid order of two lines: 100 and 40 pieces."""

    deals: Deals
    order: Ordered


@pytest_asyncio.fixture
async def running(world: World) -> AsyncIterator[Running]:
    deals = await Deals.open(world, pool=12)
    order = await deals.order([("100", "1000", "10"), ("40", "500", "8")])
    await deals.fund(deals.buyer.company, 1_000_000)
    await deals.pay(order.instalments[0])
    yield Running(deals, order)
    await deals.verified()


def codes(refused: Invalid) -> list[tuple[str, str]]:
    return [(error.pointer, error.code) for error in refused.errors]


async def test_no_more_is_despatched_than_is_open(running: Running) -> None:
    """Two parts sum to the ordered quantity; one piece more is refused, and so is each other wrong line at once."""
    deals, order = running.deals, running.order
    await deals.despatch(order, "60", "40")
    await deals.despatch(order, "40", "0")
    wrong = DespatchCommand(
        lines=(
            DespatchLine(order.lines[0], "1"),
            DespatchLine(order.id, "1"),
            DespatchLine(order.lines[1], "0.5"),
        )
    )
    with pytest.raises(Invalid) as refused:
        async with deals.tx(deals.seller) as tx:
            await service.despatch(tx, order.id, wrong)
    assert codes(refused.value) == [
        ("/lines/0/quantity", "more-than-open"),
        ("/lines/1/order_line_id", "unknown-line"),
        ("/lines/2/quantity", "more-than-open"),
    ]
    assert await deals.value("SELECT count(*) FROM delivery") == 2


async def test_ten_despatches_at_once_send_what_is_open_once(running: Running) -> None:
    """Of ten despatches of all goods one goes through."""
    deals, order = running.deals, running.order
    sent = await together(*(deals.despatch(order, "100", "40") for _ in range(10)))
    assert sum(isinstance(item, Invalid) for item in sent) == 9
    assert await deals.value("SELECT despatched FROM order_line WHERE position = 1") == 100
    assert (await deals.events(order.id)).count("order.started") == 1


async def test_a_rejected_quantity_may_be_sent_again(running: Running) -> None:
    """What was rejected is open once more."""
    deals, order = running.deals, running.order
    delivery = await deals.despatch(order, "100", "40")
    await deals.arrive(delivery.id)
    await deals.inspect(delivery.id, (order.lines[0], "90", "10"), (order.lines[1], "40", "0"))
    again = await deals.despatch(order, "10", "0")
    await deals.arrive(again.id)
    inspected = await deals.inspect(again.id, (order.lines[0], "10", "0"))
    assert [(line.accepted, line.rejected) for line in inspected.lines] == [(10, 0)]
    row = await deals.world.owner.fetchrow("SELECT despatched, received, accepted, rejected FROM order_line WHERE position = 1")
    assert tuple(row) == (110, 110, 100, 10)


async def test_every_wrong_count_is_named(running: Running) -> None:
    """A sum that is not the delivered quantity, a rejection without reason and photo, a line left out."""
    deals, order = running.deals, running.order
    delivery = await deals.despatch(order, "100", "40")
    await deals.arrive(delivery.id)
    wrong = InspectCommand((InspectLine(order_line_id=order.lines[0], accepted="90", rejected="5"),))
    with pytest.raises(Invalid) as refused:
        async with deals.tx(deals.buyer) as tx:
            await service.inspect(tx, delivery.id, wrong)
    assert codes(refused.value) == [
        ("/lines/0/accepted", "not-the-delivered-quantity"),
        ("/lines/0/reason", "required"),
        ("/lines/0/photo_file_id", "required"),
        ("/lines", "line-missing"),
    ]


async def test_the_photo_of_a_rejection_is_the_buyers_own(running: Running) -> None:
    """Another company's file is not found; an own one becomes visible to the seller."""
    deals, order = running.deals, running.order
    delivery = await deals.despatch(order, "100", "0")
    await deals.arrive(delivery.id)
    foreign, own = await deals.photo(deals.seller), await deals.photo()

    def said(photo: object) -> InspectCommand:
        line = InspectLine(
            order_line_id=order.lines[0],
            accepted="99",
            rejected="1",
            reason="Torn",
            photo_file_id=photo,  # type: ignore[arg-type]
        )
        return InspectCommand((line,))

    with pytest.raises(Invalid) as refused:
        async with deals.tx(deals.buyer) as tx:
            await service.inspect(tx, delivery.id, said(foreign))
    assert codes(refused.value) == [("/lines/0/photo_file_id", "unknown-file")]
    async with deals.tx(deals.buyer) as tx:
        await service.inspect(tx, delivery.id, said(own))
    assert await deals.value("SELECT audience FROM file WHERE id = $1", own) == [deals.seller.company]


async def test_each_side_does_its_own_part_only(running: Running) -> None:
    """The seller despatches, the buyer receives; a stranger finds nothing."""
    deals, order = running.deals, running.order
    delivery = await deals.despatch(order, "100", "40")
    stranger = await deals.world.company("Stranger")
    async with deals.tx(deals.seller) as tx:
        with pytest.raises(Forbidden):
            await service.arrive(tx, delivery.id)
    async with deals.tx(deals.buyer) as tx:
        with pytest.raises(Forbidden):
            await service.despatch(tx, order.id, DespatchCommand(lines=(DespatchLine(order.lines[0], "1"),)))
    async with deals.tx(stranger) as tx:
        with pytest.raises(NotFound):
            await service.arrive(tx, delivery.id)
    with pytest.raises(WrongState):
        await deals.inspect(delivery.id, (order.lines[0], "100", "0"))


async def test_silence_accepts_after_seven_working_days(running: Running) -> None:
    """Not before; then all of it, the invoice is expected, and an inspection comes too late."""
    deals, order = running.deals, running.order
    delivery = await deals.despatch(order, "100", "40")
    await deals.arrive(delivery.id)
    await deals.world.advance("5 days")
    await deals.settle(sweep=True)
    assert await deals.status("delivery", delivery.id) == "arrived"
    await deals.world.advance("15 days")
    with pytest.raises(DeadlinePassed):
        await deals.inspect(delivery.id, (order.lines[0], "0", "100"), (order.lines[1], "0", "40"))
    await deals.settle(sweep=True)
    assert await deals.status("delivery", delivery.id) == "inspected"
    assert await deals.value("SELECT accepted FROM order_line WHERE position = 2") == 40
    # 100 × 1,000 at 10 % and 40 × 500 at 8 %.
    expected = await deals.world.owner.fetchrow("SELECT status, expected_net_minor, expected_vat_minor FROM invoice")
    assert tuple(expected) == ("expected", 120_000, 11_600)
    assert await deals.events(delivery.id) == ["delivery.despatched", "delivery.arrived", "delivery.inspected"]


async def test_the_remainder_is_closed_by_agreement_never_by_silence(running: Running) -> None:
    """One proposal at a time, answered by the other side; silence escalates it and closes nothing."""
    deals, order = running.deals, running.order
    await deals.despatch(order, "90", "40")
    proposal = await deals.propose(order.id)
    with pytest.raises(AlreadyProposed):
        await deals.propose(order.id, deals.seller)
    with pytest.raises(OtherSideAnswers):
        await deals.answer(proposal.id, ctx=deals.buyer)
    assert (await deals.answer(proposal.id, "decline")).status == "declined"
    proposal = await deals.propose(order.id)
    await deals.world.advance("12 days")
    await deals.settle(sweep=True)
    assert await deals.status("closing_proposal", proposal.id) == "escalated"
    assert await deals.value("SELECT sum(closed) FROM order_line") == 0
    assert (await deals.answer(proposal.id)).status == "agreed"
    assert await deals.value("SELECT closed FROM order_line WHERE position = 1") == 10
    with pytest.raises(NothingOpen):
        await deals.propose(order.id)
    with pytest.raises(Invalid):
        await deals.despatch(order, "10", "0")


async def test_an_agreement_closes_what_was_proposed_and_no_more(running: Running) -> None:
    """Goods that were rejected after the proposal stay owed; what went meanwhile is not closed."""
    deals, order = running.deals, running.order
    delivery = await deals.despatch(order, "90", "40")
    proposal = await deals.propose(order.id)
    assert [str(line.quantity) for line in proposal.lines] == ["10.000000"]
    await deals.arrive(delivery.id)
    await deals.inspect(delivery.id, (order.lines[0], "80", "10"), (order.lines[1], "40", "0"))
    await deals.answer(proposal.id)
    rows = await deals.world.owner.fetch("SELECT quantity - despatched + rejected - closed FROM order_line ORDER BY position")
    assert [row[0] for row in rows] == [10, 0]


async def test_agreeing_and_despatching_at_once_never_exceeds_the_order(running: Running) -> None:
    """Either the goods go first and nothing is left to close, or they are closed and cannot go."""
    deals, order = running.deals, running.order
    proposal = await deals.propose(order.id)
    await together(deals.answer(proposal.id), *(deals.despatch(order, "100", "40") for _ in range(4)))
    rows = await deals.world.owner.fetch("SELECT quantity, despatched, closed FROM order_line")
    assert [row["despatched"] + row["closed"] == row["quantity"] for row in rows] == [True, True]
