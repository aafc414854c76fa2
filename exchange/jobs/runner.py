"""The loop that claims jobs and runs them: two lanes, so that a slow receiver outside never holds up our own books."""

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.jobs import queue
from exchange.jobs.kinds import Deps, Handler, Internal, Job, Later, LeaseLost, Outside
from exchange.log import reason
from exchange.metrics import WorkerMetrics

# A handler ends before its lease does, so that its last write still finds the lease.
LEASE_SHARE: Final = 0.8
GATHER_S: Final = 0.01
WRITES: Final = 2
WRITE_TIMEOUT_S: Final = 2.0
FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 2.0

log = structlog.get_logger(__name__)


def no_lead() -> timedelta:
    """The runner's clock in service: the database's own."""
    return timedelta()


class Runner:
    """Claims and runs jobs until it is stopped. `poll_s` says how long to sleep without a wake-up.

    `ahead` is how far the runner's clock runs before the database's: zero in service, steered in fault tests.
    """

    def __init__(
        self,
        deps: Deps,
        handlers: Mapping[str, Handler],
        *,
        slots: int,
        rng: random.Random,
        metrics: WorkerMetrics,
        poll_s: Callable[[], float],
        ahead: Callable[[], timedelta] = no_lead,
        on_claim: Callable[[], None] = lambda: None,
    ) -> None:
        self.deps = deps
        self.rng = rng
        self.metrics = metrics
        self.ahead = ahead
        self.poll_s = poll_s
        self.on_claim = on_claim
        internal = {kind: handler for kind, handler in handlers.items() if isinstance(handler, Internal)}
        outside = {kind: handler for kind, handler in handlers.items() if isinstance(handler, Outside)}
        self._lanes = [_Lane(self, lane, slots) for lane in (internal, outside) if lane]

    def wake(self, ids: Sequence[UUID] = ()) -> None:
        """Jobs were inserted: claim now. The ids only say that there are some; the claim takes the most urgent."""
        for lane in self._lanes:
            lane.wake()

    async def run(self, stop: asyncio.Event, *, grace_s: float = 8.0) -> None:
        """Until `stop`: then claim no more, let running jobs finish for `grace_s`, and put the rest back."""
        loops = [asyncio.create_task(lane.run(stop)) for lane in self._lanes]
        await stop.wait()
        self.wake()
        await asyncio.gather(*loops)
        await asyncio.gather(*(lane.drain(grace_s) for lane in self._lanes))


class _Lane:
    """The claim loop over some kinds with a bounded number of running jobs."""

    def __init__(self, runner: Runner, handlers: Mapping[str, Handler], slots: int) -> None:
        self._runner = runner
        self._handlers = handlers
        self._lease_s = {kind: handler.lease_s for kind, handler in handlers.items()}
        self._slots = slots
        self._running: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._backlog = False

    def wake(self) -> None:
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        pause_s = 0.0
        while not stop.is_set():
            self._woken.clear()
            try:
                await self._claim()
            except Exception as error:
                pause_s = min(max(FIRST_PAUSE_S, pause_s * 2), LONGEST_PAUSE_S)
                log.warning("claiming failed", error=reason(error), delay_s=pause_s)
                await self._sleep(pause_s * self._runner.rng.uniform(0.5, 1.0), stop)
                continue
            pause_s = 0.0
            await self._sleep(self._runner.poll_s(), stop)

    async def _sleep(self, delay_s: float, stop: asyncio.Event) -> None:
        if not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), delay_s)

    async def _claim(self) -> None:
        free = self._slots - len(self._running)
        self._backlog = True
        if not free:
            return
        async with self._runner.deps.db.system() as tx:
            jobs = await queue.claim(tx, free, self._lease_s, self._runner.ahead())
        self._runner.on_claim()
        self._backlog = len(jobs) == free
        for job in jobs:
            task = asyncio.create_task(self._execute(job), name=f"job {job.kind} {job.id}")
            self._running.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not self._backlog:
            return
        if len(self._running) * 2 <= self._slots:
            self._woken.set()
        else:
            # More are due: claim a handful at once rather than one by one.
            asyncio.get_running_loop().call_later(GATHER_S, self._woken.set)

    async def drain(self, grace_s: float) -> None:
        if self._running:
            await asyncio.wait(self._running, timeout=grace_s)
        left = list(self._running)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _execute(self, job: Job) -> None:
        structlog.contextvars.bind_contextvars(job_id=str(job.id), kind=job.kind, attempt=job.attempts)
        started = time.perf_counter()
        try:
            outcome = await self._attempt(job)
        except asyncio.CancelledError:
            await self._write(lambda tx: queue.again(tx, job, 0.0, ahead=self._runner.ahead()))
            raise
        self._runner.metrics.jobs.labels(job.kind, outcome).inc()
        self._runner.metrics.job_seconds.labels(job.kind).observe(time.perf_counter() - started)

    async def _attempt(self, job: Job) -> str:
        """Run the handler once; returns the outcome's name."""
        handler = self._handlers[job.kind]
        if job.attempts > handler.retry.attempts:
            # Its last attempt ended with its worker: whatever it does to one, it will not do to another.
            log.error("job is dead", error="its last attempt outlived its lease")
            await self._write(lambda tx: queue.bury(tx, job, None))
            return "dead"
        try:
            async with asyncio.timeout(handler.lease_s * LEASE_SHARE):
                match handler:
                    case Internal():
                        return await self._internal(handler, job)
                    case Outside():
                        return await self._outside(handler, job)
        except LeaseLost:
            return "lost"
        except Later as later:
            delay_s = later.delay_s
            await self._write(lambda tx: queue.again(tx, job, delay_s, ahead=self._runner.ahead()))
            return "later"
        except Exception as error:
            return await self._failed(job, handler, error)

    async def _internal(self, handler: Internal, job: Job) -> str:
        """The handler's effects and done are one transaction, under the job's row lock."""
        ctx = Ctx(request_id=f"job {job.id}")
        async with self._runner.deps.db.tx(ctx, "any") as tx:
            if not await queue.hold(tx, job):
                raise LeaseLost
            await handler.handler(tx, job)
            await queue.finish(tx, job)
        return "done"

    async def _outside(self, handler: Outside, job: Job) -> str:
        """The call first, then done, unless the handler finished the job in its own transaction."""
        await handler.handler(self._runner.deps, job)
        async with self._runner.deps.db.system() as tx:
            if await queue.conclude(tx, job):
                return "done"
        log.warning("outlived its lease", outcome="lost")
        return "lost"

    async def _failed(self, job: Job, handler: Handler, error: Exception) -> str:
        why = reason(error)
        if job.attempts >= handler.retry.attempts:
            log.error("job is dead", error=why)
            await self._write(lambda tx: queue.bury(tx, job, why))
            return "dead"
        delay_s = handler.retry.wait_s(job.attempts, self._runner.rng)
        log.warning("job failed", error=why, delay_s=round(delay_s, 3))
        await self._write(lambda tx: queue.again(tx, job, delay_s, ahead=self._runner.ahead(), why=why))
        return "failed"

    async def _write(self, change: Callable[[Tx], Awaitable[bool]]) -> None:
        """What became of an attempt. Without the database it stays leased and is due again when the lease ends."""
        for _ in range(WRITES):
            try:
                async with asyncio.timeout(WRITE_TIMEOUT_S), self._runner.deps.db.system() as tx:
                    await change(tx)
            except Exception as error:
                log.warning("outcome not written", error=reason(error))
                await asyncio.sleep(FIRST_PAUSE_S)
            else:
                return
