"""SQL of the second factor: the acting person's own rows only."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.identity.model import FactorSecret, FactorState

# Codes follow the time of the world, which no sandbox moves.
NOW: Final = "SELECT floor(extract(epoch FROM clock_timestamp()))::bigint"


async def now(tx: Tx) -> int:
    seconds: int = await tx.value(NOW)
    return seconds


STATE: Final = """
SELECT coalesce(bool_or(f.confirmed_at IS NOT NULL), false) AS on, coalesce(max(f.version), 0) AS version,
    (SELECT count(*) FROM recovery_code AS c WHERE c.person_id = $1 AND c.used_at IS NULL) AS recovery_codes_left
FROM second_factor AS f WHERE f.person_id = $1
"""


async def state(tx: Tx, person: UUID) -> FactorState:
    return await tx.one(FactorState, STATE, person)


READ: Final = """
SELECT f.sealed_secret, f.confirmed_at IS NOT NULL AS confirmed
FROM second_factor AS f WHERE f.person_id = $1 AND f.sealed_secret IS NOT NULL
"""


async def secret(tx: Tx, person: UUID) -> FactorSecret | None:
    return await tx.maybe(FactorSecret, READ, person)


BEGIN: Final = """
INSERT INTO second_factor AS f (person_id, sealed_secret) VALUES ($1, $2)
ON CONFLICT (person_id) DO UPDATE SET sealed_secret = excluded.sealed_secret, last_step = 0, version = f.version + 1
WHERE f.confirmed_at IS NULL
RETURNING true
"""


async def begin(tx: Tx, person: UUID, sealed: bytes) -> bool:
    """False when a factor is on already."""
    begun: bool | None = await tx.value(BEGIN, person, sealed)
    return begun is True


CONFIRM: Final = """
UPDATE second_factor SET confirmed_at = clock_timestamp(), version = version + 1 WHERE person_id = $1 RETURNING version
"""


async def confirm(tx: Tx, person: UUID) -> int:
    version: int = await tx.value(CONFIRM, person)
    return version


OFF: Final = """
UPDATE second_factor SET sealed_secret = NULL, confirmed_at = NULL, last_step = 0, version = version + 1
WHERE person_id = $1 RETURNING version
"""


async def switch_off(tx: Tx, person: UUID) -> int:
    version: int = await tx.value(OFF, person)
    return version


USE_STEP: Final = "UPDATE second_factor SET last_step = $2 WHERE person_id = $1 AND last_step < $2 RETURNING true"


async def use_step(tx: Tx, person: UUID, step: int) -> bool:
    """False when a code of this step or of a later one has counted already."""
    used: bool | None = await tx.value(USE_STEP, person, step)
    return used is True


USE_CODE: Final = """
UPDATE recovery_code SET used_at = clock_timestamp() WHERE person_id = $1 AND code_hash = $2 AND used_at IS NULL RETURNING true
"""


async def use_code(tx: Tx, person: UUID, code_hash: bytes) -> bool:
    used: bool | None = await tx.value(USE_CODE, person, code_hash)
    return used is True


DROP_CODES: Final = "DELETE FROM recovery_code WHERE person_id = $1"
ADD_CODES: Final = "INSERT INTO recovery_code (person_id, code_hash) SELECT $1, h.hash FROM unnest($2::bytea[]) AS h (hash)"


async def replace_codes(tx: Tx, person: UUID, hashes: Sequence[bytes]) -> None:
    """These are the person's recovery codes now, and no others."""
    await tx.execute(DROP_CODES, person)
    await tx.execute(ADD_CODES, person, hashes)
