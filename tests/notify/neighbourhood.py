"""What the tests of the way out share: companies with people, objects to be told about, and the receivers of the world."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import asyncpg
from aiosmtpd.smtp import SMTP, Envelope, Session

from exchange import events
from exchange.ctx import Ctx
from exchange.db import Database
from exchange.ids import new_id
from exchange.jobs.kinds import Deps, Job
from exchange.jobs.tell import tell
from exchange.settings import Settings
from tests.jobs.workshop import add_company
from tests.jobs.workshop import settings as plain_settings


async def add_person(
    owner: asyncpg.Connection,
    company: UUID | None,
    *roles: str,
    locale: str = "en",
    name: str = "Nguyễn Thị Hoa",
    email: str | None = None,
    operator: tuple[str, ...] = (),
) -> UUID:
    """A person with roles in a company, or an operator."""
    person = new_id()
    await owner.execute(
        "INSERT INTO person (id, email, name, password_hash, locale, operator_roles, created_at)"
        " VALUES ($1, $2, $3, '', $4, $5, now())",
        person,
        email or f"p{person.hex}@company.example",
        name,
        locale,
        list(operator),
    )
    if company is not None:
        await owner.execute(
            "INSERT INTO membership (company_id, person_id, roles) VALUES ($1, $2, $3)", company, person, list(roles)
        )
    return person


async def add_rfq(owner: asyncpg.Connection, buyer: UUID, number: str = "RFQ-7K3F-9QXM") -> UUID:
    """An open, published request."""
    rfq = new_id()
    await owner.execute(
        "INSERT INTO rfq (id, number, buyer_id, status, title, sealed, mode, currency, lines, terms, due_at, published_at,"
        " created_by, created_at, updated_at) VALUES ($1, $2, $3, 'open', 'Salt for a year', true, 'open', 'VND', '[{}]', '{}',"
        " now() + interval '1 day', now(), $3, now(), now())",
        rfq,
        number,
        buyer,
    )
    return rfq


async def add_order(owner: asyncpg.Connection, buyer: UUID, seller: UUID, number: str = "PO-0000-0001") -> UUID:
    """A placed order."""
    order = new_id()
    await owner.execute(
        "INSERT INTO purchase_order (id, number, buyer_id, seller_id, status, currency, net_minor, vat_minor, gross_minor,"
        " fee_percent, fee_vat_percent, terms, delivery, created_at, updated_at) VALUES ($1, $2, $3, $4, 'placed', 'VND',"
        " 777000001, 0, 777000001, 1, 10, '{}', '{}', now(), now())",
        order,
        number,
        buyer,
        seller,
    )
    return order


class Deal:
    """A buyer and a seller with people of both sides."""

    def __init__(self, owner: asyncpg.Connection) -> None:
        self.owner = owner

    async def build(self) -> "Deal":
        self.buyer = await add_company(self.owner, "Bếp Việt")
        self.seller = await add_company(self.owner, "Muối Biển")
        self.buyer_person = await add_person(self.owner, self.buyer, "buyer")
        self.buyer_owner = await add_person(self.owner, self.buyer, "owner")
        self.seller_person = await add_person(self.owner, self.seller, "seller", locale="vi")
        self.seller_owner = await add_person(self.owner, self.seller, "owner")
        self.seller_warehouse = await add_person(self.owner, self.seller, "warehouse")
        return self

    def as_buyer(self) -> Ctx:
        return acting(self.buyer, self.buyer_person, "buyer")

    def as_seller(self) -> Ctx:
        return acting(self.seller, self.seller_person, "seller")


def acting(company: UUID | None, person: UUID, *roles: str, operator: bool = False) -> Ctx:
    return Ctx(
        stepped_up=True,
        person_id=person,
        company_id=company,
        roles=frozenset(() if operator else roles),
        operator=operator,
        operator_roles=frozenset(roles if operator else ()),
        request_id="test",
    )


async def record(db: Database, ctx: Ctx | None, type_: str, about: UUID, *, audience: tuple[UUID, ...] = (), **more: Any) -> UUID:
    """Append one event as `ctx`, or as the exchange itself."""
    async with db.system() if ctx is None else db.tx(ctx, "any") as tx:
        return await events.append(tx, type_, about, more.pop("version", 1), audience=audience, **more)


async def tell_once(db: Database, event: UUID) -> None:
    async with db.system() as tx:
        await tell(tx, event)


async def told(owner: asyncpg.Connection, event: UUID) -> dict[UUID, asyncpg.Record]:
    """person -> inbox row of an event."""
    rows = await owner.fetch("SELECT * FROM notification WHERE event_id = $1", event)
    return {row["person_id"]: row for row in rows}


async def mailed(owner: asyncpg.Connection, event: UUID) -> set[UUID]:
    """The people of an event for whom an e-mail waits."""
    rows = await owner.fetch(
        "SELECT n.person_id FROM job AS j JOIN notification AS n ON n.id = (j.payload ->> 'notification_id')::uuid"
        " WHERE j.kind = 'mail' AND n.event_id = $1",
        event,
    )
    return {row["person_id"] for row in rows}


def settings(**more: Any) -> Settings:
    return plain_settings("postgresql://unused", public_url="https://exchange.example", **more)


def deps(db: Database, **more: Any) -> Deps:
    return Deps(db=db, settings=settings(**more))


async def claimed(owner: asyncpg.Connection, kind: str) -> list[Job]:
    """The waiting jobs of a kind, taken under a lease as a worker takes them."""
    rows = await owner.fetch(
        "UPDATE job SET state = 'running', attempts = attempts + 1, lease_token = gen_random_uuid()"
        " WHERE kind = $1 AND state = 'new' RETURNING id, kind, payload::text, attempts, lease_token",
        kind,
    )
    return [
        Job(
            id=row["id"],
            kind=row["kind"],
            payload=json.loads(row["payload"]),
            attempts=row["attempts"],
            lease_token=row["lease_token"],
        )
        for row in rows
    ]


class Mailbox:
    """What a receiving mail server took; `refuse` answers the next messages with these lines instead."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.refuse: list[str] = []
        self.url = ""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        if self.refuse:
            return self.refuse.pop(0)
        parsed = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        self.messages.append(parsed)
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 taken"


@asynccontextmanager
async def mail_server() -> AsyncIterator[Mailbox]:
    """A real SMTP server on loopback."""
    box = Mailbox()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(box, hostname="mail.example"), "127.0.0.1", 0)
    box.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield box
    finally:
        server.close()
        await server.wait_closed()


class Receiver:
    """A web server that keeps what it was sent. `answer`: the raw answer, or None to say nothing at all."""

    def __init__(self) -> None:
        self.answer: bytes | None = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.connections = 0
        self.open_now = 0
        self.most_open = 0
        self.pair = ""

    @property
    def url(self) -> str:
        return f"http://{self.pair}/hook"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in head[1:] if line}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.requests.append((head[0], headers, body))
            if self.answer is None:
                await reader.read()
            else:
                writer.write(self.answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open_now -= 1
            writer.close()


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """A real web server on loopback."""
    found = Receiver()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.pair = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield found
    finally:
        server.close()
        await server.wait_closed()
