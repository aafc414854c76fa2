"""Carries out how long each class of data is kept, by the table that members read too.

What stands here as kept is kept for the reason that is shown. Nothing is removed that a document still names.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from exchange import events
from exchange.db import Database, Tx
from exchange.domain.permission import need
from exchange.domain.privacy import outdated
from exchange.domain.privacy.rules import RULES, Rule
from exchange.domain.privacy.sealing import vault_of
from exchange.events import Happened
from schemas.privacy import KeptView, RetentionView

PORTION: Final = 2000
PORTIONS: Final = 500


class Gone(msgspec.Struct, frozen=True):
    """A company of which something went, at its version."""

    id: UUID
    version: int


class File(msgspec.Struct, frozen=True):
    """A file whose row went."""

    id: UUID


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """When a rule was last carried out, and how much it removed."""

    rule: str
    ran_at: datetime
    removed: int
    removed_total: int


class Kept(msgspec.Struct, frozen=True):
    """A rule and its last run; none yet, or nothing to run."""

    rule: Rule
    run: Run | None


RECORD_RUN: Final = """
INSERT INTO retention_run AS r (rule, ran_at, removed, removed_total) VALUES ($1, market_now(), $2, $2)
ON CONFLICT (rule) DO UPDATE
SET ran_at = excluded.ran_at, removed = excluded.removed, removed_total = r.removed_total + excluded.removed
"""


async def carry_out(db: Database, rules: Sequence[Rule] = RULES) -> dict[str, int]:
    """Remove what is past its time, a transaction a portion; a run that is cut off is gone on with by the next one."""
    done: dict[str, int] = {}
    for rule in rules:
        if rule.statement and rule.keep is not None:
            removed = 0
            for _ in range(PORTIONS):
                async with db.system() as tx:
                    count = await _portion(tx, rule, rule.keep)
                removed += count
                if count < PORTION:
                    break
            async with db.system() as tx:
                await tx.execute(RECORD_RUN, rule.name, removed)
            done[rule.name] = removed
    return done


async def _portion(tx: Tx, rule: Rule, keep: timedelta) -> int:
    if rule.event:
        return await _of_companies(tx, rule, keep)
    if rule.statement is not outdated.UNUSED_FILES:
        return int((await tx.execute(rule.statement, keep, PORTION)).rpartition(" ")[2])
    gone = await tx.many(File, outdated.UNUSED_FILES, keep, PORTION)
    for file in gone:
        await events.enqueue(tx, "remove_object", f"remove_object:{file.id}", {"file_id": str(file.id)}, priority=9)
    return len(gone)


async def _of_companies(tx: Tx, rule: Rule, keep: timedelta) -> int:
    gone = await tx.many(Gone, rule.statement, keep, PORTION)
    for company in gone:
        vault_of(tx).forget(company.id)
    await events.append_all(
        tx,
        [
            Happened(type=rule.event, aggregate_id=item.id, version=item.version, audience=(item.id,))
            for item in dict.fromkeys(gone)
        ],
    )
    return len(gone)


RUNS: Final = "SELECT r.rule, r.ran_at, r.removed, r.removed_total FROM retention_run AS r"


async def overview(tx: Tx) -> list[Kept]:
    """The table with what was done, for operators."""
    need(tx.ctx, "operator.read")
    runs = {run.rule: run for run in await tx.many(Run, RUNS)}
    return [Kept(rule, runs.get(rule.name)) for rule in RULES]


def kept_view(rule: Rule) -> KeptView:
    return KeptView(rule.name, rule.what, None if rule.keep is None else rule.keep.days, rule.why)


def view(item: Kept) -> RetentionView:
    run = item.run
    return RetentionView(
        kept=kept_view(item.rule),
        ran_at=None if run is None else run.ran_at,
        removed=None if run is None else run.removed,
        removed_total=None if run is None else run.removed_total,
    )
