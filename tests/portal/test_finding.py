"""Finding: documents by number and own reference, members by name, own requests by title and deadline, a branch of the tree."""

from uuid import UUID

from exchange.ctx import Ctx
from exchange.ids import new_id
from tests.portal.browser import browser
from tests.world import Site, key, offer_json

API = "/api/v1"


async def request_for(site: Site, buyer: Ctx, number: str, title: str, days: int, reference: str | None = None) -> UUID:
    """A draft of the buyer's."""
    rfq = new_id()
    await site.world.owner.execute(
        """INSERT INTO rfq (id, number, buyer_id, status, title, sealed, mode, currency, lines, terms, due_at, own_reference,
        created_by, created_at, updated_at) VALUES ($1, $2, $3, 'draft', $4, true, 'open', 'VND', '[{}]', '{}',
        now() + make_interval(days => $5), $6, $7, now(), now())""",
        rfq, number, buyer.company, title, days, reference, buyer.person,
    )  # fmt: skip
    return rfq


async def order_of(site: Site, buyer: Ctx, seller: Ctx, number: str, reference: str, *, placed: bool = True) -> UUID:
    """An order, placed or still a draft."""
    order = new_id()
    await site.world.owner.execute(
        """INSERT INTO purchase_order (id, number, buyer_id, seller_id, status, currency, net_minor, vat_minor, gross_minor,
        fee_percent, fee_vat_percent, terms, delivery, buyer_reference, created_at, updated_at, placed_at) VALUES ($1, $2, $3, $4,
        $5, 'VND', 1000, 0, 1000, 1, 10, '{}', '{}', $6, now(), now(), CASE WHEN $7 THEN now() END)""",
        order, number, buyer.company, seller.company, "placed" if placed else "draft", reference, placed,
    )  # fmt: skip
    return order


async def test_a_number_goes_straight_to_its_page(site: Site) -> None:
    """Typed in any case; nobody else's document is found, and a seller finds no order that is not placed."""
    buyer, seller, other = [await site.world.company(name) for name in ("Sao Mai", "Tân Thành", "Bạc Liêu")]
    rfq = await request_for(site, buyer, "RFQ-7K3F-9QXM", "Muối", 3)
    order = await order_of(site, buyer, seller, "PO-AAAA-1111", "PR-1")
    draft = await order_of(site, buyer, seller, "PO-BBBB-2222", "PR-2", placed=False)
    expected = {
        buyer: {"rfq-7k3f-9qxm ": f"/rfqs/{rfq}", "PO-AAAA-1111": f"/orders/{order}", "po-bbbb-2222": f"/orders/{draft}"},
        seller: {"RFQ-7K3F-9QXM": None, "PO-AAAA-1111": f"/orders/{order}", "PO-BBBB-2222": None},
        other: {"RFQ-7K3F-9QXM": None, "PO-AAAA-1111": None},
    }
    for who, numbers in expected.items():
        member = await browser(site, who)
        for number, page in numbers.items():
            answer = await member.client.get("/search", params={"q": number})
            assert answer.headers.get("location") == page, (who.company_name, number)
            if page is None:
                assert f"You have no document with the number {number}." in answer.text


async def test_own_references_and_names_are_found(site: Site) -> None:
    """By how they begin, in any case; a percent sign is a percent sign; the other side's references say nothing."""
    buyer, seller = await site.world.company("Sao Mai"), await site.world.company("Bao bì Tân Thành")
    order = await order_of(site, buyer, seller, "PO-AAAA-1111", "KH-2026/77")
    rfq = await request_for(site, buyer, "RFQ-7K3F-9QXM", "Muối", 3, "KH-2026/78")
    member = await browser(site, buyer)
    seen = (await member.client.get("/search", params={"q": "kh-2026"})).text
    assert f'href="/orders/{order}"' in seen
    assert f'href="/rfqs/{rfq}"' in seen
    assert "PO-AAAA-1111" not in (await member.client.get("/search", params={"q": "kh%77"})).text
    assert "PO-AAAA-1111" not in (await (await browser(site, seller)).client.get("/search", params={"q": "KH-2026"})).text
    named = (await member.client.get("/search", params={"q": "tan th"})).text
    assert f'href="/companies/{seller.company}"' in named
    client = await site.client(buyer)
    by_api = (await client.get(f"{API}/find", params={"text": "KH-2026/77"})).json()
    assert [(item["kind"], item["id"]) for item in by_api["documents"]] == [("order", str(order))]
    assert (await client.get(f"{API}/find", params={"text": "tân thành"})).json()["companies"][0]["id"] == str(seller.company)


