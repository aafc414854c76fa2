"""Bad input over HTTP: each answer is a problem document that says what is wrong and where, and nothing is done."""

from typing import Any

import httpx2
import msgspec
import pytest

from tests.api.test_buying import post, quote_json, rfq_json
from tests.world import Site, key, offer_json

API = "/api/v1"


async def sent(client: httpx2.AsyncClient, path: str, data: Any = None, **options: Any) -> tuple[int, str, list[str]]:
    """Status, code and pointers of a refused POST; it must be a problem document."""
    answer = await client.post(API + path, json=data, headers=key(), **options)
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert (problem["status"], bool(problem["title"]), bool(problem["detail"])) == (answer.status_code, True, True)
    assert problem["request_id"]
    return answer.status_code, problem["code"], [item["pointer"] for item in problem.get("errors", [])]


async def raw(client: httpx2.AsyncClient, path: str, body: bytes, kind: str = "application/json") -> tuple[int, str]:
    answer = await client.post(API + path, content=body, headers={**key(), "content-type": kind})
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


async def firm_offer(site: Site, **changes: object) -> tuple[httpx2.AsyncClient, dict[str, Any]]:
    """A buyer, and a live firm offer of a seller, both Vietnamese."""
    seller = await site.client(await site.world.company("Seller"))
    buyer = await site.client(await site.world.company("Buyer"))
    return buyer, await post(seller, "/offers", offer_json(**changes))


def order_json(offer: dict[str, Any], quantity: object) -> dict[str, object]:
    line = {"offer_id": offer["id"], "offer_version": offer["version"], "quantity": quantity}
    return {"lines": [line], "deliver_to": "1 Test Street", "region": "VN-SG"}


async def test_an_unknown_field_is_named(site: Site) -> None:
    """A field that the schema does not know is refused at its place, at the top and inside a list."""
    seller = await site.client(await site.world.company("Seller"))
    assert await sent(seller, "/offers", offer_json(status="live")) == (422, "invalid", ["/status"])
    answer = await seller.post(f"{API}/offers", json=offer_json(status="live"), headers=key())
    assert answer.json()["errors"][0]["code"] == "unknown-field"
    tier = {"min_quantity": "1", "price": "5", "currency": "USD"}
    assert await sent(seller, "/offers", offer_json(tiers=[tier])) == (422, "invalid", ["/tiers/0/currency"])


@pytest.mark.parametrize("price", ["NaN", "Infinity", "-Infinity", "1e400000", "1E5", "-1", "0", "1.0000001", "1" * 19, "", "٣"])
async def test_a_price_is_a_finite_decimal(site: Site, price: str) -> None:
    """What looks like a number to a lenient reader is refused at its place."""
    seller = await site.client(await site.world.company("Seller"))
    wrong = offer_json(tiers=[{"min_quantity": "1", "price": price}])
    assert await sent(seller, "/offers", wrong) == (422, "invalid", ["/tiers/0/price"])


