"""The short way: orders from firm offers."""

import asyncio
from decimal import Decimal
from typing import Any

import asyncpg
import msgspec
import pytest

from exchange.domain.contract import body as text
from exchange.domain.offer import service as offers
from exchange.domain.order import placing, service
from exchange.domain.order.model import LIFECYCLE
from exchange.domain.order.refusals import (
    AboveSigningLimit,
    CurrencyNotAllowed,
    NotEnough,
    OfferChanged,
    OwnCompany,
    SellerNotActive,
)
from exchange.domain.order.view import view
from exchange.errors import DomainError, Forbidden, Invalid, NotFound, WrongState
from schemas.offer import OfferIn
from tests.domain.firm_orders import count, event_types, left, live_offer, parties, placed, placing_of
from tests.world import World, offer_json


async def test_an_order_from_a_firm_offer_binds_at_once(world: World) -> None:
    """Order, standard contract, lines, planned instalment and events stand after one transaction, with exact amounts."""
    api, buyer, seller = await parties(world)
    offer = await live_offer(api, seller)
    order = await placed(api, buyer, (offer, "120"), buyer_reference="PO-77", cost_centre="K1")
    assert (order.status, order.version, order.currency) == ("confirmed", 1, "VND")
    # 120 is in the second tier: 120 x 58,000, VAT 10 %.
    assert (order.net_minor, order.vat_minor, order.gross_minor) == (6_960_000, 696_000, 7_656_000)
    assert [(line.quantity, line.price, line.offer_version) for line in order.lines] == [(Decimal(120), Decimal(58000), 1)]
    assert [(item.status, item.method, item.trigger, item.amount_minor) for item in order.instalments] == [
        ("planned", "direct", "acceptance", 7_656_000)
    ]
    assert order.instalments[0].reference == f"{order.number}-1"
    assert await left(world, offer) == 880
    assert await event_types(world, order.id) == [("order.confirmed", 1)]
    assert order.contract_id is not None
    assert await event_types(world, order.contract_id) == [("contract.activated", 1)]
    contract = await world.owner.fetchrow("SELECT * FROM contract WHERE id = $1", order.contract_id)
    assert contract is not None
    assert (contract["kind"], contract["status"]) == ("standard", "active")
    body = text.read(contract["body"])
    assert text.digest(contract["body"]) == contract["digest"]
    assert text.canonical(body) == contract["body"]
    assert (body.buyer.legal_name, body.seller.representative) == ("Bep Viet Ltd", "Giay Sai Gon Owner")
    assert (body.gross, body.standard_terms.version, body.fee_percent) == ("7656000", "2026-1", "1")
    jobs = await world.owner.fetch("SELECT kind FROM job WHERE payload->>'aggregate_id' = $1", str(order.contract_id))
    assert {job["kind"] for job in jobs} == {"print_contract", "tell"}


@pytest.mark.parametrize(("payment", "limit"), [("direct_after_acceptance", None), ("30_70", None), ("protected_full", 0)])
async def test_what_is_answered_is_what_a_reader_finds(world: World, payment: str, limit: int | None) -> None:
    """A new order is told from what was written, without reading it again."""
    api, buyer, seller = await parties(world, approval_limit=limit)
    offer = await live_offer(api, seller, terms={"payment": payment})
    other = await live_offer(api, seller, terms={"payment": payment}, title="Paper clips", available=None)
    async with api.tx(buyer) as tx:
        told = await placing.place(tx, placing_of((offer, "100"), (other, "20"), buyer_reference="PR-7"))
        found = await placing.get(tx, told.id)
    assert told == found
    assert msgspec.json.encode(view(told, buyer)) == msgspec.json.encode(view(found, buyer))


async def test_each_side_sees_its_own_part_of_the_order(world: World) -> None:
    """The seller sees the fee and what remains, the buyer its cost centre and where to pay; strangers see nothing."""
    api, buyer, seller = await parties(world)
    offer = await live_offer(api, seller)
    order = await placed(api, buyer, (offer, "100"), cost_centre="K1")
    stranger = await world.company("Stranger")
    async with api.tx(buyer, "any") as tx:
        bought = view(await service.get(tx, order.id), buyer)
    async with api.tx(seller, "any") as tx:
        sold = view(await service.get(tx, order.id), seller)
    assert (bought.fee, bought.net_to_you, bought.cost_centre) == (None, None, "K1")
    assert bought.pay_to is not None
    assert (bought.pay_to.holder, bought.pay_to.verified) == ("Giay Sai Gon Ltd", True)
    assert bought.actions == ("propose_closing", "repeat")
    # 5,800,000 net and 580,000 VAT: fee 1 % of the net value and 10 % VAT on it.
    assert (sold.fee, sold.fee_vat, sold.net_to_you, sold.cost_centre) == ("58000", "5800", "6316200", None)
    assert sold.actions == ("despatch", "propose_closing")
    assert (sold.progress.delivered_percent, sold.progress.paid_gross) == (0, "0")
    async with api.tx(stranger, "any") as tx:
        with pytest.raises(NotFound):
            await service.get(tx, order.id)
        assert await service.listed(tx, "buy", None, None, None, 10) == []
        assert await service.listed(tx, "sell", None, None, None, 10) == []


