"""`exchange up`: everything on one machine until Ctrl-C, with a sample market when asked."""

import asyncio
import os
import signal
import socket
import time
from functools import partial
from pathlib import Path
from typing import Final

from rich.console import Console

from exchange.embedded import DataDirectoryInUse, ServerFailed
from exchange.mailbox import Mailbox
from exchange.migrate import MigrationError
from exchange.stack import INBOUND, Stack, StackOptions, running
from exchange.supervisor import NeverReady

DEFAULT_DATA: Final = Path(".exchange")
SMTP_VARIABLE: Final = "EXCHANGE_SMTP_URL"


class PortTaken(Exception):
    """Another program listens on the port that was asked for."""

    def __init__(self, port: int, why: str) -> None:
        super().__init__(f"port {port} is not free ({why}): end what uses it, or choose another one with --port (0 takes any)")


async def run(*, demo: bool, sandbox: bool, port: int, data: Path | None, console: Console) -> int:
    """Run until a signal; returns the exit status. Data stays in `data` and is used again."""
    say = partial(console.print, highlight=False, soft_wrap=True)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    started = time.monotonic()
    folder = (data or DEFAULT_DATA).resolve()
    try:
        _check_port(port)
        with Mailbox(folder / "mail") as mailbox:
            smtp_url = os.environ.get(SMTP_VARIABLE, mailbox.url)
            options = StackOptions(data=folder, port=port, sandbox=sandbox, inbound=True, environment={SMTP_VARIABLE: smtp_url})
            say("starting PostgreSQL, Valkey and the four processes")
            async with running(options, stop) as stack:
                if not stop.is_set():
                    say(f"the exchange answers at [bold]{stack.url}[/] after {time.monotonic() - started:.1f} s")
                    kept = "" if SMTP_VARIABLE in os.environ else f", mail in {mailbox.folder}"
                    say(f"replies to its mail go to smtp://127.0.0.1:{stack.environment[INBOUND]['EXCHANGE_INBOUND_PORT']}")
                    say(f"data in {stack.data}, log in {stack.log}{kept}; Ctrl-C stops it")
                status = await _fill_until(stop, stack, console) if demo else 0
                if status == 0:
                    await stop.wait()
                say("stopping")
    except (PortTaken, NeverReady, DataDirectoryInUse, ServerFailed, MigrationError) as error:
        say(f"[bold red]error[/]: {error}")
        return 1
    return status


def _check_port(port: int) -> None:
    """Say at once that the port is taken, before anything is started. Raises PortTaken."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        raise PortTaken(port, os.strerror(error.errno) if error.errno else str(error)) from None


async def _fill_until(stop: asyncio.Event, stack: Stack, console: Console) -> int:
    """The sample market, once, then the sign-ins; given up when it is time to stop. Returns the exit status."""
    from exchange.market.fill import FillFailed, fill

    filling = asyncio.create_task(fill(stack, console))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((filling, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not filling.done():
        filling.cancel()
        await asyncio.wait((filling,))
        return 0
    try:
        lines = filling.result()
    except FillFailed as error:
        console.print(f"[bold red]error[/]: the sample market could not be filled: {error}", highlight=False, soft_wrap=True)
        return 1
    for line in lines:
        console.print(line, highlight=False, soft_wrap=True)
    return 0
