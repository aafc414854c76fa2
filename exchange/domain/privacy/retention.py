"""How long each class of data is kept, and what happens then: one table, which members read and a job carries out.

What stands here as kept is kept for the reason that is shown. Nothing is removed that a document still names.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange import events
from exchange.db import Database, Tx
from exchange.domain.permission import need
from exchange.i18n import N_
from schemas.privacy import KeptView, RetentionView

PORTION: Final = 2000
PORTIONS: Final = 500
DAY: Final = timedelta(days=1)


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One class of data. `keep` counts from when it ended or was made, by the clock on the wall or the market's.

    `statement` removes at most $2 rows older than $1; without one the data stays, and `why` says why.
    """

    name: str
    what: str
    keep: timedelta | None
    clock: Literal["real", "market"] = "real"
    then: Literal["delete", "destroy", "keep"] = "delete"
    why: str
    statement: str = ""


# Each removes the oldest first, along an index, and looks again at what it removes: a row that came into use stays.
OLD_KEYS: Final = """
DELETE FROM idempotency_key AS k USING (
    SELECT o.ctid FROM idempotency_key AS o WHERE o.created_at < (SELECT clock_timestamp() - $1::interval)
    ORDER BY o.created_at LIMIT $2
) AS old WHERE k.ctid = old.ctid
"""
# Ids are ordered by time, so the primary key finds old jobs; dead letters stay until an operator decides. A reminder's job is
# what tells that it was given: its deadline stays passed, and without the job it would be given again.
OLD_JOBS: Final = """
DELETE FROM job AS j USING (
    SELECT o.id FROM job AS o WHERE o.id < (SELECT uuidv7(-$1::interval)) AND o.state = 'done'
        AND o.done_at < (SELECT clock_timestamp() - $1::interval)
        AND (o.kind NOT IN ('warn_document_month', 'warn_document_week', 'remind_suspension', 'remind_case', 'remind_payment',
            'escalate_payment') OR o.done_at < (SELECT clock_timestamp() - interval '400 days'))
    ORDER BY o.id LIMIT $2
) AS old WHERE j.id = old.id AND j.state = 'done'
"""
ENDED_SESSIONS: Final = """
DELETE FROM session AS s USING (
    SELECT o.token_hash FROM session AS o WHERE o.expires_at < (SELECT clock_timestamp() - $1::interval)
    ORDER BY o.expires_at LIMIT $2
) AS old WHERE s.token_hash = old.token_hash
"""
OLD_COUNTERS: Final = """
DELETE FROM sign_in_counter AS c USING (
    SELECT o.key FROM sign_in_counter AS o WHERE o.last_at < (SELECT clock_timestamp() - $1::interval)
        AND coalesce(o.locked_until < clock_timestamp(), true) ORDER BY o.last_at LIMIT $2
) AS old WHERE c.key = old.key AND c.last_at < (SELECT clock_timestamp() - $1::interval)
"""
OLD_SLOTS: Final = """
DELETE FROM schedule_slot AS s USING (
    SELECT o.name, o.slot FROM schedule_slot AS o WHERE o.slot < (SELECT clock_timestamp() - $1::interval) LIMIT $2
) AS old WHERE s.name = old.name AND s.slot = old.slot
"""
OLD_NOTIFICATIONS: Final = """
DELETE FROM notification AS n USING (
    SELECT o.id FROM notification AS o WHERE o.created_at < (SELECT market_now() - $1::interval)
    ORDER BY o.created_at LIMIT $2
) AS old WHERE n.id = old.id
"""
OLD_WEBHOOK_DELIVERIES: Final = """
DELETE FROM webhook_delivery AS d USING (
    SELECT o.id FROM webhook_delivery AS o WHERE o.status <> 'waiting' AND o.created_at < (SELECT market_now() - $1::interval)
    ORDER BY o.created_at LIMIT $2
) AS old WHERE d.id = old.id AND d.status <> 'waiting'
"""
# The row goes with the job that removes its bytes: a process that dies in between leaves neither half behind.
UNUSED_FILES: Final = """
DELETE FROM file AS f USING (
    SELECT o.id FROM file AS o WHERE o.attached_at IS NULL AND o.created_at < (SELECT market_now() - $1::interval)
    ORDER BY o.created_at LIMIT $2
) AS old WHERE f.id = old.id AND f.attached_at IS NULL RETURNING f.id
"""

# An applicant who never became a member: without its key nothing opens what its file sealed.
REJECTED_KEYS: Final = """
UPDATE company_key AS k SET wrapped = NULL, master_id = NULL, destroyed_at = clock_timestamp(),
    retired_at = coalesce(k.retired_at, clock_timestamp())
FROM (
    SELECT o.company_id, o.key_no FROM company_key AS o JOIN company AS c ON c.id = o.company_id
        JOIN company_file AS f ON f.company_id = o.company_id
    WHERE o.destroyed_at IS NULL AND c.status = 'rejected' AND f.decided_at < (SELECT market_now() - $1::interval) LIMIT $2
) AS old WHERE k.company_id = old.company_id AND k.key_no = old.key_no
"""
# The right to join that it gave has ended; the events name it by its id.
OLD_INVITATIONS: Final = """
DELETE FROM member_invitation AS i USING (
    SELECT o.id FROM member_invitation AS o WHERE o.status <> 'pending' AND o.due_at < (SELECT market_now() - $1::interval)
    ORDER BY o.due_at LIMIT $2
) AS old WHERE i.id = old.id AND i.status <> 'pending'
"""
# What was written about how somebody proved who they are.
OLD_REMOVALS: Final = """
DELETE FROM factor_removal AS r USING (
    SELECT o.id FROM factor_removal AS o
    WHERE o.status NOT IN ('asked', 'confirmed') AND o.ended_at < (SELECT clock_timestamp() - $1::interval)
    ORDER BY o.ended_at LIMIT $2
) AS old WHERE r.id = old.id AND r.status NOT IN ('asked', 'confirmed')
"""

