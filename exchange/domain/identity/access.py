"""From a cookie or a key to who acts: read from the database, remembered for ten seconds in the process."""

import re
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Ctx, Database
from exchange.domain.identity import store
from exchange.domain.identity.keys import environment, environment_of
from exchange.domain.identity.service import token_hash

REMEMBERED_S: Final = 10.0
REMEMBERED_MAX: Final = 10_000
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")


class SessionCache:
    """Contexts by the hash of what proved them, each for a short time, the oldest dropped first."""

    def __init__(
        self, *, seconds: float = REMEMBERED_S, most: int = REMEMBERED_MAX, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._most = most
        self._clock = clock
        self._found: OrderedDict[bytes, tuple[float, Ctx]] = OrderedDict()

    def get(self, proof: bytes) -> Ctx | None:
        entry = self._found.get(proof)
        if entry is None:
            return None
        until, ctx = entry
        if self._clock() < until:
            return ctx
        del self._found[proof]
        return None

    def put(self, proof: bytes, ctx: Ctx) -> None:
        self._found.pop(proof, None)
        self._found[proof] = (self._clock() + self._seconds, ctx)
        if len(self._found) > self._most:
            self._found.popitem(last=False)

    def forget(self, proof: bytes) -> None:
        self._found.pop(proof, None)

    def forget_person(self, person: UUID) -> None:
        """Every session and key of a person is read again."""
        for proof in [proof for proof, (_, ctx) in self._found.items() if ctx.person_id == person]:
            del self._found[proof]

    def __len__(self) -> int:
        return len(self._found)


class Access:
    """Finds who acts. One per process."""

    def __init__(self, db: Database, *, sandbox: bool, cache: SessionCache | None = None) -> None:
        self._db = db
        self._environment = "test" if sandbox else "live"
        self._cache = cache if cache is not None else SessionCache()

    @classmethod
    async def open(cls, db: Database, *, cache: SessionCache | None = None) -> "Access":
        """Asks the database once which kind of keys it accepts."""
        async with db.tx(Ctx(), "any") as tx:
            return cls(db, sandbox=await environment(tx) == "test", cache=cache)

    async def session(self, token: str, request_id: str = "", fresh: bool = False) -> Ctx | None:
        """The context of a session; None for a token that is unknown, over, or none of ours, which is never adopted.

        `fresh` asks the database although the answer is remembered: for money, signatures and rights.
        """
        if TOKEN.fullmatch(token) is None:
            return None
        proof = token_hash(token)
        ctx = None if fresh else self._cache.get(proof)
        if ctx is None:
            async with self._db.tx(Ctx(request_id=request_id), "any") as tx:
                row = await store.session(tx, proof)
            if row is None:
                self._cache.forget(proof)
                return None
            ctx = row.ctx()
            self._cache.put(proof, ctx)
        return msgspec.structs.replace(ctx, request_id=request_id)

    async def key(self, secret: str, request_id: str = "", fresh: bool = False) -> Ctx | None:
        """The context of an API key; None for one that is mistyped, of the other environment, unknown, revoked or expired."""
        proof = token_hash(secret)
        ctx = None if fresh else self._cache.get(proof)
        if ctx is None:
            if environment_of(secret) != self._environment:
                return None
            async with self._db.tx(Ctx(request_id=request_id), "any") as tx:
                row = await store.key(tx, proof)
            if row is None:
                self._cache.forget(proof)
                return None
            ctx = row.ctx()
            self._cache.put(proof, ctx)
        return msgspec.structs.replace(ctx, request_id=request_id)

    def forget(self, token: str) -> None:
        """The session was closed here: this process must not wait ten seconds to notice."""
        self._cache.forget(token_hash(token))

    def forget_person(self, person: UUID) -> None:
        """The person's rights were changed here: this process must not wait ten seconds to notice."""
        self._cache.forget_person(person)
