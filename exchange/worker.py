"""Composition root of `exchange work`: runs jobs, places events, keeps the clock, shows its health."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import structlog

from exchange import log as logs
from exchange import process
from exchange.db import Database
from exchange.domain.privacy import keys
from exchange.jobs import (
    anchoring,
    approvals,
    companies,
    contracts,
    deadlines,
    deliver,
    deliveries,
    documents,
    expire_offer,
    flags,
    middle_prices,
    moderation,
    open_quotes,
    pair,
    payments,
    people,
    publish_review,
    queue,
    retention,
    schedule,
    settle,
    tell,
    views,
)
from exchange.jobs.kinds import Deps, Handler
from exchange.jobs.reconcile import EVERY_S as RECONCILE_EVERY_S
from exchange.jobs.reconcile import reconcile
from exchange.jobs.runner import Runner
from exchange.jobs.sequencer import Sequencer
from exchange.jobs.wake import Announcer, Listener
from exchange.keyring import Keyring, Vault
from exchange.metrics import Health, InternalPort, WorkerMetrics
from exchange.notify.webhooks import check_webhook_allow
from exchange.settings import Settings
from matching.client import MatcherClient

POLL_S: Final = 1.0
POLL_ALONE_S: Final = 0.05
SWEEP_EVERY_S: Final = 1.0
WATCH_EVERY_S: Final = 1.0
GRACE_S: Final = 7.0
SANDBOX: Final = "SELECT c.sandbox FROM market_clock AS c"

log = structlog.get_logger(__name__)

# Everything this process can do, one line a purpose.
MODULES: Final[tuple[Mapping[str, Handler], ...]] = (
    expire_offer.HANDLERS,
    publish_review.HANDLERS,
    open_quotes.HANDLERS,
    approvals.HANDLERS,
    moderation.HANDLERS,
    flags.HANDLERS,
    contracts.HANDLERS,
    settle.HANDLERS,
    deliveries.HANDLERS,
    payments.HANDLERS,
    people.HANDLERS,
    tell.HANDLERS,
    deliver.HANDLERS,
    retention.HANDLERS,
    documents.HANDLERS,
    companies.HANDLERS,
)


def handlers(modules: tuple[Mapping[str, Handler], ...] = MODULES) -> dict[str, Handler]:
    """All kinds in one table; a kind has one handler."""
    table: dict[str, Handler] = {}
    for module in modules:
        twice = table.keys() & module.keys()
        if twice:
            raise ValueError(f"two handlers for {sorted(twice)}")
        table.update(module)
    return table


class Worker:
    """The parts of one worker process over one database."""

    def __init__(self, settings: Settings, db: Database, table: Mapping[str, Handler]) -> None:
        rng = random.SystemRandom()
        self.settings = settings
        self.db = db
        self.rng = rng
        self.metrics = WorkerMetrics()
        self.health = Health()
        self.runner = Runner(
            Deps(db=db, settings=settings),
            table,
            slots=settings.worker_tasks,
            rng=rng,
            metrics=self.metrics,
            poll_s=self._poll_s,
            on_claim=self.health.worked,
        )
        self.listener = Listener(settings.redis_url, self.runner.wake, rng)
        self.announcer = Announcer(settings.redis_url, rng)
        self.sequencer = Sequencer(settings.database_url, self.announcer.put, self.metrics, rng)
        # What this process commits, it wakes itself for.
        db.after_commit = self.runner.wake

    def _poll_s(self) -> float:
        return POLL_S if self.listener.up else POLL_ALONE_S

    def schedules(self) -> tuple[schedule.Schedule, ...]:
        return (
            schedule.Schedule("deadlines", SWEEP_EVERY_S, self._sweep),
            schedule.Schedule("reconcile", RECONCILE_EVERY_S, self._reconcile),
            schedule.Schedule("anchor", anchoring.EVERY_S, self._anchor),
            schedule.Schedule("member views", views.EVERY_S, views.end),
            schedule.Schedule("middle prices", middle_prices.EVERY_S, middle_prices.renew),
            retention.RETENTION,
            retention.SEALING,
        )

    async def _sweep(self, db: Database) -> None:
        for rule in deadlines.SWEEPS:
            inserted = await deadlines.sweep(db, rule)
            self.metrics.deadlines.labels(f"{rule.noun} {rule.action}").inc(inserted)

    async def _reconcile(self, _db: Database) -> None:
        await reconcile(self.settings.database_url, self.metrics)

    async def _anchor(self, _db: Database) -> None:
        made = await anchoring.anchor(self.settings)
        if made is not None:
            self.metrics.anchored.set(made.position)

    async def _watch(self) -> None:
        """The pulse of this process and the figures of the queue."""
        while True:
            self.health.beat()
            self.metrics.valkey_up.set(self.listener.up)
            try:
                async with self.db.system() as tx:
                    state = await queue.state(tx)
            except Exception as error:
                log.warning("no figures", error=logs.reason(error))
            else:
                self.health.worked()
                self.metrics.oldest_due_s.set(state.oldest_due_s)
                self.metrics.dead.set(state.dead)
                self.metrics.sequencer_lag_s.set(state.sequencer_lag_s)
            await asyncio.sleep(WATCH_EVERY_S)

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`, or until a part ends that never should: then the process ends with it and is started again."""
        ending = [
            asyncio.create_task(self.runner.run(stop, grace_s=GRACE_S), name="jobs"),
            asyncio.create_task(self.sequencer.run(stop), name="sequencer"),
            asyncio.create_task(schedule.run(self.db, self.schedules(), stop, self.rng), name="schedules"),
        ]
        endless: list[asyncio.Task[Any]] = [
            asyncio.create_task(self.listener.run(), name="wake-ups"),
            asyncio.create_task(self.announcer.run(), name="announcements"),
            asyncio.create_task(self._watch(), name="watch"),
        ]
        stopped = asyncio.create_task(stop.wait())
        try:
            done, _ = await asyncio.wait([stopped, *ending, *endless], return_when=asyncio.FIRST_COMPLETED)
            self.health.stop()
            stop.set()
            await asyncio.gather(*ending)
            for task in done:
                task.result()
        finally:
            for task in (stopped, *ending, *endless):
                task.cancel()
            await asyncio.gather(stopped, *ending, *endless, return_exceptions=True)


async def run(settings: Settings, stop: asyncio.Event, *, ready: Callable[[int], Awaitable[None]] | None = None) -> None:
    """Work until `stop` is set; ends within ten seconds. `ready` gets the internal port once it listens."""
    db = await Database.open(settings.database_url, size=settings.worker_tasks * 2 + 4, name="exchange work")
    try:
        async with db.system() as tx:
            sandbox = bool(await tx.value(SANDBOX))
        check_webhook_allow(settings, sandbox=sandbox)
        db.vault = Vault(Keyring.of(settings.keys_file, settings.secret, sandbox=sandbox))
        await keys.check(db, db.vault)
        matcher = MatcherClient(settings.matcher_socket)
        worker = Worker(settings, db, handlers((*MODULES, pair.handlers(matcher))))
        port = InternalPort(settings.metrics_host, settings.metrics_port, worker.metrics.registry, worker.health)
        try:
            log.info("worker started", port=port.port)
            if ready is not None:
                await ready(port.port)
            await worker.run(stop)
        finally:
            await asyncio.to_thread(port.close)
            await matcher.close()
    finally:
        await db.close()
        log.info("worker stopped")


def main(settings: Settings) -> None:
    """Until it is told to stop."""
    process.main("worker", settings, run)
