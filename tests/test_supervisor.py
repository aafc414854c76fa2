"""The supervisor: order of start and stop, restarts with growing pauses, nothing left behind."""

import asyncio
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil
import pytest

from exchange.supervisor import Child, LineLog, NeverReady, Patience, keep_running, supervise

QUICK = Patience(first_pause_s=0.02, longest_pause_s=0.08, steady_s=30, stop_s=0.5, first_attempts=3)


class Heard:
    """Collects the lines of all children and lets a test wait for one."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, str]] = []
        self._more = asyncio.Condition()
        self._wake: set[asyncio.Task[None]] = set()

    def __call__(self, name: str, stream: str, line: str) -> None:
        self.lines.append((name, stream, line))
        task = asyncio.ensure_future(self._notify())
        self._wake.add(task)
        task.add_done_callback(self._wake.discard)

    async def _notify(self) -> None:
        async with self._more:
            self._more.notify_all()

    async def until(self, says: Callable[[list[tuple[str, str, str]]], bool]) -> None:
        async with asyncio.timeout(10), self._more:
            await self._more.wait_for(lambda: says(self.lines))

    def of(self, name: str) -> list[str]:
        return [line for who, _, line in self.lines if who == name]


def python(name: str, program: str, ready: Callable[[], Awaitable[bool]] | None = None) -> Child:
    return Child(name, [sys.executable, "-u", "-c", program], dict(os.environ), ready)


SERVE = """
import os, signal, sys
def end(*_): print("bye"); sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("pid", os.getpid())
while True: signal.pause()
"""


async def test_children_start_in_order_when_the_one_before_is_ready_and_stop_in_reverse() -> None:
    """The second child starts after the first says ready, and hears SIGTERM before it."""
    heard, stop, started = Heard(), asyncio.Event(), asyncio.Event()
    asked: list[int] = []

    async def ready() -> bool:
        asked.append(len(heard.of("second")))
        return len(asked) >= 3 and bool(heard.of("first"))

    children = [python("first", SERVE, ready), python("second", SERVE)]
    running = asyncio.create_task(supervise(children, stop, heard, started=started, patience=QUICK))
    await heard.until(lambda lines: len(lines) == 2)
    await asyncio.wait_for(started.wait(), 5)
    stop.set()
    await asyncio.wait_for(running, 5)
    assert [who for who, _, _ in heard.lines] == ["first", "second", "second", "first"]
    assert set(asked) == {0}


async def test_a_killed_child_is_started_again() -> None:
    """kill -9 of a child is reported with its signal and a new process takes its place."""
    heard, stop = Heard(), asyncio.Event()
    running = asyncio.create_task(supervise([python("only", SERVE)], stop, heard, patience=QUICK))
    await heard.until(lambda lines: len(lines) == 1)
    first = int(heard.of("only")[0].split()[1])
    os.kill(first, signal.SIGKILL)
    await heard.until(lambda lines: len(lines) == 3)
    assert "was ended by SIGKILL" in heard.of("only")[1]
    assert int(heard.of("only")[2].split()[1]) != first
    stop.set()
    await asyncio.wait_for(running, 5)


async def test_the_pause_before_a_restart_doubles_up_to_its_limit() -> None:
    """A child that was ready once and then keeps dying is restarted for ever, ever more slowly."""
    heard, stop = Heard(), asyncio.Event()
    child = Child("dies", ["/bin/sh", "-c", "sleep 0.2; exit 3"], {"PATH": os.defpath})
    patience = Patience(first_pause_s=0.1, longest_pause_s=0.4, steady_s=30, stop_s=1, first_attempts=1)
    running = asyncio.create_task(supervise([child], stop, heard, patience=patience))
    await heard.until(lambda lines: len(lines) == 4)
    stop.set()
    await asyncio.wait_for(running, 5)
    assert [line.split(" in ")[1] for line in heard.of("dies")] == ["0.1 s", "0.2 s", "0.4 s", "0.4 s"]
    assert all("ended with 3" in line for line in heard.of("dies"))


async def test_a_steady_run_resets_the_pause() -> None:
    """After a run that was long enough the first pause applies again."""
    heard, stop = Heard(), asyncio.Event()
    child = Child("dies", ["/bin/sh", "-c", "sleep 0.2"], {"PATH": os.defpath})
    patience = Patience(first_pause_s=0.1, longest_pause_s=0.4, steady_s=0.1, stop_s=1, first_attempts=1)
    running = asyncio.create_task(supervise([child], stop, heard, patience=patience))
    await heard.until(lambda lines: len(lines) == 3)
    stop.set()
    await asyncio.wait_for(running, 5)
    assert [line.split(" in ")[1] for line in heard.of("dies")] == ["0.1 s", "0.1 s", "0.1 s"]


async def test_a_child_that_never_gets_ready_ends_everything_with_its_last_words() -> None:
    """A wrong configuration is not retried for ever: the others are stopped and the error tells why."""
    heard, stop = Heard(), asyncio.Event()

    async def never() -> bool:
        return False

    broken = python("broken", "import sys; sys.exit('DATABASE_URL is missing')", never)
    with pytest.raises(NeverReady, match=r"broken does not start, it ended with 1(.|\n)*DATABASE_URL is missing"):
        await asyncio.wait_for(supervise([python("fine", SERVE), broken], stop, heard, patience=QUICK), 10)
    assert heard.of("fine")[-1] == "bye"


async def test_a_missing_program_is_said_and_ends_everything() -> None:
    """A program that does not exist is an error of the start, not a silent loop."""
    heard = Heard()

    async def never() -> bool:
        return False

    child = Child("absent", ["/nonexistent/program"], {}, never)
    with pytest.raises(NeverReady, match="/nonexistent/program"):
        await asyncio.wait_for(supervise([child], asyncio.Event(), heard, patience=QUICK), 5)


async def test_a_child_that_ignores_sigterm_is_killed_with_its_own_children() -> None:
    """After the grace period SIGKILL goes to the whole group, so no grandchild stays."""
    heard, stop = Heard(), asyncio.Event()
    program = (
        "import signal, subprocess; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('pid', subprocess.Popen(['sleep', '600']).pid)\n"
        "while True: signal.pause()"
    )
    running = asyncio.create_task(supervise([python("deaf", program)], stop, heard, patience=QUICK))
    await heard.until(lambda lines: len(lines) == 1)
    grandchild = int(heard.of("deaf")[0].split()[1])
    stop.set()
    await asyncio.wait_for(running, 5)
    wait_gone(grandchild)


async def test_long_and_unfinished_lines_arrive_whole() -> None:
    """A line beyond every buffer and a last line without an end are forwarded as they are."""
    heard, stop = Heard(), asyncio.Event()
    program = "import os, signal; print('x' * 300_000); os.write(2, b'no end'); os.close(2); signal.pause()"
    running = asyncio.create_task(supervise([python("talks", program)], stop, heard, patience=QUICK))
    await heard.until(lambda lines: len(lines) == 2)
    stop.set()
    await asyncio.wait_for(running, 5)
    assert sorted(heard.lines) == [("talks", "err", "no end"), ("talks", "out", "x" * 300_000)]


def test_children_end_when_the_supervisor_is_killed() -> None:
    """kill -9 of the supervisor takes its children with it."""
    program = """