async def test_two_hundred_orders_at_once_never_sell_more_than_there_is(world: World) -> None:
    """Of 200 parallel orders of 1 from a stock of 100 exactly 100 succeed, the others are told that nothing is left."""
    api, buyer, seller = await parties(world)
    offer = await live_offer(api, seller, available="100", moq="1")
    wide = await world.db.api(10)
    waiting = asyncio.Semaphore(40)

    async def one() -> str:
        async with waiting:
            try:
                await placed(wide, buyer, (offer, "1"))
            except NotEnough as refused:
                return refused.code
            return "placed"

    outcomes = await asyncio.gather(*(one() for _ in range(200)))
    assert sorted(set(outcomes)) == ["not-enough", "placed"]
    assert outcomes.count("placed") == 100
    assert await left(world, offer) == 0
    assert await world.owner.fetchval("SELECT sum(quantity) FROM order_line") == 100
    assert (await count(world, "purchase_order"), await count(world, "contract")) == (100, 100)


async def test_what_was_not_seen_is_not_ordered(world: World) -> None:
    """An order of a version before the last, of a paused or an expired offer is refused with what it is now."""
    api, buyer, seller = await parties(world)
    offer = await live_offer(api, seller)
    dearer = msgspec.convert(offer_json(tiers=[{"min_quantity": "1", "price": "99000"}]), OfferIn)
    async with api.tx(seller) as tx:
        revised = await offers.revise(tx, offer.id, dearer, version=1)
    with pytest.raises(OfferChanged) as changed:
        await placed(api, buyer, (offer, "10"))
    assert changed.value.data["current_version"] == 2
    async with api.tx(seller) as tx:
        await offers.act(tx, offer.id, "pause")
    with pytest.raises(OfferChanged) as paused:
        await placed(api, buyer, (revised, "10"))
    assert paused.value.data["current"] == "paused"
    async with api.tx(seller) as tx:
        again = await offers.act(tx, offer.id, "publish")
    await world.advance("200 days")
    with pytest.raises(OfferChanged) as late:
        await placed(api, buyer, (again, "10"))
    assert late.value.data["current"] == "expired"
    assert await count(world, "purchase_order") == 0


@pytest.mark.parametrize(
    ("offer", "quantity", "region", "codes"),
    [
        ({}, "9", "VN-SG", {"/lines/0/quantity": "below-moq"}),
        ({"increment": "5"}, "12", "VN-SG", {"/lines/0/quantity": "not-in-increments"}),
        ({"firm": False}, "10", "VN-SG", {"/lines/0/offer_id": "not-firm"}),
        ({"regions": ["VN-HN"]}, "10", "VN-SG", {"/region": "region-not-served"}),
        ({"firm": False, "regions": ["US"]}, "1", "VN-SG",
         {"/lines/0/offer_id": "not-firm", "/lines/0/quantity": "below-moq", "/region": "region-not-served"}),
    ],
)  # fmt: skip
async def test_every_wrong_line_is_named(
    world: World, offer: dict[str, Any], quantity: str, region: str, codes: dict[str, str]
) -> None:
    """Minimum, increment, firmness and region are checked together; nothing is taken from the offer."""
    api, buyer, seller = await parties(world)
    found = await live_offer(api, seller, **offer)
    with pytest.raises(Invalid) as refused:
        await placed(api, buyer, (found, quantity), region=region)
    assert {error.pointer: error.code for error in refused.value.errors} == codes
    assert await left(world, found) == 1000


async def test_one_order_has_one_seller_one_currency_and_one_set_of_terms(world: World) -> None:
    """Lines that do not go together, an offer named twice and one that does not exist are refused by their places."""
    api, buyer, seller = await parties(world)
    other = await world.company("Other Seller")
    first, foreign = await live_offer(api, seller), await live_offer(api, other)
    advance = await live_offer(api, seller, terms={"payment": "advance"})
    with pytest.raises(Invalid) as mixed:
        await placed(api, buyer, (first, "10"), (foreign, "10"), (advance, "10"))
    assert [(error.pointer, error.code) for error in mixed.value.errors] == [
        ("/lines/1/offer_id", "several-sellers"),
        ("/lines/2/offer_id", "several-terms"),
    ]
    with pytest.raises(Invalid) as twice:
        await placed(api, buyer, (first, "10"), (first, "10"))
    assert [error.code for error in twice.value.errors] == ["offer-twice"]
    draft = msgspec.convert(offer_json(), OfferIn)
    async with api.tx(seller) as tx:
        hidden = await offers.create(tx, draft, publish=False)
    with pytest.raises(Invalid) as unknown:
        await placed(api, buyer, (hidden, "10"))
    assert [error.code for error in unknown.value.errors] == ["unknown-offer"]


