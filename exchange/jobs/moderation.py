"""Job `remind_case`: moderators are told once of a case that nobody decided in time."""

from collections.abc import Mapping
from typing import Final

from exchange import events
from exchange.db import Tx
from exchange.domain.moderation import service
from exchange.errors import NotFound
from exchange.jobs.kinds import Handler, Internal, Job


async def remind(tx: Tx, job: Job) -> None:
    """Nothing when it was decided meanwhile."""
    try:
        case = await service.get(tx, job.uuid("id"))
    except NotFound:
        return
    if case.status != "decided":
        await events.append(tx, "case.overdue", case.id, case.version, from_state=case.status, to_state=case.status)


HANDLERS: Final[Mapping[str, Handler]] = {"remind_case": Internal(remind)}
