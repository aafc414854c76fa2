"""Composition root of `exchange inbound`: the mail server over the database as the api role."""

import asyncio
import random
from contextlib import AsyncExitStack
from typing import Final

import asyncpg
import structlog
from prometheus_client import CollectorRegistry

from exchange import log as logs
from exchange import process
from exchange.db import Database
from exchange.errors import DomainError
from exchange.files import Files
from exchange.inbound.posting import Poster
from exchange.inbound.server import listen
from exchange.jobs.wake import Waker
from exchange.metrics import Health, InternalPort
from exchange.settings import Settings

WATCH_EVERY_S: Final = 1.0
POOL: Final = 4
ALIVE: Final = "SELECT true"

log = structlog.get_logger(__name__)


async def _watch(db: Database, health: Health) -> None:
    """The pulse of this process, and whether it reaches its database."""
    while True:
        health.beat()
        try:
            async with db.system() as tx:
                await tx.value(ALIVE)
        except (asyncpg.PostgresError, OSError, DomainError) as error:
            log.warning("database unreachable", error=logs.reason(error))
        else:
            health.worked()
        await asyncio.sleep(WATCH_EVERY_S)


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Take mail until `stop` is set."""
    async with AsyncExitStack() as stack:
        db = await Database.open(settings.database_url, size=POOL, name="exchange inbound")
        stack.push_async_callback(db.close)
        health = Health()
        internal = InternalPort(settings.metrics_host, settings.metrics_port, CollectorRegistry(), health)
        stack.callback(internal.close)
        waker = Waker(settings.redis_url, random.SystemRandom())
        db.after_commit = waker.put
        poster = Poster(db, Files.open(settings.files_url), settings.secret, settings.inbound_proved_by)
        server = await listen(poster, settings.inbound_host, settings.inbound_port)
        tasks = [asyncio.create_task(waker.run()), asyncio.create_task(_watch(db, health))]
        stopping = asyncio.create_task(stop.wait())
        try:
            log.info("taking mail", port=server.sockets[0].getsockname()[1])
            await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            health.stop()
            server.close()
            for task in (stopping, *tasks):
                task.cancel()
            await asyncio.gather(stopping, *tasks, return_exceptions=True)


def main(settings: Settings) -> None:
    """Until it is told to stop."""
    process.main("inbound", settings, run)
