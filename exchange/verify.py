"""Independent checks of what the database holds: each rule names the first row that breaks it.

The checks read the tables alone and trust no function, trigger or balance; they run in one snapshot, so they may
run while money moves.
"""

from collections.abc import Mapping
from typing import Final

import asyncpg
import msgspec


class Finding(msgspec.Struct, frozen=True):
    """One broken rule: the first row that breaks it, what the rule expects there and what stands there."""

    rule: str
    row: str
    expected: str
    actual: str


class VerifierIsBlind(Exception):
    """The database role sees a part of the rows only, so a check would pass for want of evidence."""


# The name of a role that row security blinds, else null. The worker's policies show it every row.
BLIND_ROLE: Final = """
SELECT current_user WHERE row_security_active('public.ledger_entry') AND current_user <> 'exchange_worker'
"""

TRANSFER_SUM: Final = """
SELECT 'ledger_transfer ' || e.transfer_id AS row, '0 ' || e.currency AS expected,
    sum(e.amount_minor) || ' ' || e.currency AS actual
FROM ledger_entry AS e
GROUP BY e.transfer_id, e.currency HAVING sum(e.amount_minor) <> 0
ORDER BY min(e.id) LIMIT 1
"""

TRANSFER_LINES: Final = """
SELECT 'ledger_transfer ' || t.id AS row, 'at least 2 entries' AS expected, count(e.id) || ' entries' AS actual
FROM ledger_transfer AS t LEFT JOIN ledger_entry AS e ON e.transfer_id = t.id
GROUP BY t.id HAVING count(e.id) < 2
ORDER BY t.id LIMIT 1
"""

# The parties that row security shows a transfer to are the owners of its accounts.
TRANSFER_PARTIES: Final = """
SELECT 'ledger_transfer ' || t.id AS row, coalesce(p.companies, '{}')::text AS expected, t.companies::text AS actual
FROM ledger_transfer AS t LEFT JOIN (
    SELECT e.transfer_id, array_agg(DISTINCT a.company_id) FILTER (WHERE a.company_id IS NOT NULL) AS companies
    FROM ledger_entry AS e JOIN ledger_account AS a ON a.id = e.account_id
    GROUP BY e.transfer_id
) AS p ON p.transfer_id = t.id
WHERE NOT (t.companies @> coalesce(p.companies, '{}') AND t.companies <@ coalesce(p.companies, '{}'))
ORDER BY t.id LIMIT 1
"""

# An entry says whose it is, in which currency and book; its account decides.
ENTRY_ACCOUNT: Final = """
SELECT 'ledger_entry ' || e.id AS row,
    concat_ws(' ', a.company_id, a.currency, 'book', a.book_id,
        CASE WHEN a.company_id IS NULL THEN 'appended' ELSE 'counted' END) AS expected,
    concat_ws(' ', e.company_id, e.currency, 'book', t.book_id,
        CASE WHEN e.account_version IS NULL THEN 'appended' ELSE 'counted' END) AS actual
FROM ledger_entry AS e
JOIN ledger_account AS a ON a.id = e.account_id
JOIN ledger_transfer AS t ON t.id = e.transfer_id
WHERE e.company_id IS DISTINCT FROM a.company_id OR e.currency <> a.currency OR t.book_id <> a.book_id
    OR (e.account_version IS NULL) <> (a.company_id IS NULL)
ORDER BY e.id LIMIT 1
"""

CURRENCY_SUM: Final = """
WITH last AS (
    SELECT DISTINCT ON (u.account_id) u.account_id, u.up_to_entry, u.balance_minor
    FROM ledger_rollup AS u ORDER BY u.account_id, u.up_to_entry DESC
), later AS (
    SELECT e.account_id, sum(e.amount_minor) AS amount_minor
    FROM ledger_entry AS e LEFT JOIN last AS l ON l.account_id = e.account_id
    WHERE e.account_version IS NULL AND e.id > coalesce(l.up_to_entry, 0)
    GROUP BY e.account_id
)
SELECT 'currency ' || a.currency AS row, '0' AS expected,
    sum(a.balance_minor + coalesce(l.balance_minor, 0) + coalesce(n.amount_minor, 0))::text AS actual
FROM ledger_account AS a
LEFT JOIN last AS l ON l.account_id = a.id
LEFT JOIN later AS n ON n.account_id = a.id
GROUP BY a.currency HAVING sum(a.balance_minor + coalesce(l.balance_minor, 0) + coalesce(n.amount_minor, 0)) <> 0
ORDER BY a.currency LIMIT 1
"""

