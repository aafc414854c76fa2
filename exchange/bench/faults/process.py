"""Processes of the exchange as fault cases start them: `python -m exchange.bench.faults.process VERB [GUARD …]`.

VERB is `serve`, `work`, or `mortal`: a worker for settlements alone that kills itself before a given statement. Each
GUARD named is taken out of this process before it runs, by replacing code of the product. The product itself has no
switch for any of it.
"""

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg

from exchange import app, worker
from exchange.db import Tx, codecs
from exchange.domain.ledger import service as ledger
from exchange.domain.ledger import store as ledger_store
from exchange.domain.ledger.model import Line
from exchange.jobs import queue, settle
from exchange.jobs.kinds import Job
from exchange.jobs.runner import Runner
from exchange.settings import load
from exchange.writes import Writes

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

    async def once(self: Any, ctx: Any, slot: Any, body_hash: bytes, do: Any, load: Any, standing: Any, status: int) -> Any:
        async with self._db.tx(ctx, standing) as tx:
            return await do(tx)

    replace(Writes, "_once", once)


WITHOUT: Final[Mapping[str, Callable[[], None]]] = {
    "one-settlement": without_one_settlement,
    "poll": without_poll,
    "key": without_key,
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


def mortal() -> None:
    """For each number on standard input a worker of its own, forked from this process, which has loaded everything.

    Answers the worker's process id, and how it ended: the signal's number, or 0.
    """
    replace(worker, "MODULES", (settle.HANDLERS,))
    settings = load({**os.environ, "EXCHANGE_WORKER_TASKS": "1", "EXCHANGE_LOG_LEVEL": "CRITICAL"})
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _die_before(int(line))
            worker.main(settings)
            os._exit(0)
        print(child, flush=True)
        print(os.WTERMSIG(os.waitpid(child, 0)[1]), flush=True)


def main(verb: str, *guards: str) -> None:
    """Run one process without these guards."""
    for guard in guards:
        WITHOUT[guard]()
    match verb:
        case "serve":
            app.main(load(os.environ))
        case "work":
            worker.main(load(os.environ))
        case "mortal":
            mortal()
        case _:
            raise SystemExit(f"no such process: {verb}")


if __name__ == "__main__":
    main(*sys.argv[1:])
