"""An approval request that nobody decided in time ends, and what it held goes back to where it was."""

from collections.abc import Mapping
from typing import Final

from exchange.db import Tx
from exchange.domain.approval import deciding
from exchange.jobs.kinds import Handler, Internal, Job


async def _expire(tx: Tx, job: Job) -> None:
    await deciding.expire(tx, job.uuid("id"))


HANDLERS: Final[Mapping[str, Handler]] = {"expire_approval": Internal(_expire)}
