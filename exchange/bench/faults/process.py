"""Processes of the exchange as fault cases start them: forked, one for each line on standard input, from this one.

Everything is loaded here once, so that killing and starting takes a tenth of a second and not two. A line may name
guards that are taken out of its process before it runs, by replacing code of the product. The product itself has no
switch for any of it.
"""

import asyncio
import os
import secrets
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec
from litestar.params import JSONBody
from redis.asyncio import Redis

from exchange import app, matcher, worker
from exchange.api import inbox, offers
from exchange.bench.faults.nursery import Birth
from exchange.connection import codecs
from exchange.db import Tx
from exchange.domain.file import kind
from exchange.domain.file import service as file_service
from exchange.domain.identity import service as identity
from exchange.domain.identity import store as identity_store
from exchange.domain.identity.model import Place, SignedIn, SignInRow
from exchange.domain.ledger import service as ledger
from exchange.domain.ledger import store as ledger_store
from exchange.domain.ledger.model import Line
from exchange.jobs import queue, settle
from exchange.jobs.kinds import Job
from exchange.jobs.runner import Runner
from exchange.pages import environment, export
from exchange.passwords import Passwords
from exchange.settings import load
from exchange.writes import Writes
from schemas.offer import OfferIn

SETTLEMENT: Final = ("job settle_order ", "job complete_order ")
STATEMENTS: Final = ("execute", "executemany", "fetch", "fetchrow", "fetchval")


def replace(owner: object, name: str, value: object) -> None:
    """Put other code where the product's was."""
    if not hasattr(owner, name):
        raise LookupError(f"{owner} has no {name} any more")
    setattr(owner, name, value)


def without_one_settlement() -> None:
    """The money moves in a transaction of its own, under a new reference each time."""

    async def apart(_tx: Tx, hold_id: UUID, ref: str, kind: str, lines: Sequence[Line], reason: Mapping[str, str]) -> UUID:
        connection = await asyncpg.connect(os.environ["DATABASE_URL"])
        try:
            await codecs(connection)
            accounts, amounts = [line.account_id for line in lines], [line.amount_minor for line in lines]
            async with connection.transaction():
                await connection.execute(ledger_store.VOID_HOLD, hold_id, ref)
                unnatural = f"{ref}:{secrets.token_hex(8)}"
                moved: Any = await connection.fetchval(ledger_store.POST, unnatural, kind, accounts, amounts, dict(reason))
            return moved
        finally:
            await connection.close()

    replace(ledger, "post_hold", apart)


def without_poll() -> None:
    """A job runs only when its own wake-up arrives: the queue that forgets is the only one there is."""
    woken: set[UUID] = set()
    wake = Runner.wake
    statement = queue.CLAIM.replace("AND d.kind = ANY", "AND d.id = ANY ($5::uuid[]) AND d.kind = ANY")

    def told(self: Runner, ids: Sequence[UUID] = ()) -> None:
        woken.update(ids)
        wake(self, ids)

    async def claim(tx: Tx, most: int, lease_s: Mapping[str, float], ahead: object) -> list[Job]:
        return await tx.many(Job, statement, most, ahead, list(lease_s), list(lease_s.values()), list(woken))

    replace(Runner, "wake", told)
    replace(queue, "claim", claim)


def without_key() -> None:
    """Every request is carried out, whatever key it names."""

    async def once(
        self: Any, ctx: Any, route: str, key: str, body: bytes, do: Any, load: Any, *, standing: Any = "active", **_: Any
    ) -> Any:
        async with self._db.tx(ctx, standing) as tx:
            return await do(tx)

    replace(Writes, "once", once)


def without_new_token() -> None:
    """Signing in keeps the session id that the browser came with."""

    async def adopting(
        tx: Tx, known: SignInRow, company: UUID | None, operator: bool, place: Place, old_token: str | None
    ) -> SignedIn:
        token = old_token or secrets.token_urlsafe(identity.TOKEN_BYTES)
        found = identity.token_hash(token)
        await identity_store.close_session(tx, found)
        lifetime = identity.LIFETIME
        await identity_store.open_session(
            tx, found, known.person_id, company, operator, place.agent, lifetime, place.address, known.password_hash
        )
        return SignedIn(token, int(lifetime.total_seconds()), known.person_id, company, operator)

    replace(identity, "_open", adopting)


