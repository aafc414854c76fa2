"""One key, one effect: runs a write and its Idempotency-Key in one transaction, or answers again what it answered."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeVar
from uuid import UUID

import asyncpg

from exchange.ctx import Ctx
from exchange.db import Database, Standing, Tx
from exchange.domain.idempotency import store
from exchange.errors import KeyInProgress, KeyReused


class Versioned(Protocol):
    """A row of something that a request created or changed."""

    @property
    def id(self) -> UUID: ...
    @property
    def version(self) -> int: ...


Result = TypeVar("Result", bound=Versioned)
NOBODY: Final = UUID(int=0)
# How many requests of one process may wait for the same key's first request.
MAX_WAITERS: Final = 4


class Writes:
    """The writes in flight in this process, so that a burst of one key cannot take every connection."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._running: dict[tuple[UUID, UUID, str, str], int] = {}

    async def once(
        self,
        ctx: Ctx,
        route: str,
        key: str,
        body: bytes,
        do: Callable[[Tx], Awaitable[Result]],
        load: Callable[[Tx, UUID], Awaitable[Result]],
        *,
        standing: Standing = "active",
        status: int = 201,
        new: UUID | None = None,
    ) -> Result:
        """The row that `do` gives, or for a key used before with the same body the same row by `load`.

        Raises KeyReused for another body and KeyInProgress while the first request still runs. Only a write that
        succeeds is remembered; a refused one may be tried again with the same key. `new` is the id that `do` gives to what it
        makes: then the key is written once, complete, instead of twice.
        """
        slot = (ctx.company_id or NOBODY, ctx.person, route, key)
        running = self._running.get(slot, 0)
        if running > MAX_WAITERS:
            raise KeyInProgress
        self._running[slot] = running + 1
        try:
            return await self._once(ctx, slot, hashlib.sha256(body).digest(), do, load, standing, status, new)
        finally:
            if self._running[slot] == 1:
                del self._running[slot]
            else:
                self._running[slot] -= 1

    async def _once(
        self,
        ctx: Ctx,
        slot: tuple[UUID, UUID, str, str],
        body_hash: bytes,
        do: Callable[[Tx], Awaitable[Result]],
        load: Callable[[Tx, UUID], Awaitable[Result]],
        standing: Standing,
        status: int,
        new: UUID | None,
    ) -> Result:
        async with self._db.tx(ctx, standing) as tx:
            try:
                first = await store.claim(tx, *slot, body_hash, None if new is None else status, new)
            except asyncpg.LockNotAvailableError:
                raise KeyInProgress from None
            if not first:
                before = await store.answered(tx, *slot)
                if before is None or before.resource_id is None:
                    raise KeyInProgress
                if before.body_hash != body_hash:
                    raise KeyReused
                return await load(tx, before.resource_id)
            result = await do(tx)
            if new is None:
                await store.answer(tx, *slot, status, result.id, result.version)
            elif (result.id, result.version) != (new, 1):
                raise RuntimeError(f"{slot[2]} made something else than what its key says")
            return result
