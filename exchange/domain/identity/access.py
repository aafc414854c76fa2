"""From a cookie or a key to who acts: read from the database, remembered for ten seconds in the process."""

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec

from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.identity import store
from exchange.domain.identity.keys import KeyUse, environment, environment_of, inside
from exchange.domain.identity.refusals import MistypedKey, OtherEnvironment, OtherNetwork
from exchange.domain.identity.service import token_hash
from exchange.domain.viewing import service as viewing

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

    def forget_key(self, key: UUID) -> None:
        """A key is read again, under each of its secrets."""
        for proof in [proof for proof, (_, ctx) in self._found.items() if ctx.key_id == key]:
            del self._found[proof]

    def forget_company(self, company: UUID) -> None:
        """Everybody who acts for a company is read again."""
        for proof in [proof for proof, (_, ctx) in self._found.items() if ctx.company_id == company]:
            del self._found[proof]

    def __len__(self) -> int:
        return len(self._found)


class Access:
    """Finds who acts. One per process."""

    def __init__(self, db: Database, *, sandbox: bool, cache: SessionCache | None = None) -> None:
        self._db = db
        self._environment = "test" if sandbox else "live"
        self._cache = cache if cache is not None else SessionCache()
        self.key_use = KeyUse()

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
        if ctx is None or (ctx.viewing_until is not None and ctx.viewing_until <= datetime.now(UTC)):
            async with self._db.tx(Ctx(request_id=request_id), "any") as tx:
                row = await store.session(tx, proof)
                view = await viewing.lookup(tx, proof) if row is not None and row.operator else None
            if row is None:
                self._cache.forget(proof)
                return None
            ctx = row.ctx() if view is None else _through(row.ctx(), view)
            self._cache.put(proof, ctx)
        return msgspec.structs.replace(ctx, request_id=request_id)

    async def key(self, secret: str, request_id: str = "", fresh: bool = False, address: str = "") -> Ctx | None:
        """The context of an API key; None for one that is unknown, revoked or expired.

        Raises MistypedKey and OtherEnvironment without asking the database, OtherNetwork for a key that may not be used from
        this address.
        """
        proof = token_hash(secret)
        ctx = None if fresh else self._cache.get(proof)
        if ctx is None:
            made_for = environment_of(secret)
            if made_for is None:
                raise MistypedKey
            if made_for != self._environment:
                raise OtherEnvironment
            async with self._db.tx(Ctx(request_id=request_id), "any") as tx:
                row = await store.key(tx, proof)
            if row is None:
                self._cache.forget(proof)
                return None
            ctx = row.ctx()
            self._cache.put(proof, ctx)
        if ctx.networks and not inside(address, ctx.networks):
            raise OtherNetwork
        if ctx.key_id is not None:
            self.key_use.note(ctx.key_id)
        return msgspec.structs.replace(ctx, request_id=request_id)

    def forget(self, token: str) -> None:
        """The session was closed here: this process must not wait ten seconds to notice."""
        self._cache.forget(token_hash(token))

    def notice(self, aggregate: str, aggregate_id: UUID, companies: Iterable[UUID]) -> None:
        """Something happened, on whichever process: rights that it changed are read again."""
        match aggregate:
            case "person":
                self._cache.forget_person(aggregate_id)
            case "key":
                self._cache.forget_key(aggregate_id)
            case "company":
                self._cache.forget_company(aggregate_id)
            case "company_role":
                for company in companies:
                    self._cache.forget_company(company)
            case _:
                pass

    def forget_key(self, key: UUID) -> None:
        """The key was revoked or renewed here."""
        self._cache.forget_key(key)

    def forget_company(self, company: UUID) -> None:
        """A role of the company was changed here."""
        self._cache.forget_company(company)

    def forget_person(self, person: UUID) -> None:
        """The person's rights were changed here: this process must not wait ten seconds to notice."""
        self._cache.forget_person(person)


def _through(operator: Ctx, view: viewing.Viewing) -> Ctx:
    """The operator with the eyes of somebody of the company who may look and nothing else."""
    return Ctx(
        person_id=operator.person_id,
        person_name=operator.person_name,
        company_id=view.company_id,
        company_name=view.company_name,
        company_status=view.company_status,
        roles=frozenset({"viewer"}),
        locale=operator.locale,
        viewing=view.id,
        viewing_until=view.ends_at,
    )
