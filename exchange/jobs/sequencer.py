"""Gives each committed event its place: a gapless position, its link in the hash chain, its recipients.

One process at a time, by an advisory lock on its own connection. The lock saves work; what makes two writers impossible
is that each batch extends the head that it read, and a position exists once.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

import asyncpg
import structlog

from exchange.domain.history.chain import GENESIS, link
from exchange.log import reason
from exchange.metrics import WorkerMetrics
from exchange.sqlstate import FAILURES

LOCK_KEY: Final = 7_202_611_231
BATCH: Final = 1000
BUSY_PAUSE_S: Final = 0.02
IDLE_PAUSE_S: Final = 0.05
CONTEND_PAUSE_S: Final = 1.0
# A frozen sequencer must not keep the lock: PostgreSQL ends a session that says nothing for this long.
SILENCE_MS: Final = 5000

log = structlog.get_logger(__name__)

TRY_LOCK: Final = "SELECT pg_try_advisory_lock($1)"

HEAD: Final = "SELECT position, hash FROM event WHERE position IS NOT NULL ORDER BY position DESC LIMIT 1"

# Committed and not placed yet, the columns of chain.FIELDS. Within what one statement sees, seq is causal: who changed
# an object second waited for the first, and inserted its event after it.
UNPLACED: Final = """
SELECT seq, id, market_id, type, aggregate, aggregate_id, version, actor_id, company_id, audience, request_id,
    from_state, to_state, at, recorded_at, payload::text AS payload
FROM event WHERE position IS NULL ORDER BY seq LIMIT $1
"""

PLACE: Final = """
UPDATE event AS e SET position = p.position, hash = p.hash
FROM unnest($1::uuid[], $2::bigint[], $3::bytea[]) AS p (id, position, hash)
WHERE e.id = p.id AND e.position IS NULL
"""

# The acting company and everybody in the audience, each once.
RECIPIENTS: Final = """
INSERT INTO event_recipient (company_id, position, event_id)
SELECT DISTINCT c.company_id, e.position, e.id
FROM event AS e CROSS JOIN LATERAL unnest(e.company_id || e.audience) AS c (company_id)
WHERE e.id = ANY ($1::uuid[]) AND c.company_id IS NOT NULL
"""


class LostRace(Exception):
    """Another sequencer placed these events first; nothing was written."""


async def place_batch(connection: asyncpg.Connection, most: int = BATCH) -> tuple[int, int]:
    """Place at most `most` events in one transaction; returns how many, and the head position after them."""
    events = await connection.fetch(UNPLACED, most)
    if not events:
        return 0, 0
    async with connection.transaction():
        last = await connection.fetchrow(HEAD)
        position, previous = (0, GENESIS) if last is None else (int(last["position"]), bytes(last["hash"]))
        ids: list[UUID] = []
        positions: list[int] = []
        hashes: list[bytes] = []
        for record in events:
            values: tuple[Any, ...] = tuple(record.values())
            position += 1
            previous = link(previous, position, values)
            ids.append(record["id"])
            positions.append(position)
            hashes.append(previous)
        if await connection.execute(PLACE, ids, positions, hashes) != f"UPDATE {len(ids)}":
            raise LostRace
        await connection.execute(RECIPIENTS, ids)
    return len(ids), position


class Sequencer:
    """Contends for the lock and places events while it has it. `announce` gets each new head position."""

    def __init__(self, url: str, announce: Callable[[int], None], metrics: WorkerMetrics, rng: random.Random) -> None:
        self._url = url
        self._announce = announce
        self._metrics = metrics
        self._rng = rng
        self.placing = False

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`. A lost connection is a lost lock: connect and contend again."""
        while not stop.is_set():
            try:
                await self._session(stop)
            except (*FAILURES, TimeoutError, LostRace) as error:
                log.warning("sequencer interrupted", error=reason(error))
                await _pause(stop, CONTEND_PAUSE_S * self._rng.uniform(0.2, 1.0))
            finally:
                self.placing = False
                self._metrics.sequencer.set(0)

    async def _session(self, stop: asyncio.Event) -> None:
        connection = await asyncpg.connect(
            self._url,
            timeout=10,
            command_timeout=20,
            server_settings={
                "application_name": "exchange sequencer",
                "statement_timeout": "15000",
                "lock_timeout": "3000",
                "idle_session_timeout": str(SILENCE_MS),
                "idle_in_transaction_session_timeout": str(SILENCE_MS),
                "jit": "off",
            },
        )
        try:
            while not stop.is_set() and not await connection.fetchval(TRY_LOCK, LOCK_KEY):
                await _pause(stop, CONTEND_PAUSE_S * self._rng.uniform(0.8, 1.2))
            if not stop.is_set():
                log.info("sequencer works")
                self.placing = True
                self._metrics.sequencer.set(1)
            while not stop.is_set():
                await _pause(stop, await self._step(connection))
        finally:
            with contextlib.suppress(*FAILURES, TimeoutError):
                await connection.close(timeout=2)

    async def _step(self, connection: asyncpg.Connection) -> float:
        """One batch; returns the pause after it."""
        count, head = await place_batch(connection)
        if not count:
            return IDLE_PAUSE_S
        self._metrics.sequenced.inc(count)
        self._announce(head)
        return 0.0 if count == BATCH else BUSY_PAUSE_S


async def _pause(stop: asyncio.Event, delay_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), delay_s)
