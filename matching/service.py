"""The matcher process: keeps the projection of all live offers up to date with PostgreSQL and answers on a Unix socket.

An event is a hint, the row is the truth: what changed is read again and applied by version. Everything beside this file and the
client is pure.
"""

import asyncio
import logging
import resource
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from matching.client import packed, read_frame
from matching.columns import Columns
from matching.engine import match
from matching.model import OfferRow, Tier
from matching.search import search
from schemas.matching import (
    FRAME_BYTES_MAX,
    Freshness,
    MatchRequest,
    MatchResponse,
    Ping,
    Pong,
    Refusal,
    Request,
    Response,
    Scalar,
    SearchRequest,
    SearchResponse,
)

POLL_S = 0.05
EAGER_POLL_S = 0.01
PATIENCE_S = 2.0
RECONNECT_S = 0.5
PAGE_ROWS = 1_000
IN_FLIGHT_MAX = 64

log = logging.getLogger("matching")

# What asyncpg raises when the server goes away: the last one when it goes between the steps of one statement.
LOST: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

# Where the feed of events ends.
LAST_POSITION: Final = "SELECT coalesce(max(position), 0) FROM event"

# What happened after a position.
EVENTS_AFTER: Final = "SELECT position, type, aggregate_id FROM event WHERE position > $1 ORDER BY position LIMIT $2"

# The standing of every company.
COMPANIES: Final = "SELECT id, status = 'active' AS active FROM company"

# The standing of companies that changed.
COMPANIES_BY_ID: Final = "SELECT id, status = 'active' AS active FROM company WHERE id = ANY ($1)"

# Live offers in the order of their ids, a page after an id. JSON comes as text, so that one bad row spoils no page.
LIVE_OFFERS_AFTER: Final = """
SELECT o.id, o.company_id, o.version, c.path, o.title, coalesce(o.mpn, '') AS mpn, o.currency, o.unit, o.tiers::text AS tiers,
    (o.moq * 1000000)::bigint AS moq_micro, (o.increment * 1000000)::bigint AS increment_micro,
    (o.available * 1000000)::bigint AS available_micro, o.lead_time_days, o.regions, o.attributes::text AS attributes, o.firm,
    (extract(epoch FROM o.valid_until) * 1000000)::bigint AS valid_until_us, o.visibility, true AS live
FROM offer AS o JOIN category AS c ON c.code = o.category_code
WHERE o.status = 'live' AND o.id > $1
ORDER BY o.id LIMIT $2
"""

# Offers that changed, whatever state they are in now.
OFFERS_BY_ID: Final = """
SELECT o.id, o.company_id, o.version, c.path, o.title, coalesce(o.mpn, '') AS mpn, o.currency, o.unit, o.tiers::text AS tiers,
    (o.moq * 1000000)::bigint AS moq_micro, (o.increment * 1000000)::bigint AS increment_micro,
    (o.available * 1000000)::bigint AS available_micro, o.lead_time_days, o.regions, o.attributes::text AS attributes, o.firm,
    (extract(epoch FROM o.valid_until) * 1000000)::bigint AS valid_until_us, o.visibility, o.status = 'live' AS live
FROM offer AS o JOIN category AS c ON c.code = o.category_code
WHERE o.id = ANY ($1)
"""


class StatedTier(msgspec.Struct):
    """A price tier as the row states it."""

    min_quantity: Decimal
    price: Decimal


_decode_tiers = msgspec.json.Decoder(list[StatedTier]).decode
_decode_attributes = msgspec.json.Decoder(dict[str, Scalar]).decode


def offer_row(record: Any) -> OfferRow:
    """A database row as the columns take it. Raises ValueError when it holds what they cannot carry."""
    return OfferRow(
        id=record["id"],
        company_id=record["company_id"],
        version=record["version"],
        category_path=record["path"],
        title=record["title"],
        mpn=record["mpn"],
        currency=record["currency"],
        unit=record["unit"],
        tiers=tuple(Tier(int(tier.min_quantity.scaleb(6)), int(tier.price.scaleb(6))) for tier in _decode_tiers(record["tiers"])),
        moq_micro=record["moq_micro"],
        increment_micro=record["increment_micro"],
        available_micro=record["available_micro"],
        lead_time_days=record["lead_time_days"],
        regions=tuple(record["regions"]),
        attributes=_decode_attributes(record["attributes"]),
        firm=record["firm"],
        valid_until_us=record["valid_until_us"],
        visibility=record["visibility"],
        live=record["live"],
    )


