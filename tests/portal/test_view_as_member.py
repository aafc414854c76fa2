"""View as member: announced, with a reason, without a hand, without sealed prices, and over by a click or by the clock."""

import asyncpg
import msgspec
import pytest

from exchange.ctx import Ctx
from exchange.domain.offer import service as offers
from exchange.domain.viewing import service as viewing
from exchange.errors import StepUpRequired, ViewOnly
from exchange.ids import new_id
from exchange.jobs import views
from schemas.offer import OfferIn
from tests.domain.buying import buying
from tests.portal.browser import Browser, browser
from tests.world import Site, World, key, offer_json

REASON = "The member asked for help with a listing."


async def _begin(site: Site, operator: Browser, company: Ctx) -> str:
    page, action = f"/operator/members/{company.company}", f"/operator/members/{company.company}/view"
    return await operator.follow(await operator.send(page, action, reason=REASON))


async def test_an_operator_sees_what_the_member_sees_and_changes_nothing(site: Site) -> None:
    """Without a reason it does not begin; every write is refused, by hand too; the end leads back to the console."""
    seller = await site.world.company("Seller Company")
    async with site.deps.db.tx(seller) as tx:
        made = await offers.create(tx, msgspec.convert(offer_json(), OfferIn), publish=False)
    operator = await browser(site, await site.world.operator("moderator"))
    member_page = f"/operator/members/{seller.company}"
    assert "Give a reason of 10" in await operator.follow(await operator.send(member_page, f"{member_page}/view", reason="x"))
    home = await _begin(site, operator, seller)
    assert "You see what Seller Company sees" in home
    page = await operator.see(f"/offers/{made.id}")
    assert "You see what Seller Company sees" in page
    assert f'action="/offers/{made.id}/publish"' not in page
    assert (await operator.get("/operator")).status_code == 404
    for method, path in (("POST", f"/api/v1/offers/{made.id}/publish"), ("PUT", f"/api/v1/offers/{made.id}?version=1"),
                         ("POST", "/offers/new"), ("POST", "/switch-company"), ("DELETE", "/api/v1/keys/1")):  # fmt: skip
        refused = await operator.client.request(method, path, json=offer_json(), headers=key())
        assert refused.status_code == 403, (path, refused.text)
    assert (await operator.get("/api/v1/keys")).status_code in (200, 403)
    assert "Audit" in await operator.follow(await operator.send(f"/offers/{made.id}", "/view/end"))
    assert (await operator.get(f"/offers/{made.id}")).status_code == 404
    told = await site.world.owner.fetch(
        "SELECT type, audience, company_id FROM event WHERE type LIKE 'company.view%' ORDER BY seq"
    )
    assert [tuple(row.values()) for row in told] == [
        ("company.view_started", [seller.company], None), ("company.view_ended", [seller.company], None)
    ]  # fmt: skip
    assert await site.world.owner.fetchval("SELECT count(*) FROM access_log WHERE what = 'company.view_as'") == 1


async def test_a_view_begins_only_after_a_fresh_proof_of_who_acts(world: World) -> None:
    """A session that was left open shows nobody's pages."""
    seller = await world.company("Seller Company")
    stale = msgspec.structs.replace(await world.operator("moderator"), stepped_up=False)
    api = await world.db.api()
    async with api.tx(stale, "any") as tx:
        with pytest.raises(StepUpRequired):
            await viewing.start(tx, b"x" * 32, seller.company, REASON)


async def test_the_database_refuses_every_hand_and_keeps_the_seal(world: World) -> None:
    """With all checks of the application off: a write ends in an error; a sealed price, which its seller reads, is not there."""
    deal = await buying(world)
    buyer, seller = await world.company("Buyer"), await world.company("Seller")
    rfq = await deal.rfq(buyer, sealed=True)
    await deal.quote(seller, rfq)
    eyes = Ctx(company_id=seller.company, person_id=seller.person_id, roles=frozenset({"owner"}), viewing=new_id())
    with pytest.raises(ViewOnly):
        async with deal.api.tx(eyes) as tx:
            await offers.create(tx, msgspec.convert(offer_json(), OfferIn), publish=False)
    seen: list[tuple[int, int]] = []
    for ctx in (seller, eyes):
        async with deal.api.tx(ctx, "any") as tx:
            seen.append((await tx.value("SELECT count(*) FROM quote_body"), await tx.value("SELECT count(*) FROM quote")))
    assert seen == [(1, 1), (0, 1)]


async def test_a_view_is_over_after_half_an_hour(site: Site) -> None:
    """The page shows nothing any more, and the end is recorded, though nobody pressed anything."""
    seller = await site.world.company("Seller")
    operator = await browser(site, await site.world.operator("moderator"))
    await _begin(site, operator, seller)
    site.deps.access.forget(operator.client.cookies["session"])
    await site.world.owner.execute("UPDATE member_view SET ends_at = clock_timestamp()")
    assert (await operator.get("/operator")).status_code == 200
    await views.end(await site.world.db.worker())
    ended = await site.world.owner.fetchval("SELECT count(*) FROM event WHERE type = 'company.view_ended'")
    assert ended == 1
    with pytest.raises(asyncpg.CheckViolationError):
        await site.world.owner.execute("UPDATE member_view SET ends_at = started_at + interval '2 hours'")
