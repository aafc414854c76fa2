"""Offers over HTTP: written once, seen by those who may, refused with a reason."""

from tests.world import Site, key, offer_json


async def test_a_published_offer_is_seen_by_another_member(site: Site) -> None:
    """From its commit on a live offer is in the market's list and readable by id."""
    seller = await site.client(await site.world.company("Seller"))
    buyer = await site.client(await site.world.company("Buyer"))
    made = await seller.post("/api/v1/offers", json=offer_json(), headers=key())
    assert made.status_code == 201, made.text
    found = await buyer.get(f"/api/v1/offers/{made.json()['id']}")
    assert found.json() == made.json()
    listed = await buyer.get("/api/v1/offers")
    assert [row["id"] for row in listed.json()["items"]] == [made.json()["id"]]


async def test_one_key_makes_one_offer(site: Site) -> None:
    """The same key and body answer the same offer again; another body is refused with 422."""
    seller = await site.client(await site.world.company("Seller"))
    headers = key()
    first = await seller.post("/api/v1/offers", json=offer_json(), headers=headers)
    again = await seller.post("/api/v1/offers", json=offer_json(), headers=headers)
    other = await seller.post("/api/v1/offers", json=offer_json(title="Something else"), headers=headers)
    assert again.json() == first.json()
    assert (other.status_code, other.json()["code"]) == (422, "key-reused")


async def test_a_draft_is_hidden_from_everybody_else(site: Site) -> None:
    """404, as if it did not exist."""
    seller = await site.client(await site.world.company("Seller"))
    buyer = await site.client(await site.world.company("Buyer"))
    made = await seller.post("/api/v1/offers?publish=false", json=offer_json(), headers=key())
    hidden = await buyer.get(f"/api/v1/offers/{made.json()['id']}")
    assert (made.json()["status"], hidden.status_code, hidden.json()["code"]) == ("draft", 404, "not-found")


async def test_every_wrong_field_is_named(site: Site) -> None:
    """One answer lists them all, each with its place."""
    seller = await site.client(await site.world.company("Seller"))
    wrong = offer_json(
        unit="ZZZ", vat_code="NONE", tiers=[{"min_quantity": "10", "price": "1"}, {"min_quantity": "5", "price": "1"}]
    )
    answer = await seller.post("/api/v1/offers", json=wrong, headers=key())
    assert answer.status_code == 422
    assert {item["pointer"] for item in answer.json()["errors"]} == {"/unit", "/vat_code", "/tiers/1/min_quantity"}


async def test_a_viewer_cannot_write(site: Site) -> None:
    """403 names the permission that is missing."""
    viewer = await site.client(await site.world.company("Seller", roles=("viewer",)))
    answer = await viewer.post("/api/v1/offers", json=offer_json(), headers=key())
    assert (answer.status_code, answer.json()["data"]["needed"]) == (403, "offer.write")
