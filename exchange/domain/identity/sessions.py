"""Where a person is signed in: listed for themselves alone, and ended one by one or all others at once."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from exchange import events
from exchange.db import Tx
from exchange.domain.identity.service import token_hash
from exchange.errors import Forbidden, NotFound

MOST: Final = 100
# The family of a browser by a word of what it calls itself; the first that fits counts, for most claim to be others too.
FAMILIES: Final = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))


class OpenSession(msgspec.Struct, frozen=True, kw_only=True):
    """A live session of the acting person. Its id is no secret: the token cannot be found from it."""

    id: UUID
    created_at: datetime
    expires_at: datetime
    address: str
    user_agent: str
    current: bool

    @property
    def browser(self) -> str:
        """The family of the browser; empty for anything else."""
        return next((family for word, family in FAMILIES if word in self.user_agent), "")


LIST: Final = """
SELECT encode(substring(s.token_hash FOR 16), 'hex')::uuid AS id, s.created_at, s.expires_at, s.address, s.user_agent,
    s.token_hash = $2 AS current
FROM session AS s WHERE s.person_id = $1 AND s.expires_at > clock_timestamp()
ORDER BY s.created_at DESC, s.token_hash LIMIT $3
"""


async def listed(tx: Tx, token: str | None) -> list[OpenSession]:
    """The acting person's sessions, newest first; `token` tells which one asks."""
    return await tx.many(OpenSession, LIST, _own(tx), token_hash(token or ""), MOST)


END: Final = """
DELETE FROM session WHERE person_id = $1 AND encode(substring(token_hash FOR 16), 'hex')::uuid = $2 RETURNING true
"""


async def end(tx: Tx, session: UUID) -> None:
    """The session opens nothing any more, everywhere within ten seconds. Raises NotFound for one that is not the person's."""
    if await tx.value(END, _own(tx), session) is not True:
        raise NotFound(noun="session")
    await events.append(tx, "person.session_ended", tx.ctx.person, 1)


END_OTHERS: Final = """
WITH ended AS (DELETE FROM session WHERE person_id = $1 AND token_hash <> $2 RETURNING expires_at)
SELECT count(*) FROM ended WHERE expires_at > clock_timestamp()
"""


async def end_others(tx: Tx, token: str) -> int:
    """All sessions of the person but this one; how many there were."""
    ended: int = await tx.value(END_OTHERS, _own(tx), token_hash(token))
    if ended:
        await events.append(tx, "person.other_sessions_ended", tx.ctx.person, 1)
    return ended


def _own(tx: Tx) -> UUID:
    if tx.ctx.scopes is not None:
        raise Forbidden(needed="a person's session")
    return tx.ctx.person
