"""Composition root of `exchange match`: the matcher's service with logs, signals and the internal port."""

import asyncio

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.process_collector import ProcessCollector

from exchange import process
from exchange.metrics import Health, InternalPort
from exchange.settings import Settings
from matching import service

log = structlog.get_logger(__name__)


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Answer on the socket until `stop`; ready from the first full load on."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    health = Health()
    port = InternalPort(settings.metrics_host, settings.metrics_port, registry, health)
    loaded = asyncio.Event()

    async def beat() -> None:
        while True:
            health.beat()
            if loaded.is_set():
                health.worked()
            await asyncio.sleep(1)

    beating = asyncio.create_task(beat())

    def ready() -> None:
        loaded.set()
        health.worked()

    try:
        await service.run(database_url=settings.database_url, socket_path=settings.matcher_socket, stop=stop, on_ready=ready)
    finally:
        beating.cancel()
        port.close()


def main(settings: Settings) -> None:
    """Until it is told to stop."""
    process.main("match", settings, run, asyncio.run)
