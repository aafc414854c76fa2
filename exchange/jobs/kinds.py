"""What a job is and how one kind of it is handled: the words that the queue and the files that act share."""

import random
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import msgspec

from exchange.db import Database, Tx
from exchange.settings import Settings


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One claimed job. `attempts` counts this one; `lease_token` is ours until it is claimed again."""

    id: UUID
    kind: str
    payload: dict[str, Any]
    attempts: int
    lease_token: UUID

    def uuid(self, name: str) -> UUID:
        """A uuid of the payload, which carries them as text."""
        return UUID(self.payload[name])


class Later(Exception):
    """The job cannot be done yet, through no fault of its own: ask again in `delay_s`; no attempt is spent."""

    def __init__(self, delay_s: float) -> None:
        super().__init__(f"again in {delay_s} s")
        self.delay_s = delay_s


class LeaseLost(Exception):
    """The job was claimed again or is done: whatever this transaction did must not happen."""


class Retry(msgspec.Struct, frozen=True):
    """How often a kind is tried, and how the wait grows: doubled each time from `first_s` up to `most_s`."""

    attempts: int = 20
    first_s: float = 1.0
    most_s: float = 3600.0

    def wait_s(self, attempts: int, rng: random.Random) -> float:
        """The wait after this many failed attempts, between half of it and all of it at random."""
        full: float = min(self.most_s, self.first_s * 2.0 ** min(attempts - 1, 40))
        return full * rng.uniform(0.5, 1.0)


class Deps(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of the worker process that an outside job may use."""

    db: Database
    settings: Settings


class Internal(msgspec.Struct, frozen=True):
    """A kind whose effects are rows of ours: handler and done are one transaction."""

    handler: Callable[[Tx, Job], Awaitable[None]]
    retry: Retry = Retry()
    lease_s: float = 30.0


class Outside(msgspec.Struct, frozen=True):
    """A kind that calls the world: at least once, under a lease; done is written only while the lease is ours.

    What such a handler writes besides goes into one transaction that begins with `queue.finish(tx, job)`.
    """

    handler: Callable[[Deps, Job], Awaitable[None]]
    retry: Retry = Retry()
    lease_s: float = 60.0


Handler = Internal | Outside
