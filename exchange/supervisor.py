"""Keeps processes running: starts them in order, restarts what dies, stops them in reverse order. Knows nothing of trade."""

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Literal, Protocol, TextIO

import msgspec

from exchange.embedded.local import ServerFailed
from exchange.leash import Leash

Stream = Literal["out", "err"]
OnLine = Callable[[str, Stream, str], None]
"""Takes the name of the child, which of its streams spoke, and one line without its end."""

_LONGEST_LINE_BYTES = 1_000_000
_LOG_FILE_BYTES = 20_000_000


@dataclass(frozen=True)
class Child:
    """One process. `env` is its whole environment; `ready` says whether it works.

    One that `waits` starts when those before it are ready; another one starts beside them.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    ready: Callable[[], Awaitable[bool]] | None = None
    waits: bool = True


@dataclass(frozen=True)
class Patience:
    """How long the supervisor waits for what; a run of `steady_s` counts as healthy and resets the pause."""

    first_pause_s: float = 0.2
    longest_pause_s: float = 5.0
    steady_s: float = 30.0
    stop_s: float = 15.0
    first_attempts: int = 5


class NeverReady(Exception):
    """A child ended again and again before it was ready once: its configuration is wrong, not its luck."""

    def __init__(self, name: str, how: str, said: Sequence[str]) -> None:
        super().__init__("\n".join([f"{name} does not start, it {how}", *said]))
        self.name = name


class Restartable(Protocol):
    """A server that is started by calls instead of by an argument list, such as the embedded ones."""

    @property
    def alive(self) -> bool: ...
    def restart(self) -> None: ...


async def supervise(
    children: Sequence[Child],
    stop: asyncio.Event,
    on_line: OnLine,
    *,
    started: asyncio.Event | None = None,
    patience: Patience | None = None,
) -> None:
    """Runs `children` until `stop` is set; `started` is set when all of them were ready once.

    Returns after the last child has ended. Raises NeverReady, also after all have ended.
    """
    watches = [_Watch(child, on_line, patience or Patience()) for child in children]
    tasks: list[asyncio.Task[None]] = []
    stopping = asyncio.create_task(stop.wait())
    try:
        for place, watch in enumerate(watches):
            if watch.child.waits and not await _all_ready(watches[:place], stopping, tasks):
                break
            tasks.append(asyncio.create_task(watch.run(), name=watch.child.name))
        if await _all_ready(watches, stopping, tasks) and started is not None:
            started.set()
        await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        failed = [task for task in tasks if task.done()]
        for task in reversed(tasks):
            task.cancel()
            await asyncio.wait([task])
    for task in failed:
        task.result()


async def _all_ready(watches: "Sequence[_Watch]", stopping: asyncio.Task[bool], tasks: Sequence[asyncio.Task[None]]) -> bool:
    """Waits until all are; False when it is time to stop, or one of the tasks has given up."""
    ready = asyncio.create_task(_readiness(watches))
    await asyncio.wait([stopping, ready, *tasks], return_when=asyncio.FIRST_COMPLETED)
    ready.cancel()
    return not stopping.done() and not any(task.done() for task in tasks)


async def _readiness(watches: "Sequence[_Watch]") -> None:
    for watch in watches:
        await watch.ready.wait()


async def keep_running(
    name: str, server: Restartable, stop: asyncio.Event, on_line: OnLine, *, patience: Patience | None = None
) -> None:
    """Restarts `server` whenever it is not alive, until `stop` is set; wait for it before stopping the server."""
    limits = patience or Patience()
    pause_s = limits.first_pause_s
    while not await _set_within(stop, pause_s):
        if server.alive:
            pause_s = limits.first_pause_s
            continue
        on_line(name, "err", f"{name} ended, starting it again")
        try:
            await asyncio.to_thread(server.restart)
        except (ServerFailed, OSError) as failure:
            on_line(name, "err", str(failure))
            pause_s = min(pause_s * 2, limits.longest_pause_s)


class LineLog:
    """Writes each line with its child's name to a file that is rotated, and repeats errors on `errors`."""

    def __init__(self, path: Path, errors: TextIO) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = RotatingFileHandler(path, maxBytes=_LOG_FILE_BYTES, backupCount=3, encoding="utf-8")
        self._errors = errors

    def __call__(self, name: str, stream: Stream, line: str) -> None:
        text = f"{name} | {line}"
        self._file.handle(logging.makeLogRecord({"msg": text}))
        if stream == "err" and _is_error(line):
            print(text, file=self._errors, flush=True)

    def close(self) -> None:
        self._file.close()


