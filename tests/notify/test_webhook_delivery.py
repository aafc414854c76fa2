"""Webhooks reach a partner's system: signed, again until it works, never slowing the others, seen by their company."""

import asyncio
import json
import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from standardwebhooks.webhooks import Webhook

from exchange.db import Database
from exchange.domain.privacy import fields
from exchange.domain.webhook import service
from exchange.domain.webhook.model import Created
from exchange.errors import DomainError, Forbidden, Invalid, NotFound, WrongState
from exchange.jobs.deliver import REST_S, WEBHOOK_RETRY, Deliverer, Lanes
from exchange.jobs.kinds import Later, Outside
from exchange.jobs.runner import Runner
from exchange.notify.webhooks import Refused, Sender
from schemas.webhook import WebhookIn
from tests.conftest import TestDatabase
from tests.jobs import workshop
from tests.notify.neighbourhood import (
    Deal,
    Receiver,
    acting,
    add_order,
    add_rfq,
    claimed,
    deps,
    receiver,
    record,
    tell_once,
)

NOBODY: frozenset[str] = frozenset()
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def deliverer(timeout_s: float = 10.0) -> Deliverer:
    return Deliverer(Sender(timeout_s=timeout_s), Lanes(rng=random.Random(3)))


def running(db: Database, mine: Deliverer, *pairs: str, slots: int = 4, **more: Any) -> Runner:
    """A runner of webhook jobs that may reach these pairs."""
    found = workshop.runner(db, {"webhook": Outside(mine.webhook, WEBHOOK_RETRY)}, slots=slots, **more)
    found.deps = deps(db, webhook_allow=",".join(pairs))
    return found


async def register(db: TestDatabase, company: UUID, person: UUID, to: Receiver, *events: str) -> Created:
    api = await db.api()
    async with api.tx(acting(company, person, "owner")) as tx:
        return await service.create(tx, WebhookIn(url=to.url, events=events), frozenset({to.pair}))


async def order_event(db: TestDatabase, deal: Deal, order: UUID, type_: str = "order.placed", version: int = 1) -> UUID:
    event = await record(
        await db.api(), deal.as_buyer(), type_, order, audience=(deal.seller,), to_state="placed", version=version
    )
    await tell_once(await db.worker(), event)
    return event


async def delivered(owner: asyncpg.Connection, count: int) -> None:
    async def reached() -> bool:
        return await owner.fetchval("SELECT count(*) FROM webhook_delivery WHERE status = 'delivered'") == count

    await workshop.until(reached, f"{count} deliveries did not arrive")