def without_lasting_counters() -> None:
    """Attempts are counted in Valkey."""

    async def attempt(_tx: Tx, counter: bytes) -> int:
        client: Any = Redis.from_url(os.environ["REDIS_URL"])
        try:
            return 900 if await client.incr(counter.hex()) > 10 else 0
        finally:
            await client.aclose()

    replace(identity_store, "attempt", attempt)


def without_input_limits() -> None:
    """A body of any size is read, and a workbook may unpack to any size."""
    replace(app, "MAX_BODY_BYTES", 2**40)
    replace(kind, "_MAX_UNPACKED", 2**40)


def without_escaping() -> None:
    """Pages show texts as they were written, and so do files for spreadsheets."""
    make: Any = environment.Environment

    def trusting(**options: Any) -> Any:
        return make(**{**options, "autoescape": False})

    replace(environment, "Environment", trusting)
    environment.environment.cache_clear()
    replace(export, "guarded", str)


def without_names_in_headers() -> None:
    """The name of a file is kept as it was sent, and stands in a header as it was kept."""

    def kept(name: str, _kind: str) -> str:
        return name

    replace(file_service, "safe_name", kept)
    replace(inbox, "quote", str)


def without_closed_bodies() -> None:
    """Fields that the schema of an offer does not know are passed over in silence."""

    class Open(OfferIn, frozen=True, kw_only=True, forbid_unknown_fields=False):
        """The same fields, and any other."""

    offers.create_offer.fn.__annotations__["data"] = JSONBody[Open]


def without_silence() -> None:
    """Somebody who looked for a mistake left a line in the code that writes down what came."""
    check = Passwords.verify

    async def telling(self: Passwords, password: str, stored: str | None) -> bool:
        print(password, flush=True)
        return await check(self, password, stored)

    replace(Passwords, "verify", telling)


WITHOUT: Final[Mapping[str, Callable[[], None]]] = {
    "one-settlement": without_one_settlement,
    "poll": without_poll,
    "key": without_key,
    "new-token": without_new_token,
    "lasting-counters": without_lasting_counters,
    "input-limits": without_input_limits,
    "escaping": without_escaping,
    "names-in-headers": without_names_in_headers,
    "closed-bodies": without_closed_bodies,
    "silence": without_silence,
}


def _die_before(step: int) -> None:
    """kill -9 of this process before statement number `step` of its settlements; a commit also counts when it is done."""
    done = 0

    def count() -> None:
        nonlocal done
        task = asyncio.current_task()
        if task is not None and task.get_name().startswith(SETTLEMENT):
            done += 1
            if done == step:
                os.kill(os.getpid(), signal.SIGKILL)

    def counted(run: Any) -> Any:
        async def statement(self: Any, sql: str, *arguments: Any, **more: Any) -> Any:
            count()
            answer = await run(self, sql, *arguments, **more)
            if sql == "COMMIT":
                count()
            return answer

        return statement

    for name in STATEMENTS:
        replace(asyncpg.Connection, name, counted(getattr(asyncpg.Connection, name)))


def live(birth: Birth) -> None:
    """The life of one process; `settle` is a worker for settlements alone."""
    os.environ.clear()
    os.environ.update(birth.environment)
    with open(os.devnull, "rb") as nothing, open(birth.log, "ab") as log:  # noqa: PTH123  by number, for what was loaded before
        os.dup2(nothing.fileno(), 0)
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    for guard in birth.without:
        WITHOUT[guard]()
    match birth.verb:
        case "serve":
            app.main(load(os.environ))
        case "match":
            matcher.main(load(os.environ))
        case "work":
            worker.main(load(os.environ))
        case "settle":
            replace(worker, "MODULES", (settle.HANDLERS,))
            _die_before(birth.dies_before)
            worker.main(load(os.environ))


def nursery() -> None:
    """Answers each line with a process id. Who has ended is collected by the kernel: its id is gone at once."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        birth = msgspec.json.decode(line, type=Birth)
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                live(birth)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    nursery()
