"""Writes over HTTP as a careful partner makes them: one key for each, sent again until there is an answer."""

import asyncio
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import httpx2

from exchange.bench.faults.ground import Place
from exchange.bench.faults.members import api_key, member
from exchange.ctx import Ctx

PAUSE_S: Final = 0.2
TIMEOUT_S: Final = 20.0
NOW: Final = "SELECT market_now()"
COUNTS: Final = """
SELECT m.reference, count(r.id) AS times
FROM unnest($2::text[]) AS m (reference) LEFT JOIN rfq AS r ON r.buyer_id = $1 AND r.own_reference = m.reference
GROUP BY m.reference
"""
PRESENT: Final = "SELECT r.id FROM rfq AS r WHERE r.id = ANY ($1)"
TWICE: Final = """
SELECT count(*) FROM (
    SELECT FROM rfq AS r WHERE r.buyer_id = $1 GROUP BY r.own_reference HAVING count(*) > 1
) AS more
"""


class Partner:
    """A company's system that drafts RFQs; the own reference of each names what was meant, however often it is sent."""

    def __init__(self, place: Place, ctx: Ctx, client: httpx2.AsyncClient, now: datetime) -> None:
        self.place = place
        self.ctx = ctx
        self.client = client
        self._due_at = (now + timedelta(days=10)).isoformat()
        self.retries = 0

    @classmethod
    async def open(cls, place: Place, url: str, name: str) -> "Partner":
        ctx = await member(place, name)
        headers = {"Authorization": f"Bearer {await api_key(place, ctx)}"}
        async with place.connection() as owner:
            now: Any = await owner.fetchval(NOW)
        limits = httpx2.Limits(max_connections=60, max_keepalive_connections=60)
        return cls(place, ctx, httpx2.AsyncClient(base_url=url, headers=headers, timeout=TIMEOUT_S, limits=limits), now)

    def body(self, reference: str, *, title: str = "Copy paper") -> dict[str, Any]:
        line = {"category": "other", "text": "Copy paper A4", "quantity": "100", "unit": "C62", "region": "VN-SG"}
        terms = {"payment": "direct_after_acceptance"}
        return {
            "title": title,
            "currency": "VND",
            "lines": [line],
            "terms": terms,
            "due_at": self._due_at,
            "own_reference": reference,
        }

    async def send(self, reference: str, key: str, *, title: str = "Copy paper") -> httpx2.Response:
        """One attempt."""
        return await self.client.post("/api/v1/rfqs", json=self.body(reference, title=title), headers={"Idempotency-Key": key})

    async def write(self, reference: str) -> UUID:
        """Until it is acknowledged: the id that the exchange gave. Raises RuntimeError for a refusal."""
        key = uuid4().hex
        while True:
            try:
                answer = await self.send(reference, key)
            except httpx2.TransportError:
                answer = None
            if answer is not None and answer.status_code == 201:
                return UUID(answer.json()["id"])
            if answer is not None and answer.status_code not in (409, 503):
                raise RuntimeError(f"{answer.status_code} {answer.text}")
            self.retries += 1
            await asyncio.sleep(PAUSE_S)

    async def effects(self, references: list[str]) -> list[int]:
        """How often the exchange carried out each thing that was meant."""
        async with self.place.connection() as owner:
            found: list[Any] = await owner.fetch(COUNTS, self.ctx.company, references)
        return [record["times"] for record in found]

    async def twice(self) -> int:
        """How many of the things meant were carried out more than once."""
        async with self.place.connection() as owner:
            found: Any = await owner.fetchval(TWICE, self.ctx.company)
        return found

    async def missing(self, acknowledged: list[UUID]) -> int:
        """How many acknowledged writes are not there."""
        async with self.place.connection() as owner:
            return len(set(acknowledged)) - len(await owner.fetch(PRESENT, acknowledged))

    async def close(self) -> None:
        await self.client.aclose()
