"""What waits for operators and is no case: applications, what members changed, deposits, suspensions to be lifted."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.permission import may, need

Task = Literal["application", "document", "bank_account", "affiliation", "deposit", "suspension"]
# Of each kind the longest waiting; more than these are worked off first.
MOST: Final = 100


class Waits(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that waits since `since`; `owner` looks at it, or made the first of two decisions."""

    kind: Task
    id: UUID
    company_id: UUID
    company: str
    since: datetime
    owner_id: UUID | None
    owner: str | None


# A bank account as in its own queue: confirmed by a second person of the company, or by nobody where there is no second.
WAITING: Final = """
SELECT x.kind, x.id, x.company_id, k.display_name AS company, x.since, x.owner_id, p.name AS owner FROM (
    (SELECT 'application' AS kind, c.id, c.id AS company_id, c.applied_at AS since, f.reviewer_id AS owner_id
        FROM company AS c JOIN company_file AS f ON f.company_id = c.id WHERE c.status IN ('applied', 'in_review')
        ORDER BY c.applied_at, c.id LIMIT $1)
    UNION ALL (SELECT 'document', d.id, d.company_id, d.submitted_at, NULL
        FROM document AS d WHERE d.status = 'submitted' ORDER BY d.submitted_at, d.id LIMIT $1)
    UNION ALL (SELECT 'bank_account', b.id, b.company_id, b.proposed_at, NULL
        FROM bank_account AS b JOIN company AS c ON c.id = b.company_id
        WHERE b.status IN ('proposed', 'confirmed') AND c.active_at IS NOT NULL
            AND (b.status = 'confirmed' OR NOT EXISTS (SELECT FROM membership AS m WHERE m.company_id = b.company_id
                AND m.ended_at IS NULL AND m.person_id IS DISTINCT FROM b.proposed_by
                AND m.roles && ARRAY['owner', 'admin', 'finance']))
        ORDER BY b.proposed_at, b.id LIMIT $1)
    UNION ALL (SELECT 'affiliation', a.id, a.company_id, a.declared_at, NULL
        FROM affiliation AS a WHERE a.status IN ('declared', 'end_asked') ORDER BY a.declared_at, a.id LIMIT $1)
    UNION ALL (SELECT 'deposit', d.id, d.company_id, d.entered_at, d.entered_by
        FROM deposit AS d WHERE d.status = 'entered' ORDER BY d.id LIMIT $1)
    UNION ALL (SELECT 'suspension', s.id, s.company_id, s.lift_proposed_at, s.lift_proposed_by
        FROM suspension AS s WHERE s.lifted_at IS NULL AND s.lift_proposed_at IS NOT NULL ORDER BY s.lift_proposed_at LIMIT $1)
) AS x JOIN company AS k ON k.id = x.company_id LEFT JOIN person AS p ON p.id = x.owner_id
ORDER BY x.since, x.id
"""


async def outside_cases(tx: Tx) -> list[Waits]:
    """Everything that waits beside the cases, the longest first; deposits for those alone who release them."""
    need(tx.ctx, "operator.read")
    found = await tx.many(Waits, WAITING, MOST)
    return found if may(tx.ctx, "operator.deposit") else [item for item in found if item.kind != "deposit"]