async def test_who_may_not_deal_is_told_why(world: World) -> None:
    """Own offers, sellers that one acts for too, suspended sellers, foreign currency of two residents, missing roles."""
    api, buyer, seller = await parties(world)
    offer = await live_offer(api, seller)
    with pytest.raises(OwnCompany):
        await placed(api, seller, (offer, "10"))
    dollars = await live_offer(api, seller, currency="USD", tiers=[{"min_quantity": "1", "price": "2.5"}])
    with pytest.raises(CurrencyNotAllowed) as currency:
        await placed(api, buyer, (dollars, "10"))
    assert currency.value.data["required"] == "VND"
    abroad = await world.company("Abroad", profile="default", currency="USD")
    assert (await placed(api, abroad, (dollars, "10"))).gross_minor == 2750
    with pytest.raises(Forbidden):
        await placed(api, msgspec.structs.replace(buyer, roles=frozenset({"viewer"})), (offer, "10"))
    await world.owner.execute(
        "INSERT INTO membership (company_id, person_id, roles) VALUES ($1, $2, '{viewer}')", seller.company, buyer.person
    )
    with pytest.raises(OwnCompany):
        await placed(api, buyer, (offer, "10"))
    await world.owner.execute("DELETE FROM membership WHERE company_id = $1 AND person_id = $2", seller.company, buyer.person)
    await world.owner.execute("UPDATE company SET status = 'suspended' WHERE id = $1", seller.company)
    with pytest.raises(SellerNotActive):
        await placed(api, buyer, (offer, "10"))
    assert await left(world, offer) == 1000


@pytest.mark.parametrize("limited", ["buyer", "seller"])
async def test_above_a_signing_limit_of_either_side_one_asks_for_a_quote(world: World, limited: str) -> None:
    """At the limit the order binds; one unit more is refused."""
    api = await world.db.api()
    limit = {"signing_limit": 682_000}
    buyer = await world.company("Buyer", **(limit if limited == "buyer" else {}))
    seller = await world.company("Seller", **(limit if limited == "seller" else {}))
    offer = await live_offer(api, seller, moq="1")
    with pytest.raises(AboveSigningLimit):
        await placed(api, buyer, (offer, "11"))
    assert (await placed(api, buyer, (offer, "10"))).gross_minor == 682_000


async def test_above_the_buyers_own_limit_the_order_waits_and_holds_its_quantity(world: World) -> None:
    """It is the buyer's alone until a colleague approves; then it binds with price, quantity and fee as they were."""
    api, buyer, seller = await parties(world, approval_limit=1_000_000)
    offer = await live_offer(api, seller)
    waiting = await placed(api, buyer, (offer, "100"))
    assert (waiting.status, waiting.contract_id, waiting.placed_at, waiting.instalments) == ("pending_approval", None, None, ())
    assert await left(world, offer) == 900
    request = await world.owner.fetchrow("SELECT kind, object_id, status, gross_minor FROM approval_request")
    assert request is not None
    assert tuple(request) == ("order", waiting.id, "pending", 6_380_000)
    async with api.tx(seller, "any") as tx:
        assert await service.listed(tx, "sell", None, None, None, 10) == []
        with pytest.raises(NotFound):
            await service.get(tx, waiting.id)
        assert await tx.value("SELECT count(*) FROM order_line") == 0
    await world.owner.execute("UPDATE fee_rate SET percent = 5")
    async with api.tx(buyer) as tx:
        order = await placing.approve(tx, waiting.id)
    assert (order.status, order.version, order.number, order.gross_minor) == ("confirmed", 2, waiting.number, 6_380_000)
    assert (order.fee_percent, order.lines) == (Decimal(1), waiting.lines)
    assert order.contract_number is not None
    async with api.tx(seller, "any") as tx:
        assert [item.id for item in await service.listed(tx, "sell", "confirmed", None, None, 10)] == [order.id]
    async with api.tx(buyer) as tx:
        with pytest.raises(WrongState):
            await placing.approve(tx, waiting.id)
    assert await event_types(world, order.id) == [("order.drafted", 1), ("order.confirmed", 2)]


