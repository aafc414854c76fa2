"""SQL of cases."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.moderation.model import Case, Kind, Template


class Opened(msgspec.Struct, frozen=True):
    """A case that is open now; `fresh`: it was not before."""

    object_id: UUID
    case_id: UUID
    fresh: bool


OPEN: Final = "SELECT o.object_id, o.case_id, o.fresh FROM case_open($1, $2) AS o"


async def open_all(tx: Tx, cases: Sequence[dict[str, Any]]) -> list[Opened]:
    return await tx.many(Opened, OPEN, cases, tx.ctx.request_id or None)


DROP: Final = "SELECT case_drop($1, $2, $3, $4)"


async def drop(tx: Tx, kind: Kind, object_id: UUID, event: UUID) -> bool:
    return bool(await tx.value(DROP, kind, object_id, event, tx.ctx.request_id or None))


GET: Final = """
SELECT m.id, m.kind, m.object_id, m.company_id, c.display_name AS company, m.status, m.version, m.hits, m.owner_id,
    p.name AS owner, m.outcome, m.template, m.reason, m.appeal_of, m.appeal_text, m.not_by, m.opened_at, m.due_at, m.decided_by,
    m.decided_at
FROM moderation_case AS m JOIN company AS c ON c.id = m.company_id LEFT JOIN person AS p ON p.id = m.owner_id
WHERE m.id = $1
"""


async def get(tx: Tx, case: UUID) -> Case | None:
    return await tx.maybe(Case, GET, case)


# The last case about an object, as the reader may see it.
LAST: Final = """
SELECT m.id, m.kind, m.object_id, m.company_id, c.display_name AS company, m.status, m.version, m.hits, m.owner_id,
    p.name AS owner, m.outcome, m.template, m.reason, m.appeal_of, m.appeal_text, m.not_by, m.opened_at, m.due_at, m.decided_by,
    m.decided_at
FROM moderation_case AS m JOIN company AS c ON c.id = m.company_id LEFT JOIN person AS p ON p.id = m.owner_id
WHERE m.object_id = $1 AND m.kind <> 'flag' ORDER BY m.opened_at DESC, m.id DESC LIMIT 1
"""


async def last(tx: Tx, object_id: UUID) -> Case | None:
    return await tx.maybe(Case, LAST, object_id)


TEMPLATES: Final = "SELECT t.code, t.kinds, t.text_en, t.text_vi FROM reason_template AS t ORDER BY t.place, t.code"


async def templates(tx: Tx) -> list[Template]:
    return await tx.many(Template, TEMPLATES)
