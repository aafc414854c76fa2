"""Job `tell`: one event becomes inbox rows, e-mails and webhook deliveries, in one transaction, however often it runs."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.jobs.kinds import Handler, Internal, Job
from exchange.notify.inbox import tell_people
from exchange.notify.subject import Happening, Subject, happening, subject
from exchange.notify.webhooks import tell_partners

# Affairs of one company, which acted or, when the exchange did, is the audience.
OWN_AFFAIRS: Final = frozenset({"company_role", "key", "member_invitation"})


async def tell(tx: Tx, event_id: UUID) -> None:
    """Tell everybody of one event in the caller's transaction. Told again, it finds all done and changes nothing."""
    event = await happening(tx, event_id)
    await tell_people(tx, event, await _subject(tx, event))
    await tell_partners(tx, event)


async def _subject(tx: Tx, event: Happening) -> Subject:
    """The event's object, or the order or request that its payload names; a colleague is one of the company that acted."""
    if event.aggregate == "person":
        return Subject(own_id=event.company_id, person_id=event.aggregate_id)
    if event.aggregate in OWN_AFFAIRS:
        return Subject(own_id=event.company_id or next(iter(event.audience), None))
    found = await subject(tx, event.aggregate, event.aggregate_id)
    for noun in ("order", "rfq"):
        named = event.payload.get(f"{noun}_id")
        if found is None and named is not None:
            found = await subject(tx, noun, UUID(str(named)))
    return found or Subject()


async def _tell(tx: Tx, job: Job) -> None:
    await tell(tx, job.uuid("event_id"))


HANDLERS: Final[Mapping[str, Handler]] = {"tell": Internal(_tell)}