BALANCE: Final = """
SELECT 'ledger_account ' || a.id AS row, coalesce(sum(e.amount_minor), 0)::text AS expected, a.balance_minor::text AS actual
FROM ledger_account AS a LEFT JOIN ledger_entry AS e ON e.account_id = a.id
WHERE a.company_id IS NOT NULL
GROUP BY a.id HAVING a.balance_minor <> coalesce(sum(e.amount_minor), 0)
ORDER BY a.id LIMIT 1
"""

ROLL_UP: Final = """
WITH running AS (
    SELECT e.id, e.account_id, sum(e.amount_minor) OVER (PARTITION BY e.account_id ORDER BY e.id) AS balance_minor
    FROM ledger_entry AS e WHERE e.account_version IS NULL
)
SELECT 'ledger_rollup ' || u.account_id || ' up to ' || u.up_to_entry AS row,
    coalesce(r.balance_minor::text, 'an entry of the account') AS expected, u.balance_minor::text AS actual
FROM ledger_rollup AS u LEFT JOIN running AS r ON r.account_id = u.account_id AND r.id = u.up_to_entry
WHERE r.balance_minor IS DISTINCT FROM u.balance_minor
ORDER BY u.account_id, u.up_to_entry LIMIT 1
"""

VERSIONS: Final = """
WITH numbered AS (
    SELECT e.id, e.account_version, row_number() OVER (PARTITION BY e.account_id ORDER BY e.id) AS place
    FROM ledger_entry AS e WHERE e.account_version IS NOT NULL
)
SELECT 'ledger_entry ' || n.id AS row, 'version ' || n.place AS expected, 'version ' || n.account_version AS actual
FROM numbered AS n WHERE n.account_version <> n.place
ORDER BY n.id LIMIT 1
"""

ACCOUNT_VERSION: Final = """
SELECT 'ledger_account ' || a.id AS row, 'version ' || count(e.id) AS expected, 'version ' || a.version AS actual
FROM ledger_account AS a LEFT JOIN ledger_entry AS e ON e.account_id = a.id AND e.account_version IS NOT NULL
GROUP BY a.id HAVING a.version <> count(e.id)
ORDER BY a.id LIMIT 1
"""

BALANCE_AFTER: Final = """
WITH running AS (
    SELECT e.id, e.balance_after_minor,
        sum(e.amount_minor) OVER (PARTITION BY e.account_id ORDER BY e.account_version) AS balance_minor
    FROM ledger_entry AS e WHERE e.account_version IS NOT NULL
)
SELECT 'ledger_entry ' || r.id AS row, r.balance_minor::text AS expected, r.balance_after_minor::text AS actual
FROM running AS r WHERE r.balance_minor <> r.balance_after_minor
ORDER BY r.id LIMIT 1
"""

HELD: Final = """
SELECT 'ledger_account ' || a.id AS row, coalesce(sum(o.amount_minor), 0)::text AS expected, a.held_minor::text AS actual
FROM ledger_account AS a LEFT JOIN (
    SELECT h.account_id, h.amount_minor
    FROM ledger_hold AS h LEFT JOIN ledger_hold_resolution AS r ON r.hold_id = h.id
    WHERE r.hold_id IS NULL
) AS o ON o.account_id = a.id
GROUP BY a.id HAVING a.held_minor <> coalesce(sum(o.amount_minor), 0)
ORDER BY a.id LIMIT 1
"""

HOLD_ACCOUNT: Final = """
SELECT 'ledger_hold ' || h.id AS row, concat_ws(' ', a.company_id, a.currency, 'book', a.book_id) AS expected,
    concat_ws(' ', h.company_id, h.currency, 'book', h.book_id) AS actual
FROM ledger_hold AS h JOIN ledger_account AS a ON a.id = h.account_id
WHERE h.company_id IS DISTINCT FROM a.company_id OR h.currency <> a.currency OR h.book_id <> a.book_id
ORDER BY h.id LIMIT 1
"""

