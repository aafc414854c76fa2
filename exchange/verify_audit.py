"""Independent check of the record: walks the hash chain from the first event and names the first row that breaks it.

An edited, deleted, inserted or moved row breaks the chain at its place. A tail that was cut off leaves a shorter chain
that holds: heads kept elsewhere show it (signed ones are anchors), and so do objects that stand further than their events.
"""

from collections.abc import Callable, Sequence
from typing import Final

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exchange.domain.history.anchor import Anchor, signed_by
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
SIGNED: Final = "an anchor bears the signature of the key"


async def head(conn: asyncpg.Connection) -> Head | None:
    """The end of the chain now, to be kept where nobody who can write to the database reaches it."""
    record = await conn.fetchrow(HEAD)
    return None if record is None else Head(int(record["position"]), bytes(record["hash"]))


def verify_anchors(anchors: Sequence[Anchor], key: Ed25519PublicKey) -> list[Finding]:
    """The first anchor that this key did not sign as it stands there."""
    for number, anchor in enumerate(anchors, 1):
        if not signed_by(key, anchor):
            return [Finding(SIGNED, f"anchor {number} of position {anchor.position}", "a valid signature", "another")]
    return []


async def verify_audit(
    conn: asyncpg.Connection, kept: Sequence[Head] = (), progress: Callable[[int], None] | None = None
) -> list[Finding]:
    """Check the whole record in one snapshot, in constant memory; no finding means that it is what the sequencer wrote.

    `kept` are heads noted earlier, `progress` hears positions. Needs a connection of the worker, the owner or a superuser
    outside a transaction. Raises VerifierIsBlind for others. Each rule is reported once, at the first row that breaks it.
    """
    async with conn.transaction(isolation="repeatable_read", readonly=True):
        await conn.execute("SET LOCAL statement_timeout = '10min'")
        blind = await conn.fetchval(BLIND_ROLE)
        if blind is not None:
            raise VerifierIsBlind(f"the role {blind} does not see the whole record")
        return await _walk(conn, kept, progress)


async def _walk(conn: asyncpg.Connection, kept: Sequence[Head], progress: Callable[[int], None] | None) -> list[Finding]:
    found: dict[str, Finding] = {}
    position, previous = 0, GENESIS
    wanted = {item.position for item in kept}
    at_kept: dict[int, bytes | None] = {}
    async for record in conn.cursor(CHAIN, prefetch=PREFETCH):
        here, stored, *values = record.values()
        if here != position + 1:
            # What the missing events were is unknown, so the next link has nothing to follow from.
            found.setdefault(GAP, Finding(GAP, _row(here, values), f"position {position + 1}", f"position {here}"))
        else:
            computed = link(previous, here, values)
            if computed != stored:
                actual = "none" if stored is None else stored.hex()
                found.setdefault(LINK, Finding(LINK, _row(here, values), computed.hex(), actual))
        position, previous = here, stored or GENESIS
        if here in wanted:
            at_kept[here] = stored
        if progress is not None and here % PREFETCH == 0:
            progress(here)
    for item in sorted(kept, key=lambda item: item.position):
        stored = at_kept.get(item.position)
        if stored != item.hash:
            actual = f"ends at position {position}" if stored is None else stored.hex()
            found.setdefault(KEPT, Finding(KEPT, f"position {item.position}", item.hash.hex(), actual))
    return list(found.values())


def _row(position: int, values: Sequence[object]) -> str:
    return f"event {values[1]} at position {position}"