async def test_a_rejected_order_gives_back_what_it_held(world: World) -> None:
    """Returned to its draft once, however often it is asked; the seller may not return it."""
    api, buyer, seller = await parties(world, approval_limit=0)
    offer = await live_offer(api, seller)
    waiting = await placed(api, buyer, (offer, "100"))
    async with api.tx(seller) as tx:
        with pytest.raises(NotFound):
            await placing.return_to_draft(tx, waiting.id)
    async with api.tx(buyer) as tx:
        await placing.return_to_draft(tx, waiting.id)
    assert await left(world, offer) == 1000
    async with api.tx(buyer) as tx:
        with pytest.raises(WrongState):
            await placing.return_to_draft(tx, waiting.id)
    assert await left(world, offer) == 1000


async def test_protected_terms_make_the_first_payment_due_at_once(world: World) -> None:
    """A protected instalment is due at the end of the third working day of the buyer's country."""
    api, buyer, seller = await parties(world)
    offer = await live_offer(api, seller, terms={"payment": "protected_full"})
    order = await placed(api, buyer, (offer, "10"))
    (instalment,) = order.instalments
    assert (instalment.status, instalment.method) == ("due", "protected")
    assert instalment.due_at is not None
    assert order.confirmed_at is not None
    assert 2 < (instalment.due_at - order.confirmed_at).total_seconds() / 86400 < 12
    assert await event_types(world, instalment.id) == [("instalment.due", 1)]
    async with api.tx(buyer, "any") as tx:
        assert view(await service.get(tx, order.id), buyer).pay_to is None


async def test_a_reduced_vat_that_has_ended_goes_back_by_itself(world: World) -> None:
    """An offer at 8 % ordered after 2026 carries the 10 % that the law then asks for."""
    api, buyer, seller = await parties(world)
    offer = await live_offer(api, seller, vat_code="VN8")
    assert (await placed(api, buyer, (offer, "10"))).vat_minor == 49_600
    await world.advance("60 days")
    later = await placed(api, buyer, (offer, "10"))
    assert (later.lines[0].vat_code, later.vat_minor) == ("VN10", 62_000)


async def test_lists_page_by_place_and_filter_by_state(world: World) -> None:
    """Newest first on either side; the page after a row begins behind it."""
    api, buyer, seller = await parties(world)
    offer = await live_offer(api, seller)
    orders = [await placed(api, buyer, (offer, "10")) for _ in range(3)]
    async with api.tx(buyer, "any") as tx:
        first = await service.listed(tx, "buy", None, None, None, 2)
        rest = await service.listed(tx, "buy", None, first[-1].created_at, first[-1].id, 2)
        assert await service.listed(tx, "sell", None, None, None, 2) == []
        assert await service.listed(tx, "buy", "completed", None, None, 2) == []
    assert [item.id for item in (*first, *rest)] == [order.id for order in reversed(orders)]
    assert (first[0].counterparty, first[0].line_count, first[0].first_line) == ("Giay Sai Gon", 1, offer.title)


async def test_the_states_are_those_of_the_database(world: World) -> None:
    """The CHECK of the table names exactly the states of the lifecycle."""
    check = await world.owner.fetchval(
        """SELECT pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = 'purchase_order'::regclass AND conname = 'purchase_order_status_check'"""
    )
    named = {part.split("'")[1] for part in check.split(",")}
    assert named == LIFECYCLE.states


async def test_a_text_once_frozen_never_changes(world: World) -> None:
    """Neither the api nor the owner of the tables changes the text of an active contract, nor its digest alone."""
    api, buyer, seller = await parties(world)
    order = await placed(api, buyer, (await live_offer(api, seller), "10"))
    with pytest.raises(asyncpg.PostgresError) as frozen:
        await world.owner.execute(
            "UPDATE contract SET body = '{}', digest = sha256('{}'::bytea) WHERE id = $1", order.contract_id
        )
    assert frozen.value.sqlstate == "EX006"
    with pytest.raises(asyncpg.CheckViolationError):
        await world.owner.execute("UPDATE contract SET digest = sha256('x'::bytea) WHERE id = $1", order.contract_id)


async def test_nothing_is_half_done(world: World) -> None:
    """When one line of several cannot be had, the others are given back and no row remains."""
    api, buyer, seller = await parties(world)
    plenty, scarce = await live_offer(api, seller), await live_offer(api, seller, available="20")
    with pytest.raises(NotEnough) as refused:
        await placed(api, buyer, (plenty, "10"), (scarce, "30"))
    assert isinstance(refused.value, DomainError)
    assert refused.value.data["available"] == "20"
    assert (await left(world, plenty), await left(world, scarce)) == (1000, 20)
    assert (await count(world, "purchase_order"), await count(world, "contract"), await count(world, "order_line")) == (0, 0, 0)
    async with api.tx(buyer) as tx:
        order = await placing.place(tx, placing_of((plenty, "10"), (scarce, "20")))
    assert [line.position for line in order.lines] == [1, 2]
