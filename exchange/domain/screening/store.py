"""SQL of screening."""

from typing import Any, Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.screening.model import Grounds, Parameters, RuleRow

GROUNDS: Final = "SELECT screening_grounds($1)"


async def grounds(tx: Tx, items: list[dict[str, Any]]) -> Grounds:
    return msgspec.convert(await tx.value(GROUNDS, items), Grounds)


RULES: Final = """
SELECT s.id, s.code, s.enabled, s.holds, s.parameters, s.version, s.updated_at, p.name AS updated_by
FROM screening_rule AS s LEFT JOIN person AS p ON p.id = s.updated_by ORDER BY s.place
"""


async def rules(tx: Tx) -> list[RuleRow]:
    return await tx.many(RuleRow, RULES)


CHANGE: Final = """
UPDATE screening_rule SET enabled = $3, holds = $4, parameters = $5, version = version + 1, updated_at = market_now(),
    updated_by = $6
WHERE code = $1 AND version = $2 RETURNING true
"""


async def change(tx: Tx, code: str, version: int, enabled: bool, holds: bool, parameters: Parameters, by: UUID) -> bool:
    return bool(await tx.value(CHANGE, code, version, enabled, holds, parameters, by))
