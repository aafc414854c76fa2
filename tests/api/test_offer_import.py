"""Offers by file over HTTP: all rows or none, every wrong field named, the same file twice changes nothing."""

import json

from tests.world import Site, offer_json

CSV = """external_id,title,category,unit,currency,price,min_quantity,price_2,min_quantity_2,vat_code,lead_time_days,\
ship_from,regions,firm
A-1,Copy paper A4 70 gsm,other,C62,VND,62000,10,58000,100,VN10,3,VN-SG,VN,true
A-2,Copy paper A3 70 gsm,other,C62,VND,124000,5,,,VN10,3,VN-SG,VN-SG;VN-HN,false
"""


async def test_a_csv_file_becomes_offers_once(site: Site) -> None:
    """The second time nothing changes; a changed row becomes a new version."""
    seller = await site.client(await site.world.company("Seller"))
    first = await seller.post("/api/v1/own/offers/import", files={"file": ("offers.csv", CSV)})
    assert first.json() == {"rows": 2, "created": 2, "updated": 0, "unchanged": 0, "in_review": 0, "errors": []}, first.text
    again = await seller.post("/api/v1/own/offers/import", files={"file": ("offers.csv", CSV)})
    assert (again.json()["created"], again.json()["unchanged"]) == (0, 2)
    dearer = await seller.post("/api/v1/own/offers/import", files={"file": ("offers.csv", CSV.replace("62000", "63000"))})
    assert (dearer.json()["updated"], dearer.json()["unchanged"]) == (1, 1)
    listed = (await seller.get("/api/v1/own/offers")).json()["items"]
    assert {(row["title"], row["version"], row["price"]) for row in listed} == {
        ("Copy paper A4 70 gsm", 2, "63000"),
        ("Copy paper A3 70 gsm", 1, "124000"),
    }


async def test_one_bad_row_stops_the_file_and_all_are_named(site: Site) -> None:
    """Nothing is half done: the good row is not written either."""
    seller = await site.client(await site.world.company("Seller"))
    rows = [offer_json(external_id="1"), offer_json(external_id="2", unit="ZZZ", currency="XXX"), offer_json(external_id="1")]
    body = "\n".join(json.dumps(row) for row in rows) + "\nnot json\n"
    answer = await seller.post("/api/v1/own/offers/import", files={"file": ("offers.jsonl", body)})
    assert answer.status_code == 422
    assert {item["pointer"] for item in answer.json()["errors"]} == {"/2/currency", "/3/external_id", "/4/"}
    assert (await seller.get("/api/v1/own/offers")).json()["items"] == []


async def test_a_dry_run_writes_nothing(site: Site) -> None:
    """It says what would be wrong, and leaves the market as it was."""
    seller = await site.client(await site.world.company("Seller"))
    answer = await seller.post("/api/v1/own/offers/import?dry_run=true", files={"file": ("offers.csv", CSV)})
    assert (answer.status_code, answer.json()["rows"], answer.json()["created"]) == (200, 2, 0)
    assert (await seller.get("/api/v1/own/offers")).json()["items"] == []
