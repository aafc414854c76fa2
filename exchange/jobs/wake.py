"""How the workers learn of new jobs at once: arq on Valkey carries wake-ups and nothing else.

A job is in PostgreSQL before anybody is woken for it, so whatever is lost here is found by the workers' poll. Nothing on
a request's path waits for Valkey.
"""

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, cast
from uuid import UUID

import msgspec
import structlog
from arq.connections import ArqRedis
from arq.worker import Worker, func
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from exchange.log import reason

QUEUE: Final = "exchange:wake"
HEAD_CHANNEL: Final = "exchange:head"
FUNCTION: Final = "wake"
CAPACITY: Final = 10_000
IDS_A_MESSAGE: Final = 16
# A message older than this tells nothing that the poll has not found.
EXPIRES_MS: Final = 60_000
# The first commit is told at once; what is committed so soon after a message travels together in the next one.
GATHER_S: Final = 0.05
SOCKET_TIMEOUT_S: Final = 1.0
FIRST_PAUSE_S: Final = 0.05
LONGEST_PAUSE_S: Final = 2.0
AWAY: Final = (RedisError, OSError, TimeoutError)

log = structlog.get_logger(__name__)


def connect(url: str) -> ArqRedis:
    """A client that gives up after a second: arq's own pool would wait for ever on a Valkey that is frozen."""
    pool: Any = ConnectionPool.from_url(url, socket_timeout=SOCKET_TIMEOUT_S, socket_connect_timeout=SOCKET_TIMEOUT_S)
    return ArqRedis(
        pool,
        job_serializer=msgspec.msgpack.encode,
        job_deserializer=msgspec.msgpack.decode,
        default_queue_name=QUEUE,
        expires_extra_ms=EXPIRES_MS,
    )


async def _close(redis: ArqRedis) -> None:
    with contextlib.suppress(*AWAY):
        await redis.aclose(close_connection_pool=True)


def _obey() -> None:
    """End here when this task was cancelled: the client swallows a cancellation that reaches it while it connects."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


class _Backoff:
    """The pause after a failure: doubled each time, begun anew after a success."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._pause_s = 0.0

    def good(self) -> None:
        self._pause_s = 0.0

    async def bad(self) -> None:
        self._pause_s = min(max(FIRST_PAUSE_S, self._pause_s * 2), LONGEST_PAUSE_S)
        await asyncio.sleep(self._pause_s * self._rng.uniform(0.5, 1.0))


class Waker:
    """Tells the workers of jobs this process has committed. `put` never waits; `run` sends in the background.

    When Valkey is away, what waits is dropped: the workers poll.
    """

    def __init__(self, url: str, rng: random.Random, *, capacity: int = CAPACITY) -> None:
        self._redis = connect(url)
        self._backoff = _Backoff(rng)
        self._ids: deque[UUID] = deque(maxlen=capacity)
        self._filled = asyncio.Event()
        self.up = False

    def put(self, ids: Sequence[UUID]) -> None:
        """Wake somebody for these jobs soon; the oldest are forgotten when there are too many."""
        self._ids.extend(ids)
        self._filled.set()

    async def run(self) -> None:
        """Send until cancelled."""
        try:
            while True:
                await self._filled.wait()
                self._filled.clear()
                if not self._ids:
                    continue
                try:
                    await self._send()
                    _obey()
                except AWAY as error:
                    _obey()
                    if self.up:
                        log.warning("wake-ups do not leave", error=reason(error))
                    self.up = False
                    await self._backoff.bad()
                    self._ids.clear()
                else:
                    self.up = True
                    self._backoff.good()
                    await asyncio.sleep(GATHER_S)
        finally:
            await _close(self._redis)

    async def _send(self) -> None:
        while self._ids:
            batch = [str(self._ids.popleft()) for _ in range(min(IDS_A_MESSAGE, len(self._ids)))]
            await self._redis.enqueue_job(FUNCTION, batch, _job_id=f"{batch[0]}:1")


class Announcer:
    """Publishes the newest position of the record, for live pages. Only the latest counts."""

    def __init__(self, url: str, rng: random.Random) -> None:
        self._redis = connect(url)
        self._backoff = _Backoff(rng)
        self._head = 0
        self._moved = asyncio.Event()

    def put(self, head: int) -> None:
        self._head = head
        self._moved.set()

    async def run(self) -> None:
        """Publish until cancelled."""
        try:
            while True:
                await self._moved.wait()
                self._moved.clear()
                try:
                    await self._redis.publish(HEAD_CHANNEL, str(self._head))
                    _obey()
                    self._backoff.good()
                except AWAY:
                    _obey()
                    await self._backoff.bad()
        finally:
            await _close(self._redis)


class Listener:
    """arq's Worker as a task of ours: each message it takes calls `wake` with the ids of committed jobs."""

    def __init__(self, url: str, wake: Callable[[Sequence[UUID]], None], rng: random.Random) -> None:
        self._url = url
        self._wake = wake
        self._backoff = _Backoff(rng)
        self.up = False

    async def run(self) -> None:
        """Listen until cancelled; a Worker that ends is replaced after a pause."""
        while True:
            worker = self._worker()
            running = asyncio.create_task(worker.async_run(), name="arq")
            try:
                await asyncio.wait([running])
            finally:
                was_up, self.up = self.up, False
                error = await _end(worker, running)
            if error is not None and (was_up or not isinstance(error, AWAY)):
                log.warning("wake-ups do not arrive", error=reason(error))
            await self._backoff.bad()

    def _worker(self) -> Worker:
        return Worker(
            functions=[func(cast(Any, self._take), name=FUNCTION)],
            redis_pool=connect(self._url),
            queue_name=QUEUE,
            on_startup=cast(Any, self._started),
            keep_result=0,
            max_tries=10**6,
            max_jobs=10,
            job_timeout=30,
            retry_jobs=False,
            allow_abort_jobs=False,
            job_completion_wait=25,
            poll_delay=0.05,
            handle_signals=False,
            log_results=False,
            job_serializer=msgspec.msgpack.encode,
            job_deserializer=msgspec.msgpack.decode,
        )

    async def _started(self, ctx: dict[str, Any]) -> None:
        """Connected: forget messages from before, whose jobs the poll has found, and say that wake-ups arrive."""
        redis: ArqRedis = ctx["redis"]
        seconds, microseconds = await redis.time()
        await redis.zremrangebyscore(QUEUE, "-inf", seconds * 1000 + microseconds // 1000 - EXPIRES_MS)
        self._backoff.good()
        self.up = True

    async def _take(self, _ctx: dict[str, Any], ids: list[str]) -> None:
        self._wake([UUID(item) for item in ids])


async def _end(worker: Worker, running: asyncio.Task[None]) -> BaseException | None:
    """Stop whatever the worker still runs, in whatever state Valkey is; returns what had ended it."""
    while not running.done() or not all(task.done() for task in worker.tasks.values()):
        left = [task for task in (running, *worker.tasks.values()) if not task.done()]
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=0.2)
    await _close(worker.pool)
    return None if running.cancelled() else running.exception()
