"""Independent check of the record: walks the hash chain from the first event and names the first row that breaks it.

An edited, deleted, inserted or moved row breaks the chain at its place. A tail that was cut off leaves a shorter chain
that holds: only a head kept elsewhere shows it, so `head()` gives one to keep and `verify_audit` takes it back.
"""

from typing import Final

import asyncpg

from exchange.domain.history.chain import GENESIS, Head, link
from exchange.verify import Finding, VerifierIsBlind

PREFETCH: Final = 5000

# The name of a role that row security blinds, else null. The worker's policies show it every row.
BLIND_ROLE: Final = "SELECT current_user WHERE row_security_active('public.event') AND current_user <> 'exchange_worker'"

# The columns after position and hash are chain.FIELDS.
CHAIN: Final = """
SELECT position, hash, seq, id, market_id, type, aggregate, aggregate_id, version, actor_id, company_id, audience, request_id,
    from_state, to_state, at, recorded_at, payload::text AS payload
FROM event WHERE position IS NOT NULL ORDER BY position
"""

HEAD: Final = "SELECT position, hash FROM event WHERE position IS NOT NULL ORDER BY position DESC LIMIT 1"

GAP: Final = "positions have no gap"
LINK: Final = "a hash follows from the event and the hash before it"
KEPT: Final = "the record still holds the head that was kept"


async def head(conn: asyncpg.Connection) -> Head | None:
    """The end of the chain now, to be kept where nobody who can write to the database reaches it."""
    record = await conn.fetchrow(HEAD)
    return None if record is None else Head(int(record["position"]), bytes(record["hash"]))


async def verify_audit(conn: asyncpg.Connection, kept: Head | None = None) -> list[Finding]:
    """Check the whole record in one snapshot; no finding means that it is what the sequencer wrote.

    `kept` is a head noted earlier. Needs a connection of the worker, the owner or a superuser outside a transaction.
    Raises VerifierIsBlind for others. Each rule is reported once, at the first row that breaks it.
    """
    found: dict[str, Finding] = {}
    position, previous = 0, GENESIS
    at_kept: bytes | None = None
    async with conn.transaction(isolation="repeatable_read", readonly=True):
        await conn.execute("SET LOCAL statement_timeout = '10min'")
        blind = await conn.fetchval(BLIND_ROLE)
        if blind is not None:
            raise VerifierIsBlind(f"the role {blind} does not see the whole record")
        async for record in conn.cursor(CHAIN, prefetch=PREFETCH):
            here, stored, *values = record.values()
            row = f"event {values[1]} at position {here}"
            if here != position + 1:
                # What the missing events were is unknown, so the next link has nothing to follow from.
                found.setdefault(GAP, Finding(GAP, row, f"position {position + 1}", f"position {here}"))
            else:
                computed = link(previous, here, values)
                if computed != stored:
                    actual = "none" if stored is None else stored.hex()
                    found.setdefault(LINK, Finding(LINK, row, computed.hex(), actual))
            position, previous = here, stored or GENESIS
            if kept is not None and here == kept.position:
                at_kept = stored
    if kept is not None and at_kept != kept.hash:
        actual = f"ends at position {position}" if at_kept is None else at_kept.hex()
        found[KEPT] = Finding(KEPT, f"position {kept.position}", kept.hash.hex(), actual)
    return list(found.values())