async def test_a_delivery_is_signed_and_says_ids_and_states(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    """The receiver's own library verifies it; the id is the event's; no amount is inside."""
    order = await add_order(owner, deal.buyer, deal.seller)
    async with receiver() as partner:
        made = await register(db, deal.seller, deal.seller_owner, partner)
        event = await order_event(db, deal, order)
        async with workshop.working(running(await db.worker(), deliverer(), partner.pair)):
            await delivered(owner, 1)
    [(line, headers, body)] = partner.requests
    assert line == "POST /hook HTTP/1.1"
    assert headers["host"] == partner.pair
    assert headers["webhook-id"] == str(event)
    message = Webhook(made.secret).verify(body, headers)
    assert message["type"] == "order.placed"
    assert (message["id"], message["aggregate_id"], message["aggregate"]) == (str(event), str(order), "order")
    assert message["data"] == {"from_state": None, "to_state": "placed"}
    assert b"777000001" not in body
    with pytest.raises(Exception, match="signature"):
        Webhook(made.secret).verify(body.replace(b"placed", b"filled"), headers)


async def test_an_opportunity_carries_its_reasons(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    """A partner's system learns why the request fits, without the price."""
    rfq = await add_rfq(owner, deal.buyer)
    offer = await workshop.add_offer(owner, deal.seller, days=30)
    await owner.execute(
        "INSERT INTO opportunity (id, rfq_id, rfq_version, line_id, offer_id, offer_version, seller_id, score, reasons,"
        " created_at) VALUES (gen_random_uuid(), $1, 1, gen_random_uuid(), $2, 1, $3, 1, $4::text::jsonb, now())",
        rfq,
        offer,
        deal.seller,
        '[{"criterion":"price","value":42,"utility":9,"weight":9},{"criterion":"lead_time","value":3,"utility":9,"weight":1}]',
    )
    found = await owner.fetchval("SELECT id FROM opportunity")
    async with receiver() as partner:
        await register(db, deal.seller, deal.seller_owner, partner, "opportunity.found")
        event = await record(
            await db.worker(), None, "opportunity.found", found, audience=(deal.seller,), payload={"rfq_id": str(rfq)}
        )
        await tell_once(await db.worker(), event)
        async with workshop.working(running(await db.worker(), deliverer(), partner.pair)):
            await delivered(owner, 1)
    assert json.loads(partner.requests[0][2])["data"]["reasons"] == [{"criterion": "lead_time", "value": 3}]


async def test_only_wanted_events_of_own_business_are_sent(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    """A list of types and prefixes narrows; another company hears nothing; telling ten times makes one delivery."""
    order = await add_order(owner, deal.buyer, deal.seller)
    stranger = await workshop.add_company(owner, "Người Lạ")
    async with receiver() as partner:
        exact = await register(db, deal.seller, deal.seller_owner, partner, "order.placed")
        prefix = await register(db, deal.buyer, deal.buyer_owner, partner, "order.*")
        other = await register(db, deal.seller, deal.seller_owner, partner, "rfq.*", "order.refused")
        foreign = await register(db, stranger, deal.seller_owner, partner)
    event = await order_event(db, deal, order)
    worker = await db.worker(10)
    await asyncio.gather(*(tell_once(worker, event) for _ in range(10)))
    rows = await owner.fetch("SELECT endpoint_id FROM webhook_delivery WHERE event_id = $1", event)
    assert {row["endpoint_id"] for row in rows} == {exact.id, prefix.id}
    assert len(rows) == 2
    assert not {other.id, foreign.id} & {row["endpoint_id"] for row in rows}
    assert await owner.fetchval("SELECT count(*) FROM job WHERE kind = 'webhook'") == 2


async def test_three_days_of_failure_lose_nothing(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    """A receiver that answers 500 for almost three simulated days has every event in the end."""
    order = await add_order(owner, deal.buyer, deal.seller)
    clock = workshop.Clock()
    async with receiver() as partner:
        partner.answer = b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"
        made = await register(db, deal.seller, deal.seller_owner, partner, "order.*")
        wanted = {str(await order_event(db, deal, order, version=version)) for version in range(1, 6)}
        mine = Deliverer(Sender(), Lanes(clock=lambda: clock.ahead.total_seconds(), rng=random.Random(3)))
        async with workshop.working(running(await db.worker(), mine, partner.pair, ahead=clock)):
            while clock.ahead < timedelta(hours=60):
                seen = partner.connections
                clock.ahead += timedelta(hours=7)
                await workshop.until(_more(partner, seen, clock), "nothing was tried again")
            partner.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

            async def all_there() -> bool:
                clock.ahead += timedelta(minutes=10)
                return await owner.fetchval("SELECT count(*) FROM webhook_delivery WHERE status = 'delivered'") == 5

            await workshop.until(all_there, "five deliveries did not arrive")
    assert {headers["webhook-id"] for _, headers, _ in partner.requests} == wanted
    for _, headers, body in partner.requests[-5:]:
        Webhook(made.secret).verify(body, headers)


def _more(partner: Receiver, seen: int, clock: workshop.Clock) -> Any:
    async def more() -> bool:
        # A call that was under way when the clock jumped makes the address rest for a while more.
        clock.ahead += timedelta(seconds=10)
        return partner.connections > seen

    return more


def test_the_waits_add_up_to_about_three_days() -> None:
    """Not so short that a weekend is lost, not for ever."""
    rng = random.Random(1)
    total_s = sum(WEBHOOK_RETRY.wait_s(attempt, rng) for attempt in range(1, WEBHOOK_RETRY.attempts))
    assert 2.5 * 86400 < total_s < 4 * 86400


async def test_the_last_failure_is_written_down(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    """After the last attempt the delivery says failed and why; its company can send it again."""
    order = await add_order(owner, deal.buyer, deal.seller)
    async with receiver() as partner:
        partner.answer = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
        await register(db, deal.seller, deal.seller_owner, partner, "order.*")
        await order_event(db, deal, order)
        await owner.execute("UPDATE job SET attempts = $1 WHERE kind = 'webhook'", WEBHOOK_RETRY.attempts - 1)
        worker = await db.worker()
        key = await owner.fetchval("SELECT dedupe_key FROM job WHERE kind = 'webhook'")
        mine = Deliverer(Sender(), Lanes(clock=iter(range(0, 10**6, 1000)).__next__))
        async with workshop.working(running(worker, mine, partner.pair)):
            await workshop.until_state(worker, key, "dead")
            ctx = acting(deal.seller, deal.seller_owner, "owner")
            async with (await db.api()).tx(ctx) as tx:
                [shown] = (await service.deliveries(tx)).items
                assert (shown.status, shown.last_status, shown.event_type) == ("failed", 503, "order.placed")
                assert shown.last_error == "answered 503"
            partner.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
            async with (await db.api()).tx(ctx) as tx:
                assert (await service.redeliver(tx, shown.id)).status == "waiting"
                with pytest.raises(WrongState):
                    await service.redeliver(tx, shown.id)
            await delivered(owner, 1)
    assert len({headers["webhook-id"] for _, headers, _ in partner.requests}) == 1


async def test_a_receiver_that_is_gone_is_switched_off(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    """410 disables the address, ends its deliveries and is told to the company."""
    order = await add_order(owner, deal.buyer, deal.seller)
    async with receiver() as partner:
        partner.answer = b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"
        made = await register(db, deal.seller, deal.seller_owner, partner, "order.*")
        await order_event(db, deal, order)
        worker = await db.worker()
        key = await owner.fetchval("SELECT dedupe_key FROM job WHERE kind = 'webhook'")
        async with workshop.working(running(worker, deliverer(), partner.pair)):
            await workshop.until_state(worker, key, "done")
    assert await owner.fetchval("SELECT status FROM webhook_endpoint WHERE id = $1", made.id) == "disabled"
    assert await owner.fetchval("SELECT status FROM webhook_delivery") == "failed"
    event = await owner.fetchval("SELECT id FROM event WHERE type = 'webhook.gone'")
    await tell_once(worker, event)
    assert await owner.fetchval("SELECT count(*) FROM notification WHERE kind = 'webhook.gone'") == 1
    before = partner.connections
    await order_event(db, deal, order, version=2)
    assert await owner.fetchval("SELECT count(*) FROM webhook_delivery") == 1
    assert partner.connections == before


async def test_a_hanging_receiver_holds_two_slots_and_then_none(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    """While one address says nothing, another with the same worker gets all its events."""
    order = await add_order(owner, deal.buyer, deal.seller)
    async with receiver() as silent, receiver() as lively:
        silent.answer = None
        await register(db, deal.seller, deal.seller_owner, silent, "order.*")
        await register(db, deal.buyer, deal.buyer_owner, lively, "order.*")
        for version in range(1, 21):
            await order_event(db, deal, order, version=version)
        pairs = (silent.pair, lively.pair)
        async with workshop.working(running(await db.worker(), deliverer(timeout_s=600), *pairs), grace_s=0.1):
            await delivered(owner, 20)
            assert silent.most_open == 2
            assert await owner.fetchval("SELECT count(*) FROM webhook_delivery WHERE status = 'waiting'") == 20


def test_an_address_that_failed_rests_and_is_tried_alone() -> None:
    """After a failure nobody enters for a while, then one, and after a success two again."""
    now = 0.0
    lanes = Lanes(clock=lambda: now, rng=random.Random(1))
    address = UUID(int=1)
    first, second = lanes.enter(address), lanes.enter(address)
    with pytest.raises(Later):
        lanes.enter(address)
    lanes.leave(address, first, ok=False)
    lanes.leave(address, second, ok=True)
    lanes.leave(address, lanes.enter(address), ok=False)
    with pytest.raises(Later) as later:
        lanes.enter(address)
    assert later.value.delay_s >= REST_S
    now = REST_S + 1
    alone = lanes.enter(address)
    with pytest.raises(Later):
        lanes.enter(address)
    lanes.leave(address, alone, ok=True)
    lanes.enter(address)
    lanes.enter(address)


def test_a_silent_address_is_looked_at_seldom() -> None:
    """While calls hang, the others wait longer and longer; while calls are quick, hardly at all."""
    now = 0.0
    lanes = Lanes(clock=lambda: now, rng=random.Random(1))
    address = UUID(int=1)
    lanes.enter(address)
    lanes.enter(address)
    with pytest.raises(Later) as quick:
        lanes.enter(address)
    now = 8.0
    with pytest.raises(Later) as slow:
        lanes.enter(address)
    assert quick.value.delay_s < 0.1
    assert slow.value.delay_s > 1.0


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 301 Moved\r\nLocation: https://elsewhere.example/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 No\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"",
        b"HTTP/1.1 204 No Content\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
    ],
)
async def test_whatever_is_no_clear_yes_is_a_refusal(answer: bytes) -> None:
    """Redirects, errors, garbage, a cut connection and a header without end."""
    async with receiver() as partner:
        partner.answer = answer
        with pytest.raises(Refused):
            await Sender(timeout_s=5).send(partner.url, SECRET, "id", b"{}", frozenset({partner.pair}))


async def test_an_endless_answer_is_not_read() -> None:
    """The status is enough: a body of any size is left unread and the connection closed."""
    async with receiver() as partner:
        partner.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5000000000\r\n\r\n" + b"x" * 65536
        status = await Sender(timeout_s=5).send(partner.url, SECRET, "id", b"{}", frozenset({partner.pair}))
        assert status == 200


async def test_a_secret_is_shown_once_and_read_by_nobody(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    """Only the request that makes it has it; it is stored sealed, and the api's role cannot select it; a new one replaces it."""
    async with receiver() as partner:
        made = await register(db, deal.seller, deal.seller_owner, partner)
    api = await db.api()
    ctx = acting(deal.seller, deal.seller_owner, "owner")
    async with api.tx(ctx) as tx:
        renewed = await service.rotate(tx, made.id)
    assert renewed.secret != made.secret
    assert renewed.version == made.version + 1
    stored: str = await owner.fetchval("SELECT secret FROM webhook_endpoint WHERE id = $1", made.id)
    async with (await db.worker()).system() as tx:
        assert await fields.open_text(tx, ctx.company, stored, at=fields.WEBHOOK, row=made.id) == renewed.secret
    assert renewed.secret not in stored
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with api.tx(ctx) as tx:
            await tx.value("SELECT secret FROM webhook_endpoint")
    assert made.secret.startswith("whsec_")


async def test_webhooks_belong_to_owners_of_their_company(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    """A seller may not register one; another company finds none; switching twice is refused with the state."""
    async with receiver() as partner:
        made = await register(db, deal.seller, deal.seller_owner, partner)
        api = await db.api()
        async with api.tx(acting(deal.seller, deal.seller_person, "seller")) as tx:
            with pytest.raises(Forbidden):
                await service.create(tx, WebhookIn(url=partner.url), frozenset({partner.pair}))
    async with api.tx(acting(deal.buyer, deal.buyer_owner, "owner")) as tx:
        assert await service.endpoints(tx) == []
        with pytest.raises(NotFound):
            await service.switch(tx, made.id, "disable")
        with pytest.raises(NotFound):
            await service.rotate(tx, made.id)
    async with api.tx(acting(deal.seller, deal.seller_owner, "owner")) as tx:
        assert (await service.switch(tx, made.id, "disable")).status == "disabled"
        with pytest.raises(WrongState):
            await service.switch(tx, made.id, "disable")
        assert (await service.switch(tx, made.id, "enable")).status == "active"


async def test_a_bad_address_is_refused_when_it_is_registered(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    """The form says what is wrong and where; the eleventh address is one too many."""
    api = await db.api()
    ctx = acting(deal.seller, deal.seller_owner, "owner")
    for url in ("http://partner.example/", "https://10.0.0.1/", "https://a:b@partner.example/", "https://[::1]/"):
        async with api.tx(ctx) as tx:
            with pytest.raises(Invalid) as refusal:
                await service.create(tx, WebhookIn(url=url), NOBODY)
            assert refusal.value.errors[0].pointer == "/url"
    async with api.tx(ctx) as tx:
        for number in range(10):
            await service.create(tx, WebhookIn(url=f"https://partner.example/{number}"), NOBODY)
        with pytest.raises(DomainError) as full:
            await service.create(tx, WebhookIn(url="https://partner.example/11"), NOBODY)
        assert full.value.code == "too-many-webhooks"


async def test_a_delivery_of_a_switched_off_address_ends(db: TestDatabase, owner: asyncpg.Connection, deal: Deal) -> None:
    """What waits for a disabled address is given up without a call."""
    order = await add_order(owner, deal.buyer, deal.seller)
    async with receiver() as partner:
        await register(db, deal.seller, deal.seller_owner, partner, "order.*")
        await order_event(db, deal, order)
        await owner.execute("UPDATE webhook_endpoint SET status = 'disabled'")
        [job] = await claimed(owner, "webhook")
        await deliverer().webhook(deps(await db.worker(), webhook_allow=partner.pair), job)
        assert partner.connections == 0
    assert await owner.fetchval("SELECT status FROM webhook_delivery") == "failed"