def readable(records: Iterable[Any], refused: dict[UUID, int]) -> Iterator[OfferRow]:
    """The rows that can be carried. The version of each other one is put into `refused`: it takes no part."""
    for record in records:
        try:
            row = offer_row(record)
        except (ValueError, ArithmeticError) as problem:
            log.error("offer %s takes no part: %s", record["id"], problem)
            refused[record["id"]] = record["version"]
            continue
        refused.pop(row.id, None)
        yield row


class Projection:
    """The offers in memory and how far they follow the database. One task at a time reads: `follow`."""

    def __init__(self, database_url: str) -> None:
        self.columns = Columns()
        self.ready = False
        self.position = 0
        self.refused: dict[UUID, int] = {}
        self._url = database_url
        self._asked: set[UUID] = set()
        self._waiting = 0
        self._poke = asyncio.Event()
        self._moved = asyncio.Condition()

    async def follow(self, on_ready: Callable[[], None]) -> None:
        """Loads, then keeps up until cancelled; answers go on from memory while the database is away."""
        while True:
            try:
                connection: Any = await asyncpg.connect(
                    self._url,
                    timeout=10,
                    command_timeout=30,
                    server_settings={"application_name": "exchange match", "default_transaction_read_only": "on", "jit": "off"},
                )
                try:
                    await self._keep_up(connection, on_ready)
                finally:
                    connection.terminate()
            except LOST as lost:
                log.warning("the database is away, trying again: %s", type(lost).__name__)
                await asyncio.sleep(RECONNECT_S)

    async def seen(self, wanted: Freshness) -> bool:
        """Waits up to 2 seconds until the position and the offer versions have arrived; offers are then read at once."""
        if self._has(wanted):
            return True
        self._asked.update(offer.offer_id for offer in wanted.offers)
        self._waiting += 1
        self._poke.set()
        try:
            async with asyncio.timeout(PATIENCE_S), self._moved:
                await self._moved.wait_for(lambda: self._has(wanted))
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
        return True

    def _has(self, wanted: Freshness) -> bool:
        if self.position < wanted.position:
            return False
        return all((self.columns.version_of(offer.offer_id) or 0) >= offer.version for offer in wanted.offers)

    async def _keep_up(self, connection: Any, on_ready: Callable[[], None]) -> None:
        last = await connection.fetchval(LAST_POSITION)
        if not self.ready or last < self.position:  # a database restored to an earlier time is read anew
            await self._load(connection, last)
            on_ready()
        while True:
            self._poke.clear()
            while await self._step(connection):
                pass
            async with self._moved:
                self._moved.notify_all()
            await self._pause()

    async def _pause(self) -> None:
        """A moment, shorter while somebody waits; ended by the first who starts to wait."""
        try:
            async with asyncio.timeout(EAGER_POLL_S if self._waiting else POLL_S):
                await self._poke.wait()
        except TimeoutError:
            return

    async def _load(self, connection: Any, position: int) -> None:
        """Reads everything; `position` was taken before, so what changes meanwhile is read again."""
        columns = Columns()
        refused: dict[UUID, int] = {}
        for record in await connection.fetch(COMPANIES):
            columns.set_standing(record["id"], record["active"])
        builder = columns.builder()
        after = UUID(int=0)
        while records := await connection.fetch(LIVE_OFFERS_AFTER, after, PAGE_ROWS):
            after = records[-1]["id"]
            for row in readable(records, refused):
                builder.add(row)
        columns.load_built(builder)
        self.columns, self.refused, self.position, self.ready = columns, refused, position, True
        log.info("%d offers loaded at position %d", columns.live, position)

    async def _step(self, connection: Any) -> bool:
        """Applies the next events and the offers asked for. True when there may be more."""
        events = await connection.fetch(EVENTS_AFTER, self.position, PAGE_ROWS)
        asked, self._asked = self._asked, set()
        offers = asked | {event["aggregate_id"] for event in events if event["type"].startswith("offer.")}
        companies = {event["aggregate_id"] for event in events if event["type"].startswith("company.")}
        if companies:
            for record in await connection.fetch(COMPANIES_BY_ID, list(companies)):
                self.columns.set_standing(record["id"], record["active"])
        if offers:
            for row in readable(await connection.fetch(OFFERS_BY_ID, list(offers)), self.refused):
                self.columns.apply(row)
            for offer_id in offers & self.refused.keys():
                self.columns.remove(offer_id, self.refused[offer_id])
        if events:
            self.position = events[-1]["position"]
        return len(events) == PAGE_ROWS


