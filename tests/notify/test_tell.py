"""Who is told: the right people of the right companies, once, in words without a price."""

import asyncio

import asyncpg
import pytest

from exchange.domain.notification import service
from exchange.jobs import tell as telling_job
from exchange.notify.inbox import render
from tests.conftest import TestDatabase
from tests.jobs import workshop
from tests.notify.neighbourhood import Deal, acting, add_order, add_person, add_rfq, mailed, record, tell_once, told


async def test_an_order_is_told_to_the_seller_and_to_colleagues_but_not_to_who_placed_it(
    db: TestDatabase, owner: asyncpg.Connection, deal: Deal
) -> None:
    """Both companies hear of it, the acting person does not, a warehouse worker neither, and mail goes to the specialist."""
    order = await add_order(owner, deal.buyer, deal.seller)
    event = await record(await db.api(), deal.as_buyer(), "order.placed", order, audience=(deal.seller,), to_state="placed")
    await tell_once(await db.worker(), event)
    rows = await told(owner, event)
    assert set(rows) == {deal.buyer_owner, deal.seller_person, deal.seller_owner}
    assert await mailed(owner, event) == {deal.seller_person}
    assert rows[deal.seller_person]["company_id"] == deal.seller


async def test_an_owner_is_mailed_when_nobody_else_has_the_role(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    """A one-person company misses nothing."""
    small = await workshop.add_company(owner, "Một Người")
    alone = await add_person(owner, small, "owner")
    order = await add_order(owner, deal.buyer, small)
    event = await record(await db.api(), deal.as_buyer(), "order.placed", order, audience=(small,))
    await tell_once(await db.worker(), event)
    assert await mailed(owner, event) == {alone}


async def test_nobody_outside_the_audience_is_told(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    """A sealed quote: its supplier hears of it, the buyer does not."""
    rfq = await add_rfq(owner, deal.buyer)
    quote = await _add_quote(owner, deal, rfq)
    event = await record(await db.api(), deal.as_seller(), "quote.submitted", quote, to_state="submitted")
    await tell_once(await db.worker(), event)
    assert set(await told(owner, event)) == {deal.seller_owner}


async def test_ten_tellings_at_once_make_one_row_and_one_mail_a_person(
    db: TestDatabase, owner: asyncpg.Connection, deal: Deal
) -> None:
    """One per person and event, however often and however parallel the job runs."""
    order = await add_order(owner, deal.buyer, deal.seller)
    event = await record(await db.api(), deal.as_buyer(), "order.placed", order, audience=(deal.seller,))
    worker = await db.worker(10)
    await asyncio.gather(*(tell_once(worker, event) for _ in range(10)))
    assert await owner.fetchval("SELECT count(*) FROM notification WHERE event_id = $1", event) == 3
    assert await owner.fetchval("SELECT count(*) FROM job WHERE kind = 'mail'") == 1


async def test_the_job_of_an_event_tells_and_wakes_the_mails(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    """The runner carries an appended event to inbox rows without anybody's help."""
    order = await add_order(owner, deal.buyer, deal.seller)
    event = await record(await db.api(), deal.as_buyer(), "order.placed", order, audience=(deal.seller,))
    worker = await db.worker()
    async with workshop.working(workshop.runner(worker, telling_job.HANDLERS)):
        await workshop.until_state(worker, f"{event}:tell", "done")
    assert len(await told(owner, event)) == 3


async def test_an_opportunity_says_why_it_fits_without_a_price(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    """The reason of the match reaches the supplier's inbox in their language; the price stays on the page."""
    rfq = await add_rfq(owner, deal.buyer)
    offer = await workshop.add_offer(owner, deal.seller, days=30)
    opportunity = await _add_opportunity(owner, deal, rfq, offer)
    event = await record(await db.worker(), None, "opportunity.found", opportunity, audience=(deal.seller,))
    await tell_once(await db.worker(), event)
    rows = await told(owner, event)
    assert set(rows) == {deal.seller_person, deal.seller_owner}
    async with (await db.api()).tx(deal.as_seller(), "any") as tx:
        note = (await service.inbox(tx)).items[0]
    english = render(note.kind, note.aggregate_id, note.data, "en")
    assert english.subject == "New request for quotation RFQ-7K3F-9QXM"
    assert english.reasons == ("memory gb: 16", "delivered within 3 days", "120 available")
    assert english.link == f"/rfqs/{rfq}"
    assert "4990000" not in str(note.data) + english.text
    vietnamese = render(note.kind, note.aggregate_id, note.data, "vi")
    assert "RFQ-7K3F-9QXM" in vietnamese.subject
    assert vietnamese.subject != english.subject


async def test_a_decision_is_told_to_the_person_who_asked(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    """The requester hears of it, nobody else of the company, and the words follow the outcome."""
    approver = await add_person(owner, deal.buyer, "approver")
    rfq = await add_rfq(owner, deal.buyer)
    request = await _add_approval(owner, deal, rfq)
    api, worker = await db.api(), await db.worker()
    asked = await record(api, deal.as_buyer(), "approval.requested", request, to_state="pending", payload={"next": str(approver)})
    await tell_once(worker, asked)
    assert set(await told(owner, asked)) == {approver}
    assert await mailed(owner, asked) == {approver}
    decided = await record(
        api, acting(deal.buyer, approver, "approver"), "approval.decided", request, version=2, to_state="approved"
    )
    await tell_once(worker, decided)
    rows = await told(owner, decided)
    assert set(rows) == {deal.buyer_person}
    words = render("approval.decided", request, {"to": "person", "state": "approved", "number": "RFQ-7K3F-9QXM"}, "en")
    assert words.subject == "RFQ-7K3F-9QXM is approved"


async def test_a_colleague_is_told_of_new_roles_and_of_the_end(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    """Only the one it is about: in the inbox there, and by e-mail of their own when they have left."""
    api, worker = await db.api(), await db.worker()
    changed = await record(api, acting(deal.buyer, deal.buyer_owner, "owner"), "person.roles_changed", deal.buyer_person)
    await tell_once(worker, changed)
    assert {(row["person_id"], row["company_id"]) for row in (await told(owner, changed)).values()} == {
        (deal.buyer_person, deal.buyer)
    }
    await owner.execute("UPDATE membership SET ended_at = now() WHERE person_id = $1", deal.buyer_person)
    left = await record(api, acting(deal.buyer, deal.buyer_owner, "owner"), "person.left", deal.buyer_person)
    await tell_once(worker, left)
    assert {(row["person_id"], row["company_id"]) for row in (await told(owner, left)).values()} == {(deal.buyer_person, None)}
    assert await mailed(owner, left) == {deal.buyer_person}


async def test_a_person_is_told_what_was_done_to_their_own_sign_in(
    db: TestDatabase, owner: asyncpg.Connection, deal: Deal
) -> None:
    """By inbox and e-mail although it was done in their own name, within a company or without; nobody else is."""
    api, worker = await db.api(), await db.worker()
    for what in ("second_factor_on", "second_factor_off", "recovery_code_used"):
        for company in (deal.buyer, None):
            event = await record(api, acting(company, deal.buyer_person), f"person.{what}", deal.buyer_person)
            await tell_once(worker, event)
            reached = {(row["person_id"], row["company_id"]) for row in (await told(owner, event)).values()}
            assert reached == {(deal.buyer_person, company)}
            assert await mailed(owner, event) == {deal.buyer_person}


async def test_operators_are_told_of_an_application(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    """Moderators find it in their own inbox, an operator of finance does not."""
    moderator = await add_person(owner, None, operator=("moderator",))
    await add_person(owner, None, operator=("finance",))
    company = await workshop.add_company(owner, "Mới Vào")
    applicant = await add_person(owner, company, "owner")
    event = await record(await db.api(), acting(company, applicant, "owner"), "company.applied", company)
    await tell_once(await db.worker(), event)
    assert set(await told(owner, event)) == {moderator}
    async with (await db.api()).tx(acting(None, moderator, "moderator", operator=True), "any") as tx:
        assert await service.unread(tx) == 1
        assert [note.kind for note in (await service.inbox(tx)).items] == ["company.applied"]


async def test_no_inbox_row_and_no_word_carries_an_amount(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    """What an order is worth stands in its own row alone."""
    order = await add_order(owner, deal.buyer, deal.seller)
    api, worker = await db.api(), await db.worker()
    for type_ in ("order.placed", "order.confirmed", "order.completed", "order.closing_proposed", "order.remainder_closed"):
        event = await record(api, deal.as_buyer(), type_, order, audience=(deal.seller,))
        await tell_once(worker, event)
    rows = await owner.fetch("SELECT kind, data::text AS data FROM notification")
    assert len(rows) > 8
    assert [row["data"] for row in rows if "777000001" in row["data"]] == []


async def test_the_inbox_pages_counts_and_is_read(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    """Keyset pages meet without gap or overlap; reading one and reading all count down; nobody reads another's."""
    order = await add_order(owner, deal.buyer, deal.seller)
    api, worker = await db.api(), await db.worker()
    for version in range(1, 8):
        event = await record(api, deal.as_buyer(), "order.placed", order, audience=(deal.seller,), version=version)
        await tell_once(worker, event)
    async with api.tx(deal.as_seller(), "any") as tx:
        first = await service.inbox(tx, limit=3)
        second = await service.inbox(tx, limit=3, cursor=first.next)
        third = await service.inbox(tx, limit=3, cursor=second.next)
        shown = [note.id for page in (first, second, third) for note in page.items]
        assert len(set(shown)) == 7
        assert third.next is None
        await service.read(tx, shown[3])
        assert await service.unread(tx) == 6
        assert await service.read_all(tx, shown[2]) == 4
        assert [note.id for note in (await service.inbox(tx, unread_only=True)).items] == shown[:2]
        assert await service.read_about(tx, order) == 2
    async with api.tx(acting(deal.seller, deal.seller_warehouse, "warehouse"), "any") as tx:
        assert (await service.inbox(tx)).items == ()
        with pytest.raises(Exception, match="no such notification"):
            await service.read(tx, shown[0])


async def _add_quote(owner: asyncpg.Connection, deal: Deal, rfq: object) -> object:
    return await owner.fetchval(
        "INSERT INTO quote (id, number, rfq_id, buyer_id, seller_id, status, body_version, rfq_version, created_at, updated_at)"
        " VALUES (gen_random_uuid(), 'QUO-1', $1, $2, $3, 'submitted', 1, 1, now(), now()) RETURNING id",
        rfq,
        deal.buyer,
        deal.seller,
    )


async def _add_opportunity(owner: asyncpg.Connection, deal: Deal, rfq: object, offer: object) -> object:
    return await owner.fetchval(
        "INSERT INTO opportunity (id, rfq_id, rfq_version, line_id, offer_id, offer_version, seller_id, score, reasons,"
        " created_at) VALUES (gen_random_uuid(), $1, 1, gen_random_uuid(), $2, 1, $3, 10, $4::text::jsonb, now()) RETURNING id",
        rfq,
        offer,
        deal.seller,
        '[{"criterion":"price","value":4990000,"utility":9000,"weight":40},'
        '{"criterion":"lead_time","value":3,"utility":9000,"weight":10},'
        '{"criterion":"capacity","value":120000000,"utility":8000,"weight":10},'
        '{"criterion":"attribute:memory_gb","value":16,"utility":10000,"weight":20}]',
    )


async def _add_approval(owner: asyncpg.Connection, deal: Deal, rfq: object) -> object:
    return await owner.fetchval(
        "INSERT INTO approval_request (id, company_id, kind, object_id, object_version, status, currency, gross_minor,"
        " requested_by, requested_at, due_at) VALUES (gen_random_uuid(), $1, 'rfq', $2, 1, 'pending', 'VND', 1, $3, now(),"
        " now() + interval '2 days') RETURNING id",
        deal.buyer,
        rfq,
        deal.buyer_person,
    )
