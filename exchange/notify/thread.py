"""Whom a message concerns: those it names, those who take part, and while nobody does those whose work it is."""

from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.notify.telling import OWNERS, Telling

SIDE: Final = {True: frozenset({"buyer"}), False: frozenset({"seller"})}


class Concerned(msgspec.Struct, frozen=True, kw_only=True):
    """A person of one of the two companies: called by this message, or named or heard in the thread before it."""

    company_id: UUID
    person_id: UUID
    roles: frozenset[str]
    buying: bool
    called: bool
    takes_part: bool


# The people of companies $2 of message $1's thread.
PEOPLE: Final = """
SELECT b.company_id, b.person_id, b.roles, b.company_id = m.buyer_id AS buying,
    EXISTS (SELECT FROM message_mention AS x WHERE x.message_id = m.id AND x.person_id = b.person_id
        AND x.company_id = b.company_id) AS called,
    EXISTS (SELECT FROM message AS o
        WHERE o.thread_id = m.thread_id AND o.author_id = b.person_id AND o.company_id = b.company_id
            AND o.created_at < m.created_at)
    OR EXISTS (SELECT FROM message AS o JOIN message_mention AS x ON x.message_id = o.id
        WHERE o.thread_id = m.thread_id AND x.person_id = b.person_id AND x.company_id = b.company_id
            AND o.created_at < m.created_at) AS takes_part
FROM message AS m JOIN membership AS b ON b.company_id = ANY ($2::uuid[]) AND b.ended_at IS NULL
WHERE m.id = $1 AND b.person_id <> m.author_id
ORDER BY b.person_id
"""


async def people(tx: Tx, message: UUID, companies: list[UUID]) -> list[Concerned]:
    return await tx.many(Concerned, PEOPLE, message, companies)


def reached(row: Telling, company: UUID | None, everybody: list[Concerned]) -> list[tuple[Concerned, bool]]:
    """Whom one row of the catalogue reaches, and whether by e-mail too; `company` is the writer's."""
    own = [person for person in everybody if person.company_id == company]
    match row.to:
        case "called":
            return [(person, row.mail) for person in own if person.called]
        case "colleague":
            return [(person, row.mail) for person in own if person.takes_part and not person.called]
        case "partner":
            return [(person, row.mail) for person in _partners([person for person in everybody if person.company_id != company])]
        case _:
            return []


def _partners(others: list[Concerned]) -> list[Concerned]:
    """Those who take part, else those of the trade, else the owners: somebody hears of every message."""
    return (
        [person for person in others if person.takes_part]
        or [person for person in others if not SIDE[person.buying].isdisjoint(person.roles)]
        or [person for person in others if not OWNERS.isdisjoint(person.roles)]
    )