class Answers:
    """One socket connection after the other, each with many requests in flight."""

    def __init__(self, projection: Projection) -> None:
        self._projection = projection
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._decode = msgspec.msgpack.Decoder[Request](Request).decode
        self._encode = msgspec.msgpack.Encoder(uuid_format="bytes").encode

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Reads frames until the other side closes or breaks the protocol."""
        here = asyncio.current_task()
        assert here is not None, "a connection runs in a task"
        self._connections[here] = writer
        room = asyncio.Semaphore(IN_FLIGHT_MAX)
        try:
            async with asyncio.TaskGroup() as group:
                while (payload := await read_frame(reader)) is not None:
                    await room.acquire()
                    group.create_task(self._reply(payload, writer, room))
        except* ConnectionError:
            log.info("a connection broke off")
        finally:
            del self._connections[here]
            writer.close()

    async def close(self) -> None:
        """Ends every connection; what still waits for news takes its two seconds at most."""
        for writer in self._connections.values():
            writer.close()
        if self._connections:
            await asyncio.wait(list(self._connections))

    async def _reply(self, payload: bytes, writer: asyncio.StreamWriter, room: asyncio.Semaphore) -> None:
        try:
            writer.write(packed(self._within_limit(await self._answer(payload))))
            await writer.drain()
        finally:
            room.release()

    def _within_limit(self, answer: Response) -> bytes:
        encoded = self._encode(answer)
        return encoded if len(encoded) <= FRAME_BYTES_MAX else self._encode(Refusal(answer.request_id, "too-large"))

    async def _answer(self, payload: bytes) -> Response:
        try:
            request = self._decode(payload)
        except msgspec.MsgspecError as problem:
            return Refusal(_request_id(payload), "invalid", str(problem))
        if isinstance(request, Ping):
            return self._pong(request)
        if not self._projection.ready:
            return Refusal(request.request_id, "starting")
        if not await self._projection.seen(request.seen):
            return Refusal(request.request_id, "behind")
        try:
            return self._result(request)
        except Exception:
            log.exception("request %d failed", request.request_id)
            return Refusal(request.request_id, "failed")

    def _result(self, request: MatchRequest | SearchRequest) -> Response:
        columns = self._projection.columns
        if isinstance(request, MatchRequest):
            return MatchResponse(request.request_id, [match(columns, need) for need in request.needs])
        return SearchResponse(request.request_id, search(columns, request.query))

    def _pong(self, request: Ping) -> Pong:
        projection = self._projection
        return Pong(
            request_id=request.request_id,
            ready=projection.ready,
            position=projection.position,
            offers=projection.columns.live,
            delta_rows=projection.columns.delta_rows,
            refused_rows=len(projection.refused),
            rss_bytes=resident_bytes(),
        )


class Identified(msgspec.Struct):
    """The one field that all requests share."""

    request_id: int = 0


def _request_id(payload: bytes) -> int:
    """The id of a request that is otherwise invalid, or 0."""
    try:
        return msgspec.msgpack.decode(payload, type=Identified).request_id
    except msgspec.MsgspecError:
        return 0


def resident_bytes() -> int:
    """The memory in use now, or where the system does not tell, the most that ever was."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def share(socket: Path) -> None:
    """Lets the other processes of the same group ask."""
    socket.chmod(0o660)


def remove(socket: Path) -> None:
    socket.unlink(missing_ok=True)


async def run(*, database_url: str, socket_path: str, stop: asyncio.Event, on_ready: Callable[[], None] = lambda: None) -> None:
    """Answers on the socket until `stop` is set; `on_ready` is called after each full load."""
    projection = Projection(database_url)
    answers = Answers(projection)
    server = await asyncio.start_unix_server(answers.serve, socket_path)
    share(Path(socket_path))
    following = asyncio.create_task(projection.follow(on_ready))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([following, stopping], return_when=asyncio.FIRST_COMPLETED)
    finally:
        server.close()
        await answers.close()
        stopping.cancel()
        following.cancel()
        await asyncio.wait([following])
        remove(Path(socket_path))
    if not following.cancelled():
        following.result()
