"""From the protected payment to the completed order: what was accepted is paid, to the last unit, once."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from msgspec import convert

from exchange.db import Tx
from exchange.domain.delivery.model import PaymentNotHeld
from exchange.domain.payment import settling
from schemas.terms import InstalmentTerm
from tests.domain.deals import Deals, together
from tests.world import World


@pytest_asyncio.fixture
async def deals(world: World) -> AsyncIterator[Deals]:
    found = await Deals.open(world)
    yield found
    await found.verified()


async def test_a_partly_rejected_delivery_pays_its_accepted_part_and_returns_the_rest(deals: Deals) -> None:
    """100 × 10,000 ordered, 95 accepted, 5 rejected, the remainder closed: every figure is exact."""
    order = await deals.order([("100", "10000", "10")])
    instalment = order.instalments[0]
    await deals.fund(deals.buyer.company, 2_000_000)
    with pytest.raises(PaymentNotHeld):
        await deals.despatch(order, "100")
    assert (await deals.pay(instalment)).status == "held"
    assert await deals.balance(deals.buyer.company) == (2_000_000, 1_100_000, 0)

    delivery = await deals.despatch(order, "100")
    assert await deals.status("purchase_order", order.id) == "in_progress"
    await deals.arrive(delivery.id)
    await deals.inspect(delivery.id, (order.lines[0], "95", "5"))
    await deals.settle()
    assert await deals.status("instalment", instalment) == "held"
    assert (await deals.invoice(delivery.id)).status == "matched"
    await deals.settle()
    # Five pieces may still be sent again: nothing is settled before that is decided.
    assert await deals.status("instalment", instalment) == "held"
    await deals.answer((await deals.propose(order.id)).id)
    await deals.settle()

    # 95 × 10,000 = 950,000 net, 1,045,000 gross; fee 1 % of net = 9,500, VAT on it 950.
    assert await deals.divided(instalment) == ("settled", 1_100_000, 1_034_550, 55_000, 9_500, 950)
    assert await deals.balance(deals.buyer.company) == (955_000, 0, 0)
    assert await deals.balance(deals.seller.company) == (1_034_550, 0, 0)
    assert await deals.earned() == (9_500, 950)
    assert await deals.status("purchase_order", order.id) == "completed"
    assert await deals.status("contract", order.contract) == "completed"
    fee = await deals.world.owner.fetchrow("SELECT number, net_minor, vat_minor, gross_minor, seller_id FROM fee_invoice")
    assert tuple(fee) == ("FEE-2026-000001", 9_500, 950, 10_450, deals.seller.company)
    assert await deals.events(instalment) == ["instalment.held", "instalment.released", "instalment.settled"]
    assert await deals.events(order.id) == [
        "order.started", "order.closing_proposed", "order.remainder_closed", "order.completed",
    ]  # fmt: skip


async def test_nothing_accepted_returns_everything(deals: Deals) -> None:
    """All rejected and the remainder closed: the hold is void, no fee, no invoice is expected."""
    order = await deals.order([("10", "1000", "10")])
    await deals.fund(deals.buyer.company, 11_000)
    await deals.pay(order.instalments[0])
    delivery = await deals.despatch(order, "10")
    await deals.arrive(delivery.id)
    await deals.inspect(delivery.id, (order.lines[0], "0", "10"))
    await deals.answer((await deals.propose(order.id, deals.seller)).id, ctx=deals.buyer)
    await deals.settle()
    assert await deals.divided(order.instalments[0]) == ("refunded", 11_000, 0, 11_000, 0, 0)
    assert await deals.balance(deals.buyer.company) == (11_000, 0, 0)
    assert await deals.status("purchase_order", order.id) == "completed"
    assert await deals.value("SELECT count(*) FROM invoice") == await deals.value("SELECT count(*) FROM fee_invoice") == 0


async def test_several_protected_instalments_fill_in_order_and_share_the_fee(deals: Deals) -> None:
    """The accepted value fills the earlier instalment first; the fee is split and nothing of it is lost."""
    thirds = [
        {"percent": "30", "trigger": "order_confirmation", "method": "protected"},
        {"percent": "30", "trigger": "before_despatch", "method": "protected"},
        {"percent": "40", "trigger": "before_despatch", "method": "protected"},
    ]
    order = await deals.order([("7", "333", "8")], payment=convert(thirds, tuple[InstalmentTerm, ...]))
    await deals.fund(deals.buyer.company, 10_000)
    for instalment in order.instalments:
        await deals.pay(instalment)
    delivery = await deals.despatch(order, "4")
    await deals.arrive(delivery.id)
    await deals.inspect(delivery.id, (order.lines[0], "4", "0"))
    await deals.invoice(delivery.id)
    await deals.answer((await deals.propose(order.id)).id)
    await deals.settle()
    divided = [await deals.divided(instalment) for instalment in order.instalments]
    # Gross 2,331 + 186 = 2,517 in parts of 755, 755, 1,007; accepted 4 × 333 = 1,332 + 107 = 1,439; fee 13.
    assert [row[:2] for row in divided] == [("settled", 755), ("settled", 755), ("refunded", 1_007)]
    assert [row[1] - row[3] for row in divided] == [755, 684, 0]
    assert sum(row[4] for row in divided) == 13
    assert all(sum(row[2:]) == row[1] for row in divided)
    assert await deals.status("purchase_order", order.id) == "completed"


async def test_the_agreed_tolerance_fulfils_a_line_and_closes_what_it_leaves(deals: Deals) -> None:
    """96 of 100 within 5 per cent settle at once; the four left over can no longer be despatched."""
    order = await deals.order([("100", "10000", "10")], tolerance="5")
    await deals.fund(deals.buyer.company, 1_100_000)
    await deals.pay(order.instalments[0])
    delivery = await deals.despatch(order, "96")
    await deals.arrive(delivery.id)
    await deals.inspect(delivery.id, (order.lines[0], "96", "0"))
    await deals.invoice(delivery.id)
    await deals.settle()
    assert await deals.divided(order.instalments[0]) == ("settled", 1_100_000, 1_045_440, 44_000, 9_600, 960)
    assert await deals.value("SELECT closed FROM order_line") == 4
    assert await deals.status("purchase_order", order.id) == "completed"


async def test_ten_settlements_at_once_move_the_money_once(world: World) -> None:
    """However often and together the job runs, one transfer, one fee invoice, one completion."""
    deals = await Deals.open(world, pool=12)
    order = await deals.order([("10", "10000", "10")])
    await deals.fund(deals.buyer.company, 110_000)
    await deals.pay(order.instalments[0])
    delivery = await deals.despatch(order, "10")
    await deals.arrive(delivery.id)
    await deals.inspect(delivery.id, (order.lines[0], "10", "0"))
    await deals.invoice(delivery.id)

    async def once() -> None:
        async with deals.worker.system() as tx:
            await settling.settle_order(tx, order.id)

    assert await together(*(once() for _ in range(10))) == [None] * 10
    await deals.settle()
    assert await deals.value("SELECT count(*) FROM ledger_transfer WHERE kind = 'settlement'") == 1
    assert await deals.value("SELECT count(*) FROM fee_invoice") == 1
    assert (await deals.events(order.id)).count("order.completed") == 1
    assert (await deals.events(order.instalments[0])).count("instalment.settled") == 1
    assert await deals.divided(order.instalments[0]) == ("settled", 110_000, 108_900, 0, 1_000, 100)
    await deals.verified()


class Stopped(Exception):
    """The worker died before this statement."""


class DyingTx(Tx):
    """A transaction whose worker dies before its statement number `dies_at`."""

    __slots__ = ("dies_at", "done")

    def __init__(self, tx: Tx, dies_at: int) -> None:
        super().__init__(tx._connection, tx.ctx)  # pyright: ignore[reportPrivateUsage]
        self.dies_at = dies_at
        self.done = 0

    def _count(self) -> None:
        self.done += 1
        if self.done == self.dies_at:
            raise Stopped

    async def execute(self, sql: str, *arguments: object) -> str:
        self._count()
        return await super().execute(sql, *arguments)

    async def value(self, sql: str, *arguments: object) -> Any:
        self._count()
        return await super().value(sql, *arguments)

    async def maybe(self, kind: Any, sql: str, *arguments: object) -> Any:
        self._count()
        return await super().maybe(kind, sql, *arguments)

    async def many(self, kind: Any, sql: str, *arguments: object) -> list[Any]:
        self._count()
        return await super().many(kind, sql, *arguments)


SNAPSHOT = """
SELECT (SELECT jsonb_agg(to_jsonb(i) ORDER BY i.position) FROM instalment AS i)::text
    || (SELECT jsonb_agg(to_jsonb(o)) FROM purchase_order AS o)::text || (SELECT jsonb_agg(to_jsonb(k)) FROM contract AS k)::text
    || (SELECT count(*) FROM event)::text || '/' || (SELECT count(*) FROM ledger_entry)::text
    || '/' || (SELECT count(*) FROM fee_invoice)::text || '/' || (SELECT s.last FROM fee_invoice_series AS s)::text
