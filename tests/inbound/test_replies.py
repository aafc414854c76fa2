"""Replies by e-mail through the real server process: posted once, as who was told, and refused with a sentence."""

import asyncio
import os
import signal
import smtplib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import aiosmtplib
import pytest_asyncio

from exchange.domain.thread.reply import reply_address, told_by
from exchange.embedded.local import free_port
from exchange.inbound.server import FROM_ONE_HOST
from exchange.notify import mail
from tests.domain.deals import Deals
from tests.domain.test_thread import Talk
from tests.notify.neighbourhood import settings
from tests.portal.test_deal_orders import png

SECRET = "a secret of the tests " * 3
DOMAIN = "reply.example"


@pytest_asyncio.fixture
async def talk(world: Any) -> Talk:
    deals = await Deals.open(world, pool=3)
    order = await deals.order([("1", "1000", "10")])
    colleague = await world.person(deals.buyer.company, "Buyer", "Lan", "buyer")
    return Talk(deals, order, colleague, await world.person(deals.seller.company, "Seller", "Minh", "seller"))


class Inbound:
    """A process of `exchange inbound`, which may be killed and started again."""

    def __init__(self, url: str, folder: Path) -> None:
        self.port = free_port()
        self._environment = {
            **os.environ,
            "DATABASE_URL": url,
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "EXCHANGE_MATCHER_SOCKET": "/nowhere",
            "EXCHANGE_FILES_URL": folder.as_uri(),
            "EXCHANGE_SECRET": SECRET,
            "EXCHANGE_INBOUND_PORT": str(self.port),
        }
        # Who sends, where a test says nothing else.
        self.sender = ""

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "exchange", "inbound", env=self._environment, stdout=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(30):
            while True:
                try:
                    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=self.port):
                        return
                except aiosmtplib.SMTPException:
                    await asyncio.sleep(0.05)

    async def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(how)
        await self.process.wait()

    async def send(self, address: str, text: str, *, sender: str | None = None, **headers: str) -> str:
        """The server's answer to one letter."""
        message = EmailMessage()
        message["Message-ID"] = headers.pop("identity", f"<{os.urandom(8).hex()}@elsewhere.example>")
        message["From"] = headers.pop("written_by", sender or self.sender)
        message["Subject"] = "Re: Tin nhắn"
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(text)
        return await self.deliver(address, message, sender)

    async def deliver(self, address: str, message: EmailMessage, sender: str | None = None) -> str:
        try:
            _, answer = await aiosmtplib.send(
                message, sender=sender or self.sender, recipients=[address], hostname="127.0.0.1", port=self.port, start_tls=False
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            return f"{error.recipients[0].code} {error.recipients[0].message}"
        except aiosmtplib.SMTPResponseException as error:
            return f"{error.code} {error.message}"
        return f"250 {answer}"


@asynccontextmanager
async def inbound(talk: Talk, folder: Path) -> AsyncIterator[Inbound]:
    server = Inbound(talk.deals.world.db.url("exchange_api"), folder)
    await server.start()
    try:
        yield server
    finally:
        if server.process.returncode is None:
            await server.end()


def fill(port: int) -> list[smtplib.SMTP]:
    """Connections from one host until one more is turned away."""
    held: list[smtplib.SMTP] = []
    while len(held) <= FROM_ONE_HOST:
        try:
            held.append(smtplib.SMTP("127.0.0.1", port))
        except smtplib.SMTPConnectError:
            break
    return held


async def told(talk: Talk, who: UUID, about: UUID) -> UUID:
    """The notification of a message to a person."""
    await talk.jobs()
    found: UUID = await talk.deals.value("SELECT id FROM notification WHERE person_id = $1 AND aggregate_id = $2", who, about)
    return found


def address_of(notification: UUID) -> str:
    return reply_address(notification, DOMAIN, SECRET)


async def test_a_reply_becomes_one_message_of_who_was_told(talk: Talk, tmp_path: Path) -> None:
    """Sent from their own address it is theirs; delivered again, at once or after a crash, it is the same message."""
    question = await talk.say(talk.buyer, "Bao giờ giao?", mentions=(talk.colleague.person,))
    notification = await told(talk, talk.partner.person, question.id)
    async with talk.deals.worker.system() as tx:
        found = await mail.letter(tx, notification)
    assert found is not None
    letter = mail.compose(found, settings(secret=SECRET, reply_domain=DOMAIN))
    address = str(letter["Reply-To"])
    assert (len(letter["To"].addresses), "Cc" in letter, "Bcc" in letter) == (1, False, False)
    assert told_by(address, SECRET) == notification
    assert "Bao giờ giao?" in letter.get_body(("plain",)).get_content()  # pyright: ignore[reportOptionalMemberAccess]
    text = f"Thứ năm ạ, {address} đã nhận.\n\nOn Mon, Nov 23, 2026 Exchange <{address}> wrote:\n> Bao giờ giao?\n"
    async with inbound(talk, tmp_path) as server:
        server.sender = found.email
        answers = await asyncio.gather(*(server.send(address.upper(), text, identity="<one@elsewhere>") for _ in range(5)))
        assert [answer[:3] for answer in answers] == ["250"] * 5
        await server.end(signal.SIGKILL)
        await server.start()
        assert (await server.send(address, text, identity="<one@elsewhere>")).startswith("250")
        assert await talk.read(talk.buyer, question.thread_id) == ["Thứ năm ạ, reply+… đã nhận.", "Bao giờ giao?"]
        row = await talk.deals.world.owner.fetchrow("SELECT author_id, company_id, by_mail FROM message WHERE by_mail")
        assert tuple(row or ()) == (talk.partner.person, talk.seller.company, True)
        drawing = EmailMessage()
        drawing["Message-ID"] = "<two@elsewhere>"
        drawing["From"] = found.email
        drawing.set_content("Xem ảnh")
        drawing.add_attachment(png(), maintype="image", subtype="png", filename="kiện hàng.png")
        for _ in range(2):
            assert (await server.deliver(address, drawing)).startswith("250")
        assert await talk.deals.value("SELECT count(*) FROM file") == 1 == len(list(tmp_path.iterdir()))
        program = EmailMessage()
        program["From"] = found.email
        program.set_content("Xem tệp")
        program.add_attachment(b"MZ\x90\x00", maintype="application", subtype="pdf", filename="a.pdf")
        assert (await server.deliver(address, program)).startswith("550")
    assert len(await talk.read(talk.buyer, question.thread_id)) == 3


async def test_a_reply_to_a_note_stays_inside_and_strangers_are_refused(talk: Talk, tmp_path: Path) -> None:
    """Machines, others who hold the address, who has left and what is too old get a sentence; too many connections wait."""
    note = await talk.say(talk.buyer, "Đắt quá", internal=True, mentions=(talk.colleague.person,))
    address = address_of(await told(talk, talk.colleague.person, note.id))
    own, other = (f"{who.person.hex}@test.example" for who in (talk.colleague, talk.buyer))
    async with inbound(talk, tmp_path) as server:
        server.sender = own
        assert (await server.send(address, "Đồng ý", written_by=f"Lan <{own.upper()}>")).startswith("250")
        assert await talk.read(talk.seller, note.thread_id) == []
        assert await talk.read(talk.buyer, note.thread_id) == ["Đồng ý", "Đắt quá"]
        forged = address[:-20] + ("a" if address[-20] != "a" else "b") + address[-19:]
        for refused, sent in (
            ("550 5.7.1 Answers", server.send(address, "Tôi là Lan", sender=other)),
            ("550 5.7.1 Answers", server.send(address, "Tôi là Lan", sender=other, written_by=own)),
            ("550 5.7.1 Answers", server.send(address, "Tôi là Lan", written_by=other)),
            ("550 5.7.1 Answers", server.send(address, "Chúng tôi", written_by=f"{own}, {other}")),
            ("550 5.7.1 Automatic", server.send(address, "Nghỉ phép", Auto_Submitted="auto-replied")),
            ("550 5.1.1", server.send(f"info@{DOMAIN}", "Chào")),
            ("550 5.1.1", server.send(forged.replace("@", "x@"), "Chào")),
            ("550 5.6.0", server.send(address, "> cũ\n")),
            ("550 5.3.4", server.send(address, "dài " * 3000)),
        ):
            assert (await sent).startswith(refused)
        with smtplib.SMTP("127.0.0.1", server.port) as bounce:
            bounce.ehlo()
            assert bounce.docmd("MAIL FROM:<>")[0] == 550
        held = fill(server.port)
        assert len(held) <= FROM_ONE_HOST
        assert (await server.send(address, "Thêm")).startswith("421")
        for connection in held:
            connection.close()
        owner = talk.deals.world.owner
        await talk.deals.world.advance("31 days")
        await talk.deals.world.advance("30 days")
        assert (await server.send(address, "Muộn")).startswith("550 5.7.1 This address takes no answers any more")
        last = address_of(await told(talk, talk.colleague.person, (await talk.say(talk.buyer, "Nữa", internal=True)).id))
        for ended in ("market_now()", "NULL"):
            await owner.execute(f"UPDATE membership SET ended_at = {ended} WHERE person_id = $1", talk.colleague.person)
            said = await server.send(last, "Tôi đã nghỉ việc")
            assert said.startswith("550 5.7.1 This address takes no answers any more"), ended
    assert await talk.deals.value("SELECT count(*) FROM message WHERE by_mail") == 1
