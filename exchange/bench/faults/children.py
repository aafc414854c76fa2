"""Processes of the exchange in a place: started, asked whether they are ready, killed, started again."""

import asyncio
import contextlib
import os
import secrets
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Final
from urllib.request import urlopen

from exchange.bench.faults.case import until
from exchange.bench.faults.ground import Place
from exchange.embedded.local import free_port
from exchange.leash import Leash

ROLES: Final = {"serve": "exchange_api", "work": "exchange_worker", "mortal": "exchange_worker"}
# Nothing listens there: a process that needs no Valkey finds it away.
NO_VALKEY: Final = "redis://127.0.0.1:1/0"


class Child:
    """One process over a database; it dies with us."""

    def __init__(self, place: Place, verb: str, without: Sequence[str], valkey_url: str, database_url: str | None) -> None:
        self.port = free_port()
        self.verb = verb
        self._metrics_port = free_port()
        folder = place.ground.folder
        module = ["exchange.bench.faults.process", verb, *without] if without or verb == "mortal" else ["exchange", verb]
        self._argv = [sys.executable, "-m", *module]
        (folder / "files").mkdir(exist_ok=True)
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("EXCHANGE_")},
            "DATABASE_URL": database_url or place.url(ROLES[verb]),
            "REDIS_URL": valkey_url,
            "EXCHANGE_PORT": str(self.port),
            "EXCHANGE_METRICS_PORT": "0" if verb == "mortal" else str(self._metrics_port),
            "EXCHANGE_MATCHER_SOCKET": str(folder / "no-matcher.sock"),
            "EXCHANGE_FILES_URL": (folder / "files").as_uri(),
            "EXCHANGE_SECRET": secrets.token_urlsafe(48),
            "EXCHANGE_RATE_LIMIT": "10000000/minute",
            "EXCHANGE_SMTP_URL": "smtp://127.0.0.1:1",
            "EXCHANGE_LOG_LEVEL": "ERROR",
            "PYTHONUNBUFFERED": "1",
        }
        self._log = folder / "processes.log"
        self._process: asyncio.subprocess.Process | None = None
        self._leash: Leash | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def process(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise RuntimeError(f"{self.verb} does not run")
        return self._process

    async def start(self) -> None:
        """Started, not ready yet."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._argv, env=self._environment, stdin=PIPE, stdout=PIPE, stderr=log, start_new_session=True
            )
        self._leash = Leash(-self._process.pid)

    async def ready(self) -> None:
        """Until it says so itself."""

        async def answers() -> bool:
            if self.process.returncode is not None:
                raise RuntimeError(f"{self.verb} ended with {self.process.returncode}, see {self._log.read_text()[-2000:]}")
            return await asyncio.to_thread(_answers, f"http://127.0.0.1:{self._metrics_port}/readyz")

        await until(answers, f"{self.verb} is ready")

    async def end(self, how: signal.Signals) -> None:
        """Send the signal to it and what it started, and wait for its end."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, how)
        if self.process.stdin is not None:
            self.process.stdin.close()
        await self.process.communicate()
        if self._leash is not None:
            self._leash.release()
        self._process = self._leash = None


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as answer:  # noqa: S310  an address of our own on loopback
            return answer.status == 200
    except OSError:
        return False


@asynccontextmanager
async def child(
    place: Place, verb: str, *, without: Sequence[str] = (), valkey_url: str = NO_VALKEY, database_url: str | None = None
) -> AsyncGenerator[Child]:
    """A process that runs while the block does; ready, but for one that is only forked from."""
    process = Child(place, verb, without, valkey_url, database_url)
    await process.start()
    try:
        if verb != "mortal":
            await process.ready()
        yield process
    finally:
        await process.end(signal.SIGKILL)
