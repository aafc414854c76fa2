"""Live pages: one reader of the record for all listeners of this process, and a small queue for each of them."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from typing import Final
from uuid import UUID

import msgspec
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from exchange.ctx import Ctx
from exchange.db import Database, Tx
from exchange.errors import Unavailable
from exchange.log import reason
from exchange.notify.live_store import InboxState, Missed, Place, head, inboxes, missed, missed_by_operator, tail

# The channel on which the sequencer says the newest position.
HEAD_CHANNEL: Final = "exchange:head"
INBOX: Final = "inbox"
RELOAD: Final = "reload"
POLL_S: Final = 1.0
HEARTBEAT_S: Final = 15.0
# A page connects again after this time, so that a session or membership that ended is noticed.
LIFETIME_S: Final = 25.0
INBOX_EVERY_S: Final = 0.25
BATCH: Final = 500
# Events that one slow client may leave unread before it is let go; it comes back with its last position.
QUEUE: Final = 200
# Further back than this a page loads itself anew instead of replaying.
REPLAY: Final = 1000
LISTENERS: Final = 2000
FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 5.0
AWAY: Final = (RedisError, OSError, TimeoutError)
log = structlog.get_logger(__name__)


class Change(msgspec.Struct, frozen=True):
    """One thing to tell a page: `topic` is ``noun:id``, ``inbox``, ``reload`` (too much was missed) or empty (alive).

    What belongs to an order or an RFQ names it too: ``delivery:id order:id``.
    """

    position: int
    topic: str = ""


def topic_of(place: Place | Missed) -> str:
    """What has changed, and the order and RFQ that it belongs to; a message belongs to its thread alone."""
    if place.thread_id is not None:
        return f"{place.aggregate}:{place.aggregate_id} thread:{place.thread_id}"
    topics = [f"{place.aggregate}:{place.aggregate_id}"]
    topics += [f"{noun}:{whole}" for noun, whole in (("order", place.order_id), ("rfq", place.rfq_id)) if whole is not None]
    return " ".join(dict.fromkeys(topics))


class _Listener:
    """One open page: what is waiting for it, and whether it fell behind."""

    def __init__(self, ctx: Ctx) -> None:
        self.ctx = ctx
        self.queue: asyncio.Queue[Change] = asyncio.Queue(QUEUE)
        self.dropped = False

    def may_know(self, companies: frozenset[UUID]) -> bool:
        return self.ctx.operator or self.ctx.company_id in companies

    def put(self, change: Change) -> None:
        try:
            self.queue.put_nowait(change)
        except asyncio.QueueFull:
            self.dropped = True


class LiveHub:
    """Tails the record once for the process and hands each listener what its company may know."""

    def __init__(self, db: Database, redis_url: str) -> None:
        self._db = db
        self._redis_url = redis_url
        self._listeners: set[_Listener] = set()
        self._inboxes: dict[UUID, InboxState] = {}
        self._inboxes_asked_s = 0.0
        self._position = 0
        # Told of everything that is read, so that rights which changed elsewhere are known here before long.
        self.noticed: Callable[[str, UUID, list[UUID]], None] = _ignore
        self._woken = asyncio.Event()
        self._started = asyncio.Event()

    @property
    def position(self) -> int | None:
        """How far this process has read the record, never ahead of it; None before the first look."""
        return self._position if self._started.is_set() else None

    async def run(self) -> None:
        """Until cancelled. Without Valkey it looks every second."""
        waking = asyncio.create_task(self._wake_ups(), name="live wake-ups")
        try:
            await self._follow()
        finally:
            waking.cancel()
            await asyncio.gather(waking, return_exceptions=True)

    def subscribe(self, ctx: Ctx, last_position: int | None = None) -> AsyncGenerator[Change]:
        """Changes for one open page of the acting company, first those after `last_position`, and a sign of life.

        Ends after LIFETIME_S, or when the listener is too slow; it then connects again with the last position it saw. A page
        that came back after too long, or from before a restore, is told ``reload``. Raises Unavailable when this process has no
        room for another page, which works without.
        """
        if len(self._listeners) >= LISTENERS:
            raise Unavailable(what="Live updating")
        return self._changes(ctx, last_position)

    async def _changes(self, ctx: Ctx, last_position: int | None) -> AsyncGenerator[Change]:
        await self._started.wait()
        ends_at = asyncio.get_running_loop().time() + LIFETIME_S
        listener = _Listener(ctx)
        self._listeners.add(listener)
        try:
            seen = self._position if last_position is None else last_position
            yield Change(seen, INBOX)
            if last_position is not None:
                for change in await self._replay(ctx, last_position):
                    seen = change.position
                    yield change
            while not listener.dropped and (left_s := ends_at - asyncio.get_running_loop().time()) > 0:
                try:
                    async with asyncio.timeout(min(HEARTBEAT_S, left_s)):
                        change = await listener.queue.get()
                except TimeoutError:
                    yield Change(seen)
                    continue
                # What was replayed may wait in the queue too.
                if change.topic == INBOX or change.position > seen:
                    seen = max(seen, change.position)
                    yield Change(seen, change.topic)
        finally:
            self._listeners.discard(listener)

    def close(self) -> None:
        """End every listener: the process stops."""
        for listener in list(self._listeners):
            listener.put(Change(self._position))
            listener.dropped = True

    async def _replay(self, ctx: Ctx, after: int) -> list[Change]:
        async with self._db.tx(ctx, "any") as tx:
            if ctx.operator:
                rows = await missed_by_operator(tx, after, REPLAY + 1)
            else:
                rows = await missed(tx, ctx.company, after, REPLAY + 1)
            last = await head(tx)
        if len(rows) > REPLAY or after > last:
            return [Change(last, RELOAD)]
        return [Change(row.position, topic_of(row)) for row in rows]

    async def _follow(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            self._woken.clear()
            try:
                await self._look()
                pause_s = FIRST_PAUSE_S
            except Exception as error:
                log.warning("live updates wait", error=reason(error))
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await self._woken.wait()
                    # A burst of commits is read together.
                    await asyncio.sleep(0.02)

    async def _look(self) -> None:
        """Hand out what is new. Nobody listens: only remember where the record ends."""
        async with self._db.system() as tx:
            if not self._listeners:
                self._position = await head(tx)
                self._inboxes.clear()
                self._started.set()
                return
            places = await tail(tx, self._position, BATCH)
            states = await self._inbox_states(tx)
        for place in places:
            self._position = place.position
            companies = frozenset(place.companies)
            self.noticed(place.aggregate, place.aggregate_id, place.companies)
            if place.aggregate == "person":
                self._end_pages_of(place.aggregate_id)
            change = Change(place.position, topic_of(place))
            for listener in self._listeners:
                if listener.may_know(companies):
                    listener.put(change)
        if states is not None:
            self._tell_inboxes(states)
        if len(places) == BATCH:
            self._woken.set()

    def _end_pages_of(self, person: UUID) -> None:
        """The rights of a person have changed or ended: their open pages connect again, as whom they are now."""
        for listener in self._listeners:
            if listener.ctx.person_id == person:
                listener.put(Change(self._position))
                listener.dropped = True

    async def _inbox_states(self, tx: Tx) -> dict[UUID, InboxState] | None:
        """How the listeners' inboxes stand; None when that was asked a moment ago."""
        now_s = asyncio.get_running_loop().time()
        if now_s < self._inboxes_asked_s + INBOX_EVERY_S:
            return None
        self._inboxes_asked_s = now_s
        return await inboxes(tx, sorted({item.ctx.person_id for item in self._listeners if item.ctx.person_id}))

    def _tell_inboxes(self, states: dict[UUID, InboxState]) -> None:
        """Notifications follow their event by a moment, so an inbox is told of by how it stands, not by the event."""
        for listener in self._listeners:
            person = listener.ctx.person_id
            if person and states.get(person) != self._inboxes.get(person):
                listener.put(Change(self._position, INBOX))
        self._inboxes = states

    async def _wake_ups(self) -> None:
        """Each new head of the record wakes the reader at once; while Valkey is away the poll does."""
        pause_s = FIRST_PAUSE_S
        while True:
            redis = Redis.from_url(self._redis_url, socket_connect_timeout=1.0)
            try:
                async with redis.pubsub() as channel:
                    await channel.subscribe(HEAD_CHANNEL)
                    while True:
                        if await channel.get_message(ignore_subscribe_messages=True, timeout=POLL_S):
                            self._woken.set()
                        pause_s = FIRST_PAUSE_S
            except AWAY as error:
                if pause_s == FIRST_PAUSE_S:
                    log.warning("live updates poll: no wake-ups arrive", error=reason(error))
            finally:
                with contextlib.suppress(*AWAY):
                    await redis.aclose()
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)


def _ignore(aggregate: str, aggregate_id: UUID, companies: list[UUID]) -> None:
    """Nobody remembers anything that could have changed."""