"""


async def test_a_worker_that_dies_at_any_statement_leaves_all_or_nothing(deals: Deals) -> None:
    """Killed before each statement of a settlement in turn, it changes nothing; run again, it gives the same figures."""
    halves = [{"percent": "50", "trigger": "order_confirmation", "method": "protected"}] * 2
    order = await deals.order([("100", "10000", "10")], payment=convert(halves, tuple[InstalmentTerm, ...]))
    await deals.fund(deals.buyer.company, 1_100_000)
    for instalment in order.instalments:
        await deals.pay(instalment)
    delivery = await deals.despatch(order, "100")
    await deals.arrive(delivery.id)
    await deals.inspect(delivery.id, (order.lines[0], "95", "5"))
    await deals.invoice(delivery.id)
    await deals.answer((await deals.propose(order.id)).id)
    before = await deals.value(SNAPSHOT)
    deaths, finished = 0, False
    while not finished:
        try:
            async with deals.worker.system() as tx:
                dying = DyingTx(tx, deaths + 1)
                await settling.settle_order(dying, order.id)
                finished = True
        except Stopped:
            deaths += 1
            assert await deals.value(SNAPSHOT) == before
    assert deaths == dying.done > 25
    await deals.settle()
    first, second = [await deals.divided(instalment) for instalment in order.instalments]
    assert first == ("settled", 550_000, 544_500, 0, 5_000, 500)
    assert second == ("settled", 550_000, 490_050, 55_000, 4_500, 450)
    assert (
        await deals.value("SELECT string_agg(number, ' ' ORDER BY serial) FROM fee_invoice") == "FEE-2026-000001 FEE-2026-000002"
    )
    assert await deals.status("purchase_order", order.id) == "completed"
