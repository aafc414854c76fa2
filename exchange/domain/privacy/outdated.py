"""SQL that removes what is past its time: at most $2 rows that are older than $1, by the worker."""

from typing import Final

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
