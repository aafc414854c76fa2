"""``python -m tests.fuzz [--examples N] [--seed N] [--only TEXT]``: the full run over every operation, with progress."""

import argparse
import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping

import asyncpg

from tests.fuzz.actors import Actor, member, operator
from tests.fuzz.fuzzing import Finding, Fuzz
from tests.live_stack import LiveStack


def fuzz(live: LiveStack, *, examples: int, seed: int, only: str = "") -> tuple[list[Finding], Counter[int]]:
    """What was found by the member and the operator, and how often each status was answered."""

    async def actors() -> tuple[list[Actor], Mapping[str, list[str]]]:
        owner = await asyncpg.connect(live.stack.database_url("exchange_owner"))
        try:
            acting, ids = await member(owner)
            return [acting, await operator(owner)], ids
        finally:
            await owner.close()

    found: list[Finding] = []
    answers: Counter[int] = Counter()
    acting, ids = asyncio.run(actors())
    for actor in acting:
        one = Fuzz(live.stack.url, actor, ids, examples=examples, seed=seed)
        found += one.run(only)
        answers += one.answers
    return found, answers


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--examples", type=int, default=200, help="requests of each kind to each operation")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--only", default="", help="a part of the operation's name, e.g. 'POST /api/v1/orders'")
    chosen = parser.parse_args()
    started = time.monotonic()
    with LiveStack(filled=True) as live:
        found, answers = fuzz(live, examples=chosen.examples, seed=chosen.seed, only=chosen.only)
    for item in found:
        print(f"{item.operation} by {item.actor}, {item.kind}: {item.what}\n  {item.curl}\n")
    statuses = ", ".join(f"{count} x {status}" for status, count in sorted(answers.items()))
    print(
        f"{answers.total()} requests ({statuses}), {len(found)} findings, seed {chosen.seed}, {time.monotonic() - started:.0f} s"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
