"""Guarantees 2 and 3: an answer that was lost is asked for again with the same key, and one key has one effect."""

import asyncio
from collections import Counter
from typing import Final
from uuid import uuid4

from exchange.bench.faults.case import Case, Figures, Plan
from exchange.bench.faults.children import child
from exchange.bench.faults.cutting import wire
from exchange.bench.faults.writing import Partner

CUT_SHARE: Final = 0.3
AT_ONCE: Final = 4
PARALLEL: Final = 50


async def cut(plan: Plan) -> Figures:
    """Writes through an api whose connections to PostgreSQL break between COMMIT and its answer."""
    count = plan.size(40, 500)
    async with plan.ground.place() as place, wire(place.url("exchange_api"), plan.rng) as (line, url):
        async with child(place, "serve", without=() if plan.guarded else ("key",), database_url=url) as api:
            partner = await Partner.open(place, api.url, "Partner")
            line.share = CUT_SHARE
            try:
                meant = [f"write-{number}" for number in range(count)]
                waiting = list(meant)

                async def hand() -> list[object]:
                    return [await partner.write(waiting.pop()) for _ in range(count // AT_ONCE)]

                await asyncio.gather(*(hand() for _ in range(AT_ONCE)))
                carried_out = await partner.effects(meant)
            finally:
                await partner.close()
        return {
            "writes": count,
            "cuts": line.cuts,
            "retries": partner.retries,
            "missing": carried_out.count(0),
            "duplicates": sum(times > 1 for times in carried_out),
        }


async def repeat(plan: Plan) -> Figures:
    """Fifty identical requests at once; then the key with another body, and the same request of another company."""
    rounds = plan.size(4, 40)
    total: Counter[str] = Counter()
    async with plan.ground.place() as place, child(place, "serve", without=() if plan.guarded else ("key",)) as api:
        partner, other = await Partner.open(place, api.url, "Partner"), await Partner.open(place, api.url, "Other")
        try:
            for number in range(rounds):
                key, reference = uuid4().hex, f"meant-{number}"
                answers = await asyncio.gather(*(partner.send(reference, key) for _ in range(PARALLEL)))
                said = Counter(answer.status_code for answer in answers)
                changed = await partner.send(reference, key, title="Something else")
                total.update(
                    {
                        "requests": PARALLEL,
                        "effects": sum(await partner.effects([reference])),
                        "answers": len({answer.content for answer in answers if answer.status_code == 201}),
                        "told_to_wait": said[409],
                        "other_statuses": PARALLEL - said[201] - said[409],
                        "other_body_refused": changed.status_code == 422,
                        "other_company_served": (await other.send(reference, key)).status_code == 201,
                    }
                )
        finally:
            await partner.close()
            await other.close()
    return {"rounds": rounds, **total}


CASES: Final = (
    Case(
        id="2",
        name="the wire to PostgreSQL is cut between COMMIT and its answer",
        attempt=cut,
        exercised=lambda f: f["cuts"] > 0 and f["retries"] > 0,
        holds=lambda f: f["missing"] == f["duplicates"] == 0,
    ),
    Case(
        id="3",
        name="50 identical requests at once have one effect",
        attempt=repeat,
        exercised=lambda f: f["requests"] == f["rounds"] * PARALLEL and f["other_company_served"] == f["rounds"],
        holds=lambda f: f["effects"] == f["answers"] == f["other_body_refused"] == f["rounds"] and f["other_statuses"] == 0,
    ),
)
