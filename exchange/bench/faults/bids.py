"""Guarantee 19: the deadline is one instant for all, the database's clock once the bid has the lock it waited for."""

import asyncio
import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from exchange.bench.faults.case import Case, Figures, Plan
from exchange.bench.faults.ground import Place
from exchange.bench.faults.members import member
from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.quote import service as quotes
from exchange.domain.rfq import closing
from exchange.domain.rfq import service as rfqs
from exchange.domain.rfq.model import Rfq
from exchange.errors import DeadlinePassed, NotFound, WrongState
from schemas.quote import QuoteIn
from schemas.rfq import RfqIn

BIDDERS: Final = 12
AROUND_S: Final = 0.05
LEAD_S: Final = 0.5
NOW: Final = "SELECT market_now()"
BRING_NEAR: Final = """
UPDATE market_clock SET ahead = ahead + ($1::timestamptz - market_now()) - make_interval(secs => $2) RETURNING market_now()
"""
HOLD: Final = "SELECT r.id FROM rfq AS r WHERE r.id = $1 FOR UPDATE"
SEEN: Final = "SELECT nullif(current_setting('faults.seen', true), '')::timestamptz"
CLOSED_EARLY: Final = """
SELECT count(*) FROM event AS e JOIN rfq AS r ON r.id = e.aggregate_id
WHERE e.type = 'rfq.deadline_passed' AND e.at < r.due_at
"""
# Reads the clock for a bid as market_now() does, at the same place, and leaves what it read to be looked at.
WATCHED_CLOCK = """
CREATE FUNCTION seen_now() RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS $$
DECLARE at timestamptz := public.market_now();
BEGIN
    PERFORM pg_catalog.set_config('faults.seen', at::text, true);
    RETURN at;
END $$
"""
IN_TIME: Final = "r.status = 'open' AND public.market_now() < r.due_at"
LOCKED: Final = "WHERE x.id = wanted FOR SHARE"


class _Bid(msgspec.Struct, frozen=True):
    """What became of one bid. `seen` is the clock that decided; none was read for an RFQ that was closed already."""

    began: datetime
    accepted: bool
    seen: datetime | None


class _Round(msgspec.Struct, frozen=True):
    """An RFQ's last moments; somebody held its row from `held` to `released` and then rolled back."""

    due: datetime
    held: datetime
    released: datetime
    bids: list[_Bid]

    def waited(self, bid: _Bid) -> bool:
        return self.held <= bid.began < self.released

    def earliest_lock(self, bid: _Bid) -> datetime:
        return self.released if self.waited(bid) else bid.began

    def agrees(self, bid: _Bid) -> bool:
        """Accepted exactly when the clock that decided was before the deadline, and read after the lock was there."""
        if bid.seen is None:
            return not bid.accepted
        return bid.accepted == (bid.seen < self.due) and bid.seen >= self.earliest_lock(bid)

    def late(self, bid: _Bid) -> bool:
        """It can only have had its lock from the deadline on."""
        return self.earliest_lock(bid) >= self.due


async def _watch_clock(place: Place, *, guarded: bool) -> None:
    """Make the deciding clock visible. The control decides in the statement that waits for the lock.

    PostgreSQL reads such a condition before the wait, and again only when the row has changed: not after a rollback.
    """
    async with place.connection() as owner:
        await owner.execute(WATCHED_CLOCK)
    watched = IN_TIME.replace("market_now", "seen_now")
    if guarded:
        await place.rewrite("lock_rfq_for_bid", [(IN_TIME, watched)])
    else:
        before_the_wait = f"WHERE x.id = wanted AND {watched.replace('r.', 'x.')} FOR SHARE"
        await place.rewrite("lock_rfq_for_bid", [(IN_TIME, "true"), (LOCKED, before_the_wait)])


