"""The seller's invoice against what was accepted: matched, or every difference named, and then replaced."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio

from exchange.domain.invoice.model import InvoiceNumberUsed
from exchange.errors import Invalid, WrongState
from tests.domain.deals import Deals
from tests.world import World


@pytest_asyncio.fixture
async def deals(world: World) -> AsyncIterator[Deals]:
    found = await Deals.open(world)
    yield found
    await found.verified()


async def inspected(deals: Deals, *lines: tuple[str, str, str], payment: str = "direct_after_acceptance") -> UUID:
    """A delivery of everything, all accepted."""
    order = await deals.order(lines, payment=payment)
    delivery = await deals.despatch(order, *(quantity for quantity, _, _ in lines))
    await deals.arrive(delivery.id)
    await deals.inspect(delivery.id, *((line, part[0], "0") for line, part in zip(order.lines, lines, strict=True)))
    return delivery.id


async def test_every_difference_is_named_and_another_invoice_replaces_it(deals: Deals) -> None:
    """Amounts, both tax ids and a date before despatch; the right document then matches."""
    delivery = await inspected(deals, ("10", "1000", "10"))
    early = await deals.today() - timedelta(days=3)
    wrong = await deals.invoice(
        delivery, net="9999", vat="1001", seller_tax_id="1", buyer_tax_id="2", issued_on=early, number="A-1"
    )
    assert wrong.status == "difference"
    assert [item.field for item in wrong.differences] == ["net", "vat", "seller_tax_id", "buyer_tax_id", "issued_on"]
    assert (wrong.differences[0].expected, wrong.differences[0].found) == ("10000", "9999")
    right = await deals.invoice(delivery, number="A-1")
    assert (right.status, right.replaces_id, right.differences) == ("matched", wrong.id, ())
    assert await deals.status("invoice", wrong.id) == "replaced"
    assert await deals.events(wrong.id) == [
        "invoice.expected", "invoice.received", "invoice.difference", "invoice.replaced",
    ]  # fmt: skip
    assert await deals.events(right.id) == ["invoice.received", "invoice.matched"]
    with pytest.raises(WrongState):
        await deals.invoice(delivery)


async def test_a_tax_id_matches_however_it_is_written(deals: Deals) -> None:
    """Spaces and dashes are people's, not the number's."""
    delivery = await inspected(deals, ("10", "1000", "10"))
    tax_id = await deals.value("SELECT tax_id FROM company WHERE id = $1", deals.seller.company)
    assert (await deals.invoice(delivery, seller_tax_id=f"{tax_id[:4]} {tax_id[4:7]}-{tax_id[7:]}")).status == "matched"


async def test_a_number_stands_for_one_delivery(deals: Deals) -> None:
    """The same number for another delivery is refused, and nothing of it is recorded."""
    first, second = await inspected(deals, ("1", "1000", "10")), await inspected(deals, ("1", "1000", "10"))
    await deals.invoice(first, number="A-7")
    with pytest.raises(InvoiceNumberUsed):
        await deals.invoice(second, number="A-7")
    assert await deals.value("SELECT status FROM invoice WHERE delivery_id = $1", second) == "expected"


async def test_amounts_have_the_decimals_of_their_currency_and_no_date_is_to_come(deals: Deals) -> None:
    """Both faults are reported together."""
    delivery = await inspected(deals, ("1", "1000", "10"))
    with pytest.raises(Invalid) as refused:
        await deals.invoice(delivery, net="1000.5", issued_on=await deals.today() + timedelta(days=9))
    assert [(error.pointer, error.code) for error in refused.value.errors] == [
        ("/net", "too-many-decimals"),
        ("/issued_on", "in-the-future"),
    ]


async def test_invoices_of_part_deliveries_sum_to_the_line(world: World) -> None:
    """3 × 0.335 USD in three parts: rounding each by itself would be a cent too much."""
    deals = await Deals.open(world, currency="USD")
    order = await deals.order([("3", "0.335", "10")], payment="direct_after_acceptance")
    for _ in range(3):
        delivery = await deals.despatch(order, "1")
        await deals.arrive(delivery.id)
        await deals.inspect(delivery.id, (order.lines[0], "1", "0"))
    rows = await world.owner.fetch("SELECT expected_net_minor, expected_vat_minor FROM invoice ORDER BY created_at")
    assert [tuple(row) for row in rows] == [(34, 3), (33, 4), (34, 3)]
    assert await deals.value("SELECT net_minor + vat_minor FROM order_line") == 34 + 3 + 33 + 4 + 34 + 3


async def test_nothing_accepted_needs_no_invoice(deals: Deals) -> None:
    """A delivery that was rejected as a whole has none to record."""
    order = await deals.order([("5", "1000", "10")], payment="direct_after_acceptance")
    delivery = await deals.despatch(order, "5")
    await deals.arrive(delivery.id)
    await deals.inspect(delivery.id, (order.lines[0], "0", "5"))
    assert await deals.value("SELECT count(*) FROM invoice") == 0
