"""E-mail: in the reader's language, through a real server, and bent by no text."""

import re

import aiosmtplib
import asyncpg
import pytest

from exchange.jobs import deliver
from exchange.jobs.deliver import Deliverer, Lanes
from exchange.notify import mail
from exchange.notify.webhooks import Sender
from tests.conftest import TestDatabase
from tests.jobs import workshop
from tests.notify.neighbourhood import Deal, add_order, add_person, claimed, deps, mail_server, record, settings, tell_once

DELIVERER = Deliverer(Sender(), Lanes())


async def _order_told(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    order = await add_order(owner, deal.buyer, deal.seller)
    event = await record(await db.api(), deal.as_buyer(), "order.placed", order, audience=(deal.seller,))
    await tell_once(await db.worker(), event)


async def test_a_mail_arrives_in_the_language_of_its_reader(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    """Subject, text and HTML speak Vietnamese to a Vietnamese reader; the link leads to the order's page."""
    await _order_told(db, owner, deal)
    worker = await db.worker()
    async with mail_server() as box:
        for job in await claimed(owner, "mail"):
            await DELIVERER.mail(deps(worker, smtp_url=box.url), job)
    [message] = box.messages
    assert message["Subject"] == "Đơn đặt hàng mới PO-0000-0001"
    assert message["To"].addresses[0].display_name == "Nguyễn Thị Hoa"
    html = message.get_body(("html",))
    plain = message.get_body(("plain",))
    assert html is not None
    assert plain is not None
    assert "Bên mua đã đặt hàng." in plain.get_content()
    assert re.search(r'href="https://exchange\.example/orders/[0-9a-f-]{36}"', html.get_content())
    assert '<html lang="vi">' in html.get_content()


async def test_every_attempt_carries_the_same_message_id(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    """A server that answers 4xx first is asked again; whoever gets it twice can tell by the id."""
    await _order_told(db, owner, deal)
    worker = await db.worker()
    [job] = await claimed(owner, "mail")
    async with mail_server() as box:
        box.refuse = ["451 come back later"]
        with pytest.raises(aiosmtplib.SMTPDataError):
            await DELIVERER.mail(deps(worker, smtp_url=box.url), job)
        assert box.messages == []
        await DELIVERER.mail(deps(worker, smtp_url=box.url), job)
        await DELIVERER.mail(deps(worker, smtp_url=box.url), job)
    first, second = box.messages
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Message-ID"] == f"<{job.payload['notification_id']}@exchange.example>"


async def test_a_server_that_is_away_is_tried_again(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    """No connection raises, so that the queue keeps the mail."""
    await _order_told(db, owner, deal)
    [job] = await claimed(owner, "mail")
    with pytest.raises(aiosmtplib.SMTPConnectError):
        await DELIVERER.mail(deps(await db.worker(), smtp_url="smtp://127.0.0.1:1"), job)


async def test_a_mail_that_is_refused_for_good_is_given_up(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    """A 5xx for the text ends the job instead of asking for ever."""
    await _order_told(db, owner, deal)
    worker = await db.worker()
    [job] = await claimed(owner, "mail")
    async with mail_server() as box:
        box.refuse = ["554 not wanted here"]
        await DELIVERER.mail(deps(worker, smtp_url=box.url), job)
    assert box.messages == []


async def test_who_left_the_company_gets_no_mail(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    """Between telling and sending a membership may end."""
    await _order_told(db, owner, deal)
    await owner.execute("UPDATE membership SET ended_at = now() WHERE person_id = $1", deal.seller_person)
    [job] = await claimed(owner, "mail")
    async with mail_server() as box:
        await DELIVERER.mail(deps(await db.worker(), smtp_url=box.url), job)
    assert box.messages == []


@pytest.mark.parametrize(
    "text",
    [
        "PO-1\r\nBcc: everybody@elsewhere.example",
        "PO-1\nSubject: another",
        "PO-1\r\n\r\n<script>alert(1)</script>",
        "PO-1\x00\x0b\x0c\x85\u2028\u2029Bcc: x@y.example",
        "a" * 3000,
        "=?utf-8?q?PO=0D=0ABcc:_x@y.example?=",
    ],
)
async def test_no_text_makes_a_header(db: TestDatabase, owner: asyncpg.Connection, deal: Deal, text: str) -> None:
    """Numbers, kinds and names with line ends stay inside their header; the mail goes to its reader alone."""
    await owner.execute("UPDATE person SET name = left($2, 120) WHERE id = $1", deal.seller_person, text.replace("\x00", " "))
    await _order_told(db, owner, deal)
    worker = await db.worker()
    async with worker.system() as tx:
        [job] = await claimed(owner, "mail")
        letter = await mail.letter(tx, job.uuid("notification_id"))
    assert letter is not None
    hostile = mail.Letter(
        id=letter.id,
        kind=letter.kind,
        aggregate_id=letter.aggregate_id,
        data=letter.data | {"number": text},
        created_at=letter.created_at,
        email=letter.email,
        name=letter.name,
        locale="en",
    )
    async with mail_server() as box:
        await mail.send(mail.compose(hostile, settings()), box.url)
    [message] = box.messages
    assert box.recipients == [[letter.email]]
    assert message["Bcc"] is None
    assert len(message.get_all("Subject", [])) == 1
    assert len(message.get_all("To", [])) == 1
    assert message["Subject"].startswith("New order ")
    html = message.get_body(("html",))
    assert html is not None
    assert "<script" not in html.get_content()


async def test_the_worker_sends_what_an_event_asks_for(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    """From the job table to the mail server with nothing in between."""
    await add_person(owner, deal.seller, "seller", locale="en")
    await _order_told(db, owner, deal)
    worker = await db.worker()
    async with mail_server() as box:
        runner = workshop.runner(worker, {"mail": deliver.HANDLERS["mail"]})
        runner.deps = deps(worker, smtp_url=box.url)
        async with workshop.working(runner):

            async def both() -> bool:
                return await owner.fetchval("SELECT count(*) FROM job WHERE kind = 'mail' AND state = 'done'") == 2

            await workshop.until(both, "two mails were never sent")
    assert sorted(message["Subject"] for message in box.messages) == ["New order PO-0000-0001", "Đơn đặt hàng mới PO-0000-0001"]
