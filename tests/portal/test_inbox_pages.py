"""The inbox and the home page: told, opened, read; what needs the acting person."""

from datetime import timedelta
from uuid import UUID

from exchange.ctx import Ctx
from exchange.ids import new_id
from tests.portal.browser import browser, form
from tests.world import Site


async def tell(site: Site, to: Ctx, kind: str = "company.approved") -> UUID:
    """An inbox row about the person's own company, as the worker writes it."""
    event, note = new_id(), new_id()
    owner = site.world.owner
    await owner.execute(
        """INSERT INTO event (id, type, aggregate, aggregate_id, version, company_id, at)
        VALUES ($1, $2, 'company', $3, 1, $3, market_now())""",
        event, kind, to.company,
    )  # fmt: skip
    await owner.execute(
        """INSERT INTO notification (id, company_id, person_id, event_id, kind, aggregate, aggregate_id, data, created_at)
        VALUES ($1, $2, $3, $4, $5, 'company', $2, '{"to": "own"}', market_now())""",
        note, to.company, to.person, event, kind,
    )  # fmt: skip
    return note


async def test_opening_an_entry_reads_it_and_leads_to_its_page(site: Site) -> None:
    """The count in the top bar falls; the entry stays in the list."""
    owner = await site.world.company("Sao Mai")
    note = await tell(site, owner)
    member = await browser(site, owner)
    page = await member.see("/inbox")
    assert "Your company is approved" in page
    assert 'data-inbox-count aria-hidden="true">1<' in page
    answer = await member.send("/inbox", f"/inbox/{note}")
    assert answer.headers["location"] == "/company"
    after = await member.see("/inbox")
    assert 'data-inbox-count aria-hidden="true"><' in after
    assert "Your company is approved" in after
    assert "Your company is approved" not in await member.see("/inbox?unread=1")


async def test_all_read_leaves_what_came_meanwhile(site: Site) -> None:
    """Only what the reader has seen is marked."""
    owner = await site.world.company("Sao Mai")
    await tell(site, owner)
    member = await browser(site, owner)
    seen = await member.see("/inbox")
    await tell(site, owner, "company.suspended")
    await member.follow(await member.send("/inbox", "/inbox/read-all", html=seen))
    left = await member.see("/inbox?unread=1")
    assert "Your company is suspended" in left
    assert "Your company is approved" not in left


async def test_another_persons_entry_is_not_found(site: Site) -> None:
    """404, and it stays unread."""
    owner = await site.world.company("Sao Mai")
    note = await tell(site, owner)
    stranger = await browser(site, await site.world.company("Tân Thành"))
    token = form(await stranger.see("/account"), "/sign-out").value("_csrf_token")
    answer = await stranger.client.post(f"/inbox/{note}", data={"_csrf_token": token})
    assert answer.status_code == 404
    assert await site.world.owner.fetchval("SELECT read_at FROM notification WHERE id = $1", note) is None


async def rfq(site: Site, buyer: Ctx, title: str, status: str, *, due_in: timedelta = timedelta(days=3)) -> UUID:
    """A request in a state, as the owner of the database writes it."""
    made = new_id()
    await site.world.owner.execute(
        """INSERT INTO rfq (id, number, buyer_id, status, title, sealed, mode, currency, lines, terms, due_at, published_at,
        created_by, created_at, updated_at) VALUES ($1, $7, $2, $3, $4, false, 'open', 'VND',
        '[{"id": 1}]', '{}', market_now() + $5, market_now(), $6, market_now(), market_now())""",
        made, buyer.company, status, title, due_in, buyer.person, f"RFQ-{made.hex[-8:]}",
    )  # fmt: skip
    return made


async def test_home_shows_what_needs_me_most_urgent_first(site: Site) -> None:
    """A buyer compares, a supplier quotes, an approver decides on what a colleague asks; others' things are not shown."""
    buyer = await site.world.company("Sao Mai")
    seller = await site.world.company("Tân Thành")
    open_one = await rfq(site, buyer, "Thùng carton 5 lớp", "open")
    soon = await rfq(site, buyer, "Muối tinh", "open", due_in=timedelta(hours=2))
    evaluating = await rfq(site, buyer, "Đường cát", "evaluating")
    colleague = await site.world.person(buyer.company, "Sao Mai", "Trần Mua", "buyer")
    for about in (open_one, soon):
        await site.world.owner.execute(
            "INSERT INTO invitation (rfq_id, seller_id, buyer_id, id, status, created_at) VALUES ($1, $2, $3, $4, 'sent', "
            "market_now())",
            about, seller.company, buyer.company, new_id(),
        )  # fmt: skip
    approval = new_id()
    await site.world.owner.execute(
        """INSERT INTO approval_request (id, company_id, kind, object_id, object_version, status, currency, gross_minor,
        requested_by, requested_at, due_at) VALUES ($1, $2, 'rfq', $3, 1, 'pending', 'VND', 412500000, $4, market_now(),
        market_now() + interval '1 day')""",
        approval, buyer.company, evaluating, colleague.person,
    )  # fmt: skip
    owner_page = await (await browser(site, buyer)).see("/")
    assert f'href="/approvals/{approval}"' in owner_page
    assert "₫412,500,000" in owner_page
    assert f'href="/rfqs/{evaluating}"' in owner_page
    assert owner_page.index("Approve: Đường cát") < owner_page.index("Compare quotations: Đường cát")
    assert "Requests open" in owner_page
    buyer_page = await (await browser(site, colleague)).see("/")
    assert f"/approvals/{approval}" not in buyer_page
    assert "Compare quotations: Đường cát" in buyer_page
    seller_page = await (await browser(site, seller, "vi")).see("/")
    assert seller_page.index("Cơ hội bán: Muối tinh") < seller_page.index("Cơ hội bán: Thùng carton 5 lớp")
    assert "Sao Mai" in seller_page
    assert "Đường cát" not in seller_page


async def test_home_without_tasks_offers_a_beginning(site: Site) -> None:
    """And an applicant reads how the application stands."""
    member = await browser(site, await site.world.company("Sao Mai"))
    page = await member.see("/")
    assert "Nothing waits for you" in page
    assert 'href="/rfqs/new"' in page
    applicant = await browser(site, await site.world.company("Bạc Liêu", status="applied"))
    assert "Your application is being checked" in await applicant.see("/")