async def test_own_requests_are_found_and_ordered(site: Site) -> None:
    """By words of the title, the number or the own reference; by deadline both ways, paged without gap."""
    buyer = await site.world.company("Sao Mai")
    for n, days in enumerate((5, 2, 9, 7)):
        await request_for(site, buyer, f"RFQ-AAAA-000{n}", f"Muối {days} ngày", days, f"KH/{n}")
    member = await browser(site, buyer)
    seen = await member.see("/rfqs?find=9+ng")
    assert "RFQ-AAAA-0002" in seen
    assert "RFQ-AAAA-0001" not in seen
    assert "RFQ-AAAA-0003" in await member.see("/rfqs?find=kh/3")
    assert "Nothing matches" in await member.see("/rfqs?find=absent")
    client = await site.client(buyer)
    for order, expected in (("due_at", "1032"), ("-due_at", "2301"), ("newest", "3210")):
        page = await member.see(f"/rfqs?sort={order}")
        places = sorted(range(4), key=lambda n: page.index(f"RFQ-AAAA-000{n}"))
        assert "".join(map(str, places)) == expected, order
        found, cursor = "", None
        while True:
            params = {"limit": 1, "order": order} | ({} if cursor is None else {"cursor": cursor})
            answer = (await client.get(f"{API}/own/rfqs", params=params)).json()
            found += "".join(item["number"][-1] for item in answer["items"])
            cursor = answer["next"]
            if cursor is None:
                break
        assert found == expected


async def test_a_category_shows_everything_below_it(site: Site) -> None:
    """With its count, newest first across categories; the API lists the same."""
    seller = await site.world.company("Tân Thành")
    root, *codes = [
        row["code"]
        for row in await site.world.owner.fetch(
            """SELECT c.code FROM category AS c JOIN (SELECT parent_code AS code FROM category WHERE path NOT LIKE '%/%/%'
            AND parent_code IS NOT NULL GROUP BY 1 HAVING count(*) > 1 ORDER BY 1 LIMIT 1) AS r
            ON c.path = r.code OR c.parent_code = r.code ORDER BY c.path LIMIT 3"""
        )
    ]
    client = await site.client(seller)
    for n, code in enumerate(codes):
        made = await client.post(f"{API}/offers", json=offer_json(title=f"Listing {n}", category=code), headers=key())
        assert made.status_code == 201, made.text
    buyer = await site.world.company("Sao Mai")
    seen = await (await browser(site, buyer)).see(f"/market?category={root}")
    assert seen.index("Listing 1") < seen.index("Listing 0")
    assert '<span class="count">2</span>' in seen
    answer = await (await site.client(buyer)).get(f"{API}/offers", params={"category": root, "limit": 1})
    assert [item["title"] for item in answer.json()["items"]] == ["Listing 1"]
    assert answer.json()["next"]
    assert (await (await site.client(buyer)).get(f"{API}/offers", params={"category": "absent"})).json()["items"] == []


async def test_the_directory_finds_names_and_tax_numbers(site: Site) -> None:
    """A word of the name without accents, part of the legal name, the tax number; an empty result says so."""
    await site.world.company("Sao Mai")
    packer = await site.world.company("Bao bì Đại Phát")
    tax = await site.world.owner.fetchval("SELECT tax_id FROM company WHERE id = $1", packer.company)
    member = await browser(site, await site.world.company("Hương Quê"))
    for find in ("dai ph", "ĐẠI", "phát ltd", tax, "bao bi"):
        seen = (await member.client.get("/network", params={"find": find})).text
        assert f'href="/companies/{packer.company}"' in seen, find
        assert "Sao Mai" not in seen
    for find in ("ao bi dai", "%", "_"):
        assert "Nothing matches" in (await member.client.get("/network", params={"find": find})).text, find
    api = await (await site.client(packer)).get(f"{API}/companies", params={"find": "huong"})
    assert [item["display_name"] for item in api.json()["items"]] == ["Hương Quê"]


async def test_a_profile_shows_what_was_published(site: Site) -> None:
    """Published reviews with their author, escaped; one that waits is nobody's to read."""
    buyer, seller = await site.world.company("Sao Mai"), await site.world.company("Tân Thành")
    for n, (status, text) in enumerate((("published", "Đúng hẹn <b>lắm</b>"), ("written", "still blind"))):
        order = await order_of(site, buyer, seller, f"PO-AAAA-000{n}", "x")
        await site.world.owner.execute(
            """INSERT INTO review (id, order_id, author_company_id, subject_company_id, status, score, text, author_id,
            created_at, publish_at, published_at)
            VALUES ($1, $2, $3, $4, $5, 4, $6, $7, now(), now(), CASE WHEN $5 = 'published' THEN now() END)""",
            new_id(), order, buyer.company, seller.company, status, text, buyer.person,
        )  # fmt: skip
    reader = await browser(site, await site.world.company("Bạc Liêu"))
    seen = await reader.see(f"/companies/{seller.company}")
    assert "Đúng hẹn &lt;b&gt;lắm&lt;/b&gt;" in seen
    assert "4 of 5" in seen
    assert "still blind" not in seen
    assert "has published a review yet" in await reader.see(f"/companies/{buyer.company}")