class _Watch:
    """One child through all its runs."""

    def __init__(self, child: Child, on_line: OnLine, patience: Patience) -> None:
        self.child = child
        self.ready = asyncio.Event()
        self._on_line = on_line
        self._patience = patience
        self._last_words: list[str] = []

    async def run(self) -> None:
        """Until cancelled: start, wait for the end, pause, start again."""
        loop = asyncio.get_running_loop()
        pause_s = self._patience.first_pause_s
        failures = 0
        while True:
            began_s = loop.time()
            how = await self._one_run()
            ran_s = loop.time() - began_s
            failures += 1
            if not self.ready.is_set() and failures >= self._patience.first_attempts:
                raise NeverReady(self.child.name, how, self._last_words)
            if ran_s >= self._patience.steady_s:
                pause_s = self._patience.first_pause_s
            self._say("err", f"{self.child.name} {how} after {ran_s:.1f} s, starting it again in {pause_s:.1f} s")
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, self._patience.longest_pause_s)

    async def _one_run(self) -> str:
        """Answers how the child ended. Cancelled, it ends the child first."""
        self._last_words.clear()
        try:
            process = await asyncio.create_subprocess_exec(
                *self.child.argv,
                env=dict(self.child.env),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,  # a group of its own: Ctrl-C reaches us, and we stop the children in order
            )
        except OSError as failure:
            return f"could not be started ({failure})"
        leash = Leash(-process.pid, grace_s=int(self._patience.stop_s))
        assert process.stdout is not None
        assert process.stderr is not None
        readers = asyncio.gather(self._forward(process.stdout, "out"), self._forward(process.stderr, "err"))
        asking = asyncio.create_task(self._ask_ready())
        try:
            code = await process.wait()
        finally:
            asking.cancel()
            await self._end(process)
            leash.release()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(readers, timeout=2)
        return f"ended with {code}" if code >= 0 else f"was ended by {signal.Signals(-code).name}"

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        """SIGTERM to the child, which ends its own; SIGKILL to whatever is left of its group."""
        if process.returncode is None:
            process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), self._patience.stop_s)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()

    async def _ask_ready(self) -> None:
        while self.child.ready is not None:
            with contextlib.suppress(OSError):
                if await self.child.ready():
                    break
            await asyncio.sleep(0.05)
        self.ready.set()

    async def _forward(self, stream: asyncio.StreamReader, which: Stream) -> None:
        rest = b""
        while chunk := await stream.read(65_536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._say(which, line.decode(errors="replace"))
            if len(rest) > _LONGEST_LINE_BYTES:
                self._say(which, rest.decode(errors="replace"))
                rest = b""
        if rest:
            self._say(which, rest.decode(errors="replace"))

    def _say(self, stream: Stream, line: str) -> None:
        self._last_words = [*self._last_words[-19:], line]
        self._on_line(self.child.name, stream, line)


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()


def _is_error(line: str) -> bool:
    """A structured line counts by its level; anything else on standard error (a traceback) counts always."""
    try:
        entry = msgspec.json.decode(line)
    except msgspec.DecodeError:
        return True
    level = entry.get("level") if isinstance(entry, dict) else None
    return level is None or level in ("error", "critical")
