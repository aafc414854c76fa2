"""SQL of sign-in, sessions, keys and the acting person. Sign-in and look-ups go through the owner's functions."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.identity.model import KeyRow, Person, SessionRow, SignInRow, Workplace

# Counts an attempt; the seconds to wait when the counter is locked, else 0.
ATTEMPT: Final = "SELECT sign_in_attempt($1)"


async def attempt(tx: Tx, counter: bytes) -> int:
    seconds: int = await tx.value(ATTEMPT, counter)
    return seconds


WAIT: Final = "SELECT sign_in_wait($1)"


async def wait(tx: Tx, counter: bytes) -> int:
    seconds: int = await tx.value(WAIT, counter)
    return seconds


# Counts a failure; at so many in a row the counter locks.
FAILED: Final = "SELECT sign_in_failed($1, $2)"


async def failed(tx: Tx, counter: bytes, most: int) -> None:
    await tx.value(FAILED, counter, most)


SUCCEEDED: Final = "SELECT sign_in_succeeded($1)"


async def succeeded(tx: Tx, counter: bytes) -> None:
    await tx.value(SUCCEEDED, counter)


SIGN_IN: Final = "SELECT s.person_id, s.password_hash, s.operator_roles, s.company_ids FROM sign_in_lookup($1) AS s"


async def sign_in_row(tx: Tx, email: str) -> SignInRow | None:
    return await tx.maybe(SignInRow, SIGN_IN, email)


OWN_HASH: Final = "SELECT own_password_hash()"


async def own_password_hash(tx: Tx) -> str | None:
    found: str | None = await tx.value(OWN_HASH)
    return found


OPEN: Final = "SELECT session_open($1, $2, $3, $4, $5, $6, $7, $8)"


async def open_session(
    tx: Tx,
    token_hash: bytes,
    person: UUID,
    company: UUID | None,
    operator: bool,
    agent: str,
    lifetime: timedelta,
    address: str,
    seen: str,
) -> bool:
    """False when the company, or the part of an operator, is not the person's, or `seen` is no longer their password's hash."""
    opened: bool | None = await tx.value(OPEN, token_hash, person, company, operator, agent, lifetime, address, seen)
    return opened is True


# Both give the session a token that nobody has seen yet; the seconds it has left, None for one that is over or not theirs.
STEP_UP: Final = "SELECT session_step_up($1, $2, $3)"


async def step_up(tx: Tx, token_hash: bytes, new_hash: bytes, person: UUID) -> int | None:
    left: int | None = await tx.value(STEP_UP, token_hash, new_hash, person)
    return left


SWITCH: Final = "SELECT session_switch($1, $2, $3, $4)"


async def switch_company(tx: Tx, token_hash: bytes, new_hash: bytes, person: UUID, company: UUID) -> int | None:
    left: int | None = await tx.value(SWITCH, token_hash, new_hash, person, company)
    return left


CLOSE: Final = "SELECT session_close($1)"


async def close_session(tx: Tx, token_hash: bytes) -> None:
    await tx.value(CLOSE, token_hash)


SESSION: Final = """
SELECT s.person_id, s.name, s.locale, s.operator_roles, s.company_id, s.company_name, s.company_status, s.roles, s.operator,
    coalesce(s.stepped_up_at > clock_timestamp() - interval '10 minutes', false) AS stepped_up, s.verified, s.extra
FROM session_lookup($1) AS s
"""


async def session(tx: Tx, token_hash: bytes) -> SessionRow | None:
    return await tx.maybe(SessionRow, SESSION, token_hash)


KEY: Final = """
SELECT k.key_id, k.person_id, k.name, k.locale, k.company_id, k.company_name, k.company_status, k.roles, k.scopes, k.networks,
    k.extra
FROM key_lookup($1) AS k
"""


async def key(tx: Tx, secret_hash: bytes) -> KeyRow | None:
    return await tx.maybe(KeyRow, KEY, secret_hash)


PERSON: Final = "SELECT p.id, p.name, p.email, p.locale FROM person AS p WHERE p.id = $1"


async def person(tx: Tx, person_id: UUID) -> Person:
    return await tx.one(Person, PERSON, person_id)


WORKPLACES: Final = """
SELECT m.company_id, c.display_name AS name, c.status, m.roles
FROM membership AS m JOIN company AS c ON c.id = m.company_id
WHERE m.person_id = $1 AND m.ended_at IS NULL ORDER BY c.sort_key, c.id
"""


async def workplaces(tx: Tx, person_id: UUID) -> list[Workplace]:
    return await tx.many(Workplace, WORKPLACES, person_id)


SET_LOCALE: Final = "UPDATE person SET locale = $2 WHERE id = $1"


async def set_locale(tx: Tx, person_id: UUID, locale: str) -> None:
    await tx.execute(SET_LOCALE, person_id, locale)


SANDBOX: Final = "SELECT c.sandbox FROM market_clock AS c"


async def sandbox(tx: Tx) -> bool:
    """Whether this database is a sandbox, which it is from its making on or never."""
    found: bool = await tx.value(SANDBOX)
    return found
