"""Guarantee 5a: a worker that dies at any step of a settlement leaves an order that is settled once."""

import contextlib
import signal
from typing import Final

from exchange.bench.faults.case import Case, Figures, Plan, until
from exchange.bench.faults.children import Child
from exchange.bench.faults.trade import Delivered, Trade, settled_once

# More steps than a settlement has: the schedule ends when a worker survives its settlement.
MOST_STEPS: Final = 150
NEVER: Final = 0
SETTLES_IN_S: Final = 60.0
# The lease of a dead worker does not end before everybody has died, and then at once.
SHELVE: Final = "UPDATE job SET next_at = 'infinity' WHERE state = 'running'"
UNSHELVE: Final = "UPDATE job SET next_at = clock_timestamp() WHERE next_at = 'infinity'"


async def _work(worker: Child, trade: Trade, step: int) -> bool:
    """A worker until it dies before that statement, or has nothing left to settle; whether it died."""
    await worker.start(dies_before=step)

    async def over() -> bool:
        return not worker.alive or not await trade.unfinished()

    # A settlement that fails again and again is not waited for: the figures will say so.
    with contextlib.suppress(TimeoutError):
        await until(over, f"the worker that dies before statement {step} ends", patience_s=SETTLES_IN_S)
    died = await trade.unfinished() > 0
    await worker.end(signal.SIGTERM)
    return died


async def settle(plan: Plan) -> Figures:
    """For every step a worker of its own and an order of its own; then one worker that finishes what they left."""
    every = 1 if plan.guarded else 4
    guards = () if plan.guarded else ("one-settlement",)
    async with plan.ground.place() as place, Trade.open(place) as trade:
        worker = Child(place, "settle", without=guards)
        killed: list[int] = []
        sold: list[Delivered] = []
        for step in range(1, MOST_STEPS, every):
            if not sold:
                sold = await trade.delivered(10)
            if not await trade.invoice(sold.pop()):
                raise RuntimeError("the invoice was refused")
            if not await _work(worker, trade, step):
                break
            killed.append(step)
            await trade.owner.execute(SHELVE)
        for waiting in sold:
            await trade.invoice(waiting)
        await trade.owner.execute(UNSHELVE)
        await _work(worker, trade, NEVER)
        return {"killed_at_steps": len(killed), "last_step": max(killed, default=0), **await trade.figures()}


CASES: Final = (
    Case(
        id="5a",
        name="kill -9 of the worker before every statement of a settlement",
        attempt=settle,
        exercised=lambda f: f["killed_at_steps"] > 5,
        holds=settled_once,
    ),
)
