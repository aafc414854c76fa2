"""Carries out how long things are kept, removes the bytes of files whose rows went, and seals what stands in clear."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from exchange.db import Database, Tx
from exchange.domain.privacy import erasing, fields
from exchange.domain.privacy.retention import carry_out
from exchange.files import Files
from exchange.jobs import queue
from exchange.jobs.kinds import Deps, Handler, Internal, Job, Outside
from exchange.jobs.schedule import Schedule


async def _carry_out(db: Database) -> None:
    await carry_out(db)


# Short-lived classes are measured in days: an hour is often enough, and a run without work is some index look-ups.
RETENTION: Final = Schedule("retention", timedelta(hours=1).total_seconds(), _carry_out)


async def _seal(db: Database) -> None:
    await fields.seal_all(db)


# What an older release wrote in clear, and what a key sealed that was rotated since: sealed within a minute.
SEALING: Final = Schedule("sealing", 60.0, _seal)


async def _remove_object(deps: Deps, job: Job) -> None:
    """The bytes of a file that no row names; removing them twice is removing them once."""
    await Files.open(deps.settings.files_url).remove(job.uuid("file_id"))
    async with deps.db.system() as tx:
        await queue.finish(tx, job)


async def _erase(tx: Tx, job: Job) -> None:
    await erasing.carry_out(tx, job.uuid("id"))


HANDLERS: Final[Mapping[str, Handler]] = {"remove_object": Outside(_remove_object), "erase_person": Internal(_erase)}