import asyncio, sys
from exchange.supervisor import Child, supervise
child = Child("c", ["/bin/sh", "-c", "echo $$; exec sleep 600"], {})
asyncio.run(supervise([child], asyncio.Event(), lambda name, stream, line: print(line, flush=True)))
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        child = int(supervisor.stdout.readline())
        supervisor.kill()
    wait_gone(child)


async def test_keep_running_restarts_a_server_that_died() -> None:
    """A server started by calls is restarted when it is found dead, also when the first attempt fails."""
    heard, stop = Heard(), asyncio.Event()

    class Server:
        alive = True
        attempts = 0

        def restart(self) -> None:
            self.attempts += 1
            if self.attempts == 1:
                raise OSError("no space left")
            self.alive = True

    server = Server()
    keeping = asyncio.create_task(keep_running("server", server, stop, heard, patience=QUICK))
    server.alive = False
    await heard.until(lambda lines: len(lines) == 3)
    stop.set()
    await asyncio.wait_for(keeping, 5)
    assert heard.of("server")[1] == "no space left"
    assert (server.alive, server.attempts) == (True, 2)


def test_the_log_keeps_every_line_and_errors_are_shown(tmp_path: Path) -> None:
    """The file has all lines with their names; the terminal sees errors and tracebacks only."""
    shown = io.StringIO()
    log = LineLog(tmp_path / "logs" / "exchange.log", shown)
    log("api", "err", '{"level":"info","event":"started"}')
    log("api", "err", '{"level":"error","event":"broken"}')
    log("worker", "err", "Traceback (most recent call last):")
    log("worker", "out", "hello")
    log.close()
    kept = (tmp_path / "logs" / "exchange.log").read_text().splitlines()
    assert [line.split(" | ")[0] for line in kept] == ["api", "api", "worker", "worker"]
    assert shown.getvalue().splitlines() == [kept[1], kept[2]]


def wait_gone(pid: int) -> None:
    deadline = time.monotonic() + 10
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, f"process {pid} is still running"
        time.sleep(0.02)
