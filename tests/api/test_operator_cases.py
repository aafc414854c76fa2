"""The operators' queue over HTTP, and the device that a passkey's sign-in is remembered by."""

from tests.domain.test_passkeys import Device
from tests.world import Site, key, offer_json


async def test_operators_take_and_decide_cases(site: Site) -> None:
    """Taken once for one key; a stale version, a second operator and a member are refused; the decision shows the listing."""
    world = site.world
    seller = await site.client(await world.company("Seller"))
    one, two = [await site.client(await world.operator("moderator")) for _ in range(2)]
    made = await seller.post("/api/v1/offers", json=offer_json(description="Call 0903 123 456 now"), headers=key())
    offer = f"/api/v1/offers/{made.json()['id']}"
    assert (made.status_code, (await seller.get(offer)).json()["status"]) == (201, "in_review")
    (case,) = (await one.get("/api/v1/operator/cases?kind=offer")).json()["items"]
    at = f"/api/v1/operator/cases/{case['id']}"
    assert (await seller.post(f"{at}/take", headers=key())).status_code == 403
    headers = key()
    taken = await one.post(f"{at}/take", headers=headers)
    assert (taken.status_code, taken.json()["status"]) == (200, "taken")
    assert (await one.post(f"{at}/take", headers=headers)).json() == taken.json()
    decision = {"version": taken.json()["version"], "accept": True}
    assert (await seller.post(f"{at}/decide", json=decision, headers=key())).status_code == 403
    assert (await two.post(f"{at}/decide", json=decision, headers=key())).status_code == 409
    assert (await one.post(f"{at}/decide", json={"version": 1, "accept": True}, headers=key())).status_code == 409
    assert (await one.post(f"{at}/decide", json={**decision, "accept": False}, headers=key())).status_code == 422
    headers = key()
    decided = await one.post(f"{at}/decide", json=decision, headers=headers)
    assert (decided.status_code, decided.json()["outcome"]) == (200, "approved")
    assert (await one.post(f"{at}/decide", json=decision, headers=headers)).json() == decided.json()
    assert (await seller.get(offer)).json()["status"] == "live"
    assert (await one.get("/api/v1/operator/cases")).json()["items"] == []


async def test_a_sign_in_with_a_passkey_marks_the_device(site: Site) -> None:
    """The same cookie for the same device, only its hash is kept, and two companies on one device are looked at."""
    world = site.world
    browser = await site.client()
    for name in ("One", "Two"):
        person = await site.client(await world.company(name))
        device = Device("exchange.test", "http://exchange.test")
        asked = (await person.post("/api/v1/session/passkeys/options")).json()
        given = {"ceremony": asked["ceremony"], "name": "Phone", "credential": device.make(asked["options"])}
        assert (await person.post("/api/v1/session/passkeys", json=given)).status_code == 201
        asked = (await browser.post("/api/v1/session/passkey/options")).json()
        answer = {"ceremony": asked["ceremony"], "credential": device.sign(asked["options"])}
        entered = await browser.post("/api/v1/session/passkey", json=answer)
        assert entered.status_code == 201, entered.text
        assert len(browser.cookies["device"]) == 43
    marks = await world.owner.fetch("SELECT company_id, hash FROM company_mark WHERE kind = 'device'")
    assert (len({row["company_id"] for row in marks}), len({row["hash"] for row in marks})) == (2, 1)
    assert browser.cookies["device"].encode() not in marks[0]["hash"]
    assert await world.owner.fetchval("SELECT count(*) FROM job WHERE kind = 'flag_company'") == 2
