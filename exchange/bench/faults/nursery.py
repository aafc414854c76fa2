"""The process that all others of a fault case are forked from; it and they die with us."""

import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from exchange.leash import Leash

Verb = Literal["serve", "work", "settle", "match"]


class Birth(msgspec.Struct, frozen=True):
    """Which process is to be forked, without which guards. `dies_before` is the number of a statement, or 0."""

    verb: Verb
    environment: dict[str, str]
    log: str
    without: tuple[str, ...]
    dies_before: int


class Nursery:
    """Started at once, ready when the first child is asked for."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self._lock = threading.Lock()
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "exchange.bench.faults.process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        # Its children stay in its process group.
        self._leash = Leash(-self._process.pid)

    def fork(self, verb: Verb, environment: Mapping[str, str], without: Sequence[str], dies_before: int) -> int:
        """The new process's id."""
        birth = Birth(verb, dict(environment), str(self.log), tuple(without), dies_before)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(msgspec.json.encode(birth) + b"\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"no process can be started: {self.log.read_text()}")
        return int(answer)

    def close(self) -> None:
        self._process.communicate()
        self._leash.release()
