"""Replays the record over the objects: what the events say an object went through is where it stands now."""

from typing import Final

import asyncpg

from exchange.domain.transition import Lifecycle
from tests.rules.product import lifecycles

# Whose changes are recorded as somebody else's, and where.
ELSEWHERE_TOLD: Final = {
    "webhook_delivery": "bookkeeping of the way out: an event of its own would make another delivery",
    "closing proposal": "events of its order, with the proposal's id",
    "bank_account": "the first account is verified with its company (company.approved)",
}

# Objects whose last event with a state says another one, or that have none although they have moved. $1: the nouns of its events.
ELSEWHERE: Final = """
SELECT o.id, o.status, e.to_state FROM {table} AS o LEFT JOIN LATERAL (
    SELECT e.to_state FROM event AS e WHERE e.aggregate_id = o.id AND e.to_state IS NOT NULL AND e.type = ANY ($1)
    ORDER BY e.seq DESC LIMIT 1) AS e ON true
WHERE e.to_state IS DISTINCT FROM o.status AND NOT (e.to_state IS NULL AND o.status = ANY ($2))
"""
# Events that do not begin where the one before ended.
BROKEN: Final = """
SELECT s.aggregate_id, s.type, s.from_state, s.before FROM (
    SELECT e.aggregate_id, e.type, e.from_state,
        lag(e.to_state) OVER (PARTITION BY e.aggregate_id ORDER BY e.seq) AS before
    FROM event AS e JOIN {table} AS o ON o.id = e.aggregate_id WHERE e.to_state IS NOT NULL AND e.type = ANY ($1)
) AS s WHERE s.before IS NOT NULL AND s.from_state IS DISTINCT FROM s.before
"""
# Objects whose version is not that of their last event, and events that skip a version.
VERSIONS: Final = """
SELECT o.id, o.version, max(e.version) AS told, count(DISTINCT e.version) AS counted
FROM {table} AS o JOIN event AS e ON e.aggregate_id = o.id WHERE e.aggregate = ANY ($1)
GROUP BY o.id, o.version HAVING o.version <> max(e.version) OR count(DISTINCT e.version) <> max(e.version) - min(e.version) + 1
"""
# Events of companies without the person who acted: only the exchange itself acts without one.
UNSIGNED: Final = "SELECT e.type FROM event AS e WHERE e.company_id IS NOT NULL AND e.actor_id IS NULL"


async def replay(owner: asyncpg.Connection) -> list[str]:
    """What the record and the objects do not agree on; empty: nothing."""
    wrong: list[str] = []
    for life in lifecycles():
        found = await _replayed(owner, life)
        wrong += found if life.noun not in ELSEWHERE_TOLD else [item for item in found if not item.endswith("end at None")]
    return wrong + [f"{row['type']}: a company acted without a person" for row in await owner.fetch(UNSIGNED)]


async def _replayed(owner: asyncpg.Connection, life: Lifecycle) -> list[str]:
    types = sorted({step.event for step in life.transitions})
    nouns = sorted({name.partition(".")[0] for name in types})
    every = [row["type"] for row in await owner.fetch("SELECT DISTINCT type FROM event WHERE aggregate = ANY ($1)", nouns)]
    elsewhere = await owner.fetch(ELSEWHERE.format(table=life.table), every, list(life.initial))
    broken = await owner.fetch(BROKEN.format(table=life.table), every)
    counted = await owner.fetch("SELECT 1 FROM pg_attribute WHERE attrelid = $1::regclass AND attname = 'version'", life.table)
    skipped = await owner.fetch(VERSIONS.format(table=life.table), nouns) if counted else []
    return [
        *(f"{life.noun} {row['id']} is {row['status']}, its events end at {row['to_state']}" for row in elsewhere),
        *(f"{row['type']} of {row['aggregate_id']} begins at {row['from_state']} after {row['before']}" for row in broken),
        *(f"{life.noun} {row['id']}: version {row['version']}, {row['counted']} events to {row['told']}" for row in skipped),
    ]
