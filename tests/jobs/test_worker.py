"""The worker process: its parts together, its health on the internal port, its end."""

import asyncio
import os
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from exchange import worker as process
from exchange.embedded import Valkey
from exchange.jobs.reconcile import reconcile
from exchange.metrics import Health, InternalPort, WorkerMetrics
from tests.jobs.workshop import add_company, add_offer, advance, settings, until


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A Valkey of this test alone."""
    server = Valkey.start(tmp_path / "valkey")
    yield server
    server.stop()


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@asynccontextmanager
async def running(db, valkey):
    """A worker in this process; gives its internal port."""
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()

    async def listening(port: int) -> None:
        ready.set_result(port)

    task = asyncio.create_task(process.run(settings(db.url("exchange_worker"), valkey.url), stop, ready=listening))
    try:
        yield await asyncio.wait_for(ready, 10)
    finally:
        stop.set()
        await asyncio.wait_for(task, 10)


async def test_a_deadline_becomes_a_placed_event_without_help(db, valkey) -> None:
    """Sweep, job, transition, event, position and hash: all parts of the worker run together."""
    owner = await db.owner()
    company = await add_company(owner)
    offer = await add_offer(owner, company, days=1)
    async with running(db, valkey) as port:
        await advance(owner, 2)

        async def placed() -> bool:
            return bool(await owner.fetchval("SELECT position FROM event WHERE aggregate_id = $1", offer))

        await until(placed, "the offer's end was not placed in the record")

        async def counted() -> bool:
            _, text = await asyncio.to_thread(get, port, "/metrics")
            return 'exchange_jobs_total{kind="expire_offer",outcome="done"} 1.0' in text and "exchange_sequencer 1.0" in text

        await until(counted, "the figures do not show the job")

        async def ready() -> bool:
            return await asyncio.to_thread(get, port, "/readyz") == (200, "ok\n")

        await until(ready, "the worker is not ready")
        assert await asyncio.to_thread(get, port, "/livez") == (200, "ok\n")
        assert (await asyncio.to_thread(get, port, "/other"))[0] == 404
    assert await owner.fetchval("SELECT count(*) FROM event_recipient WHERE company_id = $1", company) == 1
    await owner.close()


async def test_the_process_stops_on_sigterm_in_time(db, valkey) -> None:
    """`exchange work` as a process of its own: it starts, is told to stop, and ends well within ten seconds."""
    code = "import os\nfrom exchange import settings, worker\nworker.main(settings.load(os.environ))\n"
    environment = {
        **os.environ,
        "DATABASE_URL": db.url("exchange_worker"),
        "REDIS_URL": valkey.url,
        "EXCHANGE_MATCHER_SOCKET": "/nowhere",
        "EXCHANGE_FILES_URL": "memory://",
        "EXCHANGE_SECRET": "s" * 32,
    }
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", code, env=environment, stderr=asyncio.subprocess.PIPE)
    assert child.stderr is not None
    try:
        lines = [await asyncio.wait_for(child.stderr.readline(), 30)]
        child.send_signal(signal.SIGTERM)
        _, rest = await asyncio.wait_for(child.communicate(), 10)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    assert child.returncode == 0
    assert b'"event":"worker started"' in lines[0]
    assert b'"process":"worker"' in lines[0]
    assert b'"event":"worker stopped"' in rest


def test_health_follows_the_heart_and_the_work() -> None:
    """Alive while the loop beats; ready while it also reaches its database and nobody asked it to stop."""
    now = [0.0]
    health = Health(lambda: now[0])
    assert (health.live, health.ready) == (True, False)
    health.worked()
    assert (health.live, health.ready) == (True, True)
    now[0] = 9.0
    health.beat()
    now[0] = 11.0
    assert (health.live, health.ready) == (True, False)
    now[0] = 20.0
    assert (health.live, health.ready) == (False, False)
    health.beat()
    health.worked()
    assert health.ready
    health.stop()
    assert (health.live, health.ready) == (True, False)


def test_the_internal_port_says_not_ok_with_503() -> None:
    """Who probes reads the status alone."""
    now = [0.0]
    port = InternalPort("127.0.0.1", 0, WorkerMetrics().registry, Health(lambda: now[0]))
    try:
        assert [get(port.port, path) for path in ("/livez", "/readyz")] == [(200, "ok\n"), (503, "not ok\n")]
        now[0] = 100.0
        assert get(port.port, "/livez") == (503, "not ok\n")
    finally:
        port.close()


async def test_a_broken_book_is_counted(db) -> None:
    """The check of every minute reads the real ledger and shows what it finds as a figure."""
    metrics = WorkerMetrics()
    assert await reconcile(db.url("exchange_worker"), metrics) == 0
    intruder = await asyncpg.connect(db.server.superuser_url(db.name), server_settings={"session_replication_role": "replica"})
    await intruder.execute(
        "INSERT INTO ledger_transfer (book_id, ref, kind, at, reason, companies)"
        " VALUES (1, 'forged', 'payment', now(), '{}', '{}')"
    )
    await intruder.close()
    found = await reconcile(db.url("exchange_worker"), metrics)
    assert found > 0
    assert metrics.registry.get_sample_value("exchange_ledger_findings") == found


async def test_a_role_that_owns_tables_does_not_start(db, valkey) -> None:
    """The worker refuses the owner's connection."""
    with pytest.raises(RuntimeError, match="owns tables"):
        await process.run(settings(db.url("exchange_owner"), valkey.url), asyncio.Event())
