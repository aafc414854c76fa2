"""What a side of a deal may not write when no service is asked: column grants and triggers."""

import asyncpg
import pytest

from exchange.ctx import Ctx
from tests.domain.deals import Deals, Ordered
from tests.world import World

# (who tries, what): the other side's word, or what is frozen.
REFUSED = (
    ("buyer", "UPDATE order_line SET despatched = 1 WHERE id = $1", "line"),
    ("seller", "UPDATE order_line SET received = 1, accepted = 1 WHERE id = $1", "line"),
    ("seller", "UPDATE order_line SET despatched = -1 WHERE id = $1", "line"),
    ("seller", "UPDATE order_line SET quantity = 1 WHERE id = $1", "line"),
    ("buyer", "UPDATE order_line SET price = 1 WHERE id = $1", "line"),
    ("seller", "UPDATE order_line SET taken = 0 WHERE id = $1", "line"),
    ("seller", "UPDATE delivery SET status = 'arrived' WHERE id = $1", "delivery"),
    ("seller", "UPDATE instalment SET status = 'announced' WHERE id = $1", "instalment"),
    ("buyer", "UPDATE instalment SET status = 'settled' WHERE id = $1", "instalment"),
    ("buyer", "UPDATE instalment SET status = 'lapsed' WHERE id = $1", "instalment"),
    ("buyer", "UPDATE instalment SET amount_minor = 1 WHERE id = $1", "instalment"),
    ("seller", "UPDATE contract SET body = '{}' WHERE id = $1", "contract"),
    ("seller", "UPDATE contract SET gross_minor = 1 WHERE id = $1", "contract"),
    ("seller", "UPDATE purchase_order SET gross_minor = 1 WHERE id = $1", "order"),
    ("buyer", "UPDATE closing_proposal SET status = 'agreed' WHERE id = $1", "closing"),
    ("seller", "UPDATE closing_proposal SET lines = '[]' WHERE id = $1", "closing"),
    ("seller", "UPDATE invoice SET expected_net_minor = 1 WHERE id = $1", "order"),
    (
        "seller",
        """INSERT INTO fee_invoice (id, serial, number, seller_id, instalment_id, currency, net_minor, vat_percent, vat_minor,
        gross_minor, at) SELECT uuidv7(), 1, 'FEE-1', seller_id, id, currency, 5, 10, 0, 5, market_now() FROM instalment
        WHERE id = $1""",
        "instalment",
    ),
)


async def _running(world: World) -> tuple[Deals, Ordered, dict[str, object]]:
    deals = await Deals.open(world)
    order = await deals.order([("10", "1000", "10")], payment="direct_after_acceptance")
    delivery = await deals.despatch(order, "5")
    proposal = await deals.propose(order.id)
    return deals, order, {
        "line": order.lines[0], "delivery": delivery.id, "instalment": order.instalments[0], "contract": order.contract,
        "order": order.id, "closing": proposal.id,
    }  # fmt: skip


async def test_no_side_writes_for_the_other(world: World) -> None:
    """Each statement is refused for the one who tries it; none of them changes a row."""
    deals, _order, ids = await _running(world)
    done: list[str] = []
    for who, sql, of in REFUSED:
        ctx: Ctx = deals.buyer if who == "buyer" else deals.seller
        try:
            async with deals.tx(ctx) as tx:
                await tx.execute(sql, ids[of])
            outcome = "done"
        except asyncpg.PostgresError as refused:
            outcome = str(refused.sqlstate)
        if outcome not in ("EX012", "EX013", "EX014", "42501"):
            done.append(f"{outcome}: {who}: {sql}")
    assert done == []


async def test_the_same_words_count_from_the_right_side(world: World) -> None:
    """The control: what is refused above is accepted from the side whose word it is."""
    deals, _order, ids = await _running(world)
    async with deals.tx(deals.seller) as tx:
        assert await tx.execute("UPDATE order_line SET despatched = despatched + 1 WHERE id = $1", ids["line"]) == "UPDATE 1"
    async with deals.tx(deals.buyer) as tx:
        assert await tx.execute("UPDATE order_line SET received = 1, accepted = 1 WHERE id = $1", ids["line"]) == "UPDATE 1"
        assert await tx.execute("UPDATE delivery SET status = 'arrived' WHERE id = $1", ids["delivery"]) == "UPDATE 1"


async def test_an_order_binds_under_an_active_contract_of_its_own_parties(world: World) -> None:
    """Another pair's contract, and one that is not active, are refused."""
    deals = await Deals.open(world)
    order = await deals.order([("10", "1000", "10")])
    copy = """INSERT INTO purchase_order (id, number, contract_id, buyer_id, seller_id, status, currency, net_minor, vat_minor,
        gross_minor, fee_percent, fee_vat_percent, terms, delivery, created_at, placed_at, confirmed_at, updated_at)
        SELECT uuidv7(), 'PO-COPY', contract_id, buyer_id, $2, status, currency, net_minor, vat_minor, gross_minor, 1, 10, terms,
            delivery, created_at, placed_at, confirmed_at, updated_at FROM purchase_order WHERE id = $1"""
    other = await world.company("Third")
    with pytest.raises(asyncpg.PostgresError) as refused:
        await world.owner.execute(copy, order.id, other.company)
    assert refused.value.sqlstate == "EX011"
    assert await world.owner.execute(copy, order.id, deals.seller.company) == "INSERT 0 1"
