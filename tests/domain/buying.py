"""What the tests of buying share: a small market of paper, its members, and jobs run by hand in the worker's role."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.award import service as awards
from exchange.domain.offer import service as offers
from exchange.domain.quote import service as quotes
from exchange.domain.quote.model import Quote
from exchange.domain.rfq import service as rfqs
from exchange.domain.rfq.model import Rfq
from exchange.ids import new_id
from exchange.jobs import approvals, deadlines, open_quotes
from exchange.jobs.kinds import Handler, Internal, Job
from exchange.jobs.sequencer import place_batch
from schemas.offer import OfferIn
from schemas.quote import AwardIn, QuoteIn
from schemas.rfq import RfqIn
from tests.world import World, offer_json

HANDLERS: Mapping[str, Handler] = {**open_quotes.HANDLERS, **approvals.HANDLERS}


class Buying:
    """One database with its api and worker roles, and the verbs of a deal in one line each."""

    def __init__(self, world: World, api: Database, worker: Database) -> None:
        self.world = world
        self.api = api
        self.worker = worker

    async def now(self) -> datetime:
        return await self.world.owner.fetchval("SELECT market_now()")

    async def rfq(self, buyer: Ctx, **changes: Any) -> Rfq:
        """Published, unless the changes say otherwise."""
        command = await self.rfq_in(**changes)
        async with self.api.tx(buyer) as tx:
            return await rfqs.create(tx, command)

    async def rfq_in(self, **changes: Any) -> RfqIn:
        base: dict[str, Any] = {
            "title": "Copy paper for the third quarter",
            "currency": "VND",
            "lines": [line()],
            "terms": {"payment": "direct_after_acceptance"},
            "due_at": await self.now() + timedelta(days=3),
            "publish": True,
        }
        return msgspec.convert({**base, **changes}, RfqIn)

    async def quote(self, seller: Ctx, rfq: Rfq, price: str = "60000", **changes: Any) -> Quote:
        """An answer to every line in full, valid for a month after the deadline."""
        command = quote_in(rfq, price, **changes)
        async with self.api.tx(seller) as tx:
            return await quotes.put(tx, rfq.id, command)

    async def award(self, buyer: Ctx, rfq: Rfq, quote: Quote, **changes: Any) -> awards.Award:
        async with self.api.tx(buyer) as tx:
            return await awards.propose(tx, rfq.id, AwardIn(quote_id=quote.id, **changes))

    async def offer(self, seller: Ctx, **changes: Any) -> offers.Offer:
        command = msgspec.convert(offer_json(**changes), OfferIn)
        async with self.api.tx(seller) as tx:
            return await offers.create(tx, command, publish=True)

    async def read(self, reader: Ctx, rfq: Rfq) -> Rfq:
        async with self.api.tx(reader, "any") as tx:
            return await rfqs.get(tx, rfq.id)

    async def pass_deadline(self, rfq: Rfq) -> None:
        """Move the market's clock past the deadline, and let the exchange act on it."""
        left = rfq.due_at - await self.now() + timedelta(seconds=1)
        await self.world.advance(f"{max(left.total_seconds(), 0)} seconds")
        await self.act()

    async def act(self) -> None:
        """Sweep the deadlines and run the jobs of this slice until none is left."""
        for rule in deadlines.SWEEPS:
            await deadlines.sweep(self.worker, rule)
        while await self._run_jobs():
            pass

    async def _run_jobs(self) -> int:
        rows = await self.world.owner.fetch(
            "SELECT id, kind, payload FROM job WHERE state = 'new' AND kind = ANY ($1) ORDER BY priority, id", list(HANDLERS)
        )
        for row in rows:
            await self.run(row["kind"], row["id"], msgspec.json.decode(row["payload"]))
        return len(rows)

    async def run(self, kind: str, job_id: UUID, payload: dict[str, Any]) -> None:
        handler = HANDLERS[kind]
        assert isinstance(handler, Internal)
        async with self.worker.system() as tx:
            await handler.handler(tx, Job(id=job_id, kind=kind, payload=payload, attempts=1, lease_token=new_id()))
            await tx.execute("UPDATE job SET state = 'done' WHERE id = $1", job_id)

    async def events(self, type_: str) -> list[asyncpg.Record]:
        """All events of a type, as the owner sees them."""
        return await self.world.owner.fetch("SELECT * FROM event WHERE type = $1 ORDER BY seq", type_)

    async def place_events(self) -> None:
        """What the sequencer does."""
        connection = await asyncpg.connect(self.world.db.url("exchange_worker"))
        try:
            await place_batch(connection)
        finally:
            await connection.close()


def line(**changes: Any) -> dict[str, Any]:
    base = {"category": "other", "text": "A4 copy paper", "quantity": "100", "unit": "C62", "region": "VN-SG"}
    return {**base, **changes}


def quote_in(rfq: Rfq, price: str = "60000", **changes: Any) -> QuoteIn:
    base: dict[str, Any] = {
        "lines": [
            {"line_id": item.id, "quantity": item.quantity, "price": price, "vat_code": "VN10", "lead_time_days": 5}
            for item in rfq.lines
        ],
        "valid_until": rfq.due_at + timedelta(days=30),
    }
    return msgspec.convert({**base, **changes}, QuoteIn)


async def buying(world: World) -> Buying:
    """Over a fresh database; its connections close with it."""
    return Buying(world, await world.db.api(8), await world.db.worker())
