"""The queue without JavaScript: what was found is marked, a refusal is read by its seller and appealed against."""

import msgspec

from exchange.domain.offer import service as offers
from schemas.offer import OfferIn
from tests.portal.browser import browser
from tests.world import Site, offer_json

TEXT = "Dark ink, call 0903 123 456 now"


async def test_a_listing_is_refused_appealed_and_accepted_on_pages(site: Site) -> None:
    """Held with its number marked; refused with a reason; appealed; another operator accepts; two more are decided together."""
    seller_ctx = await site.world.company("Seller")
    made = []
    for title in ("Ink of kind alder", "Ink of kind birch", "Ink of kind cedar"):
        async with site.deps.db.tx(seller_ctx) as tx:
            command = msgspec.convert(offer_json(title=title, mpn=None, description=TEXT), OfferIn)
            made.append(await offers.create(tx, command, publish=True))
    seller = await browser(site, seller_ctx)
    first = await browser(site, await site.world.operator("moderator"))
    second = await browser(site, await site.world.operator("compliance"))
    page = await first.see("/operator/queue")
    assert '<mark class="hit" title="A telephone number: +84903123456.' in page
    assert "3 to decide" in await first.see("/operator")
    cases = {row["object_id"]: row["id"] for row in await site.world.owner.fetch("SELECT id, object_id FROM moderation_case")}
    case = cases[made[0].id]
    refusal = {"decision": "reject", "template": "contact", "reason": "Bỏ số điện thoại."}
    after = await first.follow(await first.send(f"/operator/queue/{case}", f"/operator/queue/{case}/decide", **refusal))
    assert "Rejected. The next case is open." in after
    assert "Ink of kind birch" in after
    seen = await seller.see(f"/cases/{case}")
    assert "Contact data belongs in your company profile, not in this text. Bỏ số điện thoại." in seen
    assert f"/cases/{case}" in await seller.see(f"/offers/{made[0].id}")
    assert "Use at least 10 characters." in (await seller.send(f"/cases/{case}", f"/cases/{case}", text="why")).text
    answer = await seller.send(f"/cases/{case}", f"/cases/{case}", text="It is our published hotline.")
    assert "Your appeal is made." in await seller.follow(answer)
    appeal = answer.headers["location"].rpartition("/")[2]
    assert "You made the decision that is appealed against" in await first.see(f"/operator/queue/{appeal}")
    await second.follow(
        await second.send(f"/operator/queue/{appeal}", f"/operator/queue/{appeal}/decide", decision="approve", template="")
    )
    both = await second.see("/operator/queue")
    assert "It is our published hotline." not in both
    boxes = [f"{cases[offer.id]}:1" for offer in made[1:]]
    answer = await second.send("/operator/queue", "/operator/queue/together", cases=boxes, decision="approve")
    assert "2 cases decided." in await second.follow(answer)
    states = await site.world.owner.fetch("SELECT DISTINCT status FROM offer")
    assert [row["status"] for row in states] == ["live"]
    assert "Nothing waits" in await second.see("/operator/queue")
    await site.world.owner.execute("UPDATE company SET status = 'applied', applied_at = now() WHERE id = $1", seller_ctx.company)
    waits = await second.see("/operator/queue")
    assert f'href="/operator/companies/{seller_ctx.company}"' in waits
    assert "No case waits" in waits
    assert "1 application waits" in await second.see("/operator")


async def test_an_operator_changes_a_rule(site: Site) -> None:
    """A new term holds from the next listing on; who saw an older version is refused with all that was typed; it is recorded."""
    seller = await site.world.company("Seller")
    compliance = await browser(site, await site.world.operator("compliance"))
    moderator = await browser(site, await site.world.operator("moderator"))
    rule = await site.world.owner.fetchval("SELECT id FROM screening_rule WHERE code = 'banned_terms'")
    page = f"/operator/rules/{rule}"
    assert "Compliance and administrators change rules." in await moderator.see(page)
    assert "Banned terms" in await compliance.see("/operator/rules")
    stale = await compliance.see(page)
    answer = await compliance.send(page, page, enabled="on", holds="on", terms="vàng lậu\npháo nổ")
    assert "The rule is changed." in await compliance.follow(answer)
    again = await compliance.send(page, page, html=stale, enabled="on", holds="on", terms="another")
    assert (again.status_code, "another" in again.text) == (409, True)
    async with site.deps.db.tx(seller) as tx:
        command = msgspec.convert(offer_json(title="Bán vàng lậu"), OfferIn)
        assert (await offers.create(tx, command, publish=True)).status == "in_review"
    recorded = await site.world.owner.fetch("SELECT version, to_state FROM event WHERE type = 'screening.changed'")
    assert [tuple(row.values()) for row in recorded] == [(2, "enabled")]
