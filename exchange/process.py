"""What the main functions of all processes share: the log, the signals, the loop."""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import uvloop

from exchange import log
from exchange.settings import Settings


def main(
    name: str,
    settings: Settings,
    run: Callable[[Settings, asyncio.Event], Awaitable[None]],
    loop: Callable[[Coroutine[Any, Any, None]], None] = uvloop.run,
) -> None:
    """Run a process of this name until SIGTERM or SIGINT sets its event, and it has come to its own end."""
    log.configure(name, settings.log_level)

    async def serve() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await run(settings, stop)

    with contextlib.suppress(KeyboardInterrupt):
        loop(serve())
