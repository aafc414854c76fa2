"""Processes of the exchange in a place: started, asked whether they are ready, killed, started again."""

import asyncio
import contextlib
import os
import secrets
import signal
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final
from urllib.request import urlopen

from exchange.bench.faults.case import until
from exchange.bench.faults.ground import Place
from exchange.bench.faults.nursery import Verb
from exchange.embedded.local import free_port

ROLES: Final[dict[Verb, str]] = {
    "serve": "exchange_api",
    "work": "exchange_worker",
    "settle": "exchange_worker",
    "match": "exchange_matcher",
}
# Nothing listens there: a process that needs no Valkey finds it away.
NO_VALKEY: Final = "redis://127.0.0.1:1/0"
SAID_CHARS: Final = 3000


class Child:
    """One process over a database, and the ones that follow it on the same ports."""

    def __init__(
        self,
        place: Place,
        verb: Verb,
        *,
        without: Sequence[str] = (),
        valkey_url: str = NO_VALKEY,
        database_url: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._verb: Verb = verb
        self._nursery = place.ground.nursery
        self._without = without
        self._port, self._metrics_port = free_port(), free_port()
        folder = place.ground.folder
        files = folder / "files"
        files.mkdir(exist_ok=True)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("EXCHANGE_")},
            "DATABASE_URL": database_url or place.url(ROLES[verb]),
            "REDIS_URL": valkey_url,
            "EXCHANGE_PORT": str(self._port),
            "EXCHANGE_METRICS_PORT": str(self._metrics_port),
            "EXCHANGE_MATCHER_SOCKET": str(folder / "no-matcher.sock"),
            "EXCHANGE_FILES_URL": files.as_uri(),
            "EXCHANGE_SECRET": secrets.token_urlsafe(48),
            "EXCHANGE_RATE_LIMIT": "10000000/minute",
            "EXCHANGE_SMTP_URL": "smtp://127.0.0.1:1",
            "EXCHANGE_LOG_LEVEL": "ERROR",
            "EXCHANGE_WORKER_TASKS": "1" if verb == "settle" else "8",
            **(environment or {}),
        }
        self._pid: int | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def internal_url(self) -> str:
        """Where its figures are."""
        return f"http://127.0.0.1:{self._metrics_port}"

    @property
    def alive(self) -> bool:
        if self._pid is None:
            return False
        try:
            os.kill(self._pid, 0)
        except ProcessLookupError:
            return False
        return True

    async def start(self, *, dies_before: int = 0) -> None:
        """Started, not ready yet."""
        self._pid = await asyncio.to_thread(lambda: self._nursery.fork(self._verb, self.environment, self._without, dies_before))

    async def ready(self) -> None:
        """Until it says so itself."""

        async def answers() -> bool:
            if not self.alive:
                raise RuntimeError(f"{self._verb} ended: {self._nursery.log.read_text()[-SAID_CHARS:]}")
            return await asyncio.to_thread(_answers, f"{self.internal_url}/readyz")

        await until(answers, f"{self._verb} is ready")

    async def end(self, how: signal.Signals) -> None:
        """Send it the signal and wait until it is gone."""
        if self._pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, how)
        await self.gone()

    async def gone(self) -> None:
        async def over() -> bool:
            return not self.alive

        await until(over, f"{self._verb} ends")
        self._pid = None


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as answer:  # noqa: S310  an address of our own on loopback
            return answer.status == 200
    except OSError:
        return False


@asynccontextmanager
async def child(
    place: Place,
    verb: Verb,
    *,
    without: Sequence[str] = (),
    valkey_url: str = NO_VALKEY,
    database_url: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> AsyncGenerator[Child]:
    """A process that is ready, and runs while the block does."""
    process = Child(place, verb, without=without, valkey_url=valkey_url, database_url=database_url, environment=environment)
    await process.start()
    try:
        await process.ready()
        yield process
    finally:
        await process.end(signal.SIGKILL)
