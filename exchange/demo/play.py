"""Plays the story in a throw-away sandbox against the three real processes and checks every fact from outside."""

import time
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
from rich.console import Console

from exchange.demo import checks, deal, products, short
from exchange.demo.actor import Refused
from exchange.demo.deal import Deal, Say
from exchange.demo.facts import Facts, Report
from exchange.demo.people import close_all, operators
from exchange.demo.receivers import Hooks, Mailbox
from exchange.demo.short import Short
from exchange.stack import Stack, StackOptions, running


class Played(msgspec.Struct, kw_only=True):
    """Everything that the checks look at."""

    deal: Deal
    short: Short
    administrator: Any


async def run(*, offers: Path | None, console: Console) -> Report:
    """The whole demo. Raises Refused or TimeoutError when the story cannot go on."""
    started = time.monotonic()
    facts = Facts()
    with Mailbox() as mailbox:
        async with Hooks() as hooks:
            environment = {
                "EXCHANGE_SMTP_URL": f"smtp://127.0.0.1:{mailbox.port}",
                "EXCHANGE_WEBHOOK_ALLOW": f"127.0.0.1:{hooks.port}",
            }
            console.print("[bold]starting a throw-away sandbox[/]: PostgreSQL, Valkey, matcher, worker, api")
            async with running(StackOptions(sandbox=True, environment=environment)) as stack:
                say = Say(lambda text: console.print(f"[dim]{time.monotonic() - started:6.1f} s[/] {text}", highlight=False))
                say(f"it answers at {stack.url}")
                played = await _story(stack, hooks, say)
                await checks.check(stack, played.deal, played.short, mailbox, hooks, facts)
                if offers is not None:
                    await products.play(stack, played.administrator, offers, say, facts)
                await _books(stack, facts)
    return Report(tuple(facts.found), round(time.monotonic() - started, 1))


async def _story(stack: Stack, hooks: Hooks, say: Say) -> Played:
    people = await operators(stack)
    made = await deal.gather(stack, people, say)
    await deal.publish(made, hooks, say)
    await deal.quote(made, say)
    await deal.award(made, people["administrator"], say)
    await deal.sign(made, say)
    await deal.pay(made, people, say)
    await deal.deliver(made, say)
    quick = await short.play(made.buyer, made.sellers["middle"], say)
    return Played(deal=made, short=quick, administrator=people)


async def _books(stack: Stack, facts: Facts) -> None:
    """Ledger and record, checked by the independent verifiers."""
    from exchange.verify import verify_ledger
    from exchange.verify_audit import verify_audit

    owner = await asyncpg.connect(stack.database_url("exchange_owner"))
    try:
        facts.equal("verify ledger finds nothing", 0, len(await verify_ledger(owner)))
        facts.equal("verify audit finds nothing", 0, len(await verify_audit(owner)))
        facts.equal("the ledger sums to zero", 0, await owner.fetchval("SELECT sum(amount_minor)::bigint FROM ledger_entry"))
        facts.equal("no job failed for good", 0, await owner.fetchval("SELECT count(*) FROM job WHERE state = 'dead'"))
    finally:
        await owner.close()


__all__ = ["Refused", "close_all", "run"]
