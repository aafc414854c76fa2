"""SQL that removes what is past its time: at most $2 rows that are older than $1, by the worker."""

from typing import Final


def _oldest(table: str, at: str, *, clock: str = "clock_timestamp()", also: str = "true") -> str:
    """Removes the oldest rows first, along the index of `at`, and looks again at what it removes: one that came into use stays.

    `also` says what else must be true of a row; all the arguments are constants of this file.
    """
    return f"""
DELETE FROM {table} AS d USING (
    SELECT o.ctid, o.{at} FROM {table} AS o WHERE o.{at} < (SELECT {clock} - $1::interval) AND {also} ORDER BY o.{at} LIMIT $2
) AS old WHERE d.ctid = old.ctid AND d.{at} = old.{at} AND {also}
"""  # noqa: S608


OLD_KEYS: Final = _oldest("idempotency_key", "created_at")
ENDED_SESSIONS: Final = _oldest("session", "expires_at")
OLD_COUNTERS: Final = _oldest("sign_in_counter", "last_at", also="coalesce(locked_until < clock_timestamp(), true)")
OLD_SLOTS: Final = _oldest("schedule_slot", "slot")
OLD_NOTIFICATIONS: Final = _oldest("notification", "created_at", clock="market_now()")
OLD_WEBHOOK_DELIVERIES: Final = _oldest("webhook_delivery", "created_at", clock="market_now()", also="status <> 'waiting'")
# The row goes with the job that removes its bytes: a process that dies in between leaves neither half behind.
UNUSED_FILES: Final = _oldest("file", "created_at", clock="market_now()", also="attached_at IS NULL") + "RETURNING d.id"
# The right to join that it gave has ended; the events name it by its id.
OLD_INVITATIONS: Final = _oldest("member_invitation", "due_at", clock="market_now()", also="status <> 'pending'")
# What was written about how somebody proved who they are.
OLD_REMOVALS: Final = _oldest("factor_removal", "ended_at", also="status NOT IN ('asked', 'confirmed')")
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

# Begun and never sent, and its people were told two weeks before. Whoever saves it again meanwhile keeps it.
OLD_DRAFTS: Final = """
DELETE FROM company_application AS a USING (
    SELECT o.company_id FROM company_application AS o JOIN company AS c ON c.id = o.company_id
    WHERE c.status = 'draft' AND o.delete_at <= (SELECT market_now()) AND o.saved_at < (SELECT market_now() - $1::interval)
    ORDER BY o.company_id LIMIT $2
) AS old WHERE a.company_id = old.company_id AND a.delete_at <= (SELECT market_now())
RETURNING a.company_id AS id, a.version
"""
# Whom to call at a company that is no member any more.
CLOSED_CONTACTS: Final = """
UPDATE company_file AS f SET phone = '', contact_email = '' FROM (
    SELECT o.company_id, c.version FROM company_file AS o JOIN company AS c ON c.id = o.company_id
    WHERE c.status = 'closed' AND c.closed_at < (SELECT market_now() - $1::interval)
        AND (o.phone <> '' OR o.contact_email <> '') LIMIT $2
) AS old WHERE f.company_id = old.company_id RETURNING f.company_id AS id, old.version
"""


def _keys_of(past: str) -> str:
    """Without its key nothing opens what a company's file sealed; its rows, and the record that names it, stay as they are."""
    return """
UPDATE company_key AS k SET wrapped = NULL, master_id = NULL, destroyed_at = clock_timestamp(),
    retired_at = coalesce(k.retired_at, clock_timestamp())
FROM (
    SELECT o.company_id, o.key_no, c.version FROM company_key AS o JOIN company AS c ON c.id = o.company_id
        JOIN company_file AS f ON f.company_id = o.company_id
    WHERE o.destroyed_at IS NULL AND PAST LIMIT $2
) AS old WHERE k.company_id = old.company_id AND k.key_no = old.key_no RETURNING k.company_id AS id, old.version
""".replace("PAST", past)


# An applicant who never became a member.
REJECTED_KEYS: Final = _keys_of("c.status = 'rejected' AND f.decided_at < (SELECT market_now() - $1::interval)")
# A member that closed: the law counts from the end of the year.
CLOSED_KEYS_VN: Final = _keys_of(
    "c.status = 'closed' AND c.profile = 'vn' AND c.closed_at < (SELECT date_trunc('year', market_now() - $1::interval))"
)
CLOSED_KEYS_OTHERS: Final = _keys_of(
    "c.status = 'closed' AND c.profile <> 'vn' AND c.closed_at < (SELECT date_trunc('year', market_now() - $1::interval))"
)
