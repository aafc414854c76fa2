"""The matcher as a running service: loads from PostgreSQL, follows its events, answers on its socket."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest
import pytest_asyncio

from matching.client import MatcherClient, MatcherUnavailable
from matching.service import run
from schemas.matching import FRAME_BYTES_MAX, Freshness, Need, Pong, Refusal, Requirement, SearchQuery, Seen
from tests.conftest import TestDatabase

AT_US = 1_800_000_000_000_000
MICRO = 1_000_000
SEARCH = SearchQuery(at_us=AT_US, text="toner")
Serve = Callable[[], Awaitable[MatcherClient]]

OFFER = """
INSERT INTO offer (id, company_id, status, version, title, category_code, mpn, unit, currency, tiers, price_micro, vat_code,
    vat_percent, firm, moq, increment, available, lead_time_days, ship_from, regions, terms, attributes, visibility,
    valid_until, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, 'test-toner', '006R90321', 'C62', 'USD',
    '[{"min_quantity": "1", "price": "49.95"}, {"min_quantity": "10", "price": "45"}]', 49950000, 'STD10', 10, true, 1, 1, 1000,
    3, 'VN-SG', '{VN}', '{}', $6::text::jsonb, 'all', $7, $7, $7)
"""
EVENT = """
INSERT INTO event (id, position, hash, type, aggregate, aggregate_id, version, at)
VALUES ($1, (SELECT coalesce(max(position), 0) + 1 FROM event), sha256('x'), $2, split_part($2, '.', 1), $3, $4, now())
RETURNING position
"""


class Market:
    """Rows and events as the api and the sequencer leave them."""

    def __init__(self, owner: asyncpg.Connection) -> None:
        self.owner = owner
        self.seller = uuid4()

    async def open(self) -> None:
        await self.owner.execute(
            "INSERT INTO currency (code, digits) VALUES ('USD', 2), ('VND', 0) ON CONFLICT DO NOTHING;"
            "INSERT INTO unit (code, symbol, name_en, name_vi) VALUES ('C62', 'pc', 'piece', 'cái') ON CONFLICT DO NOTHING"
        )
        await self.owner.execute(
            "INSERT INTO category (code, path, parent_code, name_en, name_vi) VALUES"
            " ('test-office', 'test-office', NULL, 'Office', 'Văn phòng'),"
            " ('test-toner', 'test-office/test-toner', 'test-office', 'Toner', 'Mực')"
        )
        await self.owner.execute(
            "INSERT INTO company (id, status, legal_name, display_name, sort_key, country, profile, region, registration_id,"
            " tax_id, base_currency, applied_at) VALUES ($1, 'active', 'Seller', 'Seller', 'seller', 'VN', 'vn', 'VN-SG', '1',"
            " '1', 'VND', now())",
            self.seller,
        )

    async def offer(
        self, *, title: str = "Xerox toner", status: str = "live", version: int = 1, attributes: str = '{"per_pack": 6}'
    ) -> UUID:
        offer = uuid4()
        until = datetime(2100, 1, 1, tzinfo=UTC)
        await self.owner.execute(OFFER, offer, self.seller, status, version, title, attributes, until)
        return offer

    async def event(self, type_: str, aggregate: UUID, version: int = 1) -> int:
        return await self.owner.fetchval(EVENT, uuid4(), type_, aggregate, version)


@pytest_asyncio.fixture
async def market(db: TestDatabase) -> AsyncIterator[Market]:
    owner = await db.owner()
    opened = Market(owner)
    await opened.open()
    yield opened
    await owner.close()


@pytest.fixture
def socket_path(tmp_path: Path) -> str:
    return str(tmp_path / "m.sock")


@pytest_asyncio.fixture
async def serve(db: TestDatabase, socket_path: str) -> AsyncIterator[Serve]:
    """Starts a matcher with its own role and gives a client of it once it is ready."""
    stops: list[tuple[asyncio.Event, asyncio.Task[None], MatcherClient]] = []

    async def start() -> MatcherClient:
        stop, ready = asyncio.Event(), asyncio.Event()
        url = db.url("exchange_matcher")
        task = asyncio.create_task(run(database_url=url, socket_path=socket_path, stop=stop, on_ready=ready.set))
        client = MatcherClient(socket_path)
        stops.append((stop, task, client))
        await asyncio.wait_for(ready.wait(), 10)
        return client

    yield start
    for stop, task, client in stops:
        await client.close()
        stop.set()
        await task


async def test_it_loads_what_is_live(market: Market, serve: Serve) -> None:
    """A live offer is matched with its price at the quantity; a draft is not."""
    offer = await market.offer()
    await market.offer(status="draft")
    client = await serve()
    need = Need(
        quantity_micro=10 * MICRO,
        unit="C62",
        currency="USD",
        at_us=AT_US,
        category_path="test-office",
        words="xerox",
        requirements=[Requirement("per_pack", ">=", 6)],
        region="VN-SG",
    )
    [result] = await client.match([need])
    assert [(found.offer_id, found.company_id, found.price_micro) for found in result.matches] == [
        (offer, market.seller, int(Decimal("45") * MICRO))
    ]
    pong = await client.ping()
    assert (pong.ready, pong.offers, pong.refused_rows) == (True, 1, 0)
    assert 20_000_000 < pong.rss_bytes < 1_000_000_000


async def test_it_follows_offers_by_position(market: Market, serve: Serve) -> None:
    """A new offer, its new title and its end are seen by whoever names the position of their event."""
    client = await serve()
    offer = await market.offer()
    published = await market.event("offer.published", offer)
    assert (await client.search(SEARCH, Freshness(position=published))).total == 1
    await market.owner.execute("UPDATE offer SET title = 'Paper', version = 2 WHERE id = $1", offer)
    revised = await market.event("offer.revised", offer, 2)
    assert (await client.search(SEARCH, Freshness(position=revised))).total == 0
    await market.owner.execute("UPDATE offer SET title = 'Toner', status = 'paused', version = 3 WHERE id = $1", offer)
    paused = await market.event("offer.paused", offer, 3)
    assert (await client.search(SEARCH, Freshness(position=paused))).total == 0
    assert (await client.ping()).position == paused


async def test_a_named_version_is_read_before_its_event(market: Market, serve: Serve) -> None:
    """Who names an offer and its version is answered with it even while no event has a position yet."""
    client = await serve()
    offer = await market.offer(version=4)
    found = await client.search(SEARCH, Freshness(offers=[Seen(offer, 4)]))
    assert [(hit.offer_id, hit.version) for hit in found.hits] == [(offer, 4)]
    withdrawn = await market.offer(status="withdrawn", version=2)
    assert (await client.search(SEARCH, Freshness(offers=[Seen(withdrawn, 2)]))).total == 1


async def test_it_follows_the_standing_of_companies(market: Market, serve: Serve) -> None:
    """The offers of a suspended company vanish with its event."""
    await market.offer()
    client = await serve()
    assert (await client.search(SEARCH)).total == 1
    await market.owner.execute("UPDATE company SET status = 'suspended' WHERE id = $1", market.seller)
    suspended = await market.event("company.suspended", market.seller)
    assert (await client.search(SEARCH, Freshness(position=suspended))).total == 0


async def test_it_says_behind_when_it_cannot_catch_up(market: Market, serve: Serve) -> None:
    """A position or a version that does not come is refused after two seconds, never answered from old data."""
    client = await serve()
    offer = await market.offer()
    began = asyncio.get_running_loop().time()
    behind = await asyncio.gather(
        client.search(SEARCH, Freshness(position=10)),
        client.search(SEARCH, Freshness(offers=[Seen(offer, 2)])),
        return_exceptions=True,
    )
    assert [(type(answer), str(answer)) for answer in behind] == [(MatcherUnavailable, "behind")] * 2
    assert 1.9 < asyncio.get_running_loop().time() - began < 2.5


async def test_questions_do_not_wait_for_each_other(market: Market, serve: Serve) -> None:
    """On one connection a question that waits is overtaken by one that need not."""
    client = await serve()
    waiting = asyncio.create_task(client.search(SEARCH, Freshness(position=1)))
    assert (await client.search(SEARCH)).total == 0
    assert not waiting.done()
    await market.event("offer.published", await market.offer())
    assert (await waiting).total == 1


async def test_an_unreadable_offer_takes_no_part_and_harms_no_other(market: Market, serve: Serve) -> None:
    """A number beyond all columns is refused with its row, at the start and later, and counted."""
    await market.offer(attributes='{"per_pack": 1e400}')
    good = await market.offer()
    client = await serve()
    assert (await client.search(SEARCH)).total == 1
    await market.owner.execute("UPDATE offer SET attributes = '{\"per_pack\": []}', version = 2 WHERE id = $1", good)
    position = await market.event("offer.revised", good, 2)
    assert (await client.search(SEARCH, Freshness(position=position))).total == 0
    assert (await client.ping()).refused_rows == 2


async def test_it_survives_a_lost_database_connection(db: TestDatabase, market: Market, serve: Serve) -> None:
    """Cut off from PostgreSQL it answers from memory, connects again and goes on where it was."""
    await market.offer()
    client = await serve()
    cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'exchange_matcher' AND datname = '{db.name}'"
    assert "t" in await asyncio.to_thread(db.server.sql, cut)
    assert (await client.search(SEARCH)).total == 1
    position = await market.event("offer.published", await market.offer())
    assert (await client.search(SEARCH, Freshness(position=position))).total == 2


async def test_a_database_restored_to_an_earlier_time_is_read_anew(db: TestDatabase, market: Market, serve: Serve) -> None:
    """When the feed ends before the known position, what was known is forgotten and everything loaded again."""
    offer = await market.offer()
    position = await market.event("offer.published", offer)
    client = await serve()
    assert (await client.search(SEARCH, Freshness(position=position))).total == 1
    restore = f"""
        SET session_replication_role = replica;
        TRUNCATE event CASCADE;
        DELETE FROM offer WHERE id = '{offer}';
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'exchange_matcher' AND datname = '{db.name}';
    """
    await asyncio.to_thread(db.server.sql, restore, db.name)
    async with asyncio.timeout(10):
        while (await client.ping()).position == position:
            pass
    assert (await client.search(SEARCH)).total == 0


async def test_the_client_connects_again(db: TestDatabase, market: Market, serve: Serve, socket_path: str) -> None:
    """When the matcher is away the client says so at once, and works again when it is back."""
    client = MatcherClient(socket_path)
    with pytest.raises(MatcherUnavailable, match="unreachable"):
        await client.search(SEARCH)
    for _ in range(2):
        stop, ready = asyncio.Event(), asyncio.Event()
        url = db.url("exchange_matcher")
        task = asyncio.create_task(run(database_url=url, socket_path=socket_path, stop=stop, on_ready=ready.set))
        await asyncio.wait_for(ready.wait(), 10)
        assert (await client.search(SEARCH)).total == 0
        stop.set()
        await task
    await client.close()


async def test_while_loading_it_says_starting(tmp_path: Path) -> None:
    """Without its database it answers a ping as not ready and refuses the rest."""
    stop = asyncio.Event()
    path = str(tmp_path / "s.sock")
    url = f"postgresql://nobody@localhost/nothing?host={tmp_path}"
    task = asyncio.create_task(run(database_url=url, socket_path=path, stop=stop))
    while not Path(path).exists():
        await asyncio.sleep(0)
    client = MatcherClient(path)
    assert not (await client.ping()).ready
    with pytest.raises(MatcherUnavailable, match="starting"):
        await client.search(SEARCH)
    await client.close()
    stop.set()
    await task
    assert not Path(path).exists()


async def test_bad_input_is_refused_by_name(market: Market, serve: Serve, socket_path: str) -> None:
    """An unknown field is answered with the request's id; an over-long frame ends the connection; both leave the service well."""
    client = await serve()
    reader, writer = await asyncio.open_unix_connection(socket_path)

    async def ask(message: object) -> Refusal | Pong:
        payload = msgspec.msgpack.encode(message)
        writer.write(struct.pack(">I", len(payload)) + payload)
        size = struct.unpack(">I", await reader.readexactly(4))[0]
        return msgspec.msgpack.decode(await reader.readexactly(size), type=Refusal | Pong)

    for bad in (
        {"type": "search", "request_id": 7, "query": {"at_us": 1, "sealed_price": 3}},
        {"type": "search", "request_id": 7, "query": {"at_us": 1, "limit": 101}},
        {"type": "match", "request_id": 7, "needs": []},
        {"type": "sell", "request_id": 7},
        {
            "type": "search",
            "request_id": 7,
            "query": {"at_us": 1, "requirements": [{"attribute": "a", "op": ">=", "value": float("nan")}]},
        },
    ):
        answer = await ask(bad)
        assert isinstance(answer, Refusal)
        assert (answer.request_id, answer.error) == (7, "invalid")
    assert isinstance(await ask({"type": "ping", "request_id": 8}), Pong)
    writer.write(struct.pack(">I", FRAME_BYTES_MAX + 1))
    assert await reader.read() == b""
    writer.close()
    assert (await client.ping()).ready
