"""Paying: the hold and its limit, the direct way with its fee, what lapses, and what silence does."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
import pytest_asyncio
from msgspec import convert

from exchange.domain.ledger.model import InsufficientFunds
from exchange.domain.payment import service
from exchange.domain.payment.model import NotEnoughBalance, NotOfThisKind
from exchange.domain.payment.shares import early_fee
from exchange.errors import DeadlinePassed, Forbidden, WrongState
from exchange.ids import new_id
from exchange.jobs.settle import HANDLERS
from schemas.terms import InstalmentTerm
from tests.domain.deals import Deals, together
from tests.world import World


@pytest_asyncio.fixture
async def deals(world: World) -> AsyncIterator[Deals]:
    found = await Deals.open(world, pool=12)
    yield found
    await found.verified()


async def test_a_balance_that_is_too_small_says_what_is_available(deals: Deals) -> None:
    """The refusal names both amounts and leaves the instalment due."""
    order = await deals.order([("1", "100000", "10")])
    await deals.fund(deals.buyer.company, 60_000)
    with pytest.raises(NotEnoughBalance) as refused:
        await deals.pay(order.instalments[0])
    assert (refused.value.code, refused.value.data) == (
        "insufficient-funds",
        {"available": "60000", "needed": "110000", "currency": "VND"},
    )
    assert await deals.status("instalment", order.instalments[0]) == "due"


async def test_one_balance_pays_as_many_orders_as_it_covers(deals: Deals) -> None:
    """Eight orders at once on money for three: exactly three are held."""
    orders = [await deals.order([("1", "1000", "10")]) for _ in range(8)]
    await deals.fund(deals.buyer.company, 3_500)
    paid = await together(*(deals.pay(order.instalments[0]) for order in orders))
    assert sum(isinstance(item, InsufficientFunds) for item in paid) == 5
    assert await deals.value("SELECT count(*) FROM instalment WHERE status = 'held'") == 3
    assert await deals.balance(deals.buyer.company) == (3_500, 3_300, 0)


async def test_paying_the_same_instalment_ten_times_at_once_holds_once(deals: Deals) -> None:
    """One is held, nine are told that it is."""
    order = await deals.order([("1", "1000", "10")])
    await deals.fund(deals.buyer.company, 100_000)
    paid = await together(*(deals.pay(order.instalments[0]) for _ in range(10)))
    assert sum(isinstance(item, WrongState) for item in paid) == 9
    assert await deals.balance(deals.buyer.company) == (100_000, 1_100, 0)


async def test_an_unpaid_protected_instalment_ends_the_order_and_gives_the_stock_back(deals: Deals) -> None:
    """What was held for its other instalment is free again; the quantities return to the offers they came from."""
    offer = await stock(deals, available=90, taken=10)
    halves = [{"percent": "50", "trigger": "order_confirmation", "method": "protected"}] * 2
    order = await deals.order([("10", "1000", "10")], payment=convert(halves, tuple[InstalmentTerm, ...]), offers=[offer])
    await deals.fund(deals.buyer.company, 100_000)
    await deals.pay(order.instalments[0])
    await deals.settle(sweep=True)
    assert await deals.status("purchase_order", order.id) == "confirmed"
    await deals.world.advance("4 days")
    with pytest.raises(DeadlinePassed):
        await deals.pay(order.instalments[1])
    await deals.settle(sweep=True)
    assert [await deals.status("instalment", item) for item in order.instalments] == ["refunded", "lapsed"]
    assert await deals.status("purchase_order", order.id) == "lapsed"
    assert await deals.balance(deals.buyer.company) == (100_000, 0, 0)
    assert await deals.value("SELECT available FROM offer WHERE id = $1", offer) == 100
    assert await deals.events(order.id) == ["order.lapsed"]
    with pytest.raises(WrongState):
        await deals.pay(order.instalments[1])


async def test_an_order_that_is_partly_paid_directly_does_not_lapse(deals: Deals) -> None:
    """Both sides are told; the protected part may still be paid, and is held as if it had come in time."""
    mixed = [
        {"percent": "30", "trigger": "order_confirmation", "method": "direct"},
        {"percent": "70", "trigger": "order_confirmation", "method": "protected"},
    ]
    order = await deals.order([("10", "1000", "10")], payment=convert(mixed, tuple[InstalmentTerm, ...]))
    await deals.announce(order.instalments[0])
    await deals.world.advance("4 days")
    await deals.settle(sweep=True)
    assert await deals.status("purchase_order", order.id) == "confirmed"
    assert await deals.events(order.instalments[1]) == ["instalment.overdue"]
    await deals.fund(deals.buyer.company, 100_000)
    await deals.pay(order.instalments[1])
    assert await deals.status("instalment", order.instalments[1]) == "held"


async def test_an_order_lapses_after_all_when_the_direct_part_never_came(deals: Deals) -> None:
    """The clock looks again once the seller denies what was announced; a false announcement buys no time."""
    mixed = [
        {"percent": "30", "trigger": "order_confirmation", "method": "direct"},
        {"percent": "70", "trigger": "order_confirmation", "method": "protected"},
    ]
    order = await deals.order([("10", "1000", "10")], payment=convert(mixed, tuple[InstalmentTerm, ...]))
    await deals.announce(order.instalments[0])
    await deals.world.advance("4 days")
    await deals.settle(sweep=True)
    assert await deals.status("purchase_order", order.id) == "confirmed"
    await deals.confirm(order.instalments[0], received=False)
    await deals.settle(sweep=True)
    assert await deals.status("purchase_order", order.id) == "lapsed"


async def stock(deals: Deals, available: int, taken: int) -> object:
    """A firm offer of the seller with so much left after orders took of it."""
    offer = new_id()
    await deals.world.owner.execute(
        """INSERT INTO offer (id, company_id, status, title, category_code, unit, currency, tiers, price_micro, vat_code,
        vat_percent, firm, moq, increment, available, taken, lead_time_days, ship_from, regions, terms, valid_until, created_at,
        updated_at)
        VALUES ($1, $2, 'live', 'Goods', 'other', 'C62', 'VND', '[{"min_quantity": "1", "price": "1000"}]', 1000000000, 'VN10',
        10, true, 1, 1, $3, $4, 3, 'VN-SG', '{VN}', '{}', market_now() + interval '90 days', market_now(), market_now())""",
        offer, deals.seller.company, available, taken,
    )  # fmt: skip
    return offer


async def test_the_direct_way_settles_with_the_sellers_answer_and_charges_the_fee(deals: Deals) -> None:
    """Due at acceptance for what was accepted; announced, not found, announced again, confirmed; the fee is owed."""
    order = await deals.order([("100", "10000", "10")], payment="direct_after_acceptance")
    instalment = order.instalments[0]
    delivery = await deals.despatch(order, "100")
    await deals.arrive(delivery.id)
    await deals.inspect(delivery.id, (order.lines[0], "90", "10"))
    await deals.settle()
    assert await deals.status("instalment", instalment) == "planned"
    await deals.answer((await deals.propose(order.id)).id)
    await deals.settle()
    # 90 × 10,000 = 900,000 net, 990,000 gross; fee 9,000 and its VAT 900 are known before it is paid.
    assert await deals.divided(instalment) == ("due", 990_000, 0, 0, 9_000, 900)
    assert await deals.value("SELECT due_at > market_now() + interval '6 days' FROM instalment")
    assert (await deals.announce(instalment)).confirm_by is not None
    assert (await deals.confirm(instalment, received=False)).status == "due"
    await deals.announce(instalment)
    with pytest.raises(Forbidden):
        async with deals.tx(deals.buyer) as tx:
            await service.answer(tx, instalment, received=True)
    assert (await deals.confirm(instalment)).status == "settled"
    await deals.settle()
    assert await deals.divided(instalment) == ("settled", 990_000, 980_100, 0, 9_000, 900)
    assert await deals.balance(deals.seller.company) == (0, 0, 9_900)
    assert await deals.earned() == (9_000, 900)
    assert await deals.value("SELECT gross_minor FROM fee_invoice") == 9_900
    assert await deals.status("purchase_order", order.id) == "completed"
    with pytest.raises(WrongState):
        await deals.confirm(instalment)


async def test_confirming_ten_times_at_once_charges_one_fee(deals: Deals) -> None:
    """One settlement, one fee invoice, whatever the clicks."""
    order = await deals.order([("1", "100000", "10")], payment="advance")
    await deals.announce(order.instalments[0])
    answered = await together(*(deals.confirm(order.instalments[0]) for _ in range(10)))
    assert sum(isinstance(item, WrongState) for item in answered) == 9
    assert await deals.balance(deals.seller.company) == (0, 0, 1_100)
    assert await deals.value("SELECT count(*) FROM fee_invoice") == 1


async def test_an_advance_and_the_rest_share_the_fee_on_what_was_accepted(deals: Deals) -> None:
    """30/70 with half accepted: the advance stands, the rest is lowered, the fees sum to one per cent of net accepted."""
    order = await deals.order([("100", "10000", "10")], payment="30_70")
    advance, rest = order.instalments
    await deals.announce(advance)
    await deals.confirm(advance)
    assert await deals.divided(advance) == ("settled", 330_000, 326_700, 0, 3_000, 300)
    delivery = await deals.despatch(order, "50")
    await deals.arrive(delivery.id)
    await deals.inspect(delivery.id, (order.lines[0], "50", "0"))
    await deals.answer((await deals.propose(order.id)).id)
    await deals.settle()
    assert await deals.divided(rest) == ("due", 220_000, 0, 0, 2_000, 200)
    await deals.announce(rest)
    await deals.confirm(rest)
    await deals.settle()
    assert await deals.earned() == (5_000, 500)
    assert await deals.status("purchase_order", order.id) == "completed"


async def test_what_is_paid_on_invoice_waits_for_one_that_matches(deals: Deals) -> None:
    """Accepted, but the invoice is missing, then wrong: the instalment stays planned until it is right."""
    order = await deals.order([("10", "1000", "10")], payment="net_30")
    delivery = await deals.despatch(order, "10")
    await deals.arrive(delivery.id)
    await deals.inspect(delivery.id, (order.lines[0], "10", "0"))
    await deals.settle()
    await deals.invoice(delivery.id, net="1")
    await deals.settle()
    assert await deals.status("instalment", order.instalments[0]) == "planned"
    await deals.invoice(delivery.id)
    await deals.settle()
    assert await deals.status("instalment", order.instalments[0]) == "due"
    assert await deals.value("SELECT due_at > market_now() + interval '29 days' FROM instalment")


async def test_what_is_paid_on_arrival_is_due_when_all_has_come(deals: Deals) -> None:
    """Not with the first part."""
    order = await deals.order([("10", "1000", "10")], payment="on_delivery")
    first, second = await deals.despatch(order, "4"), await deals.despatch(order, "6")
    await deals.arrive(first.id)
    await deals.settle()
    assert await deals.status("instalment", order.instalments[0]) == "planned"
    await deals.arrive(second.id)
    await deals.settle()
    assert await deals.status("instalment", order.instalments[0]) == "due"


async def test_an_unanswered_announcement_reminds_and_escalates_once(deals: Deals) -> None:
    """At half of the seller's three working days, and at their end; the payment stays announced."""
    order = await deals.order([("1", "1000", "10")], payment="advance")
    await deals.announce(order.instalments[0])
    for _ in range(2):
        await deals.settle(sweep=True)
    assert await deals.events(order.instalments[0]) == ["instalment.announced"]
    half = await deals.value("SELECT (confirm_by - announced_at) / 2 + interval '1 hour' FROM instalment")
    for expected in (1, 2, 2):
        await deals.world.advance(f"{half.total_seconds()} seconds")
        await deals.settle(sweep=True)
        heard = (await deals.events(order.instalments[0]))[1:]
        assert len(heard) == expected
    assert heard == ["instalment.confirmation_reminded", "instalment.confirmation_overdue"]
    assert await deals.status("instalment", order.instalments[0]) == "announced"


async def test_each_kind_is_paid_its_own_way(deals: Deals) -> None:
    """A protected one cannot be announced, a direct one is not held; the seller pays neither."""
    protected = (await deals.order([("1", "1000", "10")])).instalments[0]
    direct = (await deals.order([("1", "1000", "10")], payment="advance")).instalments[0]
    with pytest.raises(NotOfThisKind):
        await deals.announce(protected)
    with pytest.raises(NotOfThisKind):
        await deals.pay(direct)
    with pytest.raises(Forbidden):
        async with deals.tx(deals.seller) as tx:
            await service.pay(tx, protected)


def test_the_fee_of_an_advance_is_on_its_net_part() -> None:
    """330 of 1,100 gross holds 300 net; 1 per cent of it is 3, and 10 per cent of that rounds to nothing."""
    share = early_fee(330, net_minor=1000, gross_minor=1100, fee_percent=Decimal(1), fee_vat_percent=Decimal(10))
    assert (share.amount_minor, share.fee_minor, share.fee_vat_minor) == (330, 3, 0)


def test_the_jobs_of_settlement_have_their_handlers() -> None:
    """The kinds that reactions and sweeps name."""
    assert set(HANDLERS) == {"settle_order", "complete_order", "lapse_instalment"}
