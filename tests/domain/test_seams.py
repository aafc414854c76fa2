"""Where parts meet: what one writes and another one must still find, and what two do at the same moment."""

from datetime import timedelta

import msgspec
import pytest

from exchange.domain.company import closing, drafting, exporting
from exchange.domain.offer import service as offers
from exchange.domain.privacy import fields, keys
from exchange.errors import CompanyNotActive
from schemas.application import ApplicationDraft
from schemas.offer import OfferIn
from tests.domain.firm_orders import live_offer, placed
from tests.domain.test_application import registered, sent
from tests.world import World, offer_json


async def test_who_applies_by_a_draft_signs_by_law(world: World) -> None:
    """The legal representative who saved a draft first signs on the same basis as one who applied at once."""
    api = await world.db.api()
    acting = await registered(api)
    await sent(api, acting)
    found = await world.owner.fetchrow("SELECT basis, status FROM signatory WHERE person_id = $1", acting.person)
    assert tuple(found) == ("legal_representative", "verified")


async def test_a_draft_survives_the_rotation_of_its_key(world: World) -> None:
    """What an applicant saved is sealed anew with the rest before the old key goes."""
    api, worker = await world.db.api(), await world.db.worker()
    acting = await registered(api)
    async with api.tx(acting, "applicant") as tx:
        await drafting.save(tx, ApplicationDraft(legal_name="Đông Á", registration_id="0100233488"))
    await keys.rotate(worker, data=True)
    await fields.seal_all(worker, timedelta(0))
    await fields.seal_all(worker, timedelta(0))
    # Another process, which holds no key yet.
    api = await world.db.api()
    async with api.tx(acting, "applicant") as tx:
        assert (await drafting.load(tx)).body.registration_id == "0100233488"
    assert await world.owner.fetchval("SELECT count(*) FROM company_key WHERE destroyed_at IS NOT NULL") == 1


async def test_a_copy_shows_no_order_that_was_not_placed_and_nothing_that_is_the_buyers_own(world: World) -> None:
    """A seller's copy holds neither an order that its buyer still decides about, nor where the buyer books it."""
    api, worker = await world.db.api(), await world.db.worker()
    buyer, seller = await world.company("Bep Viet", approval_limit=1000), await world.company("Giay Sai Gon")
    offer = await live_offer(api, seller)
    order = await placed(api, buyer, (offer, "100"), cost_centre="CC-SECRET")
    assert order.status == "pending_approval"
    async with worker.system() as tx:
        sellers, buyers = await exporting.rows(tx, seller.company), await exporting.rows(tx, buyer.company)
    assert [(row["id"], row["cost_centre"]) for row in buyers["orders"]] == [(str(order.id), "CC-SECRET")]
    assert len(buyers["order_lines"]) == 1
    assert sellers["orders"] == sellers["order_lines"] == []
    await world.owner.execute("UPDATE purchase_order SET status = 'placed', placed_at = market_now() WHERE id = $1", order.id)
    async with worker.system() as tx:
        assert [row.get("cost_centre") for row in (await exporting.rows(tx, seller.company))["orders"]] == [None]


async def test_nothing_begins_in_a_company_that_closes_meanwhile(world: World) -> None:
    """A listing that is written while its company closes is refused: what keeps a company from closing waits for it."""
    api = await world.db.api()
    owner = await world.company("Sao Mai")

    async def published_late() -> None:
        async with api.tx(owner, "active") as late:
            async with api.tx(owner, "any") as tx:
                await closing.close(tx)
            await offers.create(late, msgspec.convert(offer_json(), OfferIn), publish=True)

    with pytest.raises(CompanyNotActive):
        await published_late()
    assert await world.owner.fetchval("SELECT count(*) FROM offer") == 0