RULES: Final = (
    Rule(
        name="sessions",
        what=N_("Sessions: when, where and with which browser somebody was signed in"),
        keep=timedelta(),
        why=N_("They are of use only until they end."),
        statement=ENDED_SESSIONS,
    ),
    Rule(
        name="sign_in_counters",
        what=N_("Counters of wrong sign-ins, by a hash of the address"),
        keep=DAY,
        why=N_("A day without failures forgets them."),
        statement=OLD_COUNTERS,
    ),
    Rule(
        name="idempotency_keys",
        what=N_("Keys of requests, which make a repeated request have one effect"),
        keep=7 * DAY,
        why=N_("Nobody repeats a request for longer."),
        statement=OLD_KEYS,
    ),
    Rule(
        name="done_jobs",
        what=N_("Work of the exchange that is done; what failed stays until an operator decides"),
        keep=7 * DAY,
        why=N_("For finding faults."),
        statement=OLD_JOBS,
    ),
    Rule(
        name="schedule_slots",
        what=N_("When the exchange's own regular work ran"),
        keep=DAY,
        why=N_("For finding faults."),
        statement=OLD_SLOTS,
    ),
    Rule(
        name="notifications",
        what=N_("Messages in the inbox, and the mails made of them"),
        keep=180 * DAY,
        clock="market",
        why=N_("The record of what happened tells the same without them."),
        statement=OLD_NOTIFICATIONS,
    ),
    Rule(
        name="webhook_deliveries",
        what=N_("What was sent to partner systems, and their answers"),
        keep=30 * DAY,
        clock="market",
        why=N_("A partner can ask for it again for so long."),
        statement=OLD_WEBHOOK_DELIVERIES,
    ),
    Rule(
        name="unused_files",
        what=N_("Files that were uploaded and that no document uses"),
        keep=30 * DAY,
        clock="market",
        why=N_("They belong to drafts that nobody finished."),
        statement=UNUSED_FILES,
    ),
    Rule(
        name="invitations",
        what=N_("Invitations of colleagues that were answered or ran out"),
        keep=90 * DAY,
        clock="market",
        why=N_("They hold the address of somebody who may not have joined."),
        statement=OLD_INVITATIONS,
    ),
    Rule(
        name="factor_removals",
        what=N_("Why second factors of a person were to be removed, and how identity was proved"),
        keep=365 * DAY,
        why=N_("Long enough to clear up a theft of an account. The record keeps who asked and who confirmed."),
        statement=OLD_REMOVALS,
    ),
    Rule(
        name="accesses",
        what=N_("Who looked at a company's data"),
        keep=None,
        then="keep",
        why=N_("The company it is about must be able to see it. It names persons by a number alone."),
    ),
    Rule(
        name="rejected_applicants",
        what=N_("Representative, telephone, e-mail and account number of applicants that were not accepted"),
        keep=365 * DAY,
        clock="market",
        then="destroy",
        why=N_("A year is enough to apply again or to complain. Then the key that opens them is destroyed."),
        statement=REJECTED_KEYS,
    ),
    Rule(
        name="record",
        what=N_("The record of what happened: ids, versions and states, without names"),
        keep=None,
        then="keep",
        why=N_("Every member can check that nothing was changed afterwards. It names persons by a number alone."),
    ),
    Rule(
        name="conversations",
        what=N_("What companies wrote to each other, and their internal notes"),
        keep=None,
        then="keep",
        why=N_("It is the record of a deal and belongs to its companies. Of an erased author only “former colleague” is shown."),
    ),
    Rule(
        name="deals",
        what=N_("Contracts, signatures, orders, deliveries, invoices and payments"),
        keep=None,
        then="keep",
        why=N_("The law on accounting asks for ten years, and both sides need the proof. Names stand in signed contracts."),
    ),
    Rule(
        name="companies",
        what=N_("A company's file: addresses, representative, bank account. Sealed with a key of its own"),
        keep=None,
        then="keep",
        why=N_("For as long as the company is a member and its deals must be proved."),
    ),
    Rule(
        name="persons",
        what=N_("Name, e-mail and sign-in of a person"),
        keep=None,
        then="keep",
        why=N_("Until the person, or the company for a former colleague, asks for erasure."),
    ),
)


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
                    count = await _portion(tx, rule.statement, rule.keep)
                removed += count
                if count < PORTION:
                    break
            async with db.system() as tx:
                await tx.execute(RECORD_RUN, rule.name, removed)
            done[rule.name] = removed
    return done


async def _portion(tx: Tx, statement: str, keep: timedelta) -> int:
    if statement is not UNUSED_FILES:
        return int((await tx.execute(statement, keep, PORTION)).rpartition(" ")[2])
    gone = await tx.many(File, UNUSED_FILES, keep, PORTION)
    for file in gone:
        await events.enqueue(tx, "remove_object", f"remove_object:{file.id}", {"file_id": str(file.id)}, priority=9)
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