# A posted hold has the debit that it names, an expired one is past its time, and nothing ends for more than it was.
RESOLUTION: Final = """
SELECT 'ledger_hold_resolution ' || r.hold_id AS row,
    CASE r.kind
        WHEN 'post' THEN 'a debit of ' || r.posted_minor || ', at most ' || h.amount_minor
        WHEN 'expire' THEN 'past ' || coalesce(h.expires_at::text, 'never')
        ELSE 'void of company ' || h.company_id
    END AS expected,
    CASE r.kind WHEN 'post' THEN coalesce((-e.amount_minor)::text, 'none') WHEN 'expire' THEN r.at::text
        ELSE 'void of company ' || r.company_id END AS actual
FROM ledger_hold_resolution AS r
JOIN ledger_hold AS h ON h.id = r.hold_id
LEFT JOIN ledger_entry AS e ON e.transfer_id = r.transfer_id AND e.account_id = h.account_id
WHERE r.company_id <> h.company_id OR r.posted_minor > h.amount_minor
    OR (r.kind = 'post' AND r.posted_minor IS DISTINCT FROM -e.amount_minor)
    OR (r.kind = 'expire' AND coalesce(r.at < h.expires_at, true))
ORDER BY r.hold_id LIMIT 1
"""

# A released deposit moved exactly its amount to its member, and nothing else moved as a deposit.
DEPOSIT: Final = """
WITH moved AS (
    SELECT t.id, t.ref, t.kind, e.company_id, e.currency, e.amount_minor
    FROM ledger_transfer AS t JOIN ledger_entry AS e ON e.transfer_id = t.id AND e.company_id IS NOT NULL
    WHERE t.kind = 'deposit'
), released AS (
    SELECT d.id, 'deposit:' || d.id AS ref, d.company_id, d.currency, d.amount_minor FROM deposit AS d WHERE d.status = 'released'
)
SELECT coalesce('deposit ' || r.id, 'ledger_transfer ' || m.id) AS row,
    coalesce(concat_ws(' ', r.company_id, r.amount_minor, r.currency), 'no deposit released') AS expected,
    coalesce(concat_ws(' ', m.company_id, m.amount_minor, m.currency), 'nothing moved') AS actual
FROM released AS r FULL JOIN moved AS m ON m.ref = r.ref
WHERE r.id IS NULL OR m.id IS NULL
    OR (m.company_id, m.currency, m.amount_minor) IS DISTINCT FROM (r.company_id, r.currency, r.amount_minor)
ORDER BY r.id, m.id LIMIT 1
"""

LEDGER_RULES: Final[Mapping[str, str]] = {
    "entries of a transfer sum to zero": TRANSFER_SUM,
    "a transfer has entries": TRANSFER_LINES,
    "a transfer names its parties": TRANSFER_PARTIES,
    "an entry matches its account": ENTRY_ACCOUNT,
    "balances of a currency sum to zero": CURRENCY_SUM,
    "a balance is the sum of its entries": BALANCE,
    "a roll-up is the sum of its entries": ROLL_UP,
    "versions have no gap": VERSIONS,
    "an account counts its entries": ACCOUNT_VERSION,
    "an entry keeps the balance after it": BALANCE_AFTER,
    "what is held is what open holds set aside": HELD,
    "a hold matches its account": HOLD_ACCOUNT,
    "a hold ends as its record says": RESOLUTION,
    "a deposit moves once, as released": DEPOSIT,
}


async def verify_ledger(conn: asyncpg.Connection) -> list[Finding]:
    """Check the whole ledger in one snapshot; no finding means that every rule holds.

    Needs a connection of the worker, the owner or a superuser outside a transaction. Raises VerifierIsBlind for others.
    """
    findings: list[Finding] = []
    async with conn.transaction(isolation="repeatable_read", readonly=True):
        # The checks read every row: the limit of an ordinary request does not fit them.
        await conn.execute("SET LOCAL statement_timeout = '10min'")
        blind = await conn.fetchval(BLIND_ROLE)
        if blind is not None:
            raise VerifierIsBlind(f"the role {blind} does not see the whole ledger")
        for rule, statement in LEDGER_RULES.items():
            record = await conn.fetchrow(statement)
            if record is not None:
                findings.append(msgspec.convert({"rule": rule, **dict(record)}, Finding))
    return findings
