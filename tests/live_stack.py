"""One running exchange for the scenario and browser tests of a test process, in a thread of its own: any loop may use it."""

import asyncio
import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from itertools import count
from types import TracebackType

import asyncpg
import psutil
from rich.console import Console

from exchange.demo.people import close_all, operators
from exchange.demo.receivers import Hooks, Mailbox
from exchange.market.fill import fill
from exchange.stack import Stack, StackOptions, running
from exchange.verify import verify_ledger
from exchange.verify_audit import verify_audit

PARTNERS = 40
START_LIMIT_S = 240
# Provinces to deliver to: each story has one of its own, so no story's offers match another story's RFQ.
CODES = "04 20 28 36 46 55 67 DN 05 21 29 37 47 56 68 HN 06 22 30 39 49 57 69 HP 07 23 31 40 50 58 70 09 24 32 41 51 59 71 01"
REGIONS = tuple(f"VN-{code}" for code in CODES.split())


class LiveStack:
    """The three processes with their servers, a mailbox and web servers of partners; started on entering, stopped on leaving.

    `filled` plays the sample market into it; else it has operators and nobody else.
    """

    def __init__(self, *, filled: bool = False) -> None:
        self._filled = filled
        self.mailbox = Mailbox()
        self._partners = [Hooks() for _ in range(PARTNERS)]
        self._unused = iter(self._partners)
        self._numbers = count(1)
        self._ready = threading.Event()
        self._stop: asyncio.Event | None = None
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="live stack", daemon=True)
        self._stack: Stack | None = None

    def __enter__(self) -> "LiveStack":
        self._thread.start()
        if not self._ready.wait(START_LIMIT_S) or self._failure is not None:
            raise RuntimeError("the exchange did not start") from self._failure
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    @property
    def stack(self) -> Stack:
        assert self._stack is not None
        return self._stack

    def partner(self) -> Hooks:
        """A partner's web server that no other story uses."""
        return next(self._unused)

    def story(self) -> tuple[str, str]:
        """The end of the e-mail addresses of a new story, and a region where only its goods go."""
        number = next(self._numbers)
        return f"s{number}.example", REGIONS[number - 1]

    async def books_hold(self) -> None:
        """Ledger and record are clean, money sums to zero and no job is dead: what must be true after every scenario."""
        owner = await asyncpg.connect(self.stack.database_url("exchange_owner"))
        try:
            assert await verify_ledger(owner) == []
            assert await verify_audit(owner) == []
            assert await owner.fetchval("SELECT coalesce(sum(amount_minor), 0)::bigint FROM ledger_entry") == 0
            assert [dict(row) for row in await owner.fetch("SELECT kind, last_error FROM job WHERE state = 'dead'")] == []
        finally:
            await owner.close()

    def process(self, verb: str) -> psutil.Process:
        """The running process of one verb (serve, work, match); waited for while the supervisor starts it again."""
        limit = time.monotonic() + START_LIMIT_S
        while time.monotonic() < limit:
            for child in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    if child.status() != psutil.STATUS_ZOMBIE and child.cmdline()[-2:] == ["exchange", verb]:
                        return child
            time.sleep(0.02)
        raise TimeoutError(f"no process does `exchange {verb}`")

    def kill(self, verb: str) -> None:
        """kill -9, as soon as it runs; the supervisor starts it again. Its parent is the supervisor's to ask, so nobody waits."""
        self.process(verb).kill()

    @contextlib.contextmanager
    def frozen_valkey(self) -> Iterator[None]:
        """Valkey accepts connections and answers nothing, then it is killed and comes back empty."""
        pid = self.stack.valkey.pid
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGKILL)
            limit = time.monotonic() + START_LIMIT_S
            while not self.stack.valkey.alive and time.monotonic() < limit:
                time.sleep(0.05)

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        try:
            async with contextlib.AsyncExitStack() as outside:
                outside.enter_context(self.mailbox)
                for partner in self._partners:
                    await outside.enter_async_context(partner)
                environment = {
                    "EXCHANGE_SMTP_URL": f"smtp://127.0.0.1:{self.mailbox.port}",
                    "EXCHANGE_WEBHOOK_ALLOW": ",".join(f"127.0.0.1:{partner.port}" for partner in self._partners),
                    "EXCHANGE_RATE_LIMIT": "100000/minute",
                    "EXCHANGE_ARGON2": "cheap",
                }
                options = StackOptions(sandbox=True, durable=False, environment=environment)
                self._stack = await outside.enter_async_context(running(options))
                if self._filled:
                    await fill(self._stack, Console(quiet=True))
                else:
                    await close_all(list((await operators(self._stack)).values()))
                self._ready.set()
                await self._stop.wait()
        except BaseException as error:
            self._failure = error
            self._ready.set()
            raise