async def test_a_refusal_says_what_would_be_right(site: Site) -> None:
    """Words instead of a pattern, the byte where JSON ends, the header that is missing, the body that is not there."""
    seller = await site.client(await site.world.company("Seller"))

    async def said(body: bytes, headers: dict[str, str]) -> list[tuple[str, str, str]]:
        answer = await seller.post(f"{API}/offers", content=body, headers={**headers, "content-type": "application/json"})
        return [(item["pointer"], item["code"], item["detail"]) for item in answer.json()["errors"]]

    priced = msgspec.json.encode(offer_json(tiers=[{"min_quantity": "1", "price": "1e400000"}]))
    assert await said(priced, key()) == [
        (
            "/tiers/0/price",
            "schema",
            "Expected a decimal number above 0 in a string, at most 12 digits before the point and 6 after it.",
        )
    ]
    assert await said(b'{"title": NaN}', key()) == [("", "malformed", "JSON is malformed: invalid character (byte 10)")]
    whole = msgspec.json.encode(offer_json())
    missing = ("/Idempotency-Key", "missing", "The header parameter Idempotency-Key is missing.")
    assert await said(whole, {}) == [missing]
    assert [place for place, _, _ in await said(whole, {"Idempotency-Key": ""})] == ["/Idempotency-Key"]
    assert await said(b"", key()) == [("", "missing", "The body is missing.")]


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        (b"NaN", (400, "malformed")),
        (b"Infinity", (400, "malformed")),
        (b"1e400000", (400, "malformed")),
        (b"12.5", (422, "invalid")),
        (b"9" * 400, (422, "invalid")),
        (b'"\\ud800"', (400, "malformed")),
        (b"[" * 10_000 + b"]" * 10_000, (400, "malformed")),
    ],
)
async def test_a_json_literal_never_becomes_a_price(site: Site, literal: bytes, expected: tuple[int, str]) -> None:
    """NaN is no JSON, a number is no price, however large, and a deep nesting is not followed."""
    seller = await site.client(await site.world.company("Seller"))
    body = b'{"tiers":[{"min_quantity":"1","price":' + literal + b"}]}"
    assert await raw(seller, "/offers", body) == expected


async def test_two_residents_deal_in_dong(site: Site) -> None:
    """A foreign currency between two Vietnamese companies is refused with the rule's name."""
    buyer, offer = await firm_offer(site, currency="USD", tiers=[{"min_quantity": "1", "price": "2.50"}])
    assert (await sent(buyer, "/orders", order_json(offer, "10")))[:2] == (422, "currency-not-allowed")
    seller = await site.client(await site.world.company("Quoting"))
    rfq = await post(buyer, "/rfqs", rfq_json(currency="USD"))
    assert (await sent(seller, f"/rfqs/{rfq['id']}/quotes", quote_json(rfq, "2.50")))[:2] == (422, "currency-not-allowed")


async def test_less_than_the_smallest_order(site: Site) -> None:
    """A quantity below MOQ is refused at its line, and says what would do."""
    buyer, offer = await firm_offer(site)
    assert await sent(buyer, "/orders", order_json(offer, "9")) == (422, "invalid", ["/lines/0/quantity"])
    answer = await buyer.post(f"{API}/orders", json=order_json(offer, "9"), headers=key())
    assert answer.json()["errors"][0]["code"] == "below-moq"
    assert "10" in answer.json()["errors"][0]["detail"]


async def test_a_late_quote(site: Site) -> None:
    """After the deadline, before any job has closed the RFQ: 409, and the deadline is named."""
    buyer = await site.client(await site.world.company("Buyer"))
    seller = await site.client(await site.world.company("Seller"))
    rfq = await post(buyer, "/rfqs", rfq_json())
    await site.world.advance("73 hours")
    assert await sent(seller, f"/rfqs/{rfq['id']}/quotes", quote_json(rfq, "1")) == (409, "deadline-passed", [])


