"""A leash for child processes: they never outlive the exchange that started them."""

import signal
import subprocess

# Waits for the end of its standard input, which only the exchange holds open: however the exchange ends, kill -9
# included, the kernel closes it. Then it asks the target to stop and, after a grace period, makes it.
_WATCH = """
read -r _
kill -s "$1" -- "$2"
left=$3
while [ "$left" -gt 0 ] && kill -s 0 -- "$2"; do sleep 1; left=$((left - 1)); done
kill -s KILL -- "$2"
"""


class Leash:
    """Ends a process (or, with a negative pid, a process group) when the holder of the leash is gone.

    PR_SET_PDEATHSIG would do it on Linux alone, and it fires when the *thread* that started the child ends.
    """

    def __init__(self, target: int, ask: signal.Signals = signal.SIGTERM, grace_s: int = 15) -> None:
        self._watcher = subprocess.Popen(
            ["/bin/sh", "-c", _WATCH, "leash", ask.name.removeprefix("SIG"), str(target), str(grace_s)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )

    def release(self) -> None:
        """The target has ended, or may live on: forget it."""
        self._watcher.kill()
        self._watcher.wait()
        if self._watcher.stdin is not None:
            self._watcher.stdin.close()