class _Market:
    """A buyer, bidders, and the roles that run in service."""

    def __init__(self, place: Place, api: Database, worker: Database, buyer: Ctx, bidders: list[Ctx]) -> None:
        self.place = place
        self.api = api
        self.worker = worker
        self.buyer = buyer
        self.bidders = bidders

    @classmethod
    async def open(cls, place: Place) -> "_Market":
        bidders = [await member(place, f"Bidder {number}") for number in range(BIDDERS)]
        buyer = await member(place, "Buyer")
        api = await place.database("exchange_api", BIDDERS + 2)
        return cls(place, api, await place.database("exchange_worker", 2), buyer, bidders)

    async def rfq(self) -> Rfq:
        """Published and sealed."""
        async with self.api.tx(self.buyer) as tx:
            command: dict[str, Any] = {
                "title": "Copy paper",
                "currency": "VND",
                "lines": [{"category": "other", "text": "Copy paper", "quantity": "10", "unit": "C62", "region": "VN-SG"}],
                "terms": {"payment": "direct_after_acceptance"},
                "due_at": await rfqs.now(tx) + timedelta(days=3),
                "sealed": True,
                "publish": True,
            }
            return await rfqs.create(tx, msgspec.convert(command, RfqIn))

    async def last_moments(self, rfq: Rfq, rng: random.Random, release_s: float) -> _Round:
        """Bids around the deadline while somebody holds the row and gives up at `release_s` from it."""
        async with self.place.connection() as holder:
            now: Any = await holder.fetchval(BRING_NEAR, rfq.due_at, LEAD_S)
            due_s = asyncio.get_running_loop().time() + (rfq.due_at - now).total_seconds()
            offsets = [rng.uniform(-AROUND_S, AROUND_S) for _ in self.bidders]
            bids = [
                asyncio.create_task(self._bid(bidder, rfq, due_s + offset))
                for bidder, offset in zip(self.bidders, offsets, strict=True)
            ]
            closes = asyncio.create_task(self._close(rfq.id, due_s + rng.uniform(0, AROUND_S)))
            await _at(due_s - 2 * AROUND_S)
            transaction = holder.transaction()
            await transaction.start()
            await holder.fetchval(HOLD, rfq.id)
            held: Any = await holder.fetchval(NOW)
            await _at(due_s + release_s)
            released: Any = await holder.fetchval(NOW)
            await transaction.rollback()
            found = await asyncio.gather(*bids)
            await closes
        return _Round(rfq.due_at, held, released, found)

    async def _bid(self, bidder: Ctx, rfq: Rfq, at_s: float) -> _Bid:
        answer = [
            {"line_id": line.id, "quantity": line.quantity, "price": "60000", "vat_code": "VN10", "lead_time_days": 5}
            for line in rfq.lines
        ]
        command = msgspec.convert({"lines": answer, "valid_until": rfq.due_at + timedelta(days=30)}, QuoteIn)
        async with self.api.tx(bidder) as tx:
            await _at(at_s)
            began = await rfqs.now(tx)
            try:
                await quotes.put(tx, rfq.id, command)
            except (DeadlinePassed, WrongState, NotFound):
                accepted = False
            else:
                accepted = True
            return _Bid(began, accepted, await tx.value(SEEN))

    async def _close(self, rfq: UUID, at_s: float) -> None:
        await _at(at_s)
        async with self.worker.system() as tx:
            await closing.close(tx, rfq)


async def _at(loop_s: float) -> None:
    await asyncio.sleep(loop_s - asyncio.get_running_loop().time())


async def bid_late(plan: Plan) -> Figures:
    """Rounds of bids within 50 ms of the deadline, in turn behind a lock given up before it and after it."""
    async with plan.ground.place() as place:
        await _watch_clock(place, guarded=plan.guarded)
        market = await _Market.open(place)
        rounds: list[_Round] = []
        wanted = plan.size(6, 60)
        # A machine that is busy with other things may miss the last moments: then there are more rounds.
        while len(rounds) < wanted or (len(rounds) < 5 * wanted and not _exercised(_counted(rounds))):
            release_s = plan.rng.uniform(0.005, 0.045) * (1 if len(rounds) % 2 else -1)
            rounds.append(await market.last_moments(await market.rfq(), plan.rng, release_s))
        async with place.connection() as owner:
            closed_early: Any = await owner.fetchval(CLOSED_EARLY)
    return {**_counted(rounds), "closed_early": closed_early}


def _counted(rounds: list[_Round]) -> Figures:
    every = [(item, bid) for item in rounds for bid in item.bids]
    return {
        "bids": len(every),
        "accepted": sum(bid.accepted for _, bid in every),
        "refused": sum(not bid.accepted for _, bid in every),
        "waited_past_the_deadline": sum(item.waited(bid) and item.late(bid) and bid.began < item.due for item, bid in every),
        "accepted_late": sum(bid.accepted and item.late(bid) for item, bid in every),
        "disagree_with_the_clock": sum(not item.agrees(bid) for item, bid in every),
    }


def _exercised(figures: Mapping[str, Any]) -> bool:
    return min(figures["accepted"], figures["waited_past_the_deadline"]) > 0


CASES: Final = (
    Case(
        id="19",
        name="bids around the deadline behind a lock holder that rolls back",
        attempt=bid_late,
        exercised=_exercised,
        holds=lambda f: f["accepted_late"] == f["disagree_with_the_clock"] == f["closed_early"] == 0 and f["refused"] > 0,
    ),
)