async def test_a_foreign_object_is_not_found(site: Site) -> None:
    """What is another company's answers as what does not exist."""
    buyer, offer = await firm_offer(site)
    order = await post(buyer, "/orders", order_json(offer, "10"))
    stranger = await site.client(await site.world.company("Stranger"))
    for path in (f"/orders/{order['id']}", f"/contracts/{order['contract_id']}", f"/orders/{offer['id']}"):
        answer = await stranger.get(API + path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found"), path
    closing = {"reason": "Not needed"}
    assert await sent(stranger, f"/orders/{order['id']}/closing", closing) == (404, "not-found", [])


async def test_a_used_key_with_another_body(site: Site) -> None:
    """422 `key-reused`, and only the first body had an effect; a key that is no key is refused too."""
    seller = await site.client(await site.world.company("Seller"))
    headers = key()
    first = await seller.post(f"{API}/offers", json=offer_json(), headers=headers)
    other = await seller.post(f"{API}/offers", json=offer_json(title="Another"), headers=headers)
    assert (first.status_code, other.status_code, other.json()["code"]) == (201, 422, "key-reused")
    assert len((await seller.get(f"{API}/own/offers")).json()["items"]) == 1
    for missing in ({}, {"Idempotency-Key": ""}, {"Idempotency-Key": "k" * 201}):
        answer = await seller.post(f"{API}/offers", json=offer_json(), headers=missing)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_a_body_that_is_too_large(site: Site) -> None:
    """10 MB of JSON answer 413 as a problem, announced or not."""
    seller = await site.client(await site.world.company("Seller"))
    body = b'{"title":"' + b"x" * 10_000_000 + b'"}'
    assert await raw(seller, "/offers", body) == (413, "too-large")

    async def pieces() -> Any:
        for start in range(0, len(body), 500_000):
            yield body[start : start + 500_000]

    answer = await seller.post(f"{API}/offers", content=pieces(), headers={**key(), "content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        (b"", "application/json", (422, "invalid")),
        (b"{", "application/json", (400, "malformed")),
        (b"\xff\xfe", "application/json", (400, "malformed")),
        (b"[]", "application/json", (422, "invalid")),
        (b"null", "application/json", (422, "invalid")),
        (b"title=x", "application/x-www-form-urlencoded", (400, "malformed")),
        (b"<offer/>", "text/xml", (400, "malformed")),
    ],
)
async def test_a_body_that_is_no_object(site: Site, body: bytes, kind: str, expected: tuple[int, str]) -> None:
    """Nothing, broken JSON, another shape and other formats."""
    seller = await site.client(await site.world.company("Seller"))
    assert await raw(seller, "/offers", body, kind) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Paper\u0000"},
        {"description": "a\u0000b"},
        {"attributes": {"a\u0000b": 1}},
        {"attributes": {"colour": "a\u0000b"}},
        {"external_id": "a\u0000b"},
        {"valid_until": "0001-01-01T00:00:00+14:00"},
        {"valid_until": "9999-12-31T23:59:59-12:00"},
        {"valid_until": "2027-02-30T00:00:00Z"},
        {"lead_time_days": 10**30},
        {"lead_time_days": 2.5},
        {"regions": ["VN"] * 101},
        {"regions": []},
    ],
)
async def test_values_that_the_database_cannot_hold(site: Site, changes: dict[str, object]) -> None:
    """NUL bytes, times at the end of the calendar and huge numbers are refused with 422."""
    seller = await site.client(await site.world.company("Seller"))
    status, code, _ = await sent(seller, "/offers", offer_json(**changes))
    assert (status, code) == (422, "invalid")


@pytest.mark.parametrize(
    "query",
    [
        "cursor=x",
        "cursor=%00",
        "cursor=" + "A" * 401,
        "limit=0",
        "limit=101",
        "limit=1e400000",
        "limit=NaN",
        "status=%00",
        "status=A",
    ],
)
async def test_a_list_refuses_what_is_no_page(site: Site, query: str) -> None:
    """Cursors of other lists, page sizes and states that do not exist."""
    seller = await site.client(await site.world.company("Seller"))
    answer = await seller.get(f"{API}/own/offers?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert answer.json()["errors"][0]["pointer"] == "/" + query.split("=")[0]


@pytest.mark.parametrize("form", [{"files": {"other": ("a.csv", b"x")}}, {"data": {"file": "text"}}, {"data": {"": "x"}}])
async def test_a_form_without_its_file(site: Site, form: dict[str, Any]) -> None:
    """Another field, text instead of a file, or no form at all: refused, not a fault of ours."""
    seller = await site.client(await site.world.company("Seller"))
    for path in ("/own/offers/import", "/files?purpose=attachment"):
        answer = await seller.post(API + path, **form)
        assert (answer.status_code, answer.headers["content-type"]) in {
            (400, "application/problem+json"),
            (422, "application/problem+json"),
        }, answer.text
