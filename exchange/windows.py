"""Rate limits: how often somebody asked in the window that runs."""

import time
from collections.abc import Callable

from limits import RateLimitItem


class Windows:
    """Counts what each asks in the current fixed window of one process.

    The memory storage of `limits` starts a thread for nearly every hit, which cost a third of a read; a window that is
    forgotten whole when it ends needs no clean-up.
    """

    def __init__(self, limit: RateLimitItem, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = limit.amount
        self._seconds = limit.get_expiry()
        self._clock = clock
        self._window = -1
        self._asked: dict[str, int] = {}

    def hit(self, who: str) -> bool:
        """Whether one more is allowed now."""
        window = int(self._clock() // self._seconds)
        if window != self._window:
            self._window = window
            self._asked.clear()
        asked = self._asked.get(who, 0) + 1
        self._asked[who] = asked
        return asked <= self._most

    def full(self, who: str) -> bool:
        """Whether the window has no room left."""
        return int(self._clock() // self._seconds) == self._window and self._asked.get(who, 0) >= self._most
