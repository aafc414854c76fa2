"""`exchange up`: everything on one machine until Ctrl-C, with a sample market when asked."""

import asyncio
import signal
import time
from pathlib import Path
from typing import Final

from rich.console import Console

from exchange.embedded import DataDirectoryInUse, ServerFailed
from exchange.migrate import MigrationError
from exchange.stack import Stack, StackOptions, running
from exchange.supervisor import NeverReady

DEFAULT_DATA: Final = Path(".exchange")


async def run(*, demo: bool, sandbox: bool, port: int, data: Path | None, console: Console) -> int:
    """Run until a signal; returns the exit status. Data stays in `data` and is used again."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    started = time.monotonic()
    options = StackOptions(data=(data or DEFAULT_DATA).resolve(), port=port, sandbox=sandbox)
    try:
        console.print("starting PostgreSQL, Valkey and the three processes", highlight=False)
        async with running(options, stop) as stack:
            console.print(f"the exchange answers at [bold]{stack.url}[/] after {time.monotonic() - started:.1f} s")
            console.print(f"data in {stack.data}, log in {stack.log}; Ctrl-C stops it", highlight=False)
            if demo and not stop.is_set():
                await _fill(stack, console)
            await stop.wait()
            console.print("stopping")
    except (NeverReady, DataDirectoryInUse, ServerFailed, MigrationError) as error:
        console.print(f"[bold red]error[/]: {error}", highlight=False)
        return 1
    return 0


async def _fill(stack: Stack, console: Console) -> None:
    """The sample market, once; then the sign-ins."""
    from exchange.market.fill import fill

    for line in await fill(stack, console):
        console.print(line, highlight=False)
