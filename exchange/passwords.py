"""Passwords: argon2id off the event loop, two at a time, and the same work for a person who does not exist."""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from exchange.errors import Unavailable
from exchange.settings import Settings, SettingsError, variable

# The library's own recommendation: about 150 ms and 64 MiB a hash.
TIME_COST: Final = 3
MEMORY_KIB: Final = 65536
PARALLELISM: Final = 4
CONCURRENT: Final = 2
# Checks that run or wait for their turn; a further one is told to come back.
PENDING_MAX: Final = 60

Given = ParamSpec("Given")
Result = TypeVar("Result")


class Passwords:
    """Hashes and checks passwords. Cheaper parameters are for tests and for filling a sample market only."""

    def __init__(
        self,
        *,
        time_cost: int = TIME_COST,
        memory_kib: int = MEMORY_KIB,
        parallelism: int = PARALLELISM,
        concurrent: int = CONCURRENT,
    ) -> None:
        self._argon2 = PasswordHash((Argon2Hasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism),))
        # As many threads as may hash: one whose request went away still keeps its place until it is done.
        self._threads = ThreadPoolExecutor(concurrent, thread_name_prefix="password")
        self._pending = 0
        self._nobody = self._argon2.hash(secrets.token_urlsafe(32))

    @classmethod
    def of(cls, settings: Settings, *, sandbox: bool) -> "Passwords":
        """As the settings say. Raises SettingsError for cheap hashes outside a sandbox."""
        if settings.argon2 == "full":
            return cls()
        if not sandbox:
            raise SettingsError(f"{variable('argon2')}: cheap hashes are for a sandbox only")
        return cls.cheap()

    @classmethod
    def cheap(cls) -> "Passwords":
        """Hashes that cost next to nothing and protect nothing: tests and sample markets."""
        return cls(time_cost=1, memory_kib=8, parallelism=1)

    async def hash(self, password: str) -> str:
        """The argon2id hash to store, with its own salt and parameters."""
        return await self._in_turn(self._argon2.hash, password)

    async def verify(self, password: str, known: str | None) -> bool:
        """Whether the password has this hash. None, for nobody, takes the same time and is never right."""
        right = await self._in_turn(self._argon2.verify, password, known if known is not None else self._nobody)
        return right and known is not None

    async def _in_turn(self, work: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs) -> Result:
        if self._pending >= PENDING_MAX:
            raise Unavailable(what="Sign-in")
        self._pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: work(*args, **kwargs))
        finally:
            self._pending -= 1

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
